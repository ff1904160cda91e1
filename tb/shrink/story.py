# SPDX-License-Identifier: Apache-2.0
"""A short trace in words."""

from collections.abc import Iterator, Sequence
from typing import Final

from gicv2_registers import REGISTERS
from tb.model.trace import CHANNELS, Record

_STATES: Final = ("", "pending", "active", "pending and active")  # of a list register


def words(records: Sequence[Record]) -> Iterator[str]:
    """A line a record. Lines of the CPU, where they have changed, are the reference's."""
    levels: dict[int, dict[str, int]] = {}
    for record in records:
        if record.op == "reset":
            levels.clear()
            yield "reset"
            continue
        line = _access(record) if record.op in CHANNELS else f"CPU {record.cpu} has another access under way"
        before = levels.get(record.cpu, {})
        changed = [f"{name} {level}" for name, level in record.lines.items() if before.get(name, 0) != level]
        levels[record.cpu] = dict(record.lines)
        yield ", then ".join([line, *[" ".join(changed)] * bool(changed)])


def _access(record: Record) -> str:
    assert record.value is not None
    place = record.reg or f"{record.addr:#06x}"
    if record.bank is not None:
        place += f" of CPU {record.bank}"
    value = f"{record.value:#x}"
    if fields := _fields(record):
        value += f" ({fields})"
    held = [f"{channel} by {cycles}" for channel, cycles in record.hold.items() if cycles]
    return (
        f"CPU {record.cpu} "
        + (f"writes {value} to {place}" if record.op == "w" else f"reads {place}: {value}")
        + (f", strobes {record.strb:#x}" if record.op == "w" and record.strb != 0xF else "")
        + (", refused" if record.resp != "OKAY" else "")
        + (f", deactivates {record.deact[0]}" if record.deact else "")
        + (f", held back: {', '.join(held)}" if held else "")
    )


def _fields(record: Record) -> str:
    """The fields of a register that are not 0, if it has more than one."""
    fields = REGISTERS[record.reg].fields if record.reg in REGISTERS else ()
    value = record.value or 0
    if len(fields) < 2:
        return ""
    numbers = {field.name: (value & field.mask) >> field.lsb for field in fields if value & field.mask}
    return ", ".join(_STATES[n] if name == "State" else f"{name} {n}" for name, n in numbers.items())
