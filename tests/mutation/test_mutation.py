# SPDX-License-Identifier: Apache-2.0
"""A small campaign: what is killed, what is proved, what is counted apart, and that nothing passes unseen."""

import re
from collections.abc import Sequence

import numpy as np
import pytest

from tb import cli
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.mutation import campaign, equivalence, mutants, report
from tb.mutation.campaign import EQUIVALENT, KILLED, SURVIVED, Campaign, Fate, Result
from tb.mutation.mutants import Mutant
from tb.mutation.stimuli import Stimulus, Volume

NUMBER = 40
SEED = 1
SMALL = Volume(accesses=3000, records=300, cases=(("kvm17", "mixed"),), entries=20, directed=False)
DEVICE = Parameters()


def test_small_campaign(monkeypatch, tmp_path) -> None:
    """One test, as all of it needs the same netlist."""
    result = campaign.run(DEVICE, NUMBER, SEED, jobs=1, volume=SMALL)
    killed = [fate for fate in result.fates if fate.end == KILLED]
    assert len(result.fates) == NUMBER
    assert len(killed) >= 0.8 * NUMBER
    assert all(fate.checks and fate.stimulus and fate.accesses <= result.accesses for fate in killed)
    assert len({fate.mutant.module for fate in killed}) >= 4
    assert all(fate.witness for fate in result.survivors)

    place = mutants.directory(DEVICE, NUMBER, SEED)
    prover_knows_killed_mutants_from_the_device([fate.mutant for fate in killed[:2]], place)
    laws = tmp_path / "invariants.toml"
    laws.write_text('[u_vif.laws]\n"no interrupt is ever active" = "apr_q == 0"\n')
    monkeypatch.setattr(equivalence, "INVARIANTS", laws)
    with pytest.raises(UserError, match=r"invariants\.toml: not all that it says is kept"):
        equivalence.prove([killed[0].mutant], place)


def prover_knows_killed_mutants_from_the_device(killed: Sequence[Mutant], place) -> None:
    """If nothing had killed them they would be survivors, and reported."""
    stimuli = [Stimulus("nothing", np.zeros(9, np.int64))]
    proofs = equivalence.prove(killed, place)
    unkilled = campaign.judge(
        DEVICE, SEED, killed, stimuli, dict.fromkeys((0, *proofs), Result(9, 0)), proofs
    )
    assert unkilled.survivors == unkilled.fates
    page, text = report.html(unkilled), "\n".join(report.text(unkilled))
    for fate in unkilled.survivors:
        assert fate.witness
        assert fate.mutant.line in text
        assert fate.mutant.line in page


def test_what_feeds_only_the_observation_port_is_counted_apart() -> None:
    _, listed = mutants.make(DEVICE, 200, SEED)
    apart = [mutant for mutant in listed if mutant.observation]
    assert apart
    assert all(re.search(r"accepts_|last_|gicv2_vif\.v:3[5-7]\d", f"{one.wire} {one.line}") for one in apart)
    fates = [Fate(apart[0], end) for end in (KILLED, EQUIVALENT, SURVIVED)]
    line = Campaign(DEVICE, SEED, fates, []).line
    assert line == "mutate: 3 mutants, 0 killed, 0 equivalent, 3 observation-only, 0 survivors"


def mutant(number: int = 1) -> Mutant:
    return Mutant(number, "inv", "", "A", 0, "", "gicv2_vif", "gicv2_vif.v:1", False, "")


def test_device_that_differs_without_a_mutant_is_an_error() -> None:
    stimuli = [Stimulus("traffic", np.zeros(9, np.int64))]
    with pytest.raises(UserError, match=r"the device without a mutant is as recorded at 7 edges only, of 9"):
        campaign.judge(DEVICE, SEED, [mutant()], stimuli, dict.fromkeys((0, 1), Result(7, 1)), {})


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ([KILLED], 0),
        ([EQUIVALENT] * 3, 1),  # what kills nothing has shown nothing
        ([KILLED] * 199 + [SURVIVED], 0),
        ([KILLED] * 198 + [SURVIVED] * 2, 1),
    ],
)
def test_status(monkeypatch, capsys, tmp_path, ends, status) -> None:
    fates = [Fate(mutant(number), end) for number, end in enumerate(ends, 1)]
    monkeypatch.setattr(campaign, "run", lambda *_: Campaign(DEVICE, SEED, fates, []))
    monkeypatch.setattr("tb.commands.mutate.DIRECTORY", tmp_path)
    monkeypatch.setattr("tb.commands.mutate.ROOT", tmp_path)
    monkeypatch.setenv("N", str(len(ends)))
    assert cli.main(["mutate"]) == status
    survivors = ends.count(SURVIVED)
    assert capsys.readouterr().out.splitlines()[-1].endswith(f" 0 observation-only, {survivors} survivors")


@pytest.mark.parametrize("number", ["0", "-1", "many", "65536"])
def test_bad_number(monkeypatch, capsys, number) -> None:
    monkeypatch.setenv("N", number)
    assert cli.main(["mutate"]) == 2
    assert re.fullmatch(rf"error: N={number}: allowed is an integer.*\n", capsys.readouterr().err)
