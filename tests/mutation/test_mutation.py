# SPDX-License-Identifier: Apache-2.0
"""A small campaign: what is killed, what is proved, what is counted apart, and that nothing passes unseen."""

import re
from dataclasses import replace

import pytest

from tb import cli
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.mutation import campaign, equivalence, mutants, report
from tb.mutation.campaign import EQUIVALENT, KILLED, SURVIVED, Campaign, Fate
from tb.mutation.stimuli import Volume

NUMBER = 40
SMALL = Volume(accesses=3000, records=300, cases=(("kvm17", "mixed"),), entries=20, directed=False)
DEVICE = Parameters()


@pytest.fixture(scope="module")
def small() -> Campaign:
    return campaign.run(DEVICE, NUMBER, 1, 1, SMALL)


def test_small_campaign(small: Campaign) -> None:
    assert len(small.fates) == NUMBER
    assert small.number(KILLED) >= 0.8 * NUMBER
    killed = [fate for fate in small.fates if fate.end == KILLED]
    assert all(fate.checks and fate.stimulus and fate.accesses <= small.accesses for fate in killed)
    assert len({fate.mutant.module for fate in killed}) >= 4
    assert re.fullmatch(
        rf"mutate: {NUMBER} mutants, \d+ killed, \d+ equivalent, \d+ observation-only, \d+ survivors",
        small.line,
    )


def test_prover_knows_killed_mutants_from_the_device(small: Campaign) -> None:
    """What something differed for is not equivalent; unkilled, it would be a survivor, with a witness."""
    killed = [fate.mutant for fate in small.fates if fate.end == KILLED][:2]
    place = mutants.directory(DEVICE) / f"n{NUMBER}-seed1"
    results = [(small.edges, 0)] * (len(killed) + 1)
    unkilled = campaign.judge(DEVICE, 1, killed, small.stimuli, results, place)
    assert [fate.end for fate in unkilled.fates] == [SURVIVED] * len(killed)
    assert all(fate.witness for fate in unkilled.fates)
    assert unkilled.line.endswith(f" {len(unkilled.survivors)} survivors")
    page, text = report.html(unkilled), "\n".join(report.text(unkilled))
    for fate in unkilled.survivors:
        assert fate.mutant.line in text
        assert fate.mutant.line in page


def test_prover_finds_laws_that_are_none(monkeypatch, tmp_path, small: Campaign) -> None:
    laws = tmp_path / "invariants.toml"
    laws.write_text('[u_vif.laws]\n"no interrupt is ever active" = "apr_q == 0"\n')
    monkeypatch.setattr(equivalence, "INVARIANTS", laws)
    place = mutants.directory(DEVICE) / f"n{NUMBER}-seed1"
    with pytest.raises(UserError, match=r"invariants\.toml: not all that it says is kept"):
        equivalence.prove([small.fates[0].mutant], place)


def test_what_feeds_only_the_observation_port_is_counted_apart() -> None:
    _, listed = mutants.make(DEVICE, 200, 1)
    apart = [mutant for mutant in listed if mutant.observation]
    assert apart
    assert all(re.search(r"accepts_|last_|gicv2_vif\.v:3[5-7]\d", f"{one.wire} {one.line}") for one in apart)
    fates = [Fate(apart[0], KILLED), Fate(apart[0], EQUIVALENT), Fate(apart[0], SURVIVED)]
    line = Campaign(DEVICE, 1, fates, []).line
    assert line == "mutate: 3 mutants, 0 killed, 0 equivalent, 3 observation-only, 0 survivors"


def test_device_that_differs_without_a_mutant_is_an_error(small: Campaign) -> None:
    mutant = small.fates[0].mutant
    with pytest.raises(
        UserError, match=r"the device without a mutant is as recorded at 7 edges only, of \d+"
    ):
        campaign.judge(DEVICE, 1, [mutant], small.stimuli, [(7, 1), (7, 1)], mutants.DIRECTORY)


@pytest.mark.parametrize("killed", [True, False])
def test_status(monkeypatch, tmp_path, small: Campaign, killed: bool) -> None:
    """A campaign that kills nothing has shown nothing; one in which too many survive has failed."""
    fates = [replace(fate, end=KILLED if killed else EQUIVALENT) for fate in small.fates]
    monkeypatch.setattr(campaign, "run", lambda *_: replace(small, fates=fates))
    monkeypatch.setattr("tb.commands.mutate.DIRECTORY", tmp_path)
    monkeypatch.setattr("tb.commands.mutate.ROOT", tmp_path)
    assert cli.main(["mutate"]) == (0 if killed else 1)


@pytest.mark.parametrize("number", ["0", "-1", "many", "65536"])
def test_bad_number(monkeypatch, capsys, number: str) -> None:
    monkeypatch.setenv("N", number)
    assert cli.main(["mutate"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
