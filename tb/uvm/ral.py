# SPDX-License-Identifier: Apache-2.0
"""The register model (pyuvm RAL) of a CPU's port: its way to the bus, a mirror that follows the device."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from pyuvm import (
    uvm_access_e,
    uvm_predict_e,
    uvm_reg,
    uvm_reg_adapter,
    uvm_reg_bus_op,
    uvm_status_e,
    uvm_subscriber,
)

from gicv2_ral import gicv2
from gicv2_registers import REGISTERS
from tb.model.hardware.parameters import Parameters
from tb.registers import reset_values
from tb.uvm.axi_lite import Access, AxiLiteItem
from tb.uvm.env import Env
from tb.uvm.predictor import Expectation
from tb.uvm.sample import Layout
from tb.uvm.sequences import PortSequence

logging.getLogger("RegModel").setLevel(logging.ERROR)  # it warns at each look at a volatile field's mirror

# Registers whose every field shows the flops of another one (V2-ALIAS-1), among those of the guest.
_ALIASES: Final = {
    name: register.fields
    for name, register in REGISTERS.items()
    if register.block == "GICV" and register.fields and all(field.same_as for field in register.fields)
}


class Place(NamedTuple):
    """What is at the address of a register of the model.

    register  architectural name
    bank      whose it is; None if the device has no such register: RAZ/WI (V2-MAP-6, V2-LR-1)
    """

    register: str
    bank: int | None


class RegisterAdapter(uvm_reg_adapter):
    """Makes accesses of the AXI4-Lite agent out of register operations, and back.

    An operation ends when the bus has answered it; UVM_NOT_OK if not by OKAY, or if a reset took it away.
    """

    def __init__(self) -> None:
        super().__init__("adapter")
        self.parent_sequence = _AnsweredSequence("register_operation")

    def reg2bus(self, rw: uvm_reg_bus_op) -> AxiLiteItem:
        return AxiLiteItem((Access(rw.kind == uvm_access_e.UVM_WRITE, rw.addr, rw.data),))

    def bus2reg(self, bus_item: AxiLiteItem, rw: uvm_reg_bus_op) -> None:
        (access,) = bus_item.accesses
        rw.kind = uvm_access_e.UVM_WRITE if access.write else uvm_access_e.UVM_READ
        rw.addr = access.addr
        rw.data = access.data if access.write else access.value
        failed = access.error or access.aborted
        rw.status = uvm_status_e.UVM_NOT_OK if failed else uvm_status_e.UVM_IS_OK


class _AnsweredSequence(PortSequence):
    """An item of it is finished when its accesses are answered, not when the driver has it."""

    async def finish_item(self, item: AxiLiteItem) -> None:
        await super().finish_item(item)
        for access in item.accesses:
            await access.responded.wait()


class PortRegisters(uvm_subscriber):
    """The register model of one port, and the predictor of its mirror.

    The mirror of a register is what the reference holds in it, whoever changed it: this port by any address,
    another port, the device itself, a reset. So a field, whose write takes the others from the mirror, can be
    written without a read. Registers that hold nothing (IAR, AIAR, RPR, HPPIR, AHPPIR) keep their reset value
    there. (pyuvm's uvm_reg_predictor is not implemented; its prediction knows no minimums and no aliases.)

    model   `await model.gich_self.LR[2].read()`, ...
    places  for each of its registers
    """

    def __init__(self, name: str, parent: Any, port: int, parameters: Parameters) -> None:
        super().__init__(name, parent)
        self.model = gicv2(name)
        self.model.build()
        self.model.lock_model()
        self.places = {reg: _place(reg, port, parameters) for reg in self.model.get_registers()}
        resets = reset_values(NUM_LR=parameters.num_lr, IIDR=parameters.iidr)
        self._views: dict[Place, list[uvm_reg]] = defaultdict(list)
        for reg, place in self.places.items():
            reg.set_reset(0 if place.bank is None else resets[place.register])
            self._views[place].append(reg)
        self.model.reset()
        self._port = port
        self._names = Layout(parameters).observation_names[1:]  # the first word tells of accesses
        self._words: list[Sequence[int]] = [()] * parameters.num_cpu
        self._held: list[dict[str, int]] = [{} for _ in range(parameters.num_cpu)]

    def connect(self, env: Env) -> None:
        """Operations go to the port's agent, and the mirror comes from the environment's reference."""
        self.model.get_default_map().set_sequencer(env.ports[self._port].sequencer, RegisterAdapter())
        env.predictor.expected.connect(self.analysis_export)

    def write(self, expected: Expectation) -> None:
        for bank, words in enumerate(expected.banks):
            if words[1:] != self._words[bank]:
                self._words[bank] = words[1:]
                self._follow(bank, dict(zip(self._names, words[1:], strict=True)))

    def _follow(self, bank: int, held: dict[str, int]) -> None:
        held |= _shown_by_aliases(held)
        for name, value in held.items():
            if value != self._held[bank].get(name):
                for reg in self._views[Place(name, bank)]:
                    reg.predict(value, kind=uvm_predict_e.UVM_PREDICT_READ)
        self._held[bank] = held


def _place(reg: uvm_reg, port: int, parameters: Parameters) -> Place:
    block, _, index = reg.get_parent().get_name().rstrip("]").partition("[")
    name = f"{block.split('_')[0].upper()}_{reg.get_name().replace('[', '').replace(']', '')}"
    bank = int(index) if index else port
    missing = {f"GICH_LR{n}" for n in range(parameters.num_lr, 64)}
    return Place(name, None if bank >= parameters.num_cpu or name in missing else bank)


def _shown_by_aliases(held: Mapping[str, int]) -> dict[str, int]:
    shown = dict.fromkeys(_ALIASES, 0)
    for name, fields in _ALIASES.items():
        for field in fields:
            register, _, twin_name = field.same_as.partition(".")
            twin = next(twin for twin in REGISTERS[register].fields if twin.name == twin_name)
            shown[name] |= (held[register] & twin.mask) >> twin.lsb << field.lsb
    return shown
