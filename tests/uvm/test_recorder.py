# SPDX-License-Identifier: Apache-2.0
"""A check that fails leaves a trace with everything that led to it."""

import re

import pytest

from tb.model import trace
from tb.model.hardware.parameters import Parameters
from tb.model.replay import replay_on_model
from tb.paths import ROOT
from tb.uvm import recorder
from tb.uvm.recorder import CheckError, unaccepted_access
from tests.uvm.bench import Bench

PARAMETERS = Parameters(num_cpu=2, num_lr=2, irq_reg=1)


def recorded(bench):
    """The records that a failure of this bench would write."""
    return list(bench.recorder.records())


def failure(bench):
    """What the failure says, and the trace it leaves."""
    with pytest.raises(CheckError) as error:
        bench.recorder.fail("something differs (V2-X-1)")
    path = ROOT / re.search(r"make replay TRACE=(\S+)", str(error.value))[1]
    return str(error.value), path


def test_a_failure_says_how_to_replay_it_and_the_trace_is_one():
    bench = Bench(PARAMETERS)
    bench.random(500)
    message, path = failure(bench)
    assert message.startswith("something differs (V2-X-1). make replay TRACE=sim_build/fail/")
    assert trace.validate(path).parameters == PARAMETERS
    accepted = [record for record in trace.read(path) if record.op in ("w", "r")]
    assert len(accepted) == bench.traffic.counts["accesses"] > 300
    path.unlink()


def test_the_trace_agrees_with_the_untimed_reference():
    """Values, responses, deactivations and lines of every access, with accesses of both CPUs mixed."""
    bench = Bench(Parameters(num_cpu=2, num_lr=2))
    bench.random(2000)
    _, path = failure(bench)
    summary = replay_on_model([path])
    assert summary.ok, summary.sentences
    assert summary.values > 300
    assert summary.lines > 3000
    path.unlink()


def test_holds_give_the_timing_of_every_channel():
    bench = Bench(PARAMETERS)
    port = bench.ports[0]
    bench.edges(4)
    port.bready = 0
    bench.write("GICH_HCR", 1)  # on the pins at the 5th edge after the reset
    bench.edges(3)  # BVALID from the 2nd on
    port.bready = 1
    bench.edges(2)
    port.rready = 0
    bench.read("GICH_HCR")
    bench.edges(2)
    port.rready = 1
    bench.edges(3)
    reset, write, read = recorded(bench)
    assert reset.op == "reset"
    assert reset.meta[trace.TIMED]
    assert reset.meta[recorder.RESET_EDGES] == 2
    assert (write.reg, write.value, dict(write.hold)) == ("GICH_HCR", 1, {"aw": 4, "w": 4, "b": 2})
    assert (read.reg, read.value, dict(read.hold)) == ("GICH_HCR", 1, {"ar": 9, "r": 1})
    assert read.cycle - write.cycle == 5


def test_deactivations_and_how_long_they_waited_are_kept():
    bench = Bench(PARAMETERS)
    bench.do(("GICH_LR0", 0xA000_8428 | 33 << 10), then=1)  # ACT, HW, physical 33, virtual 40
    bench.ports[0].deact_ready = 0
    bench.write("GICV_EOIR", 40)
    bench.edges(4)
    bench.ports[0].deact_ready = 1
    bench.edges(2)
    eoir = recorded(bench)[-1]
    assert (eoir.reg, eoir.deact, eoir.hold["deact"]) == ("GICV_EOIR", (33,), 3)


def test_places_without_a_name_windows_errors_and_strobes_are_kept():
    bench = Bench(PARAMETERS)
    bench.write(0x0124, 1)
    bench.edges(2)
    bench.write("GICH_LR1", 2, bank=1)
    bench.edges(2)
    bench.write("GICH_HCR", 3, strb=7)
    bench.edges(2)
    bench.read(0x4003)
    bench.edges(3)
    _, nowhere, window, partial, odd = recorded(bench)
    assert (nowhere.reg, nowhere.addr) == (None, 0x0124)
    assert (window.reg, window.bank) == ("GICH_LR1", 1)
    assert (partial.reg, partial.strb, partial.resp) == ("GICH_HCR", 7, "SLVERR")
    assert (odd.addr, odd.resp) == (0x4003, "SLVERR")


def test_what_was_not_yet_accepted_is_noted():
    bench = Bench(PARAMETERS)
    bench.ports[1].writes.append(0x4000)  # an address without a datum
    bench.edges(3)
    (note,) = (record for record in recorded(bench) if record.op == "note")
    access = unaccepted_access(note.extra[recorder.UNACCEPTED])
    assert (note.cpu, access.write, access.addr) == (1, True, 0x4000)
    assert access.hold.w == trace.MAX_HOLD  # it never came


def test_the_episode_before_the_last_reset_is_kept_and_no_earlier_one():
    bench = Bench(PARAMETERS)
    for value in (1, 2, 3):
        bench.do(("GICH_APR", value))
        bench.reset()
    bench.do(("GICH_APR", 4))
    records = recorded(bench)
    assert [record.op for record in records] == ["reset", "w", "reset", "w"]
    assert [record.value for record in records if record.op == "w"] == [3, 4]
    assert records[2].cycle > records[1].cycle


def test_a_run_too_long_to_keep_says_so(monkeypatch):
    monkeypatch.setattr(recorder, "EPISODE_LIMIT", 50)
    bench = Bench(PARAMETERS)
    bench.random(100)
    with pytest.raises(CheckError, match="No trace: the run had no reset for 50 edges"):
        bench.recorder.fail("something differs")


def test_a_replay_cites_the_trace_that_it_replays():
    bench = Bench(PARAMETERS)
    bench.recorder.replayed = "a.jsonl"
    bench.random(100)
    with pytest.raises(CheckError, match=r"make replay TRACE=a\.jsonl\n"):
        bench.recorder.fail("something differs")
