# SPDX-License-Identifier: Apache-2.0
"""Client of QEMU's qtest protocol: a text command a line, answered in order by a line that begins with OK.

QEMU also reports level changes of intercepted interrupt pins ("IRQ raise 2"). It does so while it carries out
the command that causes them, so the reports before an answer belong to that answer.
"""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from tb.errors import UserError

BINARIES: Final = ("qemu-system-aarch64", "qemu-system-arm")
TIMEOUT: Final = 20.0  # seconds in which QEMU must say something, or end
MAX_IN_FLIGHT: Final = 256  # commands: few enough that neither side's socket buffer can fill up


class Reply(NamedTuple):
    """Answer to one command.

    value  what it gives; None where it gives nothing
    pins   (pin, level) of each change it caused, in order
    """

    value: int | None
    pins: tuple[tuple[int, int], ...]


class QTest:
    """The client's end of a connected socket. UserError: QEMU ended, refused a command or kept silent."""

    def __init__(self, connection: socket.socket, timeout: float = TIMEOUT) -> None:
        self._connection = connection
        self._timeout = timeout
        connection.settimeout(timeout)
        self._lines = connection.makefile("r", encoding="ascii", errors="replace", newline="\n")

    def exchange(self, commands: Sequence[str]) -> list[Reply]:
        """Send the commands, pipelined, and return their replies in order."""
        replies = []
        for start in range(0, len(commands), MAX_IN_FLIGHT):
            batch = commands[start : start + MAX_IN_FLIGHT]
            try:
                self._connection.sendall("".join(f"{command}\n" for command in batch).encode("ascii"))
                replies += [self._reply(command) for command in batch]
            except TimeoutError:
                raise UserError(f"QEMU did not answer within {self._timeout:g} s") from None
            except (ConnectionError, EOFError):
                raise UserError("QEMU ended before it answered") from None
        return replies

    def _reply(self, command: str) -> Reply:
        pins = []
        while True:
            line = self._lines.readline()
            if not line.endswith("\n"):
                raise EOFError
            match line.split():
                case ["IRQ", ("raise" | "lower") as change, pin]:
                    pins.append((int(pin), int(change == "raise")))
                case ["OK"]:
                    return Reply(None, tuple(pins))
                case ["OK", value]:
                    return Reply(int(value, 0), tuple(pins))
                case _:
                    raise UserError(f"QEMU answered '{line.strip()}' to the qtest command '{command}'")

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._connection.close()


def find_qemu() -> str:
    """The path of QEMU's Arm emulator; UserError says how to install it."""
    for name in BINARIES:
        if path := shutil.which(name):
            return path
    raise UserError(f"{BINARIES[0]} is missing: sudo apt install qemu-system-arm")


def version() -> str:
    """QEMU's name and version."""
    run = subprocess.run([find_qemu(), "--version"], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()[0]


@contextmanager
def qemu(arguments: Sequence[str]) -> Iterator[QTest]:
    """Start QEMU with its CPUs stopped and connect to it; QEMU ends with the block."""
    binary = find_qemu()
    ours, theirs = socket.socketpair()
    with theirs, tempfile.TemporaryFile() as messages:
        connection = f"socket,id=qtest,fd={theirs.fileno()}"
        process = subprocess.Popen(
            [
                *(binary, "-S", "-accel", "tcg", "-display", "none", "-nodefaults", *arguments),
                *("-chardev", connection, "-qtest", "chardev:qtest", "-qtest-log", "none"),
            ],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=messages,
            stderr=messages,
        )
        theirs.close()
        client = QTest(ours)
        try:
            yield client
        except UserError as error:
            messages.seek(0)
            said = messages.read().decode(errors="replace").strip().splitlines()
            raise UserError(f"{error}: {said[-1]}" if said else str(error)) from None
        finally:
            client.close()
            process.terminate()
            try:
                process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
