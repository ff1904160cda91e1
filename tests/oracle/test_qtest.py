# SPDX-License-Identifier: Apache-2.0
"""The client of QEMU's qtest protocol, and how QEMU is started and ended."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tb.errors import UserError
from tb.oracle.qtest import MAX_IN_FLIGHT, Reply, find_qemu, qemu


def scripted(*answers: str) -> Callable[[socket.socket], None]:
    """A server that waits for as many commands as it has answers, then sends them all and hangs up."""

    def serve(connection: socket.socket) -> None:
        with connection:
            received = b""
            while received.count(b"\n") < len(answers):
                received += connection.recv(4096)
            connection.sendall("".join(answers).encode("ascii"))

    return serve


def test_commands_are_pipelined_and_replies_come_in_order(connect):
    client = connect(scripted("OK 0x0000000000000001\n", "OK\n", "OK 0x0000000000000003\n"))
    replies = client.exchange(["readl 0x1", "writel 0x2 0x0", "readl 0x3"])
    assert replies == [Reply(1, ()), Reply(None, ()), Reply(3, ())]


def test_pin_changes_belong_to_the_command_that_caused_them(connect):
    client = connect(scripted("OK\n", "IRQ raise 2\nIRQ lower 0\nOK 0x5\n", "IRQ lower 2\nOK\n"))
    replies = client.exchange(["a", "b", "c"])
    assert [reply.pins for reply in replies] == [(), ((2, 1), (0, 0)), ((2, 0),)]


def test_more_commands_than_are_in_flight_at_once(connect):
    def serve(connection: socket.socket) -> None:
        with connection, connection.makefile("r") as commands:
            for command in commands:
                connection.sendall(f"OK {command.split()[1]}\n".encode("ascii"))

    count = 2 * MAX_IN_FLIGHT + 1
    replies = connect(serve).exchange([f"readl {i:#x}" for i in range(count)])
    assert [reply.value for reply in replies] == list(range(count))


def test_refused_command_is_named(connect):
    client = connect(scripted("FAIL Unknown command 'nonsense'\n"))
    with pytest.raises(UserError, match=r"FAIL Unknown command 'nonsense'.*'nonsense 1'"):
        client.exchange(["nonsense 1"])


@pytest.mark.parametrize("last", ["", "OK 0x12"])
def test_end_before_the_answer(connect, last):
    client = connect(scripted("OK 0x1\n", last))
    with pytest.raises(UserError, match="QEMU ended before it answered"):
        client.exchange(["readl 0x0", "readl 0x4"])


def test_silence(connect):
    def serve(connection: socket.socket) -> None:
        with connection:
            while connection.recv(4096):
                pass

    client = connect(serve, timeout=0.1)
    with pytest.raises(UserError, match=r"QEMU did not answer within 0\.1 s"):
        client.exchange(["readl 0x0"])


def test_missing_qemu_names_the_package(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        UserError, match=r"^qemu-system-aarch64 is missing: sudo apt install qemu-system-arm$"
    ):
        find_qemu()


def install(directory: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a shell script in QEMU's place."""
    binary = directory / "qemu-system-aarch64"
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)


def test_last_words_of_qemu_are_shown(tmp_path, monkeypatch):
    install(tmp_path, "echo 'no such machine' >&2; exit 1", monkeypatch)

    with pytest.raises(UserError, match="QEMU ended before it answered: no such machine"), qemu([]) as client:
        client.exchange(["readl 0x0"])


def test_qemu_ends_with_the_block(tmp_path, monkeypatch):
    install(
        tmp_path, f"echo $$ > {tmp_path}/new && mv {tmp_path}/new {tmp_path}/pid; exec sleep 60", monkeypatch
    )
    with qemu([]):
        while not (tmp_path / "pid").exists():
            time.sleep(0.01)
        pid = int((tmp_path / "pid").read_text())
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
