# SPDX-License-Identifier: Apache-2.0
"""Who may import whom: read from the source, so that nothing has to be run.

Under tb/model all may import the standard library, the generated register table and each other, but: the
model of the hardware and the models of hypervisors know nothing of each other, nor of the places where they
meet, which are the machine that runs them and their conformance to traces.
"""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL = sorted((ROOT / "tb/model").rglob("*.py"))
GENERATED = "gicv2_registers"
MEETING = ("machine", "conformance")
UNKNOWN_TO = {"hardware": ("hypervisor", *MEETING), "hypervisor": ("hardware", *MEETING)}


def imported(source: str) -> set[str]:
    """Full names of the modules that a source text imports, `from a import b` counting as a and a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            assert node.module is not None
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def offences(path: Path, source: str) -> list[str]:
    """What a file under tb/model imports against the law."""
    found = []
    for name in sorted(imported(source)):
        top = name.partition(".")[0]
        if top == "tb":
            allowed = name == "tb" or f"{name}.".startswith("tb.model.")
        else:
            allowed = top in sys.stdlib_module_names or top == GENERATED
        for one, others in UNKNOWN_TO.items():
            if path.is_relative_to(ROOT / "tb/model" / one):
                allowed &= not f"{name}.".startswith(tuple(f"tb.model.{other}." for other in others))
        if not allowed:
            found.append(name)
    return found


def test_there_is_something_to_look_at() -> None:
    assert len(MODEL) > 5


@pytest.mark.parametrize("path", MODEL, ids=lambda path: str(path.relative_to(ROOT)))
def test_model_keeps_the_law(path: Path) -> None:
    assert offences(path, path.read_text()) == []


@pytest.mark.parametrize(
    ("place", "source", "offence"),
    [
        ("hardware", "import cocotb", ["cocotb"]),
        ("hardware", "from pyuvm import uvm_test", ["pyuvm", "pyuvm.uvm_test"]),
        ("hardware", "import tb.uvm.env", ["tb.uvm.env"]),
        ("hardware", "from tb import uvm", ["tb.uvm"]),
        ("hardware", "def f():\n    from tb.model import hypervisor", ["tb.model.hypervisor"]),
        (
            "hypervisor",
            "from tb.model.hardware.gic import Gic",
            ["tb.model.hardware.gic", "tb.model.hardware.gic.Gic"],
        ),
        ("hypervisor", "import tb.model.machine.locks", ["tb.model.machine.locks"]),
        ("hardware", "import tb.model.conformance", ["tb.model.conformance"]),
        ("machine", "import tb.model.hardware.gic, tb.model.hypervisor.classic", []),
        ("machine", "import tb.uvm.env", ["tb.uvm.env"]),
        ("hardware", "import hypothesis", ["hypothesis"]),
        ("hardware", "import json\nfrom gicv2_registers import REGISTERS\nfrom tb.model import trace", []),
    ],
)
def test_a_breach_is_seen(place: str, source: str, offence: list[str]) -> None:
    assert offences(ROOT / "tb/model" / place / "x.py", source) == offence
