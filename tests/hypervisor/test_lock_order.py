# SPDX-License-Identifier: Apache-2.0
"""NV-LOCK-1 to NV-LOCK-3: who takes locks in another order is refused."""

import re

import pytest

from tb.model.hypervisor.lock_order import HeldLocks, LockError
from tb.model.hypervisor.platform import Lock, Rank

VM = Lock("the VM's mutex", Rank.VM, 0)
LIST_0 = Lock("the list of vCPU 0", Rank.AP_LIST, 0)
LIST_1 = Lock("the list of vCPU 1", Rank.AP_LIST, 1)
DESC = Lock("the descriptor of 148", Rank.DESC, 148)
IRQ_40 = Lock("IRQ 40", Rank.IRQ, 40)
IRQ_41 = Lock("IRQ 41", Rank.IRQ, 41)


@pytest.mark.parametrize(
    "order",
    [
        [VM, LIST_0, LIST_1, DESC, IRQ_40],
        [LIST_0, IRQ_41, IRQ_40],  # the comparator
        [DESC, LIST_0, IRQ_40],  # the host's handler injects
        [IRQ_40],
    ],
)
def test_order_of_the_rules_is_accepted(order: list[Lock]) -> None:
    held = HeldLocks()
    for lock in order:
        held.take(lock)
    for lock in reversed(order):
        held.give(lock)
    held.check_none()


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ([LIST_0, VM], "the VM's mutex is taken inside the list of vCPU 0 (NV-LOCK-1)"),
        ([IRQ_40, LIST_0], "the list of vCPU 0 is taken inside IRQ 40 (NV-LOCK-1)"),
        ([DESC, IRQ_40, LIST_0], "the list of vCPU 0 is taken inside IRQ 40 (NV-LOCK-1)"),
        ([LIST_0, DESC, LIST_1], "the list of vCPU 1 is taken inside the descriptor of 148 (NV-LOCK-1)"),
        ([IRQ_40, DESC], "the descriptor of 148 is taken inside IRQ 40 (NV-LOCK-1)"),
        ([LIST_1, LIST_0], "the list of vCPU 0 is taken after the list of vCPU 1 (NV-LOCK-2)"),
        ([IRQ_40, IRQ_41], "IRQ 41 is taken inside IRQ 40, no list being locked (NV-LOCK-3)"),
        ([IRQ_40, IRQ_40], "IRQ 40 is taken by its holder"),
    ],
)
def test_other_order_is_refused(order: list[Lock], sentence: str) -> None:
    held = HeldLocks()
    for lock in order[:-1]:
        held.take(lock)
    with pytest.raises(LockError, match=f"^{re.escape(sentence)}$"):
        held.take(order[-1])


def test_lock_that_is_not_held_is_not_given_back() -> None:
    held = HeldLocks()
    held.take(IRQ_40)
    with pytest.raises(LockError, match=r"^IRQ 41 is given back by somebody who does not hold it$"):
        held.give(IRQ_41)


def test_lock_that_is_still_held_is_seen() -> None:
    held = HeldLocks()
    held.take(IRQ_40)
    with pytest.raises(LockError, match=r"^IRQ 40 is still held$"):
        held.check_none()
