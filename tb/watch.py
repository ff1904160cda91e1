# SPDX-License-Identifier: Apache-2.0
"""What can be seen of a run while it lasts: how far it is, and with V=1 each access.

A simulation is a process of its own: it leaves word in its directory, where the command that waits looks.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tb import progress, settings
from tb.model.hardware.virtual_interface import Lines
from tb.model.machine.events import Accessed, Entered, Publisher

DONE: Final = "done"  # how many steps of how many, in two numbers
ACCESSES: Final = "accesses.txt"  # a line an access
_ENTRIES: Final = 32  # between two words of how far it is
_POLL: Final = 0.2  # seconds


def words(cpu: int, write: bool, register: str, value: int, lines: Lines) -> str:
    """An access, and the lines that are high after it."""
    high = " ".join(name for name, level in lines._asdict().items() if level)
    return f"CPU {cpu} {'writes' if write else 'reads '} {register:11} 0x{value:08x} {high}".rstrip()


def follow(publisher: Publisher, entries: int, done: Callable[..., None], say: Callable[[str], None]) -> None:
    """Tell now and then how many of these entries there were, and with V=1 each access."""
    number = 0

    def count(_: Entered) -> None:
        nonlocal number
        number += 1
        if not number % _ENTRIES and number <= entries:  # more come while it drains
            done(number, entries)

    publisher.subscribe(Entered, count)
    if settings.switch("V"):
        publisher.subscribe(Accessed, lambda e: say(words(e.cpu, e.write, e.register, e.value, e.lines)))


def leave_word(publisher: Publisher, entries: int) -> None:
    """In a simulation: leave word of a machine that is to make so many entries."""
    follow(publisher, entries, leave_done, leave_access)


def leave_done(done: int, total: int) -> None:
    """In a simulation: so many steps of so many are done."""
    Path(DONE).write_text(f"{done} {total}")


def leave_access(line: str) -> None:
    """In a simulation: an access."""
    with Path(ACCESSES).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


@contextmanager
def watched(directory: Path, what: str) -> Iterator[None]:
    """Show what the simulation in a directory leaves word of."""
    if not (progress.wanted() or settings.switch("V")):
        yield
        return
    ended = threading.Event()
    with progress.bar(what) as done:
        watcher = threading.Thread(target=_watch, args=(directory, done, ended))
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _watch(directory: Path, done: Callable[..., None], ended: threading.Event) -> None:
    place = 0
    last = False
    while not last:
        last = ended.wait(_POLL)
        if (steps := directory / DONE).exists() and (numbers := steps.read_text().split()):
            done(*map(int, numbers))
        if (accesses := directory / ACCESSES).exists():
            with accesses.open(encoding="utf-8") as file:
                file.seek(place)
                print(file.read(), end="", flush=True)
                place = file.tell()
