# SPDX-License-Identifier: Apache-2.0
"""Hardware that shows other words than the hypervisor has written, or that the guest has left."""

import pytest
from switched import first_mismatches

import gicv2_registers as regs
from tb.model.machine.hardware import Access, Answer, ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS

HCR, APR, MISR, ELRSR0, LR0 = 0, 2, 3, 6, 8  # in VirtualInterface.words
DIALECTS = ("kvm17", "kvm19", "xen", "classic", "classic-v310")


class Shows(ReferenceHardware):
    """Flips `bit` of word `index`, once its bank is in use."""

    index = 0
    bit = 0

    def words(self, cpu: int) -> tuple[int, ...]:
        words = list(super().words(cpu))
        if any(words[LR0:]):
            words[self.index] ^= self.bit
        return tuple(words)


class Loses(ReferenceHardware):
    """Does not take writes to the last list register."""

    async def access(self, access: Access) -> Answer:
        if access.register == "GICH_LR3" and access.write:
            return Answer(0, None)
        return await super().access(access)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("index", "bit", "new", "classic"),
    [
        (LR0, 1, "NV-FLUSH-2", "CL-SYNC-1"),
        (LR0, 1 << 20, "NV-FLUSH-2", "CL-SYNC-1"),
        (LR0, 1 << 27, "NV-FLUSH-3", "CL-SYNC-1"),
        (LR0, 1 << 29, "NV-FLUSH-4", "CL-SYNC-1"),
        (HCR, 1 << regs.GICH_HCR_EOICOUNT_LSB, "NV-FLUSH-11", "CL-SYNC-1"),
        (APR, 1 << 31, "NV-FLUSH-11", "CL-SYNC-1"),
    ],
)
def test_a_wrong_word_is_seen(dialect: str, index: int, bit: int, new: str, classic: str) -> None:
    hardware = type("Wrong", (Shows,), {"index": index, "bit": bit})
    expected = classic if dialect.startswith("classic") else new
    if dialect == "kvm19" and index == HCR:
        expected = "K19-2"
    assert expected in first_mismatches(expected, dialect, "nesting", 4, HYPERVISORS[dialect], hardware)


@pytest.mark.parametrize(
    ("dialect", "index", "bit", "rule"),
    [
        ("kvm17", ELRSR0, 1, "NV-SYNC-5"),
        ("kvm19", ELRSR0, 1, "NV-SYNC-5"),
        ("classic", ELRSR0, 1, "CL-SYNC-1"),
        ("classic-v310", MISR, regs.GICH_MISR_U_MASK, "CL-SYNC-1"),
    ],
)
def test_a_wrong_status_is_seen(dialect: str, index: int, bit: int, rule: str) -> None:
    """The guest has left something else than the hypervisor has read."""
    hardware = type("Wrong", (Shows,), {"index": index, "bit": bit})
    assert rule in first_mismatches(rule, dialect, "nesting", 4, HYPERVISORS[dialect], hardware)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_lost_write_is_seen(dialect: str) -> None:
    expected = "CL-SYNC-1" if dialect.startswith("classic") else "NV-FLUSH-2"
    assert expected in first_mismatches(expected, dialect, "bursts", 4, HYPERVISORS[dialect], Loses)
