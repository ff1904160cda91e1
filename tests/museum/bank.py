# SPDX-License-Identifier: Apache-2.0
"""The virtual interface itself, as the reference model has it."""

from gicv2_registers import GICH_HCR_OFFSET
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import VirtualInterface
from tb.model.machine.hardware import ReferenceHardware
from tests.museum.exhibit import Exhibit, unchanged


class StickyLine(VirtualInterface):
    """The maintenance line stays high until HCR is written."""

    _raised = False

    def write_gich(self, offset: int, value: int) -> None:
        if offset == GICH_HCR_OFFSET:
            self._raised = False
        super().write_gich(offset, value)

    def _derive(self) -> None:
        super()._derive()
        self._raised = self._raised or bool(self.lines.maint)
        self.lines = self.lines._replace(maint=int(self._raised))


class StickyHardware(ReferenceHardware):
    """All banks with it."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._banks = [StickyLine(parameters) for _ in range(parameters.num_cpu)]


EXHIBITS = (
    Exhibit(
        "BM-13",
        "maintenance line never falls by itself",
        "gem5 f441a25204a3",
        ("V2-MI-2",),
        frozenset({"INV-MI-1"}),
        "kvm17",
        unchanged("kvm17"),
        hardware=StickyHardware,
    ),
)
