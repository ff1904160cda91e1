# SPDX-License-Identifier: Apache-2.0
"""The predictor: the cycle-accurate reference, stepped with the input pins alone."""

import copy
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pyuvm import uvm_analysis_port, uvm_subscriber

from tb.model.hardware.address_map import decode
from tb.model.hardware.device import Accept, Device, PortInputs, PortOutputs
from tb.model.hardware.parameters import Parameters
from tb.uvm.sample import ADDRESSES, PINS, PORT_WORDS, WDATA, CycleSample, unpack_inputs

# Edges between two copies of the reference, from which it can be looked at again.
SNAPSHOT_INTERVAL: Final = 4096


class Expectation(NamedTuple):
    """What the outputs and the observation words of every port and bank must be at an edge."""

    cycle: int
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

    expected  Expectation for the edge of the sample
    accepted  Accepted, for each access the reference accepts at that edge: T is predicted, never observed
    """

    def __init__(self, name: str, parent: Any, parameters: Parameters) -> None:
        super().__init__(name, parent)
        self.expected = uvm_analysis_port("expected", self)
        self.accepted = uvm_analysis_port("accepted", self)
        self._num_cpu = parameters.num_cpu
        self._device = Device(parameters)
        self._snapshots = deque([_Snapshot(0, self._device)], maxlen=2)
        self._input_words: list[tuple[int, int, int] | None] = [None] * parameters.num_cpu
        self._inputs = [PortInputs()] * parameters.num_cpu
        self._expectation = self._expect(0)

    def write(self, sample: CycleSample) -> None:
        device = self._device
        expectation = self._expectation
        self.expected.write(expectation)
        inputs = self._read_inputs(sample.ports)
        aresetn = sample.aresetn
        if len(self._snapshots[-1].inputs) == SNAPSHOT_INTERVAL:
            self._snapshots.append(_Snapshot(sample.cycle, device))
        self._snapshots[-1].inputs.append((aresetn, inputs))

        accepts = device.clock(aresetn, inputs)
        self._expectation = after = self._expect(sample.cycle + 1)
        for access in accepts:
            register = decode(access.cpu, access.addr, self._num_cpu).register
            bank = access.bank
            self.accepted.write(
                Accepted(sample.cycle, access, register, expectation.banks[bank], after.banks[bank])
            )

    def before(self, cycle: int) -> Device:
        """A copy of the reference as it was before one of the last SNAPSHOT_INTERVAL edges."""
        snapshot = next(snapshot for snapshot in reversed(self._snapshots) if snapshot.cycle <= cycle)
        device = copy.deepcopy(snapshot.device)
        for aresetn, inputs in snapshot.inputs[: cycle - snapshot.cycle]:
            device.clock(aresetn, inputs)
        return device

    def _expect(self, cycle: int) -> Expectation:
        cpus = range(self._num_cpu)
        return Expectation(
            cycle,
            tuple([self._device.outputs(cpu) for cpu in cpus]),
            tuple([self._device.observation(bank) for bank in cpus]),
        )

    def _read_inputs(self, words: Sequence[int]) -> list[PortInputs]:
        """The input pins of all ports; those of a port that has not changed are not unpacked again."""
        for port in range(self._num_cpu):
            start = PORT_WORDS * port
            key = (words[start + ADDRESSES], words[start + WDATA], words[start + PINS])
            if key != self._input_words[port]:
                self._input_words[port] = key
                self._inputs[port] = unpack_inputs(*key)
        return list(self._inputs)
