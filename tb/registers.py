# SPDX-License-Identifier: Apache-2.0
"""Makes all that describes registers from the SystemRDL map: `python -m tb.registers`.

gicv2_registers.vh  macros for the RTL           templates in rtl/registers/
gicv2_registers.py  the same numbers and the register table for Python
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from systemrdl import RDLCompileError, RDLCompiler
from systemrdl.messages import MessagePrinter, Severity
from systemrdl.node import AddrmapNode, FieldNode, RegNode

from tb.errors import UserError
from tb.paths import REGISTERS, RTL

SOURCE = RTL / "registers" / "gicv2.rdl"
TEMPLATES = RTL / "registers"
OUTPUTS = ("gicv2_registers.vh", "gicv2_registers.py")


class _FirstError(MessagePrinter):
    """Turns the compiler's first error into the one line for the user."""

    def print_message(self, severity: Severity, text: str, src_ref: Any) -> None:
        if severity >= Severity.ERROR:
            where = ":".join(
                str(getattr(src_ref, part)) for part in ("path", "line") if hasattr(src_ref, part)
            )
            raise UserError(f"{where}: {text}" if where else text)


def compile_map(source: Path = SOURCE, **parameters: int) -> AddrmapNode:
    """The elaborated map, with the block's parameters (`NUM_LR`, `IIDR`) where the defaults do not serve.

    Raises UserError with file, line and reason for a map that SystemRDL does not accept.
    """
    compiler = RDLCompiler(message_printer=_FirstError())
    try:
        compiler.compile_file(str(source))
        return compiler.elaborate(parameters=parameters).top
    except (RDLCompileError, OSError) as error:
        raise UserError(f"{source}: {error}") from error


class Constant(NamedTuple):
    """A number with a name; `width` in bits, or None where the number is a count or a bit position."""

    name: str
    value: int
    width: int | None = None

    @property
    def verilog(self) -> str:
        """The value as a Verilog-2005 literal."""
        return (
            str(self.value) if self.width is None else f"{self.width}'h{self.value:0{-(-self.width // 4)}X}"
        )

    @property
    def python(self) -> str:
        """The value as a Python literal."""
        return str(self.value) if self.width is None else f"0x{self.value:0{-(-self.width // 4)}X}"


def _bits(lsb: int, msb: int) -> int:
    return (2 << msb) - (1 << lsb)


def fields(register: RegNode) -> list[FieldNode]:
    """The register's fields, lowest bit first; none where it is RAZ/WI."""
    return [] if register.get_property("raz_wi") else list(register.fields())


def reset(register: RegNode) -> int:
    """What the register reads after reset."""
    return sum(field.get_property("reset", default=0) << field.lsb for field in fields(register))


def side_effect(register: RegNode) -> bool:
    """Whether an access does more than read or store."""
    return any(field.get_property("onread") or field.get_property("onwrite") for field in fields(register))


def access(node: RegNode | FieldNode) -> str:
    """RW, RO, WO or RAZ/WI."""
    if isinstance(node, RegNode):
        kinds = {access(field) for field in fields(node)}
        return kinds.pop() if len(kinds) == 1 else "RW" if kinds else "RAZ/WI"
    return {"rw": "RW", "r": "RO", "w": "WO"}[node.get_property("sw").name]


def blocks(top: AddrmapNode) -> list[Any]:
    """One instance of each register block, named by its type: GICH, GICV."""
    return list({child.orig_type_name: child for child in top.children()}.values())


def constants(top: AddrmapNode) -> Iterator[Constant]:
    """Everything both the Verilog header and the Python table give a name to."""
    for window in top.children():
        name = f"{top.inst_name}_{window.inst_name}".upper()
        yield Constant(f"{name}_BASE", window.raw_absolute_address, 16)
        if window.is_array:
            yield Constant(f"{name}_STRIDE", window.array_stride, 16)
            yield Constant(f"{name}_COUNT", window.n_elements)
    for block in blocks(top):
        for register in block.registers():
            yield from _register_constants(block, register)


def _register_constants(block: Any, register: RegNode) -> Iterator[Constant]:
    name = f"{block.orig_type_name}_{register.inst_name}".upper()
    address_bits = (block.size - 1).bit_length()
    if register.is_array:
        yield Constant(f"{name}0_OFFSET", register.raw_address_offset, address_bits)
        yield Constant(f"{name}0_STRIDE", register.array_stride, address_bits)
        yield Constant(f"{name}_COUNT", register.n_elements)
    else:
        yield Constant(f"{name}_OFFSET", register.raw_address_offset, address_bits)
    width = register.get_property("regwidth")
    if not any(field.get_property("parameter") for field in fields(register)):
        yield Constant(f"{name}_RESET", reset(register), width)
    yield Constant(f"{name}_MASK", sum(_bits(field.lsb, field.msb) for field in fields(register)), width)
    for field in fields(register):
        prefix = f"{name}_{field.inst_name.upper()}"
        yield from _bit_constants(prefix, field.lsb, field.msb, width)
        if field.get_property("reset") is not None and not field.get_property("parameter"):
            yield Constant(f"{prefix}_RESET", field.get_property("reset"), field.width)
        if field.get_property("minimum") is not None:
            yield Constant(f"{prefix}_MINIMUM", field.get_property("minimum"), field.width)
        for value in field.get_property("encode") or ():
            yield Constant(f"{prefix}_{value.name}", value.value, field.width)
    for view in register.get_property("views") or ():
        yield from _bit_constants(f"{name}_{view.name.upper()}", view.lsb, view.msb, width)


def _bit_constants(prefix: str, lsb: int, msb: int, width: int) -> Iterator[Constant]:
    yield Constant(f"{prefix}_LSB", lsb)
    yield Constant(f"{prefix}_MSB", msb)
    yield Constant(f"{prefix}_WIDTH", msb - lsb + 1)
    yield Constant(f"{prefix}_MASK", _bits(lsb, msb), width)


def _render(top: AddrmapNode, directory: Path) -> None:
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    context = {
        "constants": list(constants(top)),
        "blocks": blocks(top),
        "fields": fields,
        "reset": reset,
        "access": access,
        "side_effect": side_effect,
        "quote": json.dumps,
    }
    for name in ("gicv2_registers.vh", "gicv2_registers.py"):
        (directory / name).write_text(templates.get_template(f"{name}.j2").render(context))


def fresh(source: Path, directory: Path) -> bool:
    """Whether every generated file is there and not older than what it is made from."""
    made = [directory / name for name in OUTPUTS]
    inputs = [source, Path(__file__), *TEMPLATES.glob("*.j2")]
    return all(path.exists() for path in made) and (
        min(path.stat().st_mtime_ns for path in made) >= max(path.stat().st_mtime_ns for path in inputs)
    )


def generate(source: Path = SOURCE, directory: Path = REGISTERS) -> bool:
    """Write the generated files if they are not fresh; the result tells whether they were written.

    Each file appears whole or not at all, so that two runs at once do no harm. Raises UserError for a bad map.
    """
    if fresh(source, directory):
        return False
    top = compile_map(source)
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".new-") as scratch:
        _render(top, Path(scratch))
        for name in OUTPUTS:
            os.replace(Path(scratch, name), directory / name)
    return True


if __name__ == "__main__":
    try:
        generate()
    except UserError as error:
        sys.exit(f"error: {error}")
