# SPDX-License-Identifier: Apache-2.0
"""Golden traces from a QEMU that is the reference model, and from QEMU itself where there is one."""

import re
import shutil
from contextlib import nullcontext

import pytest

from tb import cli
from tb.errors import UserError
from tb.model import trace
from tb.model.replay import replay_on_model
from tb.oracle import machine, qtest
from tb.oracle.differences import DIFFERENCES, seen
from tb.oracle.machine import PINS, Access
from tb.oracle.stimulus import PROFILES, record


@pytest.fixture(params=PROFILES)
def profile(request):
    return request.param


def test_stream_of_the_fake_agrees_with_the_reference(profile, fake_machine, tmp_path):
    path = tmp_path / "trace.jsonl.gz"
    records = record(fake_machine(), profile, 1, "fake", path)
    summary = replay_on_model([path])
    assert summary.ok, summary.sentences
    assert summary.records == records + 1
    assert summary.values > records / 4
    assert summary.lines > records * 2


def test_guest_makes_use_of_the_answers(profile, fake_machine, tmp_path):
    path = tmp_path / "trace.jsonl"
    record(fake_machine(), profile, 1, "fake", path)
    records = list(trace.read(path))
    acknowledged = {r.value for r in records if (r.op, r.reg) == ("r", "GICV_IAR") and r.value & 0x3FF < 1020}
    completed = {r.value for r in records if (r.op, r.reg) == ("w", "GICV_EOIR")}
    assert len(acknowledged & completed) >= 5


def test_same_seed_same_file(fake_machine, tmp_path):
    paths = [tmp_path / f"{name}.jsonl.gz" for name in "abc"]
    for path, seed in zip(paths, (7, 7, 8), strict=True):
        record(fake_machine(), "hw", seed, "fake", path)
    first, second, other = (path.read_bytes() for path in paths)
    assert first == second
    assert first != other


@pytest.mark.parametrize("bit", [0, 31])
def test_corrupted_value_is_a_mismatch(bit, fake_machine, tmp_path):
    path = tmp_path / "trace.jsonl.gz"
    # The last read of this stream shows GICH_LR3, whatever was made of the other answers.
    reads = sum(r.op == "r" for r in traced(fake_machine(), path))
    corrupted = fake_machine(lambda n, value: value ^ (n == reads) << bit)
    lines = [line for line, r in enumerate(traced(corrupted, path), 1) if r.op == "r"]
    summary = replay_on_model([path])
    assert summary.mismatches == 1
    assert not summary.ok
    assert f"trace.jsonl.gz:{lines[-1]}: read of GICH_LR3 by CPU 0: value " in summary.sentences[0]


def traced(device, path):
    record(device, "basic", 1, "fake", path)
    return list(trace.read(path))


@pytest.mark.parametrize("name", ["maint", "virq", "vfiq"])
def test_line_that_never_rises_is_a_mismatch(name, fake_machine, tmp_path):
    path = tmp_path / "trace.jsonl.gz"
    record(fake_machine(dead=getattr(PINS, name)), "groups", 1, "fake", path)
    summary = replay_on_model([path])
    assert summary.mismatches > 0
    assert all(f"then {name} is 1, the trace has 0" in sentence for sentence in summary.sentences)


def test_wrong_physical_interrupt_is_reported(fake_machine):
    device = fake_machine(lambda n, value: value + 1)
    with pytest.raises(UserError, match="QEMU acknowledged physical interrupt 51 instead of 50"):
        device.exchange([Access("pact", "INTID", 50)])


@pytest.mark.skipif(not any(map(shutil.which, qtest.BINARIES)), reason="QEMU is not installed, and optional")
def test_stream_of_qemu_agrees_with_the_reference(profile, tmp_path):
    path = tmp_path / "trace.jsonl.gz"
    with machine.start() as device:
        record(device, profile, 1, qtest.version(), path)
    summary = replay_on_model([path])
    assert summary.ok, summary.sentences


@pytest.mark.skipif(not any(map(shutil.which, qtest.BINARIES)), reason="QEMU is not installed, and optional")
def test_qemu_shows_the_differences(tmp_path):
    found = {name for name, sentences in seen(tmp_path).items() if sentences}
    assert found >= DIFFERENCES.keys() - {"isactiver"}


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Runs `make oracle` on one stream, with what `device` makes in QEMU's place; returns the exit status."""

    def run(device, **environment):
        monkeypatch.setattr("tb.commands.oracle.SIM_BUILD", tmp_path)
        monkeypatch.setattr(qtest, "version", lambda: "fake")
        monkeypatch.setattr(machine, "start", lambda: nullcontext(device()))
        for name, value in ({"SEED": "1", "SEEDS": "1", "PROFILE": "hw"} | environment).items():
            monkeypatch.setenv(name, value)
        return cli.main(["oracle"])

    return run


def counts(output, who):
    """Values, lines and mismatches in the line of the reference, of the RTL, or in the verdict."""
    [line] = [line for line in output.splitlines() if line.startswith(f"{who}: ")]
    return [int(re.search(rf"(\d+) {what}", line)[1]) for what in ("values", "lines", "mismatches")]


def test_command_compares_reference_and_rtl(command, fake_machine, capsys):
    status = command(fake_machine)
    output = capsys.readouterr().out
    assert status == 0, output
    values, lines, mismatches = counts(output, "reference")
    assert values > 100
    assert lines > 1000
    assert mismatches == 0
    assert counts(output, "RTL") == [values, lines, 0]
    assert counts(output, "oracle") == [2 * values, 2 * lines, 0]
    assert f"\ndifferences: {len(DIFFERENCES)} examined, 0 seen; gone: {', '.join(DIFFERENCES)}\n" in output


def test_command_fails_where_qemu_differs(command, fake_machine, capsys):
    assert command(lambda: fake_machine(dead=PINS.maint)) == 1
    output = capsys.readouterr().out
    on_reference, on_rtl = output.split("\nreference: ")
    for sentences in on_reference, on_rtl:
        assert "then maint is 1, the trace has 0" in sentences, output
    reference, rtl, both = (counts(output, who)[-1] for who in ("reference", "RTL", "oracle"))
    assert reference > 0
    assert rtl > 0
    assert both == reference + rtl


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("SEEDS", "0", "an integer, 1 or more"),
        ("SEEDS", "x", "an integer, 1 or more"),
        ("PROFILE", "x", "basic, maint"),
    ],
)
def test_bad_option_is_named(variable, value, allowed, command, fake_machine, capsys):
    assert command(fake_machine, **{variable: value}) == 2
    assert f"error: {variable}={value}: allowed is {allowed}" in capsys.readouterr().err
