# SPDX-License-Identifier: Apache-2.0
"""The virtual interface itself."""

from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import Lines
from tb.model.machine.hardware import Access, Answer, ReferenceHardware
from tests.museum.exhibit import Exhibit, unchanged


class StickyHardware(ReferenceHardware):
    """The maintenance line stays high until HCR is written."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._raised = [False] * parameters.num_cpu

    async def access(self, access: Access) -> Answer:
        answer = await super().access(access)
        kept = self._raised[access.cpu] and not (access.write and access.register == "GICH_HCR")
        self._raised[access.cpu] = kept or bool(super().lines(access.cpu).maint)
        return answer

    def lines(self, cpu: int) -> Lines:
        return super().lines(cpu)._replace(maint=int(self._raised[cpu]))


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
