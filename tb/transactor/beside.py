# SPDX-License-Identifier: Apache-2.0
"""Work beside a simulation, on another core: in a thread it would wait for the simulator."""

from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection


def beside(work: Callable[[Connection], None]) -> Connection:
    """Have a process do this work with one end of a connection; returns the other end.

    The process is a copy of this one, and ends when the work is done or this one has ended.
    """
    fork = get_context("fork")
    ours, theirs = fork.Pipe()

    def run() -> None:
        ours.close()
        with suppress(EOFError, BrokenPipeError, ConnectionResetError):
            work(theirs)

    fork.Process(target=run, daemon=True).start()
    theirs.close()
    return ours
