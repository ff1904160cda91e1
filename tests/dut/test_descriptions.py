# SPDX-License-Identifier: Apache-2.0
"""Descriptions of devices: what they say, and one clear message for each that cannot be."""

import re

import pytest

from tb.dut import rules
from tb.dut.description import OPEN, Pin, load
from tb.errors import UserError
from tb.paths import ROOT
from tests.dut.conftest import EXAMPLE

SPECIFICATION = ROOT / "docs" / "spec" / "gicv2-virtual-interface.md"
KINDS = [ROOT / "tests" / "dut" / f"{kind}.toml" for kind in ("axi4_lite", "strobe", "ahb_lite")]


def test_the_example_says_what_it_is():
    example = load(EXAMPLE)
    assert example.design.top == "apb_gic"
    assert [file.name for file in example.design.sources] == ["apb_gic.v"]
    assert example.reset == Pin("presetn", active_low=True)
    assert example.lines["virq"] == Pin("nvirq", active_low=True)
    assert example.lines["maint"] == Pin("maintenance")
    assert example.bus.ports["psel"] == "psel"
    assert example.observation is None
    assert example.num_lr is None
    assert example.parameters(7).num_lr == 7


@pytest.mark.parametrize("file", KINDS, ids=lambda file: file.stem)
def test_each_kind_of_bus_can_be_described(file):
    assert load(file).bus.kind == file.stem.replace("_", "-")


def test_choices_reach_the_reference(described):
    file = described(("[device]", '[choices]\ngrp_filter = 0\nhppir_pmr = 1\ntie = "open"\n\n[device]'))
    description = load(file)
    assert description.choices.tie == OPEN
    assert description.parameters(4).grp_filter == 0
    assert description.parameters(4).hppir_pmr == 1


BAD = {
    ("[clock]", "[clokc]"): "knows no [clokc]; allowed is design, clock, ",
    ("[clock]", "clock"): "no TOML: ",
    ('port = "pclk"', ""): '[clock] lacks "port": the clock\'s port',
    ('port = "pclk"', 'port = "pclk"\nedge = 1'): '[clock] knows no "edge"; allowed is port',
    ('port = "pclk"', "port = 1"): "[clock] port = 1: allowed is the clock's port",
    ('"low"\n\n[bus]', '"lo"\n\n[bus]'): "[reset] active = 'lo': allowed is 'low' or 'high'",
    ('"apb4"', '"apb5"'): "[bus] kind = 'apb5': allowed is 'axi4-lite' or 'apb4' or 'ahb-lite' or 'strobe'",
    ("gich = 0x0000", "gich = 16"): "[bus] gich = '0x10': allowed is an address that 0x200 divides",
    ("gicv = 0x2000", ""): '[bus] lacks "gicv": an integer from 0 to 0xffffffff',
    ("gicv = 0x2000", "gicv = -1"): "[bus] gicv = -1: allowed is an integer from 0 to 0xffffffff",
    ("gicv =", 'names = { sel = "x" }\ngicv ='): "[bus] names = 'sel': allowed is psel, penable, ",
    ("latency = 6", "latency = 0"): "[lines] latency = 0: allowed is an integer from 1 to 10000",
    ("maint =", "main ="): '[lines] knows no "main"; allowed is maint, virq, vfiq, latency',
    ('"maintenance"', '["x"]'): "[lines] maint = ['x']: allowed is a port, or a table such as ",
    ("sources = [", 'sources = ["rtl/*.v"]\n#'): "[design] sources: no file is 'rtl/*.v'; in ",
    (
        "sources = [",
        'sources = "apb_gic.v"\n#',
    ): "[design] sources = 'apb_gic.v': allowed is a list of file names",
    ('top = "apb_gic"', 'top = "gic"'): "[design] top = 'gic': allowed is a module of the sources: apb_gic",
    ("parameters =", 'include_dirs = ["x"]\nparameters ='): "[design] include_dirs: ",
    ("NUM_LR = 4", "NUM_LR = 4.5"): "[design] parameters = {'NUM_LR': 4.5}: allowed is a table of integers",
    ("num_cpu = 1", "num_cpu = 9"): "[device] num_cpu = 9: allowed is an integer from 1 to 8",
    ("num_cpu = 1", "num_cpu = 2"): "[bus] prefix or names = 'psel': allowed is a name with {cpu} in it",
    ("num_cpu = 1", "num_lrs = 4"): '[device] knows no "num_lrs"; allowed is num_cpu, num_lr, iidr',
    (
        '"nvfiq"',
        '"nvirq"',
    ): "[lines] vfiq = 'nvirq': allowed is a port of its own, this is [lines] virq",
    (
        'port = "pclk"',
        'port = "psel"',
    ): "[bus] psel = 'psel': allowed is a port of its own, this is [clock] port",
    (
        "[device]",
        '[choices]\ntie = "last"\n[device]',
    ): "[choices] tie = 'last': allowed is 'lowest' or 'open'",
    ("[device]", "[choices]\ngrp_filter = true\n[device]"): "[choices] grp_filter = True: allowed is 0 or 1",
}


@pytest.mark.parametrize(("change", "message"), BAD.items(), ids=range(len(BAD)))
def test_what_cannot_be_is_refused_in_one_line(described, change, message):
    file = described(change)
    with pytest.raises(UserError) as refused:
        load(file)
    text = str(refused.value)
    assert text.startswith(f"{file}: ")
    assert message in text
    assert "\n" not in text


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(
        UserError, match=r"no-such\.toml: No such file or directory; DUT names the description"
    ):
        load(tmp_path / "no-such.toml")


# ---- what is not checked


def all_unchecked(description):
    return {rule for group, _ in rules.unchecked(description) for rule in group if rule.startswith("V2-")}


OPEN_CHOICES = '[choices]\nrefusals = "open"\ntie = "open"\neoi_no_match = "open"\nreset = "open"\n'


def test_what_is_not_checked_follows_from_the_description(described):
    least = load(described(('maint = "maintenance"', ""), ("[device]", f"{OPEN_CHOICES}[device]")))
    more = {"V2-MI-2", "V2-MAP-7", "V2-SEL-2", "V2-EOI-4", "V2-RST-1"}
    assert all_unchecked(least) - all_unchecked(load(EXAMPLE)) >= more
    assert not all_unchecked(load(EXAMPLE)) & more
    assert "V2-CYC-1 to V2-CYC-16 (edges are its own" in rules.sentence(load(EXAMPLE))


def test_rules_that_are_named_exist(described):
    known = set(re.findall(r"V2-[A-Z]+-\d+", SPECIFICATION.read_text()))
    least = load(described(('maint = "maintenance"', ""), ("[device]", f"{OPEN_CHOICES}[device]")))
    named = all_unchecked(least) | all_unchecked(load(KINDS[2])) | set(rules.CYCLES)
    named |= {rule for deciding in rules._DECIDING.values() for rule in deciding}
    assert named <= known
