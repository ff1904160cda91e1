# SPDX-License-Identifier: Apache-2.0
"""`make lint`, one test a check, and a fault for each tool to find."""

import sys
from pathlib import Path

import pytest

from tb.commands import lint
from tb.model.hardware.parameters import Parameters
from tests.icarus import needs_icarus


@pytest.mark.parametrize("check", list(lint.checks()), ids=lambda check: check.name)
def test_is_clean(check: lint.Check) -> None:
    complaints = check.complaints()
    if complaints:
        pytest.fail(complaints, pytrace=False)


HEAD = "module top #(parameter NUM_CPU = 1, NUM_LR = 1, IIDR = 0, GRP_FILTER = 0, HPPIR_PMR = 0, IRQ_REG = 0)"


@pytest.fixture
def verilog(tmp_path: Path) -> Path:
    return tmp_path / "top.v"


def test_verilator_finds_a_width_mismatch(verilog: Path) -> None:
    verilog.write_text(f"{HEAD} (input wire [3:0] a, output wire [2:0] y);\n  assign y = a;\nendmodule\n")
    assert "WIDTHTRUNC" in lint.verilator("top", [verilog], Parameters()).complaints()


def test_verilator_holds_to_verilog_2005(verilog: Path) -> None:
    verilog.write_text(f"{HEAD} (input wire a);\n  logic b;\nendmodule\n")
    assert "'logic'" in lint.verilator("top", [verilog], Parameters()).complaints()


@needs_icarus
def test_icarus_finds_an_implicit_wire(verilog: Path) -> None:
    verilog.write_text(f"{HEAD} (input wire a, output wire y);\n  assign y = a & b;\nendmodule\n")
    assert "implicit" in lint.icarus("top", [verilog], Parameters()).complaints()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["ruff", "check"], "F401"), (["ruff", "format", "--check"], "reformatted"), (["mypy"], "return type")],
    ids=["ruff check", "ruff format", "mypy"],
)
def test_python_tools_find_a_fault(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text("import os\ndef f( ): pass\n")
    assert complaint in lint.Check("planted", [sys.executable, "-m", *arguments, source]).complaints()
