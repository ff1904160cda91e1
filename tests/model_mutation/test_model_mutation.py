# SPDX-License-Identifier: Apache-2.0
"""A small campaign on the models, and that nothing passes unseen."""

import json
import re
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

import pytest

from tb import cli, extras
from tb.commands import mutate_models
from tb.errors import UserError

extras.need("mutants")

from tb.model_mutation import campaign, judge, report  # noqa: E402
from tb.model_mutation.campaign import EQUIVALENT, KILLED, SURVIVED, TIMEOUT, Checks, Fate  # noqa: E402
from tb.model_mutation.judge import MODEL  # noqa: E402
from tb.model_mutation.mutants import Mutant, functions, sample  # noqa: E402

NUMBER = 15
FIRST = 13  # checks: some of each kind
FILES = [MODEL / "hardware" / "virtual_interface.py", MODEL / "hypervisor" / "classic" / "list_registers.py"]


QUEUED = (
    "hypervisor/classic/list_registers.py",
    "ListRegisters.retire_disabled",
    "state.queued.put(number, intid, {})",
)
RANGE = "hardware/parameters.py", "", '"grp_filter": (0, {}),'


@cache
def mutants(file: str) -> list[Mutant]:
    return [one.mutant(change) for one in functions(MODEL / file) for change in one.changes]


def mutant(file: str, function: str, line: str, value: object) -> Mutant:
    """The one that puts a value into a line."""
    wanted = file, function, line.format(value)
    (found,) = (one for one in mutants(file) if (*one.identity[:2], one.identity.after) == wanted)
    return found


def test_small_campaign() -> None:
    """With a mutant that nothing can notice, which is listed, and one that survives where little runs."""
    chosen = campaign.chosen(NUMBER, 1, FILES)
    *fates, listed, missed = campaign.run(
        [*chosen, mutant(*QUEUED, None), mutant(*RANGE, 2)], jobs=1, count=FIRST
    )
    assert (listed.end, missed.end) == (EQUIVALENT, SURVIVED)
    assert len(fates) == NUMBER
    assert campaign.score(fates) >= 80
    killed = [fate for fate in fates if fate.end == KILLED]
    assert len({fate.check for fate in killed}) >= 2
    assert all(fate.words for fate in killed)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[object], None]:
    """Has a bench judge every mutant in one way."""

    def answer(failure: object) -> None:
        monkeypatch.setattr(campaign, "RECORDINGS", tmp_path)
        monkeypatch.setattr(campaign.stimuli, "record", lambda *words: words[2].touch())
        monkeypatch.setattr(Checks, "__init__", lambda *_: None)
        monkeypatch.setattr(Checks, "failure", lambda *_: failure)

    return answer


def test_a_bench_that_notices_nothing_fails(bench, monkeypatch, capsys, tmp_path) -> None:
    bench(None)
    few = campaign.chosen(NUMBER, 1, FILES)
    monkeypatch.setattr(campaign, "chosen", lambda *_: few)
    monkeypatch.setattr(mutate_models, "SIM_BUILD", tmp_path)
    monkeypatch.setattr(mutate_models, "ROOT", tmp_path)
    (tmp_path / "mutation").mkdir()
    monkeypatch.setenv("WHAT", "models")
    assert cli.main(["mutate"]) == 1
    *said, last = capsys.readouterr().out.splitlines()
    assert last == f"mutate: {NUMBER} mutants, 0 killed, 0 equivalent, {NUMBER} survivors"
    for one in few:
        assert f"survived: {one.place} {one.identity.function}" in said
    assert (tmp_path / said[-1]).read_text().splitlines()[-1] == last


@pytest.mark.parametrize(("missed", "status"), [(0, 0), (5, 0), (6, 1)])
def test_the_goal_is_for_what_is_judged(monkeypatch, tmp_path, missed, status) -> None:
    monkeypatch.setattr(mutate_models, "SIM_BUILD", tmp_path)
    monkeypatch.setattr(mutate_models, "ROOT", tmp_path)
    (tmp_path / "mutation").mkdir()
    judged, other = mutant(*RANGE, 2), mutants("ledger/priorities.py")[0]
    fates = [Fate(judged, KILLED, TIMEOUT)] * (100 - missed) + [Fate(judged, SURVIVED)] * missed
    fates += [Fate(judged, EQUIVALENT), *[Fate(other, SURVIVED)] * 50]
    monkeypatch.setattr(campaign, "chosen", lambda *_: [])
    monkeypatch.setattr(campaign, "run", lambda *_: fates)
    assert mutate_models.main() == status
    _, table, *_ = report.text(fates)
    assert table.split() == [
        "hardware",
        "101",
        f"{100 - missed}",
        f"({100 - missed})",
        "1",
        str(missed),
        f"{100 - missed}.0%",
    ]


def entry(of: Mutant) -> str:
    words = {**of.identity._asdict(), "reason": "none"}
    return "[[equivalent]]\n" + "".join(f"{name} = {json.dumps(text)}\n" for name, text in words.items())


def test_an_equivalent_mutant_that_is_killed_is_an_error(bench, monkeypatch, tmp_path) -> None:
    one = mutant(*RANGE, 2)
    monkeypatch.setattr(campaign, "EQUIVALENTS", tmp_path / "equivalents.toml")
    campaign.EQUIVALENTS.write_text(entry(one))
    bench(None)
    assert [fate.end for fate in campaign.run([one], 1)] == [EQUIVALENT]
    bench(("lockstep", "edge 1"))
    with pytest.raises(UserError, match=r"parameters\.py:\d+ is no equivalent: lockstep: edge 1"):
        campaign.run([one], 1)


def test_an_equivalent_mutant_that_is_none_is_an_error(monkeypatch, tmp_path) -> None:
    one = mutant(*RANGE, 2)
    monkeypatch.setattr(campaign, "EQUIVALENTS", tmp_path / "equivalents.toml")
    campaign.EQUIVALENTS.write_text(entry(one))
    assert campaign.chosen(1, 1, [MODEL / "hardware" / "parameters.py"])
    campaign.EQUIVALENTS.write_text(entry(one).replace("(0, 2)", "(0, 3)"))
    with pytest.raises(UserError, match=r"there is no such mutant: hardware/parameters\.py"):
        campaign.chosen(1, 1, [MODEL / "hardware" / "parameters.py"])


def checks(monkeypatch: pytest.MonkeyPatch, done: object) -> Checks:
    """Of which one runs all functions; a mutant in one of them ends as is said."""
    baseline = CompletedProcess(
        (), 0, json.dumps([[], [["hardware/parameters.py", "Parameters.__post_init__"]]])
    )
    monkeypatch.setattr(campaign, "_process", lambda *_: baseline)
    result = Checks()

    def process(*_: str) -> object:
        if isinstance(done, Exception):
            raise done
        return done

    monkeypatch.setattr(campaign, "_process", process)
    return result


@pytest.mark.parametrize(
    ("done", "failure"),
    [
        (CompletedProcess((), 0, "null\n"), None),
        (CompletedProcess((), 0, '["lockstep", "edge 1"]\n'), ("lockstep", "edge 1")),
        (CompletedProcess((), 1, "", "Traceback\nSyntaxError: no"), ("start", "SyntaxError: no")),
        (CompletedProcess((), -signal.SIGXCPU, ""), (TIMEOUT, "it goes on and on")),
        (TimeoutExpired((), 1), (TIMEOUT, "it waits")),
    ],
)
def test_what_becomes_of_a_mutant(monkeypatch, done, failure) -> None:
    assert checks(monkeypatch, done).failure(mutant(*RANGE, 2)) == failure


def test_a_mutant_that_no_check_runs_survives(monkeypatch) -> None:
    killed = checks(monkeypatch, CompletedProcess((), 0, '["lockstep", "edge 1"]\n'))
    assert [
        one.identity.function for one in mutants("hardware/gic.py") if one.called and killed.failure(one)
    ] == []


def test_a_recording_of_nothing_is_an_error(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(judge, "RECORDINGS", tmp_path)
    (tmp_path / "default.recording").touch()
    lockstep = next(check for check in judge.checks() if check.name == "lockstep")
    assert lockstep.run() == "default device: nothing is recorded"


def test_models_that_fail_as_they_are_are_an_error(monkeypatch) -> None:
    done = CompletedProcess((), 1, "", "Traceback\ntb.errors.UserError: lockstep: edge 1")
    monkeypatch.setattr(campaign, "_process", lambda *_: done)
    with pytest.raises(UserError, match=r"the models fail as they are: .*lockstep: edge 1"):
        Checks()


def test_seed_chooses_evenly_over_functions() -> None:
    several = functions(MODEL / "hardware" / "gic.py")
    first, more = sample(several, len(several), 1), sample(several, 2 * len(several), 1)
    assert {one.identity.function for one in first} == {one.name for one in several}
    assert more[: len(first)] == first != sample(several, len(several), 2)
    every = sample(several, 10**6, 1)
    assert len(every) == sum(len(one.changes) for one in several)


def test_functions_with_decorators_are_changed_but_not_the_words_of_errors() -> None:
    assert "_Port.is_empty" in {one.name for one in functions(MODEL / "hardware" / "device.py")}
    assert not any("raise" in one.identity.before for one in mutants("hypervisor/lock_order.py"))


def test_bad_what(monkeypatch, capsys) -> None:
    monkeypatch.setenv("WHAT", "tests")
    assert cli.main(["mutate"]) == 2
    assert re.fullmatch("error: WHAT=tests: allowed is rtl or models\n", capsys.readouterr().err)
