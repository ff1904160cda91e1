# SPDX-License-Identifier: Apache-2.0
"""Bad parameters stop elaboration with a sentence."""

import subprocess

import pytest

from tb import tools
from tb.paths import REGISTERS, ROOT
from tb.synthesis import TOP, YOSYS, sources
from tests.icarus import needs_icarus

TOOLS = ["verilator", pytest.param("iverilog", marks=needs_icarus), "yosys"]
CASES = [
    ("NUM_LR", 65, "NUM_LR_must_be_from_1_to_64"),
    ("NUM_CPU", 9, "NUM_CPU_must_be_from_1_to_8"),
    ("GRP_FILTER", 2, "GRP_FILTER_must_be_0_or_1"),
    ("HPPIR_PMR", 2, "HPPIR_PMR_must_be_0_or_1"),
    ("IRQ_REG", 2, "IRQ_REG_must_be_0_or_1"),
]


def elaborate(tool, name, value):
    """Elaborate the device with one parameter set: what the tool printed, and whether it was content."""
    files = [str(file) for file in sources()]
    if tool == "verilator":
        command = [
            tools.verilator(),
            "--lint-only",
            "-Wno-fatal",
            f"-G{name}={value}",
            f"-I{REGISTERS}",
            "--top-module",
            TOP,
        ]
        command += files
    elif tool == "iverilog":
        command = [
            "iverilog",
            "-g2005",
            f"-P{TOP}.{name}={value}",
            f"-I{REGISTERS}",
            "-s",
            TOP,
            "-o",
            "/dev/null",
            *files,
        ]
    else:
        script = [
            "read_verilog -Isim_build/registers rtl/bus/*.v rtl/gicv2/*.v",
            f"chparam -set {name} {value} {TOP}",
            f"hierarchy -check -top {TOP}",
        ]
        command = [YOSYS, "-q", "-p", "; ".join(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return done.stdout + done.stderr, done.returncode == 0


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(("name", "value", "sentence"), CASES, ids=[case[0] for case in CASES])
def test_bad_parameter_stops_elaboration_with_a_sentence(tool, name, value, sentence):
    printed, content = elaborate(tool, name, value)
    assert not content
    assert sentence in printed


@pytest.mark.parametrize("tool", TOOLS)
def test_good_parameter_elaborates(tool):
    printed, content = elaborate(tool, "NUM_LR", 64)
    assert content, printed
