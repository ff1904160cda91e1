# SPDX-License-Identifier: Apache-2.0
"""From QEMU's log to a trace: true logs give what was there, wrong ones are refused in a sentence."""

import gzip
import re
import shutil
from pathlib import Path

import pytest

from tb import cli
from tb.capture import boot
from tb.capture.initrd import initrd
from tb.capture.log import EVENTS, convert
from tb.commands import capture
from tb.errors import UserError
from tb.model.replay import replay_on_model
from tb.model.trace import LINES, read
from tb.oracle import qtest
from tb.oracle.machine import MACHINE, Machine
from tb.oracle.stimulus import record
from tb.paths import ROOT

DATA = ROOT / "tests" / "data" / "capture"
XEN, KVM = DATA / "xen-4.17-boot.log.gz", DATA / "kvm-6.1-guest.log.gz"
GROUPS = DATA / "qemu-groups.log.gz"
PROVENANCE = (DATA / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def text() -> str:
    return gzip.decompress(GROUPS.read_bytes()).decode()


@pytest.mark.parametrize("log", [XEN, KVM, GROUPS], ids=lambda log: log.name)
def test_a_shipped_log_is_what_the_reference_does(log: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    accesses = convert(log, trace)
    (told,) = re.findall(rf"^\| `{log.name}` \| .* \| ([\d,]+) \|$", PROVENANCE, re.MULTILINE)
    assert accesses == int(told.replace(",", ""))
    summary = replay_on_model([trace])
    assert summary.sentences == []
    assert summary.values > accesses / 4
    assert summary.lines > accesses * 2


def test_all_lines_move(tmp_path: Path) -> None:
    convert(GROUPS, tmp_path / "trace.jsonl")
    records = list(read(tmp_path / "trace.jsonl"))[1:]
    assert {(name, record.lines[name]) for record in records for name in LINES} == {
        (name, level) for name in LINES for level in (0, 1)
    }


@pytest.mark.skipif(not any(map(shutil.which, qtest.BINARIES)), reason="QEMU is not installed, and optional")
@pytest.mark.parametrize("profile", ["maint", "groups", "eoimode", "sgi"])
def test_a_log_gives_what_qtest_saw(profile: str, seed: int, tmp_path: Path) -> None:
    """The oracle gets answers and levels from qtest, the log has them from trace events: all must agree."""
    log, seen, converted = tmp_path / "log", tmp_path / "seen.jsonl", tmp_path / "converted.jsonl"
    events = [word for event in EVENTS for word in ("-trace", event)]
    with qtest.qemu([*MACHINE, *events, "-D", str(log)]) as connection:
        record(Machine(connection), profile, seed, "", seen)
    assert convert(log, converted) > 400
    assert list(read(converted))[1:] == [entry for entry in read(seen) if entry.op != "pact"][1:]


def test_time_stamps_and_other_messages_do_not_matter(text: str, tmp_path: Path) -> None:
    log = tmp_path / "stamped.log"
    stamped = "".join(f"4711@1700000000.123456:{line}\nqemu: hello\n" for line in text.splitlines())
    log.write_text(stamped + "gic_dist_read dist read at 0x0 size 4: 0x0\n")
    convert(log, tmp_path / "stamped.jsonl")
    convert(GROUPS, tmp_path / "plain.jsonl")
    assert list(read(tmp_path / "stamped.jsonl"))[1:] == list(read(tmp_path / "plain.jsonl"))[1:]


def test_a_log_may_end_anywhere(text: str, tmp_path: Path) -> None:
    """What comes of it is how the whole begins."""
    log, trace = tmp_path / "cut.log", tmp_path / "cut.jsonl"
    convert(GROUPS, trace)
    whole = list(read(trace))[1:]
    lengths = set()
    for end in range(4000, 5000, 7):
        log.write_text(text[:end])
        length = convert(log, trace)
        assert list(read(trace))[1:] == whole[:length]
        lengths.add(length)
    assert len(lengths) > 5


def test_a_wrong_value_is_seen_by_the_replay(text: str, tmp_path: Path) -> None:
    log = tmp_path / "wrong.log"
    reads = re.findall(r"iface read at 0x0000000c: 0x000003ff", text)
    assert reads
    log.write_text(text.replace("0x0000000c: 0x000003ff", "0x0000000c: 0x000003fe", 1))
    convert(log, tmp_path / "wrong.jsonl")
    assert replay_on_model([tmp_path / "wrong.jsonl"]).mismatches == 1


def without(event: str, text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(event))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: "", r"log: there are no accesses in it; needed are the events gic_hyp_read, "),
        (lambda text: text.replace("vcpu 0", "vcpu 1", 1), r"log:\d+: CPU 1: .*\(-smp 1\)"),
        (
            lambda text: text.replace("hyp write", "hyp wrote", 1),
            r"log:\d+: 'gic_hyp_write hyp wrote .* is no ",
        ),
        (
            lambda text: without("gic_update_maintenance_irq", text),
            r"log:\d+: no gic_update_maintenance_irq ",
        ),
        (
            lambda text: without("gic_acknowledge_irq", text),
            r"log:\d+: no gic_acknowledge_irq before GICV_IAR",
        ),
    ],
)
def test_a_wrong_log_is_refused_in_a_sentence(change, sentence: str, text: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(change(text))
    with pytest.raises(UserError, match=sentence) as caught:
        convert(log, tmp_path / "trace.jsonl")
    assert str(caught.value).startswith(str(log))
    assert list(tmp_path.iterdir()) == [log]


# ---- the command


def test_the_command_replays_what_it_has_converted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(capture, "CAPTURES", tmp_path)
    monkeypatch.setenv("LOG", str(XEN))
    assert cli.main(["capture"]) == 0
    output = capsys.readouterr().out
    assert "reference: replay: 1 files, 1533 records, " in output
    assert f"capture: 1532 accesses of {XEN}" in output
    assert f"make replay TRACE={tmp_path / 'xen-4.17-boot.jsonl.gz'}" in output
    assert (tmp_path / "xen-4.17-boot.jsonl.gz").is_file()


@pytest.mark.parametrize("kind", ["missing", "garbled"])
def test_a_bad_file_is_refused(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(capture, "CAPTURES", tmp_path)
    log = tmp_path / "some.log.gz"
    if kind == "garbled":
        log.write_bytes(XEN.read_bytes()[:1000])
    monkeypatch.setenv("LOG", str(log))
    assert cli.main(["capture"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {log}: ")
    assert error.count("\n") == 1


def test_what_it_needs_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(capture, "CAPTURES", tmp_path)
    monkeypatch.delenv("LOG", raising=False)
    monkeypatch.setattr(boot, "KEYRING", tmp_path / "keyring")
    monkeypatch.setattr(shutil, "which", lambda tool: tool)
    assert cli.main(["capture"]) == 2
    assert "sudo apt install debian-archive-keyring" in capsys.readouterr().err
    monkeypatch.setattr(shutil, "which", lambda tool: None)
    assert cli.main(["capture"]) == 2
    assert "qemu-system-aarch64 is missing: sudo apt install qemu-system-arm" in capsys.readouterr().err


def test_an_unknown_hypervisor_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HYPERVISOR", "vmware")
    assert cli.main(["capture"]) == 2
    assert capsys.readouterr().err == "error: HYPERVISOR=vmware: allowed is xen or kvm\n"


def test_the_ram_disk_is_an_archive(tmp_path: Path) -> None:
    library, link = tmp_path / "lib" / "some" / "library.so.1.2", tmp_path / "lib" / "library.so.1"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"program")
    library.chmod(0o644)
    link.symlink_to("some/library.so.1.2")
    archive, files = initrd("script", tmp_path, [link, library]), {}
    while archive:
        assert archive[:6] == b"070701"
        numbers = [int(archive[n : n + 8], 16) for n in range(6, 110, 8)]
        mode, size, length = numbers[1], numbers[6], numbers[11]
        name = archive[110 : 110 + length - 1].decode()
        start = (110 + length + 3) // 4 * 4
        files[name] = (mode, archive[start : start + size])
        archive = archive[(start + size + 3) // 4 * 4 :]
    assert list(files.items()) == [
        ("dev", (0o40755, b"")),
        ("dev/console", (0o20600, b"")),
        ("init", (0o100755, b"script")),
        ("lib", (0o40755, b"")),
        ("lib/some", (0o40755, b"")),
        ("lib/library.so.1", (0o120777, b"some/library.so.1.2")),
        ("lib/some/library.so.1.2", (0o100644, b"program")),
        ("TRAILER!!!", (0, b"")),
    ]
