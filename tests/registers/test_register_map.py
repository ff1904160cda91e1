# SPDX-License-Identifier: Apache-2.0
"""Everything generated from the SystemRDL map says what the independent register data say.

Each output, and the data, is reduced to a flat dict of facts: both agree, or the differing facts are named.
"""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tb.paths import ROOT
from tb.registers import SOURCE, compile_map, generate, reset_values

SPEC: dict[str, Any] = json.loads((ROOT / "tests/data/registers/gicv2-registers.json").read_text())
WINDOWS = {"gich_self": ("GICH", 0x4000), "gicv": ("GICV", 0x6000)} | {
    f"gich_cpu[{n}]": ("GICH", 0x5000 + 0x200 * n) for n in range(8)
}

Facts = dict[str, object]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("registers")
    generate(SOURCE, directory)
    return directory


def value(register: dict[str, Any]) -> int:
    """Reset value in the data, where write-only registers have none: they read as 0."""
    return int(register["reset"] or "0", 16)


def instance(name: str) -> str:
    """GICH_LR3 is LR[3] in the map."""
    return re.sub(r"^LR(\d+)$", r"LR[\1]", name.partition("_")[2])


# ------------------------------------------------------------------------------------------- the table


def table_expected() -> Facts:
    facts: Facts = {}
    for register in SPEC["registers"]:
        name = register["name"]
        facts[f"{name}.block"] = register["block"]
        facts[f"{name}.offset"] = int(register["offset"], 16)
        facts[f"{name}.access"] = register["access"]
        facts[f"{name}.reset"] = value(register)
        facts[f"{name}.description"] = register["description"]
        facts[f"{name}.volatile"] = register.get("volatile", False)
        facts[f"{name}.side_effect"] = any(register.get(f"{way}_side_effect") for way in ("read", "write"))
        facts[f"{name}.rule"] = register.get("rule", "")
        facts[f"{name}.fields"] = sorted(field["name"] for field in register["fields"])
        facts[f"{name}.views"] = [view["name"] for view in register.get("alternate_fields", ())]
        for field in register["fields"]:
            prefix = f"{name}.{field['name']}"
            changed = "hw" in field or "alias" in field or field["access"] == "RO"
            facts[f"{prefix}.bits"] = field["bits"]
            facts[f"{prefix}.access"] = field["access"]
            facts[f"{prefix}.reset"] = field["reset"]
            facts[f"{prefix}.description"] = field["description"]
            facts[f"{prefix}.volatile"] = register.get("volatile", False) and changed
            facts[f"{prefix}.same_as"] = field.get("alias", "")
            facts[f"{prefix}.minimum"] = field.get("minimum", 0)
            facts[f"{prefix}.rule"] = field.get("rule", "")
            facts[f"{prefix}.parameter"] = {
                None: "",
                "IIDR": "IIDR",
                "NUM_LR-1": "NUM_LR",
                "implemented-LR mask": "NUM_LR",
            }[field.get("parameter", register.get("parameter"))]
        for view in register.get("alternate_fields", ()):
            facts[f"{name}.{view['name']}.bits"] = view["bits"]
            facts[f"{name}.{view['name']}.when"] = view["when"]
            facts[f"{name}.{view['name']}.description"] = view["description"]
    return facts


def table_found(directory: Path) -> Facts:
    facts: Facts = {}
    for name, register in load(directory / "gicv2_registers.py").REGISTERS.items():
        assert register.name == name
        for attribute in (
            "block",
            "offset",
            "access",
            "reset",
            "description",
            "volatile",
            "side_effect",
            "rule",
        ):
            facts[f"{name}.{attribute}"] = getattr(register, attribute)
        facts[f"{name}.fields"] = sorted(field.name for field in register.fields)
        facts[f"{name}.views"] = [view.name for view in register.views]
        for field in register.fields:
            facts[f"{name}.{field.name}.bits"] = f"{field.msb}:{field.lsb}"
            for attribute in (
                "access reset description volatile same_as minimum rule parameter".split()  # noqa: SIM905
            ):
                facts[f"{name}.{field.name}.{attribute}"] = getattr(field, attribute)
        for view in register.views:
            facts[f"{name}.{view.name}.bits"] = f"{view.msb}:{view.lsb}"
            facts[f"{name}.{view.name}.when"] = view.when
            facts[f"{name}.{view.name}.description"] = view.description
    return facts


# --------------------------------------------------------------------------------------- the constants


def constants_expected() -> Facts:
    facts: Facts = {}
    for block, data in SPEC["blocks"].items():
        for window in data["windows"]:
            name = (
                f"GICV2_{block}"
                + {"self": "_SELF" * (len(data["windows"]) > 1), "per_cpu": "_CPU"}[window["name"]]
            )
            facts[f"{name}_BASE"] = int(window["base"], 16)
            if "count" in window:
                facts[f"{name}_STRIDE"] = int(window["stride"], 16)
                facts[f"{name}_COUNT"] = window["count"]
    for register in SPEC["registers"]:
        name = register["name"]
        if name == "GICH_LR0":
            facts |= {"GICH_LR0_OFFSET": 0x100, "GICH_LR0_STRIDE": 4, "GICH_LR_COUNT": 64}
            name = "GICH_LR"
        elif name.startswith("GICH_LR"):
            continue
        else:
            facts[f"{name}_OFFSET"] = int(register["offset"], 16)
        fixed = "parameter" not in register and not any("parameter" in field for field in register["fields"])
        if fixed:
            facts[f"{name}_RESET"] = value(register)
        facts[f"{name}_MASK"] = 0
        for field in register["fields"]:
            prefix = f"{name}_{field['name'].upper()}"
            facts |= bit_constants(prefix, field)
            facts[f"{name}_MASK"] |= facts[f"{prefix}_MASK"]  # type: ignore[operator]
            if field["access"] != "WO" and "parameter" not in field and "parameter" not in register:
                facts[f"{prefix}_RESET"] = field["reset"]
            if "minimum" in field:
                facts[f"{prefix}_MINIMUM"] = field["minimum"]
            for code, state in field.get("enum", {}).items():
                facts[f"{prefix}_{state}"] = int(code)
        for view in register.get("alternate_fields", ()):
            facts |= bit_constants(f"{name}_{view['name'].upper()}", view)
    return facts


def bit_constants(prefix: str, field: dict[str, Any]) -> Facts:
    lsb, msb = field["lsb"], field["msb"]
    mask = sum(1 << bit for bit in range(lsb, msb + 1))
    return {
        f"{prefix}_LSB": lsb,
        f"{prefix}_MSB": msb,
        f"{prefix}_WIDTH": msb - lsb + 1,
        f"{prefix}_MASK": mask,
    }


def python_found(directory: Path) -> Facts:
    module = load(directory / "gicv2_registers.py")
    return {
        name: number for name, number in vars(module).items() if name.isupper() and isinstance(number, int)
    }


MACRO = re.compile(r"`define (\w+) (?:(\d+)'h([0-9A-F]+)|(\d+))")


def macros(directory: Path) -> list[re.Match[str]]:
    lines = (directory / "gicv2_registers.vh").read_text().splitlines()
    defined = [line for line in lines if line.startswith("`define ") and line != "`define GICV2_REGISTERS_VH"]
    found = [MACRO.fullmatch(line) for line in defined]
    assert None not in found
    return [match for match in found if match]


def header_found(directory: Path) -> Facts:
    found = macros(directory)
    assert len({match[1] for match in found}) == len(found), "a macro is defined twice"
    return {match[1]: int(match[3], 16) if match[2] else int(match[4]) for match in found}


# ---------------------------------------------------------------------------------------------- the RAL


def ral_expected() -> Facts:
    facts: Facts = {}
    for window, (block, base) in WINDOWS.items():
        for register in SPEC["registers"]:
            if register["block"] != block:
                continue
            name = f"gicv2.{window}.{instance(register['name'])}"
            facts[f"{name}.address"] = base + int(register["offset"], 16)
            facts[f"{name}.reset"] = value(register)
            facts[f"{name}.width"] = register["width"]
            facts[f"{name}.found"] = True  # by its address in the top map
            # Only what has a writable field takes writes through the model.
            facts[f"{name}.rights"] = "RW" if register["access"] in ("RW", "WO") else "RO"
            if register["access"] == "RAZ/WI":
                facts[f"{name}.Zero"] = ("31:0", "RO")
            for field in register["fields"]:
                facts[f"{name}.{field['name']}"] = (field["bits"], field["access"])
    return facts


def ral_found(directory: Path) -> Facts:
    ral = load(directory / "gicv2_ral.py").gicv2("gicv2")
    ral.build()
    ral.lock_model()
    ral.reset()
    facts: Facts = {}
    for register in ral.get_registers():
        name = register.get_full_name()
        facts[f"{name}.address"] = register.get_address()
        facts[f"{name}.reset"] = register.get_reset()
        facts[f"{name}.width"] = register.get_n_bits()
        facts[f"{name}.rights"] = register.get_rights()
        facts[f"{name}.found"] = ral.get_default_map().get_reg_by_offset(register.get_address()) is register
        for field in register.get_fields():
            lsb = field.get_lsb_pos()
            facts[f"{name}.{field.get_name()}"] = (
                f"{lsb + field.get_n_bits() - 1}:{lsb}",
                field.get_access(),
            )
    return facts


# --------------------------------------------------------------------------------------- the reference


def reference_expected() -> Facts:
    facts: Facts = {}
    for register in SPEC["registers"]:
        reset = f"0x{value(register):08X}" if "R" in register["access"] else ""
        facts[register["name"]] = (int(register["offset"], 16), register["access"], reset)
        for field in register["fields"]:
            reset = f"0x{field['reset']:X}" if "R" in field["access"] else ""
            facts[f"{register['name']}.{field['name']}"] = (
                bits(field),
                field["access"],
                reset,
                field["description"],
                field.get("rule", ""),
            )
        for view in register.get("alternate_fields", ()):
            facts[f"{register['name']}.{view['name']}"] = (
                bits(view),
                f"if {view['when']}",
                "",
                view["description"],
                "",
            )
    return facts


def bits(field: dict[str, Any]) -> str:
    return str(field["bits"]) if field["msb"] != field["lsb"] else str(field["msb"])


def reference_found(directory: Path) -> Facts:
    facts: Facts = {}
    sections = re.split(r"^###? ", (directory / "gicv2_registers.md").read_text(), flags=re.M)
    for section in sections:
        heading = section.partition("\n")[0]
        for row in re.findall(r"^\| (.*) \|$", section, re.M):
            cells = [cell.strip() for cell in row.split("|")]
            if cells[1].startswith("`GIC") and heading.startswith("GIC"):  # a register of a block
                for name, n in instances(cells[1].strip("`")):
                    first, _, stride = cells[0].partition(" + ")
                    offset = int(first, 16) + n * int(stride.partition("·")[0] or 0)
                    facts[name] = (offset, cells[2], cells[3])
            elif re.match(r"\d", cells[0]) and "_" in heading:  # a field of a register
                description, *remarks = re.split(r"; (?=the same as|reset by|V2-)", cells[4])
                rule = remarks[-1] if remarks and remarks[-1].startswith("V2-") else ""
                for name, _ in instances(heading):
                    facts[f"{name}.{cells[1]}"] = (cells[0], cells[2], cells[3], description, rule)
    return facts


def instances(name: str) -> list[tuple[str, int]]:
    """GICH_LRn stands for all list registers; with their numbers."""
    return [(name.replace("LRn", f"LR{n}"), n) for n in range(64)] if name.endswith("LRn") else [(name, 0)]


# ----------------------------------------------------------------------------------------------- tests

ASPECTS: dict[str, tuple[Callable[[], Facts], Callable[[Path], Facts]]] = {
    "table": (table_expected, table_found),
    "python": (constants_expected, python_found),
    "header": (constants_expected, header_found),
    "ral": (ral_expected, ral_found),
    "reference": (reference_expected, reference_found),
}


def differing(aspect: str, directory: Path) -> set[str]:
    expected, found = ASPECTS[aspect][0](), ASPECTS[aspect][1](directory)
    return {fact for fact in expected | found if expected.get(fact) != found.get(fact)}


@pytest.mark.parametrize("aspect", ASPECTS)
def test_generated_output_equals_the_register_data(aspect: str, outputs: Path) -> None:
    expected, found = ASPECTS[aspect][0](), ASPECTS[aspect][1](outputs)
    assert found == expected
    assert len(found) >= len(SPEC["registers"]) == 94


def test_registers_are_32_bits_wide() -> None:
    widths = {register.get_property("regwidth") for register in compile_map().registers(unroll=True)}
    widths |= {
        register.get_property("regwidth")
        for window in compile_map().children(unroll=True)
        for register in window.registers(unroll=True)
    }
    assert widths == {register["width"] for register in SPEC["registers"]} == {32}


def test_offset_macros_have_the_width_of_their_block(outputs: Path) -> None:
    widths = {match[1]: match[2] for match in macros(outputs) if match[1].endswith("_OFFSET")}
    assert len(widths) == 94 - 63
    assert {width for name, width in widths.items() if name.startswith("GICH_")} == {"9"}
    assert {width for name, width in widths.items() if name.startswith("GICV_")} == {"13"}


@pytest.mark.parametrize("num_lr", range(1, 65))
def test_resets_follow_the_parameters(num_lr: int) -> None:
    """VTR.ListRegs, ELRSR (V2-LR-1) and IIDR; nothing else depends on a parameter."""
    expected = {register["name"]: value(register) for register in SPEC["registers"]}
    expected["GICH_VTR"] = 0x9000_0000 | (num_lr - 1)
    expected["GICH_ELRSR0"] = ((1 << num_lr) - 1) & 0xFFFF_FFFF
    expected["GICH_ELRSR1"] = ((1 << num_lr) - 1) >> 32
    expected["GICV_IIDR"] = 0xCAFE_5678
    assert reset_values(NUM_LR=num_lr, IIDR=0xCAFE_5678) == expected


def test_aliases_name_each_other(outputs: Path) -> None:
    registers = load(outputs / "gicv2_registers.py").REGISTERS
    pairs = {
        f"{register.name}.{field.name}": field.same_as
        for register in registers.values()
        for field in register.fields
        if field.same_as
    }
    assert len(pairs) == 20
    assert all(pairs[pairs[field]] == field for field in pairs)


def test_python_table_is_clean(outputs: Path) -> None:
    module = outputs / "gicv2_registers.py"
    for tool in (["ruff", "check", "--config", ROOT / "pyproject.toml"], ["mypy", "--strict"]):
        run = subprocess.run([sys.executable, "-m", *tool, module], cwd=ROOT, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr


PLANTED_IN_MAP = [
    ("HCR @ 0x000", "HCR @ 0x00C", {"table": "GICH_HCR.offset", "header": "GICH_HCR_OFFSET"}),
    (
        "EOICount[31:27]",
        "EOICount[30:26]",
        {"table": "GICH_HCR.EOICount.bits", "header": "GICH_HCR_EOICOUNT_LSB"},
    ),
    ("VMBP[23:21] = 2", "VMBP[23:21] = 3", {"table": "GICH_VMCR.VMBP.reset", "python": "GICH_VMCR_RESET"}),
    ("PRIbits[31:29] = 4", "PRIbits[31:29] = 5", {"ral": "gicv2.gich_cpu[7].VTR.reset"}),
    ("NUM_LR - 1;", "NUM_LR;", {"table": "GICH_VTR.ListRegs.reset", "ral": "gicv2.gich_self.VTR.reset"}),
    (
        "list_register LR[64]",
        "list_register LR[63]",
        {"table": "GICH_LR63.offset", "header": "GICH_LR_COUNT"},
    ),
    (
        "LR[64] @ 0x100",
        "LR[64] @ 0x0F8",
        {"table": "GICH_LR1.offset", "ral": "gicv2.gich_cpu[2].LR[63].address"},
    ),
    (
        "PEND = 1; ACT = 2",
        "PEND = 2; ACT = 1",
        {"header": "GICH_LR_STATE_PEND", "python": "GICH_LR_STATE_ACT"},
    ),
    ('name: "EOI", msb: 19, lsb: 19', 'name: "EOI", msb: 18, lsb: 18', {"header": "GICH_LR_EOI_LSB"}),
    ('same_as = "GICV_CTLR.FIQEn"', 'same_as = "GICV_CTLR.CBPR"', {"table": "GICH_VMCR.VMFiqEn.same_as"}),
    ("minimum = 3", "minimum = 2", {"table": "GICH_VMCR.VMABP.minimum", "header": "GICH_VMCR_VMABP_MINIMUM"}),
    ("default onread = ruser;", "", {"table": "GICV_IAR.side_effect"}),
    ('rule = "V2-EOI-4"', 'rule = "V2-EOI-3"', {"table": "GICH_HCR.EOICount.rule"}),
    ("VM running priority", "VM priority", {"table": "GICV_RPR.description"}),
    ("hw = rw; encode", "encode", {"table": "GICH_LR5.State.volatile"}),
    (
        "NSAPR3 @ 0x00EC",
        "NSAPR3 @ 0x00F0",
        {"ral": "gicv2.gicv.NSAPR3.address", "reference": "GICV_NSAPR3"},
    ),
    (
        "InterruptID[9:0] = 1023",
        "InterruptID[8:0] = 0",
        {"reference": "GICV_IAR.InterruptID", "table": "GICV_IAR.reset"},
    ),
    ("@ 0x5000 += 0x200", "@ 0x4400 += 0x200", {"header": "GICV2_GICH_CPU_BASE"}),
    (
        "gich_cpu[8]",
        "gich_cpu[7]",
        {"ral": "gicv2.gich_cpu[7].HCR.address", "python": "GICV2_GICH_CPU_COUNT"},
    ),
    (
        "sw = w;",
        "sw = rw;",
        {"table": "GICV_DIR.access", "ral": "gicv2.gicv.DIR.CPUID", "reference": "GICV_DIR"},
    ),
]


@pytest.mark.parametrize(("right", "wrong", "caught"), PLANTED_IN_MAP)
def test_error_in_the_map_is_named(right: str, wrong: str, caught: dict[str, str], tmp_path: Path) -> None:
    text = SOURCE.read_text()
    assert right in text
    planted = tmp_path / "planted.rdl"
    planted.write_text(text.replace(right, wrong, 1))
    generate(planted, tmp_path)
    for aspect, fact in caught.items():
        assert fact in differing(aspect, tmp_path)


PLANTED_IN_OUTPUT = [
    ("table", "gicv2_registers.py", '"EOICount", 27, 31', '"EOICount", 26, 31', "GICH_HCR.EOICount.bits"),
    (
        "python",
        "gicv2_registers.py",
        "GICV_DIR_OFFSET: Final = 0x1000",
        "GICV_DIR_OFFSET: Final = 0x100",
        "GICV_DIR_OFFSET",
    ),
    (
        "header",
        "gicv2_registers.vh",
        "`define GICH_LR_HW_LSB 31",
        "`define GICH_LR_HW_LSB 30",
        "GICH_LR_HW_LSB",
    ),
    ("header", "gicv2_registers.vh", "`define GICH_LR_HW_LSB 31\n", "", "GICH_LR_HW_LSB"),
    (
        "ral",
        "gicv2_ral.py",
        'self.En.configure(self, 1, 0, "RW"',
        'self.En.configure(self, 1, 0, "RO"',
        "gicv2.gich_self.HCR.En",
    ),
    ("ral", "gicv2_ral.py", "0x5000 + i * 0x200", "0x5000 + i * 0x210", "gicv2.gich_cpu[1].LR[0].address"),
    ("reference", "gicv2_registers.md", "### GICV_RPR", "### GICV_RPP", "GICV_RPR.Priority"),
    ("reference", "gicv2_registers.md", "| 31:27 | VMPriMask", "| 31:26 | VMPriMask", "GICH_VMCR.VMPriMask"),
    ("reference", "gicv2_registers.md", "| 0x014 |", "| 0x018 |", "GICV_RPR"),
]


@pytest.mark.parametrize(("aspect", "file", "right", "wrong", "caught"), PLANTED_IN_OUTPUT)
def test_error_in_an_output_is_named(
    aspect: str, file: str, right: str, wrong: str, caught: str, outputs: Path, tmp_path: Path
) -> None:
    text = (outputs / file).read_text()
    assert right in text
    (tmp_path / file).write_text(text.replace(right, wrong, 1))
    assert caught in differing(aspect, tmp_path)
