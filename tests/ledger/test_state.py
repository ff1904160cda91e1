# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass, field

import pytest
from story import SPI, Story

from tb.model.hypervisor.platform import Lock, Rank
from tb.model.ledger.interrupt import Key
from tb.model.ledger.snapshot import Placement, Record
from tb.model.machine.events import Cancelled, Flushing, Kicked, LockFreed, LockTaken, Place, Synced

IDLE = Record(0, 0, 0, 0, 0, 1, 0)
KEY: Key = (None, SPI)
LOCK = Lock("IRQ", Rank.IRQ, SPI)


@dataclass
class Inside:
    """What a VGIC might have inside."""

    on: list[list[Key]] = field(default_factory=lambda: [[], []])
    says: int | None = None
    record: Record = IDLE
    key: Key = KEY
    in_lrs: object = None

    def lists(self) -> list[list[Key]]:
        return [list(keys) for keys in self.on]

    def placements(self, intid: int) -> list[Placement]:
        places = [vcpu for vcpu, keys in enumerate(self.on) for _ in range(keys.count(self.key))]
        return [(self.key, places, self.says, self.record.source, self.record.pending_latch)]

    def records(self, intid: int) -> dict[Key, Record]:
        return {self.key: self.record}

    def loaded(self, vcpu: int) -> object:
        return self.in_lrs


def free(inside: Inside, intid: int = SPI) -> Story:
    story = Story(snapshot=inside)
    lock = Lock("IRQ", Rank.IRQ, intid)
    story.tell(LockTaken("device", lock), LockFreed("device", lock))
    return story


def test_listed_once() -> None:
    story = free(Inside([[KEY], []], 0))
    assert story.count("INV-STATE-1") == story.count("INV-MIG-1") == 1
    assert not story.found


@pytest.mark.parametrize("inside", [Inside([[KEY], []], 1), Inside([[KEY], []], None), Inside([[], []], 0)])
def test_listed_elsewhere(inside: Inside) -> None:
    assert free(inside).found == {"INV-STATE-1"}


@pytest.mark.parametrize("on", [[[KEY], [KEY]], [[KEY, KEY], []]])
def test_listed_twice(on: list[list[Key]]) -> None:
    assert free(Inside(on, 0)).found == {"INV-MIG-1", "INV-STATE-1"}


@pytest.mark.parametrize(
    ("latch", "source", "found"), [(1, 2, False), (0, 0, False), (1, 0, True), (0, 2, True)]
)
def test_sgi_has_source_and_latch(latch: int, source: int, found: bool) -> None:
    inside = Inside(record=IDLE._replace(pending_latch=latch, source=source), key=(0, 5))
    assert free(inside, 5).found == ({"INV-STATE-1"} if found else set())


def cancelled(inside: Inside) -> Story:
    story = Story(snapshot=inside)
    story.tell(Flushing(0, 0), Cancelled(0, 0, story.state(0), True))
    return story


def test_given_up() -> None:
    story = cancelled(Inside([[KEY], []], 0))
    story.tell(Synced(0, 0))
    assert story.count("INV-STATE-2") == 2
    assert not story.found


def test_given_up_and_changed() -> None:
    inside = Inside([[KEY], []], 0)
    story = cancelled(inside)
    inside.record = IDLE._replace(pending_latch=1)
    story.tell(Synced(0, 0))
    assert story.found == {"INV-STATE-2"}


def test_given_up_and_list_registers_freed() -> None:
    inside = Inside(in_lrs=1)
    story = cancelled(inside)
    inside.in_lrs = 0
    story.tell(Synced(0, 0))
    assert story.found == {"INV-STATE-2"}


def test_given_up_and_changed_by_somebody_else() -> None:
    inside = Inside([[KEY], []], 0)
    story = cancelled(inside)
    story.tell(LockTaken("device", LOCK))
    inside.record = IDLE._replace(pending_latch=1)
    story.tell(LockFreed("device", LOCK), Synced(0, 0))
    assert story.count("INV-STATE-2") == 0
    assert not story.found


def test_wire_of_a_mapped_one_is_sampled() -> None:
    inside = Inside([[KEY], []], 0, IDLE._replace(mapped=1, line_level=1))
    story = cancelled(inside)
    inside.record = inside.record._replace(line_level=0)
    story.tell(Synced(0, 0))
    assert not story.found


@pytest.mark.parametrize("kicks", [True, False])
def test_moved(kicks: bool) -> None:
    inside = Inside([[KEY], []], 0)
    story = Story(snapshot=inside)
    story.tell(Flushing(0, 0))
    inside.on, inside.says = [[], [KEY]], 1
    if kicks:
        story.tell(Kicked("vCPU 0", 1, Place.ASLEEP))
    story.tell(Synced(0, 0))
    assert story.found == (set() if kicks else {"INV-MIG-1"})


def test_moved_by_an_injection() -> None:
    inside = Inside([[KEY], []], 0)
    story = Story(snapshot=inside)
    story.tell(Flushing(0, 0))
    story.inject()
    inside.on, inside.says = [[], [KEY]], 1
    story.tell(Synced(0, 0))
    assert not story.found
