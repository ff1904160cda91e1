# SPDX-License-Identifier: Apache-2.0
"""Run the commands in README.md and docs/ as they stand there: each line of each fenced block named `sh`."""

import argparse
import os
import re
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tb import settings
from tb.errors import UserError
from tb.paths import ROOT

FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# What may stand behind the fence of commands.
RUNS, FAILS, NOT_RUN = "sh", "sh fails", "sh not run: "  # and the reason


class Block(NamedTuple):
    """A fenced block of a page: what stands behind the fence, the number of its first line, its text."""

    info: str
    line: int
    text: str


class Command(NamedTuple):
    """A line of a block of commands, whether it is to fail, and why it is not run, if it is not."""

    place: str
    text: str
    fails: bool = False
    reason: str = ""


def pages() -> list[Path]:
    """README.md and all pages of docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order. Raises UserError for a page that cannot be read."""
    try:
        text = page.read_text()
    except OSError as error:
        raise UserError(f"{page}: {error.strerror}") from None
    for found in FENCE.finditer(text):
        yield Block(found["info"].strip(), text.count("\n", 0, found.start()) + 2, found["text"])


def commands(page: Path) -> Iterator[Command]:
    """The commands of a page, in order. Raises UserError for words behind `sh` that mean nothing."""
    for block in blocks(page):
        if block.info.split(" ")[0] != "sh":
            continue
        known, reason = block.info in (RUNS, FAILS), block.info.removeprefix(NOT_RUN)
        if not known and reason in ("", block.info):
            where = f"{page}:{block.line - 1}"
            raise UserError(
                f"{where}: ```{block.info}: allowed is {RUNS}, {FAILS}, or {NOT_RUN}and the reason"
            )
        name = page.relative_to(ROOT) if page.is_relative_to(ROOT) else page
        for number, line in enumerate(block.text.splitlines(), block.line):
            if line:
                yield Command(f"{name}:{number}", line, block.info == FAILS, "" if known else reason)


def run(command: Command) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout, with none of the variables that this make was given."""
    leave = {*settings.names(), "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS"}
    environment = {name: value for name, value in os.environ.items() if name not in leave}
    return subprocess.run(
        command.text,
        shell=True,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def well(command: Command, done: subprocess.CompletedProcess[str]) -> bool:
    """Whether a command did as it should. To fail is not to be refused, as for a variable that is wrong."""
    if command.fails:
        return done.returncode in (1, 2) and not re.search(r"^error: ", done.stdout, re.MULTILINE)
    return done.returncode == 0


def once(all_commands: Iterable[Command]) -> Iterable[Command]:
    """Each command where it first stands."""
    found: dict[str, Command] = {}
    for command in all_commands:
        found.setdefault(command.text, command)
    return found.values()


def run_all(all_commands: Iterable[Command]) -> int:
    """Run each command, once, and print what came of it; how many did not do as they should.

    Raises UserError if none was run.
    """
    ran = failed = left_out = 0
    for command in once(all_commands):
        if command.reason:
            print(f"not run {'':>9} {command.place}: {command.text} ({command.reason})", flush=True)
            left_out += 1
            continue
        start = time.perf_counter()
        done = run(command)
        seconds = f"{time.perf_counter() - start:.1f} s"
        fine = well(command, done)
        print(f"{'ok' if fine else 'FAILED':7} {seconds:>9} {command.place}: {command.text}", flush=True)
        if not fine:
            print(f"{done.stdout}exit status {done.returncode}", flush=True)
        ran += 1
        failed += not fine
    print(f"docs-test: {ran} commands, {failed} failed, {left_out} not run")
    if not ran:
        raise UserError("docs-test: no page has a command to run")
    return failed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Pages."""
    parser.add_argument("page", nargs="*", type=Path, help="a page; all, if none is given")


def main(args: argparse.Namespace) -> int:
    """Run the commands; 1 if one fails."""
    chosen = [page.resolve() for page in args.page] or pages()
    return int(run_all([command for page in chosen for command in commands(page)]) > 0)
