# SPDX-License-Identifier: Apache-2.0
"""`make shrink TRACE=` where the device differs from its reference: few records, the same difference."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tb import cli, planting, simulator
from tb.model import trace
from tb.model.hardware.parameters import Parameters
from tb.model.replay import replay_on_model
from tb.paths import ROOT, SIM_BUILD
from tb.shrink import device
from tb.shrink.search import DIFFERENCE, DONE, sameness
from tb.synthesis import sources

PREEMPT = ROOT / "tests" / "data" / "traces" / "qemu" / "preempt-1.jsonl.gz"
EXAMPLE = ROOT / "examples" / "apb_gic"
ERROR = "completion_drops_every_priority"
LAST = re.compile(r"shrink: (\S+): (\d+) records, from (\d+) records, in \d+ s")
TIMED = (  # a stalled response, arbitration, the state
    "read_is_repeated_while_the_master_stalls",
    "lowest_requester_always_goes_first",
    "source_of_an_sgi_is_ignored",
)


@pytest.fixture(autouse=True)
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where results go."""
    for name in ("DUT", "NUM_LR", "NUM_CPU", "INVARIANT", "BUDGET", "DIALECT", "SCENARIO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(device, "SIM_BUILD", tmp_path)
    return tmp_path / "fail"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes the RTL one with an error in it, and right again when it is called."""
    (error,) = (error for error in planting.load() if error.name == ERROR)
    directory = SIM_BUILD / "broken"
    directory.mkdir(exist_ok=True)
    for source in sources():
        text = source.read_text()
        wrong = str(source).endswith(error.file)
        (directory / source.name).write_text(planting.plant_one(text, error) if wrong else text)
    right = simulator.RTL
    monkeypatch.setattr(simulator, "RTL", directory)
    return lambda: monkeypatch.setattr(simulator, "RTL", right)


def shrunk(path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """The number of records."""
    monkeypatch.setenv("TRACE", str(path))
    assert cli.main(["shrink"]) == 0
    figures = LAST.fullmatch(capsys.readouterr().out.splitlines()[-1])
    assert figures
    name, records, before = figures.groups()
    assert (name, int(before)) == (path.name, len(list(trace.read(path))))
    return int(records)


def check(file: Path) -> Callable[[Path, pytest.MonkeyPatch], None]:
    """The test that a generated file has."""
    namespace: dict[str, Callable[[Path, pytest.MonkeyPatch], None]] = {}
    exec(compile(file.read_text(), file.name, "exec"), namespace)
    return namespace["test_the_device_does_what_its_reference_does"]


def test_a_trace_shrinks_to_what_the_error_needs(
    broken: Callable[[], None],
    output: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The error clears all of APR where one bit is to go: two bits, and a completion."""
    assert shrunk(PREEMPT, capsys, monkeypatch) == 4
    (short,) = output.glob("*.jsonl")
    reset, *records = trace.read(short)
    assert [(record.op, record.reg) for record in records] == [
        ("r", "GICH_HCR"),
        ("w", "GICH_APR"),
        ("w", "GICV_EOIR"),
    ]
    assert records[1].value is not None
    assert records[1].value.bit_count() == 2
    assert sameness(reset.meta[DIFFERENCE]) == ("APR.P", "V2-EOI-1")
    assert replay_on_model([short]).ok

    (text,) = output.glob("*.txt")
    *story, last = text.read_text().splitlines()
    assert story[0] == "reset"
    assert re.match(r"CPU 0 writes 0x\w+ to GICH_APR$", story[2])
    assert last == reset.meta[DIFFERENCE]

    (test,) = output.glob("test_*.py")
    with pytest.raises(AssertionError):
        check(test)(tmp_path, monkeypatch)
    broken()
    check(test)(tmp_path, monkeypatch)


def test_what_led_to_a_failed_check_shrinks(tmp_path: Path, seed: int) -> None:
    """Traces of random traffic that failed; some of them only fail with channels held back."""
    files = planting.plant_all(planting.load(), sources(), SIM_BUILD / "planted")
    build = simulator.Build("verilator", Parameters(), variant="planted", sources=files, defines=("PLANTED",))
    numbers = {str(error.number): error.name for error in planting.load() if error.name in TIMED}
    assert len(numbers) == len(TIMED)
    for number, (message, path) in failures(build, seed, list(numbers)).items():
        best = tmp_path / f"{number}.jsonl"
        options = {"TRACE": str(path), "BEST": str(best), "PLANTED": number, "SECONDS": "20"}
        plusargs = ["+verilator+noassert"]
        simulator.run(
            build, "tests.shrink.planted", seed=seed, name="shrink", options=options, plusargs=plusargs
        )
        records = list(trace.read(best))
        assert sameness(records[0].meta[DIFFERENCE]) == sameness(message)
        assert len(records) <= 20, numbers[number]
        path.unlink()


def failures(build: simulator.Build, seed: int, numbers: list[str]) -> dict[str, tuple[str, Path]]:
    """number of the error -> what random traffic finds, and the trace that it leaves"""
    found = {}
    for number in numbers:  # one a simulation: what a test leaves behind is none of the next one's business
        result = simulator.run(
            build,
            "tests.uvm.reproduction",
            seed=seed,
            name="failure",
            options={"FAILURES": json.dumps({number: ""})},
            plusargs=["+verilator+noassert"],
        )
        (failure,) = ElementTree.parse(result.directory / "results.xml").iter("failure")
        text = re.search(
            r"CheckError: (.*)\. make replay TRACE=(\S+)", failure.text or failure.get("message", "")
        )
        assert text
        found[number] = text[1], ROOT / text[2]
    return found


def test_a_foreign_device_is_shrunk_on(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    description = (EXAMPLE / "dut.toml").read_text().replace("apb_gic.v", str(EXAMPLE / "apb_gic.v"))
    bug = 'defines = ["BUG_LOST_PENDING"]\ntop ='
    file = tmp_path / "dut.toml"
    file.write_text(description.replace("top =", bug))
    for name, value in {"SCENARIO": "mixed", "ENTRIES": "100", "DUT": str(file)}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["cosim"]) == 1
    smaller = re.search(
        r"^smaller: make shrink DUT=(\S+) TRACE=(\S+)$", capsys.readouterr().out, re.MULTILINE
    )
    assert smaller
    assert Path(smaller[1]) == file
    assert shrunk(ROOT / smaller[2], capsys, monkeypatch) <= 6
    (text,) = output.glob("*.txt")
    assert "GICH_LR0 of CPU 0 is 0x" in text.read_text()
    (test,) = output.glob("test_*.py")
    with pytest.raises(AssertionError):
        check(test)(tmp_path, monkeypatch)
    test.write_text(test.read_text().replace(str(file), str(EXAMPLE / "dut.toml")))
    check(test)(tmp_path, monkeypatch)


def test_an_interrupt_leaves_the_best_so_far(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(path: Path, wishes: object, options: dict[str, str]) -> None:
        with trace.Writer(options["BEST"]) as writer:
            first, *records = trace.read(path)
            for record in (first._replace(meta={**first.meta, DIFFERENCE: "all", DONE: False}), *records):
                writer.write(record)
        raise KeyboardInterrupt

    monkeypatch.setattr(device, "_on_rtl", interrupted)
    assert shrunk(PREEMPT, capsys, monkeypatch) == len(list(trace.read(PREEMPT)))
    assert len(list(output.iterdir())) == 3


def test_a_device_as_its_reference_is_no_matter_for_it(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACE", str(PREEMPT))
    assert cli.main(["shrink"]) == 2
    nothing = f"error: {PREEMPT}: the device does what its reference does; nothing to shrink\n"
    assert capsys.readouterr().err == nothing

    wrong = tmp_path / "wrong.jsonl"
    records = list(trace.read(PREEMPT))
    number = next(number for number, record in enumerate(records) if record.reg == "GICV_IAR")
    records[number] = records[number]._replace(value=77)
    with trace.Writer(wrong) as writer:
        for record in records:
            writer.write(record)
    monkeypatch.setenv("TRACE", str(wrong))
    assert cli.main(["shrink"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {wrong}:{number + 1}: read of GICV_IAR by CPU 0: value 0x")
    assert said.endswith(
        "The device does what its reference does: the trace is wrong, or of another device\n"
    )
    assert not list(output.iterdir())
