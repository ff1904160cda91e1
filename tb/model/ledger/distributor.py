# SPDX-License-Identifier: Apache-2.0
"""What a guest's access to the distributor says, interrupt by interrupt."""

from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

from tb.model.machine.events import TrapEnded, TrapStarted


class Set(Enum):
    """What is written of an interrupt."""

    CTLR = "distributor on"
    GROUP = "group"
    ENABLE = "enable"
    PEND = "pending"
    ACTIVE = "active"
    PRIORITY = "priority"
    TARGETS = "targets"
    EDGE = "edge"
    SGI = "sent"
    RESERVED = "sent, perhaps"
    SOURCES = "sources"


class Write(NamedTuple):
    """One interrupt's share of a write.

    intid  0 for CTLR
    value  the new one; PEND and ENABLE: whether they are set or cleared. SGI, RESERVED: the targets, as
           8 bits. SOURCES: 8 bits, above them a 1 if they are set, else cleared
    """

    what: Set
    intid: int
    value: int


_BITS: Final = {  # offset of the first register, its kind, whether 1-bits set (None: 0-bits clear, too)
    0x080: (Set.GROUP, None),
    0x100: (Set.ENABLE, 1),
    0x180: (Set.ENABLE, 0),
    0x200: (Set.PEND, 1),
    0x280: (Set.PEND, 0),
    0x300: (Set.ACTIVE, 1),
    0x380: (Set.ACTIVE, 0),
}


def writes(trap: TrapStarted | TrapEnded) -> Iterator[Write]:
    """What a write says; nothing for a read or where there is no register."""
    if not trap.write or trap.offset is None:
        return
    offset, value = trap.offset, trap.value
    if offset == 0:
        yield Write(Set.CTLR, 0, value & 1)
    elif (first := offset & ~0x7F) in _BITS:
        what, constant = _BITS[first]
        for bit in range(32):
            intid = (offset - first) * 8 + bit
            if constant is None:
                yield Write(what, intid, value >> bit & 1)
            elif value >> bit & 1:
                yield Write(what, intid, constant)
    elif 0x400 <= offset < 0xC00:
        what, first = (Set.PRIORITY, 0x400) if offset < 0x800 else (Set.TARGETS, 0x800)
        for byte in range(trap.length):
            yield Write(what, offset - first + byte, value >> 8 * byte & 0xFF)
    elif 0xC00 <= offset < 0xD00:
        for pair in range(16):
            yield Write(Set.EDGE, (offset - 0xC00) * 4 + pair, value >> 2 * pair + 1 & 1)
    elif offset == 0xF00:
        what = Set.RESERVED if value >> 24 & 3 == 3 else Set.SGI  # some take it for a list (CL-SGI-1)
        yield Write(what, value & 0xF, _targets(trap.vcpu, value))
    elif 0xF10 <= offset < 0xF30:
        for byte in range(trap.length):
            sets = offset >= 0xF20
            yield Write(Set.SOURCES, (offset & 0xF) + byte, sets << 8 | value >> 8 * byte & 0xFF)


def _targets(sender: int, value: int) -> int:
    """Of a write to SGIR; 8 bits, not clipped."""
    match value >> 24 & 3:
        case 1:
            return 0xFF & ~(1 << sender)
        case 2:
            return 1 << sender
        case _:
            return value >> 16 & 0xFF
