# SPDX-License-Identifier: Apache-2.0
"""Each kind of bus, on the reference device behind a few lines: co-simulation, a trace, errors on the bus."""

import pytest

from tb.cases import Case
from tb.dut import commands
from tb.dut.description import load
from tb.errors import UserError
from tb.model.machine.machine import Setup
from tb.model.trace import Record, Writer
from tb.paths import ROOT
from tb.settings import Settings

HERE = ROOT / "tests" / "dut"
FILES = {kind: HERE / f"{kind}.toml" for kind in ("axi4_lite", "strobe", "ahb_lite")}  # APB4 is the example's
REAL = ROOT / "tests" / "data" / "traces" / "real" / "xen-4.20-linux-2p2vpin.jsonl.gz"


@pytest.fixture(params=FILES)
def file(request):
    return FILES[request.param]


def test_cosimulation(file):
    description = load(file)
    setup = Setup(vcpus=2, pcpus=description.num_cpu, num_lr=4, seed=2, entries=30)
    (outcome,) = commands.simulate(description, [Case("kvm17", "mixed", setup)], Settings())
    assert outcome.failure == ""
    assert outcome.counts["states"] > 100
    assert ("deactivations" in outcome.counts) == bool(description.deactivation)


def test_errors_and_accesses_after_them(file, tmp_path, capsys):
    """V2-MAP-7: an odd address, and partial strobes where the bus has strobes."""
    description = load(file)
    trace = tmp_path / "errors.jsonl"
    with Writer(trace) as writer:
        writer.write(Record("reset", meta={"num_cpus": description.num_cpu}))
        for cpu in range(description.num_cpu):
            writer.write(Record("w", cpu, reg="GICH_LR1", value=0x1000_0028))
            writer.write(Record("r", cpu, addr=0x4105, value=0, resp="SLVERR"))
            if description.bus.signals.strobes:
                writer.write(Record("w", cpu, reg="GICH_LR1", value=0, strb=3, resp="SLVERR"))
            writer.write(Record("w", cpu, addr=0x4106, value=0, resp="SLVERR"))
            writer.write(Record("r", cpu, reg="GICH_LR1", value=0x1000_0028))
    assert commands.replay(file, [trace], Settings()) == 0
    assert ", 0 mismatches" in capsys.readouterr().out


def test_two_cpus_replay_a_hypervisor(capsys):
    assert commands.replay(FILES["strobe"], [REAL], Settings(), 3000) == 0
    assert "replay: 1 files, 3000 records, " in capsys.readouterr().out


def test_lines_that_are_too_few_for_the_cpus(tmp_path):
    text = FILES["strobe"].read_text().replace('"../../', f'"{ROOT}/').replace('"rtl/', f'"{HERE}/rtl/')
    file = tmp_path / "dut.toml"
    file.write_text(text.replace('virq = "virq"', 'virq = "ready0"'))
    setup = Setup(vcpus=2, pcpus=2, num_lr=4, seed=2, entries=30)
    with pytest.raises(UserError) as refused:
        commands.simulate(load(file), [Case("kvm17", "mixed", setup)], Settings())
    assert f"{file}: [lines] virq: ready0 has 1 bits; allowed are one for each of 2 CPUs, " in str(
        refused.value
    )
