# SPDX-License-Identifier: Apache-2.0
"""The predictor: the cycle-accurate reference, stepped with the input pins alone."""

import copy
from collections import deque
from collections.abc import Sequence
from itertools import product
from typing import Any, Final, NamedTuple

from pyuvm import uvm_analysis_port, uvm_subscriber

from tb.model.hardware.address_map import decode
from tb.model.hardware.device import Accept, Device, PortInputs, PortOutputs
from tb.model.hardware.parameters import Parameters
from tb.uvm.sample import ADDRESSES, PINS, PORT_WORDS, WDATA, CycleSample, flag, unpack_inputs

_REQUESTS: Final = flag("awvalid") | flag("wvalid") | flag("arvalid")
_READIES: Final = flag("bready") | flag("rready") | flag("deact_ready")
_IDLE: Final = {  # without a VALID, by what of _READIES is high
    pins: unpack_inputs(0, 0, pins)
    for pins in map(sum, product(*((0, flag(f"{name}ready")) for name in ("b", "r", "deact_"))))
}

# Edges between two copies of the reference, from which it can be looked at again.
SNAPSHOT_INTERVAL: Final = 4096


class Expectation(NamedTuple):
    """What the outputs and the observation words of every port and bank must be at an edge."""

    ports: tuple[PortOutputs, ...]
    banks: tuple[tuple[int, ...], ...]


class Accepted(NamedTuple):
    """An access and the bank that accepted it.

    cycle          the edge T
    register       what it reaches, None for nothing (V2-MAP-6)
    before, after  observation words of the bank at T and at T+1
    """

    cycle: int
    access: Accept
    register: str | None
    before: tuple[int, ...]
    after: tuple[int, ...]

    def __str__(self) -> str:
        return describe(self.access, self.register)


def describe(access: Accept, register: str | None) -> str:
    """An access in words: `cpu0 write GICV_EOIR=0x22`."""
    target = register or f"{access.addr:#06x}"
    if access.bank != access.cpu:
        target = f"bank{access.bank}.{target}"
    if access.error:
        target += (
            f" (at {access.addr:#06x}, strobes {access.strb:#x})"
            if access.write
            else f" (at {access.addr:#06x})"
        )
    return (
        f"cpu{access.cpu} write {target}={access.data:#x}"
        if access.write
        else f"cpu{access.cpu} read {target}"
    )


class _Snapshot:
    """The reference before an edge, and the pins at that edge and later ones."""

    def __init__(self, cycle: int, device: Device) -> None:
        self.cycle = cycle
        self.device = copy.deepcopy(device)
        self.inputs: list[tuple[int, list[PortInputs]]] = []


class Predictor(uvm_subscriber):
    """Steps the reference with each CycleSample.

    expectation  what must be seen at the next edge; the same object as before, if nothing changes
    expected     publishes an Expectation that is another than the last
    accepted     publishes Accepted, for each access the reference accepts: T is predicted, never observed
    """

    def __init__(self, name: str, parent: Any, parameters: Parameters) -> None:
        super().__init__(name, parent)
        self.expected = uvm_analysis_port("expected", self)
        self.accepted = uvm_analysis_port("accepted", self)
        self._num_cpu = parameters.num_cpu
        self._cpus = range(parameters.num_cpu)
        self._device = Device(parameters)
        self._snapshots = deque([_Snapshot(0, self._device)], maxlen=2)
        self._inputs_seen = self._snapshots[-1].inputs
        self.expectation = self._expect()

    def write(self, sample: CycleSample) -> None:
        device, before = self._device, self.expectation
        inputs = self._read_inputs(sample.ports)
        aresetn = sample.aresetn
        seen = self._inputs_seen
        if len(seen) == SNAPSHOT_INTERVAL:
            self._snapshots.append(_Snapshot(sample.cycle, device))
            self._inputs_seen = seen = self._snapshots[-1].inputs
        seen.append((aresetn, inputs))

        accepts = device.clock(aresetn, inputs)
        if device.is_as_before:
            return
        self.expectation = after = self._expect()
        if after != before:
            self.expected.write(after)
        for access in accepts:
            register = decode(access.cpu, access.addr, self._num_cpu).register
            bank = access.bank
            self.accepted.write(
                Accepted(sample.cycle, access, register, before.banks[bank], after.banks[bank])
            )

    def before(self, cycle: int) -> Device:
        """A copy of the reference as it was before one of the last SNAPSHOT_INTERVAL edges."""
        snapshot = next(snapshot for snapshot in reversed(self._snapshots) if snapshot.cycle <= cycle)
        device = copy.deepcopy(snapshot.device)
        for aresetn, inputs in snapshot.inputs[: cycle - snapshot.cycle]:
            device.clock(aresetn, inputs)
        return device

    def _expect(self) -> Expectation:
        device = self._device
        return Expectation(tuple(map(device.outputs, self._cpus)), tuple(map(device.observation, self._cpus)))

    def _read_inputs(self, words: Sequence[int]) -> list[PortInputs]:
        """The input pins of all ports; the payload of a port without a VALID means nothing."""
        return [
            unpack_inputs(words[start + ADDRESSES], words[start + WDATA], pins)
            if (pins := words[start + PINS]) & _REQUESTS
            else _IDLE[pins & _READIES]
            for start in range(0, PORT_WORDS * self._num_cpu, PORT_WORDS)
        ]
