# SPDX-License-Identifier: Apache-2.0
"""A device that is not as its description says: one clear message."""

import pytest

from tb import cli
from tb.cases import Case
from tb.dut import commands
from tb.dut.description import load
from tb.errors import UserError
from tb.model.machine.machine import Setup
from tb.paths import ROOT
from tb.settings import Settings

DIRECTED = ROOT / "tests" / "data" / "traces" / "directed"
CASE = Case("kvm17", "prompt", Setup(vcpus=2, pcpus=1, num_lr=4, seed=1, entries=20))

REFUSED = {
    ('"nvirq"', '"irq"'): "[lines] virq: apb_gic has no port 'irq'; it has deactivate, deactivate_id, ",
    ('port = "pclk"', 'port = "clk"'): "[clock] port: apb_gic has no port 'clk'; it has deactivate, ",
    ("gich =", 'prefix = "s_"\ngich ='): "[bus] psel: apb_gic has no port 's_psel'; it has ",
    ("gich =", 'names = { pprot = "prot" }\ngich ='): "[bus] pprot: apb_gic has no port 'prot'; ",
    ('"deactivate_id"', '"xyz"'): "[deactivation] id: apb_gic has no port 'xyz'; it has ",
    ("gicv = 0x2000", "gicv = 0x4000"): "[bus] gicv: the registers reach to 0x5003, but paddr has 14 bits",
    ("0x0A421000", "0x0202143B"): "[device] iidr = 0x0202143b: GICV_IIDR is 0x0a421000",
    ("[device]", '[observation]\nport = "pstrb"\n\n[device]'): "[observation] port: pstrb has 4 bits, fewer "
    "than 12 words from 0 on",
    ('"low"\n\n[bus]', '"high"\n\n[bus]'): "the device does not come up: no response within 10000 clock",
}


@pytest.mark.parametrize(("change", "message"), REFUSED.items(), ids=range(len(REFUSED)))
def test_what_does_not_fit_is_refused(described, change, message):
    file = described(change)
    with pytest.raises(UserError) as refused:
        commands.simulate(load(file), [CASE], Settings())
    assert str(refused.value).startswith(f"{file}: {message}")


def test_a_latency_that_is_too_short_shows(described):
    (outcome,) = commands.simulate(load(described(("latency = 6", "latency = 1"))), [CASE], Settings())
    assert " of CPU 0 is 0, the reference has 1 after the write of " in outcome.failure


def test_list_registers_that_are_not_there_show(described):
    description = load(described(("num_cpu = 1", "num_cpu = 1\nnum_lr = 6")))
    (outcome,) = commands.simulate(description, [CASE], Settings())
    assert (
        "GICH_ELRSR0 of CPU 0 is 0x0000000f, the reference has 0x0000003f after the reset" in outcome.failure
    )


def test_sources_that_do_not_build(tmp_path, described):
    (tmp_path / "apb_gic.v").write_text("module apb_gic (input pclk); nonsense endmodule\n")
    file = described(("apb_gic.v", "apb_gic.v"))
    file.write_text(file.read_text().replace(str(ROOT / "examples" / "apb_gic" / "apb_gic.v"), "apb_gic.v"))
    with pytest.raises(UserError, match="verilator-apb_gic does not build; the whole log is"):
        commands.simulate(load(file), [CASE], Settings())


@pytest.mark.parametrize(
    ("trace", "message"),
    [
        ("list_registers_33", "is for num_cpu 1, num_lr 33, "),
        ("other_parameters", "is for num_cpu 1, num_lr 4, grp_filter 0, "),
        ("addresses", "the description gives no place for 0x"),
    ],
)
def test_traces_of_other_devices_are_refused(example, trace, message):
    with pytest.raises(UserError) as refused:
        commands.replay(example, [DIRECTED / f"{trace}.jsonl"], Settings())
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("MODE", "ahead", "MODE=ahead: with DUT allowed is live"),
        ("PCPUS", "2", "PCPUS=2: {} says what the device has; leave PCPUS away"),
        ("NUM_LR", "8", "NUM_LR=8: {} says what the device has; leave NUM_LR away"),
        ("IRQ_REG", "1", "IRQ_REG=1: {} says what the device has; leave IRQ_REG away"),
        ("SCENARIO", "none", "SCENARIO=none: allowed is "),
        ("DUT", "none.toml", "none.toml: No such file or directory; "),
    ],
)
def test_variables_that_do_not_go_with_the_device(monkeypatch, capsys, example, variable, value, message):
    monkeypatch.setenv("DUT", str(example))
    monkeypatch.setenv(variable, value)
    assert cli.main(["cosim"]) == 2
    assert capsys.readouterr().err.startswith("error: " + message.format(example))
