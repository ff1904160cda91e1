# SPDX-License-Identifier: Apache-2.0
"""The transactor logs what the reference expects, of each device, and notices what is wrong."""

import gzip
import json
from collections.abc import Iterable
from itertools import count
from pathlib import Path

import pytest

from tb import planting, simulator
from tb.commands import replay
from tb.model.hardware.parameters import Parameters
from tb.model.replay import replay_on_model
from tb.model.trace import Record, Writer
from tb.paths import ROOT, SIM_BUILD
from tb.settings import Settings
from tb.simulator import Build
from tb.synthesis import sources
from tb.transactor.expectation import Expectation, Reference
from tb.transactor.recording import Block, Comparison, blocks
from tb.transactor.tape import words

TRACES = ROOT / "tests" / "data" / "traces"
XEN = TRACES / "real" / "xen-4.17-linux-1p1v.jsonl.gz"
KVM = TRACES / "real" / "kvm-6.1-bm-1p3v.jsonl.gz"
VARIANTS = (
    Parameters(),
    Parameters(num_cpu=3, num_lr=33, irq_reg=1),
    Parameters(num_cpu=8, num_lr=1, grp_filter=0, hppir_pmr=1, iidr=0x12345678),
)


@pytest.mark.parametrize("parameters", VARIANTS, ids=repr)
def test_random_tapes_agree(parameters: Parameters, seed: int, regress: bool) -> None:
    options = {"ACCESSES": str(500_000 if regress else 20_000)}
    result = simulator.run(
        Build("verilator", parameters).with_transactor(),
        "tests.transactor.random_tapes",
        "agrees",
        seed=seed,
        name="tapes",
        options=options,
        plusargs=[replay.STATES],
    )
    assert result.ok, result.failures


def test_planted_errors_are_noticed(seed: int) -> None:
    """All but those that only show when a channel stalls, which a transactor never does."""
    errors = [error for error in planting.load() if error.parameters == Parameters()]
    files = planting.plant_all(
        planting.load(), sources(), SIM_BUILD / "planted-transactor", top="transactor_top"
    )
    device = Build(
        "verilator",
        Parameters(),
        variant="planted-transactor",
        sources=files,
        defines=("PLANTED",),
        top="transactor_top",
    )
    result = simulator.run(
        device,
        "tests.transactor.random_tapes",
        "planted",
        seed=seed,
        name="planted",
        plusargs=[replay.STATES],
    )
    assert result.ok, result.failures
    noticed = json.loads((result.directory / "noticed.json").read_text())
    assert 0 not in noticed, "the device without an error is to pass"
    unnoticed = {error.name for error in errors if error.number not in noticed}
    assert unnoticed == {
        "taken_write_address_does_not_close_its_slot",
        "waiting_write_datum_is_replaced_by_the_pins",
        "waiting_strobes_are_replaced_by_the_pins",
        "read_data_follows_later_state",
        "read_response_is_withdrawn",
        "read_is_repeated_while_the_master_stalls",
        "read_takes_effect_while_the_response_channel_is_full",
        "write_takes_effect_while_the_response_channel_is_full",
    }


def test_replay_compares_what_a_replay_in_lockstep_compares(seed: int) -> None:
    device = Build("verilator", Parameters(num_cpu=1))
    played, simulated = (way([XEN], device, seed, 5000) for way in (replay.play, replay.simulate))
    assert played == simulated
    assert played.ok


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"value":"0x00000001"', '"value":"0x00000003"', "read of GICH_HCR by CPU 0: value 0x00000001"),
        ('"maint":0', '"maint":1', "then maint is 0, the trace has 1"),
        ('"cpu":0,', '"cpu":0,"resp":"SLVERR",', "response OKAY, the trace has SLVERR"),
        ('"cpu":0,', '"cpu":0,"deact":[33],', "deactivates nothing, the trace has 33"),
    ],
)
def test_difference_is_replayed_in_lockstep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, sentence: str, seed: int
) -> None:
    trace = tmp_path / "altered.jsonl"
    lines = trace_lines(500)
    number = next(i for i, line in enumerate(lines) if i > 400 and '"reg":"GICH_HCR"' in line and old in line)
    lines[number] = lines[number].replace(old, new)
    trace.write_text("".join(lines))
    summary = replay.play([trace], Build("verilator", Parameters(num_cpu=1)), seed)
    output = capsys.readouterr().out
    assert summary.mismatches
    assert f"{trace}:{number + 1}: the first of {summary.mismatches} differences" in output
    assert sentence in output


def test_any_number_of_traces_is_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    traces = [XEN] * 5
    monkeypatch.setattr(replay, "AT_ONCE", 2)
    summary = replay.replay(traces, Settings(), records=100)
    assert (summary.files, summary.records, summary.ok) == (5, 500, True)


def trace_lines(number: int) -> list[str]:
    with gzip.open(XEN, "rt") as lines:
        return [next(lines) for _ in range(number)]


def answers(some: Iterable[Block], flip: tuple[int, int, int] = (0, 0, 0)) -> list[int]:
    """The differences of what the reference answers, with bits flipped in a word of a record's entry."""
    number, word, bits = flip
    comparison, wrong = Comparison(), []
    some = list(some)
    parameters = some[0].parameters
    reference, expectation = Reference(parameters), Expectation(parameters, with_state=False)
    for block in some:
        answered = expectation.log(reference.answers(block.packed), block.packed)
        log = words(answered, parameters, with_state=False).copy()
        if number in block.origins:
            log[block.origins.index(number), word] ^= bits
        wrong += comparison.differences(block, log)
    return wrong


def test_every_bit_that_a_block_compares_can_be_wrong() -> None:
    (block,) = blocks(XEN, 3000)
    assert answers([block]) == []
    compared = {
        (number, word, 1 << bit)
        for number, entry, kind in zip(count(1), block.entries.tolist(), block.kinds.tolist())
        if block.origins[entry - 1] == number
        for word, mask in enumerate(block.masks[kind].tolist())
        for bit in range(32)
        if mask >> bit & 1
    }
    assert len(compared) > 10 * 3000
    for flip in sorted(compared)[::97]:
        assert flip[0] in answers([block], flip)


@pytest.mark.parametrize("path", [XEN, KVM])
@pytest.mark.parametrize("size", [1, 2, 100, 4000])
def test_blocks_compare_what_a_replay_does(path: Path, size: int) -> None:
    summary = replay_on_model([path], 4000)
    some = list(blocks(path, 4000, size))
    assert answers(some) == []
    assert sum(block.records for block in some) == summary.records == 4000
    assert sum(block.values for block in some) == summary.values
    assert sum(block.lines for block in some) == summary.lines


@pytest.mark.parametrize("size", [1, 2, 100])
def test_lines_of_a_note_are_those_of_the_block_before(tmp_path: Path, size: int) -> None:
    trace = tmp_path / "notes.jsonl"
    lines = trace_lines(200)
    note = '{"op":"note","lines":{"maint":1,"virq":0,"vfiq":0}}\n'
    trace.write_text("".join([*lines, note, note]))
    assert answers(blocks(trace, size=size)) == [201, 202]


def test_deactivations_are_told_to_the_distributor(tmp_path: Path) -> None:
    """Of a physical interrupt, which is read before and after, in blocks of any size."""
    trace = tmp_path / "deactivated.jsonl"
    with Writer(trace) as writer:
        for record in (
            Record("reset", meta={"num_lrs": 4}),
            Record("w", reg="GICH_HCR", value=1),
            Record("w", reg="GICV_CTLR", value=1),
            Record("w", reg="GICH_LR0", value=0xA000_0000 | 40 << 10 | 33),  # HW, active
            Record("pact", value=40),
            Record("r", reg="GICD_ISACTIVER1", value=1 << 8),
            Record("w", reg="GICV_EOIR", value=33, deact=(40,)),
            Record("r", reg="GICD_ISACTIVER1", value=0),
            Record("r", reg="GICD_ISACTIVER1", value=1 << 8),
        ):
            writer.write(record)
    for size in range(1, 10):
        assert answers(blocks(trace, size=size)) == [9]
