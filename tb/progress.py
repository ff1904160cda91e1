# SPDX-License-Identifier: Apache-2.0
"""How far a long command is, how fast, and how long it will still take: on terminals only."""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

T = TypeVar("T")

_SHOWN: Final = threading.Lock()


def wanted() -> bool:
    """Whether somebody looks: output goes to a terminal that can move its cursor, and to no log of CI."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("CI") or os.environ.get("TERM", "dumb") == "dumb"
    return not plain and sys.stdout.isatty() and sys.stderr.isatty()


@contextmanager
def bar(what: str, total: int | None = None) -> Iterator[Callable[..., None]]:
    """A bar for as long as the context lasts, unless there is one already.

    It gives a function: call that with the number of steps done by now, and with the total once it is known.
    """
    if not wanted() or not _SHOWN.acquire(blocking=False):
        yield lambda done, total=None: None
        return
    # Where nobody looks, it is not worth the time that the import takes.
    from rich import progress as rich
    from rich.text import Text

    class Rate(rich.ProgressColumn):
        def render(self, task: rich.Task) -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    columns = (
        *("{task.description}", rich.BarColumn(), rich.MofNCompleteColumn(), Rate()),
        *(rich.TimeElapsedColumn(), "left", rich.TimeRemainingColumn()),
    )
    try:
        with rich.Progress(*columns, transient=True) as progress:
            task = progress.add_task(what, total=total)
            yield lambda done, total=None: progress.update(task, completed=done, total=total)
    finally:
        _SHOWN.release()


def counted(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """The items, a step each, which is done when the next one is asked for."""
    with bar(what, total) as done:
        for number, item in enumerate(items, 1):
            yield item
            done(number)
