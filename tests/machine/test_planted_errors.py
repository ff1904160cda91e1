# SPDX-License-Identifier: Apache-2.0
"""Errors of a VGIC show in what the machine publishes: plain checks find them, and nothing else."""

from collections.abc import Iterator

import pytest
from tiny_vgic import ACTIVE, PENDING, Irq, TinyVgic

from gicv2_registers import GICH_LR_STATE_MASK
from tb.model.machine.events import Acknowledged, Completed, Entered, Exited, Injecting
from tests.machine.harness import Run, tiny

EDGES = range(32, 48)  # of the scenario "nesting"


def undelivered(run: Run) -> Iterator[str]:
    """Edges that are newer than the last acknowledge, though all has come to rest."""
    waiting = set()
    for event in run.log:
        if isinstance(event, Injecting) and event.level and event.intid in EDGES:
            waiting.add(event.intid)
        elif isinstance(event, Acknowledged):
            waiting.discard(event.intid)
    yield from (f"edge of {intid}" for intid in sorted(waiting))


def spurious(run: Run) -> Iterator[str]:
    """More deliveries than edges."""
    edges = dict.fromkeys(EDGES, 0)
    for event in run.log:
        if isinstance(event, Injecting) and event.level and event.intid in EDGES:
            edges[event.intid] += 1
        elif isinstance(event, Acknowledged) and event.intid in EDGES:
            edges[event.intid] -= 1
            if edges[event.intid] < 0:
                yield f"delivery of {event.intid}"


def doubled(run: Run) -> Iterator[str]:
    """Two list registers with one INTID."""
    for event in run.all(Entered):
        intids = [word & 0x3FF for word in event.state.lrs if word & GICH_LR_STATE_MASK]
        if len(intids) > len(set(intids)):
            yield f"list registers of vCPU {event.vcpu}"


def misplaced(run: Run) -> Iterator[str]:
    """VMCR or APR at an entry that are not those of the last exit."""
    left = {}
    for event in run.log:
        if isinstance(event, Exited):
            left[event.vcpu] = event.state.vmcr, event.state.apr
        elif isinstance(event, Entered):
            found = event.state.vmcr, event.state.apr
            if found != left.get(event.vcpu, found):
                yield f"context of vCPU {event.vcpu}"


def missed(run: Run) -> Iterator[str]:
    """Completions that find no active list register."""
    for event in run.all(Completed):
        if not any(word & ACTIVE and word & 0x3FF == event.value & 0x3FF for word in event.before.lrs):
            yield f"completion of {event.value & 0x3FF}"


def findings(vgic: type[TinyVgic]) -> set[str]:
    """The checks that find something in one of a few runs, and whether one did not come to rest."""
    found = set()
    for seed in range(3):
        run = Run(tiny(vgic), "nesting", seed=seed)
        found |= {
            check.__name__ for check in (undelivered, spurious, doubled, misplaced, missed) if any(check(run))
        }
        found |= set() if run.tally.quiet else {"restless"}
    return found


class NeverKicks(TinyVgic):
    async def inject(self, vcpu: int | None, intid: int, level: int) -> int:
        irq = self.irq(vcpu, intid)
        irq.line, irq.latch = level, irq.latch | (irq.edge and level)
        return 0


class ForgetsWhatWasNotAcknowledged(TinyVgic):
    def fold(self, vcpu: int, irq: Irq, word: int) -> None:
        super().fold(vcpu, irq, word & ~PENDING)


class LeavesTheLatch(TinyVgic):
    def fill(self, vcpu: int, irq: Irq) -> int:
        latch = irq.latch
        word = super().fill(vcpu, irq)
        irq.latch = latch
        return word


class ForgetsTheContext(TinyVgic):
    async def put(self, vcpu: int) -> None:
        """VMCR and APR stay behind."""


class ForgetsActive(TinyVgic):
    def fold(self, vcpu: int, irq: Irq, word: int) -> None:
        super().fold(vcpu, irq, word & ~ACTIVE)


class LoadsTwice(TinyVgic):
    def due(self, vcpu: int) -> list[Irq]:
        due = super().due(vcpu)
        return due + due


class NeverSleeps(TinyVgic):
    async def pending(self, vcpu: int) -> bool:
        return True


def test_a_good_vgic_has_no_findings() -> None:
    assert findings(TinyVgic) == set()
    assert Run(tiny(), "nesting").tally.deliveries > 200


@pytest.mark.parametrize(
    ("vgic", "found"),
    [
        (NeverKicks, "undelivered"),
        (ForgetsWhatWasNotAcknowledged, "undelivered"),
        (LeavesTheLatch, "spurious"),
        (ForgetsTheContext, "misplaced"),
        (ForgetsActive, "missed"),
        (LoadsTwice, "doubled"),
        (NeverSleeps, "restless"),
    ],
)
def test_each_error_is_found(vgic: type[TinyVgic], found: str) -> None:
    assert found in findings(vgic)
