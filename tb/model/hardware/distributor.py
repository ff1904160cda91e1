# SPDX-License-Identifier: Apache-2.0
"""The physical distributor, as far as virtual interfaces touch it: what is active, pending, on the wire."""

import re
from typing import Final

_FIRST_SPI: Final = 32
_LAST_INTID: Final = 1019
_REGISTER: Final = re.compile(r"GICD_(ISACTIVER|ICACTIVER)(\d+)")


class PhysicalDistributor:
    """Active, pending and line state of each physical interrupt.

    Interrupts 0..31 are banked by CPU, 32..1019 are shared. All are Group 1 (Non-secure), as a hypervisor's
    are, so that each deactivation request of a virtual interface counts (V2-EOI-9).

    findings  one sentence for each deactivation of an interrupt that was not active: a virtual interface
              deactivates exactly once what the hypervisor acknowledged once
    """

    def __init__(self) -> None:
        self.findings: list[str] = []
        self._active: set[tuple[int, int]] = set()
        self._latched: set[tuple[int, int]] = set()
        self._lines: set[tuple[int, int]] = set()

    def set_line(self, intid: int, level: bool, cpu: int = 0) -> None:
        """Drive the interrupt's wire: it is pending while high."""
        if level:
            self._lines.add(_key(intid, cpu))
        else:
            self._lines.discard(_key(intid, cpu))

    def set_pending(self, intid: int, cpu: int = 0) -> None:
        """Make the interrupt pending until it is acknowledged: an edge, an SGI, a write of GICD_ISPENDRn."""
        self._latched.add(_key(intid, cpu))

    def is_pending(self, intid: int, cpu: int = 0) -> bool:
        return _key(intid, cpu) in self._latched or _key(intid, cpu) in self._lines

    def is_active(self, intid: int, cpu: int = 0) -> bool:
        return _key(intid, cpu) in self._active

    def acknowledge(self, intid: int, cpu: int = 0) -> None:
        """The hypervisor acknowledged it and dropped its priority: it is active (a trace's `pact`)."""
        self._latched.discard(_key(intid, cpu))
        self._active.add(_key(intid, cpu))

    def deactivate(self, intid: int, cpu: int) -> None:
        """A virtual interface's request, equal to a Non-secure GICC_DIR write by `cpu` (V2-EOI-9)."""
        if not self.is_active(intid, cpu):
            self.findings.append(f"CPU {cpu} deactivated physical interrupt {intid}, which was not active")
        self._active.discard(_key(intid, cpu))

    def read(self, register: str, cpu: int = 0) -> int:
        """GICD_ISACTIVERn or GICD_ICACTIVERn as `cpu` reads it: bit i shows whether 32n+i is active."""
        _, first = _decode(register)
        return sum(1 << i for i in range(32) if first + i <= _LAST_INTID and self.is_active(first + i, cpu))

    def write(self, register: str, value: int, cpu: int = 0) -> None:
        """Write GICD_ICACTIVERn (1: deactivate) or GICD_ISACTIVERn (1: make active) as `cpu`."""
        sets, first = _decode(register)
        for i in range(32):
            if value >> i & 1 and first + i <= _LAST_INTID:
                key = _key(first + i, cpu)
                if sets:
                    self._active.add(key)
                else:
                    self._active.discard(key)


def _key(intid: int, cpu: int) -> tuple[int, int]:
    if not 0 <= intid <= _LAST_INTID:
        raise ValueError(f"physical interrupt {intid} does not exist: allowed is 0..{_LAST_INTID}")
    return (intid, cpu if intid < _FIRST_SPI else 0)


def _decode(register: str) -> tuple[bool, int]:
    """Whether the register sets (else clears), and the interrupt of its bit 0."""
    match = _REGISTER.fullmatch(register)
    if match is None or int(match[2]) > _LAST_INTID // 32:
        raise ValueError(
            f"unknown register {register!r}: known are GICD_ISACTIVERn and GICD_ICACTIVERn, n = 0..31"
        )
    return match[1] == "ISACTIVER", 32 * int(match[2])
