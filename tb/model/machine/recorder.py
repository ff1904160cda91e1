# SPDX-License-Identifier: Apache-2.0
"""Records a run as a trace, to compare with another run and to replay on any device."""

from typing import Final, Protocol

from tb.model import trace
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import Physical
from tb.model.machine.events import Accessed, PhysicalChanged, PhysicalTaken, Publisher
from tb.model.machine.operations import COMPLETE
from tb.model.trace import Record


class Sink(Protocol):
    """Where records go: a trace.Writer, for instance."""

    def write(self, record: Record) -> None:
        """Take the next one."""


class Recorder:
    """A subscriber that writes each access, and what happens to physical SPIs.

    Private physical interrupts are not in the trace: they follow their vCPU, and a trace knows none.
    """

    def __init__(self, publisher: Publisher, writer: Sink, parameters: Parameters, **origin: object) -> None:
        """`origin`: what the trace shall say of where it comes from."""
        self._write: Final = writer.write
        self._write(Record("reset", meta={**trace.device_meta(parameters), **origin}))
        publisher.subscribe(Accessed, self._accessed)
        publisher.subscribe(PhysicalTaken, self._taken)
        publisher.subscribe(PhysicalChanged, self._changed)

    def _accessed(self, event: Accessed) -> None:
        deactivated = None
        if event.write and event.register in COMPLETE:
            deactivated = () if event.deactivated is None else (event.deactivated,)
        self._write(
            Record(
                "w" if event.write else "r",
                cpu=event.cpu,
                reg=event.register,
                value=event.value,
                deact=deactivated,
                lines=event.lines._asdict(),
            )
        )

    def _taken(self, event: PhysicalTaken) -> None:
        if event.vcpu is None:
            self._write(Record("pact", cpu=event.cpu or 0, value=event.pintid))

    def _changed(self, event: PhysicalChanged) -> None:
        if event.vcpu is not None:
            return
        if event.operation is Physical.ACTIVATE:
            self._write(Record("pact", value=event.pintid))
        elif event.operation in (Physical.DEACTIVATE, Physical.DIR):
            word, bit = divmod(event.pintid, 32)
            self._write(Record("w", reg=f"GICD_ICACTIVER{word}", value=1 << bit))
