# SPDX-License-Identifier: Apache-2.0
"""Makes everything that describes registers from the SystemRDL map: `python -m tb.registers`.

gicv2_registers.vh   macros for the RTL
gicv2_registers.py   the same numbers, and the registers as a table
gicv2_ral.py         register model for pyuvm
gicv2_registers.md   register reference
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from peakrdl_pyuvm.exporter import PyUVMExporter
from systemrdl.compiler import RDLCompiler
from systemrdl.messages import MessagePrinter, Severity
from systemrdl.source_ref import DetailedFileSourceRef

from tb.errors import UserError
from tb.paths import REGISTERS, RTL

SOURCE = RTL / "registers" / "gicv2.rdl"
TEMPLATED = ("gicv2_registers.vh", "gicv2_registers.py", "gicv2_registers.md")  # from the .j2 files beside it
RAL = "gicv2_ral.py"

Node = Any  # a systemrdl node: most of its attributes have no useful static type


class _Raise(MessagePrinter):
    """Turns the compiler's first complaint into the one line for the user."""

    def print_message(self, severity: Severity, text: str, src_ref: object) -> None:
        where = f"{src_ref.path}:{src_ref.line}: " if isinstance(src_ref, DetailedFileSourceRef) else ""
        raise UserError(where + text)


def compile_map(source: Path = SOURCE, **parameters: Any) -> Node:
    """The elaborated map; `parameters` (NUM_LR, IIDR) where the block's defaults do not serve.

    Raises UserError with file, line and reason for a map that SystemRDL does not accept.
    """
    compiler = RDLCompiler(message_printer=_Raise())
    compiler.compile_file(str(source))
    return compiler.elaborate(parameters=parameters).top


def reset_values(**parameters: Any) -> dict[str, int]:
    """What each register (GICH_HCR, ...) reads after reset in a block with these parameters."""
    values = {}
    for block in blocks(compile_map(**parameters)):
        for register in block.registers(unroll=True):
            index = register.current_idx[0] if register.is_array else ""
            values[f"{block.orig_type_name}_{register.inst_name}{index}"] = reset(register)
    return values


def blocks(top: Node) -> list[Node]:
    """The first instance of each register block; `orig_type_name` is its name: GICH, GICV."""
    found: dict[str, Node] = {}
    for child in top.children():
        found.setdefault(child.orig_type_name, child)
    return list(found.values())


def fields(register: Node) -> list[Node]:
    """The register's fields, lowest bit first; none where it is RAZ/WI."""
    return [] if register.get_property("raz_wi") else list(register.fields())


def reset(register: Node) -> int:
    """What the register reads after reset."""
    return sum(field.get_property("reset", default=0) << field.lsb for field in fields(register))


def access(register: Node) -> str:
    """RW, RO, WO or RAZ/WI."""
    if not fields(register):
        return "RAZ/WI"
    if register.has_sw_readable:
        return "RW" if register.has_sw_writable else "RO"
    return "WO"


def field_access(field: Node) -> str:
    """RW, RO or WO."""
    return {"rw": "RW", "r": "RO", "w": "WO"}[field.get_property("sw").name]


def side_effect(register: Node) -> bool:
    """Whether an access does more than read or store."""
    return any(field.get_property("onread") or field.get_property("onwrite") for field in fields(register))


class Constant(NamedTuple):
    """A number with a name; `width` in bits, or None where the number is a count or a bit position."""

    name: str
    value: int
    width: int | None = None

    @property
    def digits(self) -> str:
        """The value in decimal, or in hexadecimal if it has a width."""
        return str(self.value) if self.width is None else f"{self.value:0{(self.width + 3) // 4}X}"


def constants(top: Node) -> Iterator[Constant]:
    """Everything to which the Verilog header and the Python table give a name."""
    for window in top.children():
        name = f"{top.inst_name}_{window.inst_name}".upper()
        yield Constant(f"{name}_BASE", window.raw_absolute_address, 16)
        if window.is_array:
            yield Constant(f"{name}_STRIDE", window.array_stride, 16)
            yield Constant(f"{name}_COUNT", window.n_elements)
    for block in blocks(top):
        for register in block.registers():
            yield from _register_constants(block, register)


def _register_constants(block: Node, register: Node) -> Iterator[Constant]:
    name = f"{block.orig_type_name}_{register.inst_name}".upper()
    address_width = (block.size - 1).bit_length()
    width = register.get_property("regwidth")
    if register.is_array:
        yield Constant(f"{name}0_OFFSET", register.raw_address_offset, address_width)
        yield Constant(f"{name}0_STRIDE", register.array_stride, address_width)
        yield Constant(f"{name}_COUNT", register.n_elements)
    else:
        yield Constant(f"{name}_OFFSET", register.raw_address_offset, address_width)
    if not any(field.get_property("parameter") for field in fields(register)):
        yield Constant(f"{name}_RESET", reset(register), width)
    yield Constant(f"{name}_MASK", sum(_mask(field.lsb, field.msb) for field in fields(register)), width)
    for field in fields(register):
        prefix = f"{name}_{field.inst_name.upper()}"
        yield from _bit_constants(prefix, field.lsb, field.msb, width)
        if field.get_property("reset") is not None and not field.get_property("parameter"):
            yield Constant(f"{prefix}_RESET", field.get_property("reset"), field.width)
        if field.get_property("minimum"):
            yield Constant(f"{prefix}_MINIMUM", field.get_property("minimum"), field.width)
        for member in field.get_property("encode") or ():
            yield Constant(f"{prefix}_{member.name}", member.value, field.width)
    for view in register.get_property("views", default=()):
        yield from _bit_constants(f"{name}_{view.name.upper()}", view.lsb, view.msb, width)


def _bit_constants(prefix: str, lsb: int, msb: int, width: int) -> Iterator[Constant]:
    yield Constant(f"{prefix}_LSB", lsb)
    yield Constant(f"{prefix}_MSB", msb)
    yield Constant(f"{prefix}_WIDTH", msb - lsb + 1)
    yield Constant(f"{prefix}_MASK", _mask(lsb, msb), width)


def _mask(lsb: int, msb: int) -> int:
    return (2 << msb) - (1 << lsb)


def _render(top: Node, directory: Path) -> None:
    templates = Environment(
        loader=FileSystemLoader(SOURCE.parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    names = (blocks, fields, reset, access, field_access, side_effect)
    context = {name.__name__: name for name in names} | {"quote": json.dumps}
    for name in TEMPLATED:
        text = templates.get_template(f"{name}.j2").render(context, top=top, constants=list(constants(top)))
        (directory / name).write_text(text)


def generate(source: Path = SOURCE, directory: Path = REGISTERS) -> None:
    """Write the generated files unless all are there and newer than what they are made from.

    Each appears whole or not at all, so that two runs at once do no harm. Raises UserError for a bad map.
    """
    outputs = [directory / name for name in (*TEMPLATED, RAL)]
    inputs = [source, Path(__file__), *(SOURCE.parent / f"{name}.j2" for name in TEMPLATED)]
    changed = max(path.stat().st_mtime_ns for path in inputs)
    if all(path.exists() and path.stat().st_mtime_ns >= changed for path in outputs):
        return
    top = compile_map(source)
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".new-") as scratch:
        _render(top, Path(scratch))
        PyUVMExporter().export(top, os.path.join(scratch, RAL))
        for path in outputs:
            os.replace(os.path.join(scratch, path.name), path)


def main(source: Path = SOURCE, directory: Path = REGISTERS) -> int:
    """Generate; the exit status."""
    try:
        generate(source, directory)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
