# SPDX-License-Identifier: Apache-2.0
"""The search for the shortest trace, on devices that are wrong in a way of one's own."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tb.model import trace
from tb.model.hardware.parameters import Parameters
from tb.model.replay import replay_on_model
from tb.model.trace import Record
from tb.shrink.search import DIFFERENCE, DONE, Search, Told, answered, ends, sameness

PARAMETERS = Parameters(num_cpu=2, num_lr=2)
REGISTERS = ("GICH_LR0", "GICH_LR1", "GICH_APR", "GICH_VMCR", "GICH_HCR", "GICV_IAR", "GICV_EOIR", "GICV_PMR")
WRONG = "bank1 APR.P: rtl=0x0 model=0x4 at cycle 9 after cpu1 write GICV_EOIR=0x0 (V2-EOI-1, V2-EOI-2)"
OTHER = "bank0 LR0.State: rtl=INV model=PEND at cycle 9 after cpu0 write GICH_LR0=0x0 (V2-LR-1)"
Device = Callable[[list[Record]], Told]


def traffic(number: int, **first: object) -> list[Record]:
    rng = Random(1)
    records = [Record("reset", meta={**trace.device_meta(PARAMETERS), **first})]
    for _ in range(number):
        op, register = rng.choice("wr"), rng.choice(REGISTERS)
        hold = {"b": rng.randrange(9)} if first and op == "w" else {}
        value = rng.getrandbits(32)
        records.append(Record(op, cpu=rng.randrange(2), reg=register, value=value, hold=hold))
    return list(answered(records, PARAMETERS))


def second_drop(records: list[Record]) -> Told:
    """Wrong at each second write to EOIR of a CPU since the one to its APR."""
    drops = [-1, -1]
    for number, record in enumerate(records, 1):
        if record.op == "w" and record.reg == "GICH_APR":
            drops[record.cpu] = 0
        if record.op == "w" and record.reg == "GICV_EOIR" and drops[record.cpu] >= 0:
            drops[record.cpu] += 1
            if drops[record.cpu] == 2:
                return Told(WRONG, number)
    return Told()


def played(search: Search, device: Device) -> int:
    """How many candidates there were."""
    number = 0
    while search.candidate is not None:
        search.told(device(search.candidate))
        number += 1
    return number


def test_it_finds_what_the_difference_needs(tmp_path: Path) -> None:
    best = tmp_path / "best.jsonl"
    search = Search(traffic(500), PARAMETERS, best, 60)
    assert played(search, second_drop) < 200
    reset, *records = trace.read(best)
    assert (reset.meta[DIFFERENCE], reset.meta[DONE]) == (WRONG, True)
    written = [(record.reg, record.value) for record in records if record.op == "w"]
    assert written == [("GICH_APR", 0), ("GICV_EOIR", 0), ("GICV_EOIR", 0)]
    assert len(records) == 4, "and a read, so that a replay compares a value"
    assert replay_on_model([best]).ok


def test_the_best_so_far_is_there_at_any_time(tmp_path: Path) -> None:
    best = tmp_path / "best.jsonl"
    search = Search(traffic(500), PARAMETERS, best, 60)
    sizes = []
    while search.candidate is not None:
        search.told(second_drop(search.candidate))
        records = list(trace.read(best))
        sizes.append(len(records))
        assert second_drop(records).difference == WRONG
    assert sizes == sorted(sizes[:-1], reverse=True) + sizes[-1:]


def test_another_difference_is_not_taken_for_it(tmp_path: Path) -> None:
    def device(records: list[Record]) -> Told:
        """Wrong in another way where there are few records."""
        told = second_drop(records)
        return told if not told.difference or len(records) > 20 else Told(OTHER, 1)

    best = tmp_path / "best.jsonl"
    played(Search(traffic(500), PARAMETERS, best, 60), device)
    records = list(trace.read(best))
    assert records[0].meta[DIFFERENCE] == WRONG
    assert len(records) == 21


def test_a_located_difference_shows_at_the_last_record(tmp_path: Path) -> None:
    original = traffic(500)
    original = original[: second_drop(original).records]

    def device(records: list[Record]) -> Told:
        """Wrong in another way as soon as something is loaded into VMCR."""
        early = (n for n, record in enumerate(records, 1) if record.op == "w" and record.reg == "GICH_VMCR")
        return Told(OTHER, number) if (number := next(early, 0)) else second_drop(records)

    best = tmp_path / "best.jsonl"
    played(Search(original, PARAMETERS, best, 60, located=True), device)
    assert not best.exists(), "each end begins with a write to VMCR"
    played(Search(original, PARAMETERS, best, 60, located=True), second_drop)
    assert next(trace.read(best)).meta[DIFFERENCE] == WRONG


def test_the_state_that_an_end_begins_in_is_that_of_the_whole(tmp_path: Path) -> None:
    original = traffic(300)
    (whole, *_), lengths = reversed(list(ends(original, PARAMETERS))), []
    assert whole == original
    for end in ends(original, PARAMETERS):
        (last,) = list(answered(end, PARAMETERS))[-1:]
        assert last == original[-1]
        lengths.append(len(end))
    assert lengths[0] <= 2 + 2 * (3 + PARAMETERS.num_lr)


def test_time_stays_only_where_it_is_needed(tmp_path: Path) -> None:
    def slow(records: list[Record]) -> Told:
        """Wrong where a write's response is held back by 3 cycles or more."""
        slow = (number for number, record in enumerate(records, 1) if record.hold.get("b", 0) >= 3)
        return Told(WRONG, number) if (number := next(slow, 0)) else Told()

    best = tmp_path / "best.jsonl"
    original = traffic(100, timed=True)
    for device, holds in ((second_drop, []), (slow, [{"b": 4}])):
        played(Search(original, PARAMETERS, best, 60), device)
        reset, *records = trace.read(best)
        assert [dict(record.hold) for record in records if record.hold] == holds
        assert bool(reset.meta.get(trace.TIMED)) == bool(holds)


def test_without_time_nothing_is_tried(tmp_path: Path) -> None:
    search = Search(traffic(10), PARAMETERS, tmp_path / "best.jsonl", seconds=-1)
    assert search.candidate is None
    assert search.too_short


MESSAGES = [
    (WRONG, ("bank APR.P", "V2-EOI-1")),
    ("LR3.State: rtl=INV model=ACT at cycle 7 without an access (V2-IAR-1)", ("LR.State", "V2-IAR-1")),
    (
        "port 1 B: VALID fell before READY at cycle 8 (V2-CYC-4)",
        ("port  B: VALID fell before READY", "V2-CYC-4"),
    ),
    (
        "375050 ns, access 1823: GICH_LR0 of CPU 0 is 0x39, the reference has 0x10000039 (V2-LR-2, V2-LR-3)",
        ("GICH_LR of CPU ", "V2-LR-2"),
    ),
    ("9 ns: no response within 99 clock cycles, at the read of X", ("no response within  clock cycles", "")),
]


@pytest.mark.parametrize(("message", "same"), MESSAGES)
def test_what_makes_differences_the_same(message: str, same: tuple[str, str]) -> None:
    assert sameness(message) == same
