# SPDX-License-Identifier: Apache-2.0
"""`make docs-test`: what it takes for a command, and what it runs. Pages name no target that is not there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tb.commands import docs_test
from tb.commands.docs_test import blocks, commands, pages, run, run_all
from tb.errors import UserError
from tb.paths import REGISTERS, ROOT

HELP = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
TARGETS = set(re.findall(r"^  ([a-z-]+) ", HELP, re.MULTILINE))
VARIABLES = set(re.findall(r"^  ([A-Z_]+)=", HELP, re.MULTILINE))
QUICK_START = [*commands(ROOT / "README.md"), *commands(ROOT / "docs" / "quickstart.md")]


def named(text: str) -> list[str]:
    """Targets and variables, with their values, of each `make` in `code` or at the beginning of a line."""
    found = re.findall(r"`make\b([^`]*)`|^(?:again: )?make\b(.*)$", text, re.MULTILINE)
    return [word for line in found for word in shlex.split("".join(line), comments=True)]


def unknown(text: str) -> list[str]:
    """Those that are not there."""
    words = named(text)
    return [word for word in words if word.partition("=")[0] not in (VARIABLES if "=" in word else TARGETS)]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_targets_and_variables_are_there(page: Path) -> None:
    assert unknown(page.read_text()) == []


def test_unknown_targets_and_variables_are_noticed() -> None:
    assert unknown("`make\nrepaly TRACE=x SED=1`, `make`\nmake all  # now\nagain: make SEED=2 X=\n") == [
        "repaly",
        "SED=1",
        "X=",
    ]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_name_their_language_and_commands_can_be_told(page: Path) -> None:
    """A block without a language would hide its commands."""
    assert [block.line for block in blocks(page) if not block.info] == []
    assert len(re.findall("^```", page.read_text(), re.MULTILINE)) == 2 * len(list(blocks(page)))
    list(commands(page))


def test_few_commands_are_not_run() -> None:
    every = [command for page in pages() for command in commands(page)]
    assert len(every) > 2 * len([command for command in every if command.reason])


def test_what_pages_speak_of_is_among_their_commands() -> None:
    spoken = {word for page in pages() for word in named(page.read_text()) if "=" not in word}
    shown = {word for page in pages() for command in commands(page) for word in named(command.text)}
    assert spoken - shown == set()


RUN = [command for command in docs_test.once(QUICK_START) if not command.reason]


@pytest.mark.parametrize("command", RUN, ids=lambda command: command.text)
def test_quick_start_does_what_it_says(command: docs_test.Command) -> None:
    done = run(command)
    assert done.returncode == 0, done.stdout


EXAMPLES = {
    "trace-format.md": "traces/qemu/hw-1.jsonl.gz",
    "software-trace-format.md": "software/xen/sgi-0043.jsonl.gz",
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_in_python_run(name: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "data" / EXAMPLES[name], tmp_path / "a.jsonl.gz")
    (example,) = (block.text for block in blocks(ROOT / "docs" / name) if block.info == "python")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{REGISTERS}"}
    command = [sys.executable, "-c", example]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


PAGE = """Words

```sh
true
test $(basename "$PWD") != docs && echo "a b" | grep -q 'a b'
```

```sh fails
exit 1
```

```sh not run: needs root
apt install nothing
```

```text
false
```
"""


def test_commands_are_the_lines_of_blocks_of_commands(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    found = [(line.place, line.text.split()[0], line.fails, line.reason) for line in commands(page)]
    assert found == [
        (f"{page}:4", "true", False, ""),
        (f"{page}:5", "test", False, ""),
        (f"{page}:9", "exit", True, ""),
        (f"{page}:13", "apt", False, "needs root"),
    ]


def test_a_command_that_fails_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert run_all(commands(page)) == 0
    assert "docs-test: 3 commands, 0 failed, 1 not run" in capsys.readouterr().out
    page.write_text(PAGE.replace("true", "make replay TRACE=nowhere.jsonl"))
    assert run_all(commands(page)) == 1
    said = capsys.readouterr().out
    assert re.search(rf"FAILED +[\d.]+ s {page}:4: make replay TRACE=nowhere.jsonl\n", said)
    assert "nowhere.jsonl" in said.split("\n", 1)[1]
    assert "docs-test: 3 commands, 1 failed, 1 not run" in said


@pytest.mark.parametrize("line", ["exit 0", "nowhere", "make -s replay TRACE=nowhere.jsonl"])
def test_what_is_to_fail_fails_and_is_not_refused(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace("exit 1", line))
    assert run_all(commands(page)) == 1
    assert re.search(rf"FAILED +[\d.]+ s {page}:9: {line}\n", capsys.readouterr().out)


@pytest.mark.parametrize("info", ["sh slow", "sh not run:", "sh not run: ", "sh fails often"])
def test_a_reason_is_needed(info: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```{info}\nmake\n```\n")
    with pytest.raises(UserError, match=r"page\.md:1: .*the reason"):
        list(commands(page))


def test_a_page_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.md: No such file"):
        list(commands(tmp_path / "nowhere.md"))


def test_pages_without_commands_show_nothing(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```text\nmake\n```\n")
    with pytest.raises(UserError, match="no page has a command"):
        run_all(commands(page))


def test_variables_of_this_make_do_not_reach_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED", "7")
    monkeypatch.setenv("MAKEFLAGS", "n")
    assert run(docs_test.Command("", 'echo "$SEED$MAKEFLAGS."')).stdout == ".\n"
