# SPDX-License-Identifier: Apache-2.0
"""From a log of QEMU's trace events to a trace.

An event of a write comes before what the write changes, one of a read after it; an acknowledge announces
itself. What changes the lines always ends with an event of the maintenance line, and of the other two it
tells only that they are high.
"""

import gzip
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from gicv2_registers import GICV2_GICH_SELF_BASE, GICV2_GICV_BASE, GICV_IAR_OFFSET
from tb.errors import UserError
from tb.model.hardware.address_map import decode
from tb.model.hardware.gic import Gic
from tb.model.hardware.virtual_interface import Lines
from tb.model.trace import Record, Writer, device_meta
from tb.oracle.deviations import State, line_marks, value_marks
from tb.oracle.machine import Access
from tb.oracle.recorder import PARAMETERS

EVENTS: Final = (
    "gic_hyp_read",
    "gic_hyp_write",
    "gic_cpu_read",
    "gic_cpu_write",
    "gic_acknowledge_irq",
    "gic_update_set_irq",
    "gic_update_maintenance_irq",
)
_PREFIX: Final = r"(?:\d+@[\d.]+:)?"  # process and time, where QEMU was told to log them
_EVENT: Final = re.compile(rf"{_PREFIX}({'|'.join(EVENTS)})\b ?(.*)")
_FORMS: Final = (
    re.compile(r"(?P<unit>hyp) (?P<op>read|write) at 0x(?P<offset>[0-9a-f]+): 0x(?P<value>[0-9a-f]+)"),
    re.compile(
        r"(?P<unit>v?cpu) (?P<cpu>\d+) iface (?P<op>read|write) at "
        r"0x(?P<offset>[0-9a-f]+):? 0x(?P<value>[0-9a-f]+)"
    ),
    re.compile(r"(?P<unit>v?cpu) (?P<cpu>\d+) (?P<acknowledged>acknowledged) irq \d+"),
    re.compile(r"cpu\[(?P<cpu>\d+)\]: (?P<pin>v?irq|v?fiq) = (?P<level>[01])"),
    re.compile(r"cpu (?P<cpu>\d+): (?P<pin>maintenance) = (?P<level>[01])"),
)
_BASES: Final = {"hyp": GICV2_GICH_SELF_BASE, "vcpu": GICV2_GICV_BASE}


class Observed(NamedTuple):
    """An access, by its address from the GIC's base, and the lines after it."""

    write: bool
    address: int
    value: int
    lines: Lines


def convert(log: Path, trace: Path) -> int:
    """Write the trace of a log, plain or .gz; the number of accesses. UserError where it is no such log."""
    gic = Gic(PARAMETERS)  # for what QEMU is no judge of; no answer is taken from it
    bank = gic.banks[0]
    accesses = 0
    with Writer(trace) as writer:
        writer.write(Record("reset", meta={**device_meta(PARAMETERS), "origin": f"QEMU's log {log.name}"}))
        for access in observe(_lines(log), log):
            register = decode(0, access.address, PARAMETERS.num_cpu).register
            made = Access("w" if access.write else "r", register or "", access.value)
            marks = list(value_marks(State(bank.words), made))
            gic.access(0, access.write, access.address, access.value)
            marks += line_marks(State(bank.words))
            skip = {item for mark in marks for item in mark.skip}
            tags = {mark.tag for mark in marks}
            if made[:2] == ("r", "GICV_IIDR"):  # QEMU's own
                skip.add("value")
                tags.add("iidr")
            writer.write(
                Record(
                    made.op,
                    reg=register,
                    addr=None if register else access.address,
                    value=access.value,
                    lines=access.lines._asdict(),
                    skip=frozenset(skip),
                    haz=tuple(sorted(tags)),
                )
            )
            accesses += 1
        if not accesses:
            raise UserError(f"{log}: there are no accesses in it; needed are the events {', '.join(EVENTS)}")
    return accesses


def observe(lines: Iterable[str], log: Path) -> Iterator[Observed]:
    """The accesses to GICH and GICV that a log tells of, in order. UserError: where, and what is wrong."""
    last: tuple[bool, int, int] | None = None  # its lines may change yet
    levels, high = Lines(0, 0, 0), {"virq": 0, "vfiq": 0}
    acknowledged = settled = (
        False  # since the last access: an acknowledge; the maintenance line, or none is due
    )
    for number, line in enumerate(lines, 1):
        event = _EVENT.match(line)
        if not event or not line.endswith("\n"):  # the end of a QEMU that was killed
            continue
        found = next(filter(None, (form.fullmatch(event[2].rstrip()) for form in _FORMS)), None)
        if not found:
            raise UserError(f"{log}:{number}: {line.strip()!r} is no event of QEMU's GIC")
        values = found.groupdict()
        if int(values.get("cpu") or 0):
            raise UserError(
                f"{log}:{number}: CPU {values['cpu']}: QEMU's gic_hyp events do not say whose they are, "
                "so the machine must have one CPU (-smp 1)"
            )
        if pin := values.get("pin"):
            if pin in high:
                high[pin] = int(values["level"])
            elif pin == "maintenance":
                levels, high = Lines(maint=int(values["level"]), **high), dict.fromkeys(high, 0)
                settled = True
        elif values["unit"] in _BASES:
            if last:
                if last[:2] == (True, GICV2_GICH_SELF_BASE) and not settled:
                    raise UserError(
                        f"{log}:{number}: no gic_update_maintenance_irq since GICH_HCR was written"
                    )
                yield Observed(*last, levels)
                last = None
            if values.get("acknowledged"):
                acknowledged = True
                continue
            write, offset = values["op"] == "write", int(values["offset"], 16)
            last = write, _BASES[values["unit"]] + offset, int(values["value"], 16)
            if last[:2] == (False, GICV2_GICV_BASE + GICV_IAR_OFFSET) and not acknowledged:
                raise UserError(f"{log}:{number}: no gic_acknowledge_irq before GICV_IAR was read")
            acknowledged, settled = False, not write
    if last and settled:
        yield Observed(*last, levels)


def _lines(log: Path) -> Iterator[str]:
    try:
        with gzip.open(log, "rt") if log.suffix == ".gz" else log.open() as file:
            yield from file
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UserError(f"{log}: {getattr(error, 'strerror', None) or error}") from None
