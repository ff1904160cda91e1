# SPDX-License-Identifier: Apache-2.0
"""Every register through its register model, and every address of the map.

What a register must read comes from the register table alone (resets, fields, minimums, aliases); the
reference model has no part in it.
"""

from collections import defaultdict
from collections.abc import Sequence

import pyuvm
from pyuvm import uvm_reg, uvm_status_e

from gicv2_registers import REGISTERS
from tb.model.hardware.address_map import address
from tb.registers import reset_values
from tb.uvm import config
from tb.uvm.axi_lite import Access
from tb.uvm.base_test import LockstepTest
from tb.uvm.ral import Place, PortRegisters
from tb.uvm.random_traffic import Guest, Hypervisor
from tb.uvm.sequences import PortSequence

ALL_ONES = 0xFFFF_FFFF
WALKING = [word for bit in range(32) for word in (1 << bit, ALL_ONES ^ 1 << bit)]
STORING = {name: register for name, register in REGISTERS.items() if register.access == "RW"}
STATUS = ("GICH_MISR", "GICH_EISR0", "GICH_EISR1", "GICH_ELRSR0", "GICH_ELRSR1")
COMPLETIONS = ("GICV_EOIR", "GICV_AEOIR", "GICV_DIR")
NO_INTERRUPT = 1023
BATCH = 256  # accesses that go onto the bus back to back


class Bank:
    """What the registers of a bank that store something hold, by the table.

    values  by name; list registers that the device has not are none of them
    """

    def __init__(self, resets: dict[str, int], num_lr: int) -> None:
        missing = {f"GICH_LR{n}" for n in range(num_lr, 64)}
        self.values = {name: resets[name] for name in STORING if name not in missing}

    def write(self, name: str, word: int) -> None:
        """V2-BPR-1, V2-ALIAS-1"""
        for field in STORING[name].fields:
            value = max((word & field.mask) >> field.lsb, field.minimum)
            self._store(name, field.name, value)
            if field.same_as:
                self._store(*field.same_as.split("."), value)

    def _store(self, name: str, field_name: str, value: int) -> None:
        field = next(field for field in REGISTERS[name].fields if field.name == field_name)
        self.values[name] = self.values[name] & ~field.mask | value << field.lsb


def relatives(name: str) -> list[str]:
    """The register and those that show some of its flops."""
    others = (field.same_as.partition(".")[0] for field in REGISTERS[name].fields if field.same_as)
    return list(dict.fromkeys((name, *others)))


class RegisterTest(LockstepTest):
    """Has a register model for each port.

    ports  their PortRegisters
    banks  what is expected in each bank
    views  of a register of a bank, in all models
    own    the view of a register of a bank that its own port has in gich_self or gicv
    """

    required: tuple[str, ...] = ("register values",)

    def build_phase(self) -> None:
        super().build_phase()
        cpus = range(self.parameters.num_cpu)
        self.ports = [PortRegisters(f"port{n}", self, n, self.parameters) for n in cpus]
        self.resets = reset_values(NUM_LR=self.parameters.num_lr, IIDR=self.parameters.iidr)
        self.rng = config.rng(type(self).__name__)
        self.views: dict[Place, list[uvm_reg]] = defaultdict(list)
        self.own: dict[Place, uvm_reg] = {}
        for number, port in enumerate(self.ports):
            for reg, place in port.places.items():
                self.views[place].append(reg)
                if place.bank == number and "gich_cpu" not in reg.get_full_name():
                    self.own[place] = reg
        self.forget()

    def connect_phase(self) -> None:
        for port in self.ports:
            port.connect(self.env)

    def forget(self) -> None:
        """The device has been reset."""
        self.banks = [Bank(self.resets, self.parameters.num_lr) for _ in self.ports]

    def equal(self, what: str, value: int, expected: int, kind: str = "register values") -> None:
        """Assert, and count."""
        assert value == expected, f"{what}: {value:#010x}, expected {expected:#010x}"
        self.counted[kind] += 1

    async def read(self, reg: uvm_reg, expected: int, kind: str = "register values") -> None:
        """A read through the register model must be answered by OKAY and this value."""
        status, value = await reg.read()
        assert status == uvm_status_e.UVM_IS_OK, reg.get_full_name()
        self.equal(reg.get_full_name(), value, expected, kind)

    async def write(self, reg: uvm_reg, place: Place, word: int) -> None:
        """A write through the register model must be answered by OKAY; the bank is expected to take it."""
        assert await reg.write(word) == uvm_status_e.UVM_IS_OK, reg.get_full_name()
        if place.bank is not None:
            self.banks[place.bank].write(place.register, word)

    def stored(self, place: Place) -> int:
        """What a register that stores something must read."""
        return 0 if place.bank is None else self.banks[place.bank].values[place.register]

    async def fill(self, words: dict[str, int], bank: int) -> None:
        """Write registers of a bank on its own port."""
        for name, word in words.items():
            await self.write(self.own[Place(name, bank)], Place(name, bank), word)

    async def fill_banks(self) -> None:
        """Give every register that can have one a value that no other has, and not its reset's.

        All list registers are active. HCR.En is 0, so nothing is signalled or acknowledged.
        """
        for bank in range(len(self.ports)):
            words = {
                "GICH_HCR": 21 << 27 | 1 << 2,  # EOICount, LRENPIE
                "GICH_VMCR": 0xA8B8_021F,
                "GICH_APR": 1 << (16 + bank),
            }
            for n in range(self.parameters.num_lr):
                words[f"GICH_LR{n}"] = 2 << 28 | (n % 31 + 1) << 23 | 0x2A5 << 10 | virtual_id(bank, n)
            await self.fill(words, bank)

    def shown(self, place: Place) -> int:
        """What a register must read after that, whether it stores something or not."""
        if place.bank is None or place.register in STORING:
            return self.stored(place)
        computed = {
            "GICH_MISR": 1 << 2,  # LRENP
            "GICH_ELRSR0": 0,
            "GICH_ELRSR1": 0,
            "GICV_RPR": 16 + place.bank << 3,
        }
        return computed.get(place.register, self.resets[place.register])

    async def check_banks(self) -> None:
        """All that is stored is as expected."""
        for bank, expected in enumerate(self.banks):
            for name, value in expected.values.items():
                await self.read(self.own[Place(name, bank)], value)

    async def make(self, port: int, accesses: Sequence[Access]) -> None:
        """Make accesses past the register model, one behind the other."""
        sequence = PortSequence("accesses")
        await self.on_port(port, sequence)
        for start in range(0, len(accesses), BATCH):
            await sequence.issue(accesses[start : start + BATCH])
            for access in accesses[start : start + BATCH]:
                await access.responded.wait()

    def answered(self, access: Access, value: int = 0, error: bool = False) -> None:
        """Check the answer to such an access."""
        what = f"{'write' if access.write else 'read'} {access.addr:#06x} strobes {access.strb:#x}"
        assert access.error == error, f"{what}: {'SLVERR' if access.error else 'OKAY'}"
        self.equal(what, access.value, value, "answers")


def virtual_id(bank: int, list_register: int) -> int:
    """The VirtualID with which `fill_banks` fills a list register."""
    return 100 * bank + 40 + list_register


@pyuvm.test()
class RegistersHaveTheirResetValues(RegisterTest):
    """V2-RST-1, V2-MAP-6, V2-LR-1: after power-up, and after a reset that finds every register changed."""

    async def stimulate(self) -> None:
        await self.together(*map(self.check, self.ports))
        await self.fill_banks()
        await self.reset()
        self.forget()
        await self.together(*map(self.check, self.ports))

    async def check(self, port: PortRegisters) -> None:
        for reg, place in port.places.items():
            await self.read(reg, 0 if place.bank is None else self.resets[place.register])


@pyuvm.test()
class EveryBitIsStoredOrReservedAsTheTableSays(RegisterTest):
    """V2-BPR-1, V2-LR-1, V2-LR-2, V2-LR-4, V2-HCR-1

    Walking ones and zeros in each CPU's own registers, three words in other views and where there is none.
    """

    async def stimulate(self) -> None:
        for port in self.ports:
            for reg, place in port.places.items():
                if place.register in STORING:
                    few = (ALL_ONES, 0, self.rng.getrandbits(32))
                    await self.bash(reg, place, WALKING if self.own.get(place) is reg else few)
        await self.check_banks()

    async def bash(self, reg: uvm_reg, place: Place, words: Sequence[int]) -> None:
        initial = self.stored(place)
        for word in words:
            await self.write(reg, place, word)
            await self.read(reg, self.stored(place))
        await self.write(reg, place, initial)


@pyuvm.test()
class AliasesAndWindowsShowTheSameFlops(RegisterTest):
    """V2-ALIAS-1, V2-BPR-1, V2-BPR-2, V2-MAP-1, V2-MAP-2: each written by one view, read by all on all ports.

    VMCR against CTLR, PMR, BPR and ABPR; APR against APR0; a CPU's own registers against its window.
    """

    required = ("register values", "aliases")

    async def stimulate(self) -> None:
        for bank in range(len(self.ports)):
            for name in self.banks[bank].values:
                for word in (ALL_ONES, 0, *(self.rng.getrandbits(32) for _ in range(4))):
                    place = Place(name, bank)
                    await self.write(self.rng.choice(self.views[place]), place, word)
                    for relative in relatives(name):
                        kind = "register values" if relative == name else "aliases"
                        for view in self.views[Place(relative, bank)]:
                            await self.read(view, self.stored(Place(relative, bank)), kind)


@pyuvm.test()
class FieldWritesKeepTheOtherFields(RegisterTest):
    """Also when a guest, another port or an alias changed them since the register model last saw them."""

    async def stimulate(self) -> None:
        for (name, bank), reg in self.own.items():
            if name in STORING:
                for field, described in zip(reg.get_fields(), STORING[name].fields, strict=True):
                    assert field.get_name() == described.name
                    await self.write_behind_its_back(Place(name, bank))
                    value = self.rng.getrandbits(described.msb - described.lsb + 1)
                    assert await field.write(value) == uvm_status_e.UVM_IS_OK
                    kept = self.stored(Place(name, bank)) & ~described.mask
                    self.banks[bank].write(name, kept | value << described.lsb)
                    await self.read(reg, self.stored(Place(name, bank)))

    async def write_behind_its_back(self, place: Place) -> None:
        port, relative = self.rng.randrange(len(self.ports)), self.rng.choice(relatives(place.register))
        if relative.startswith("GICV"):
            addr, port = address(relative), place.bank
        else:
            addr = address(relative, place.bank)
        word = self.rng.getrandbits(32)
        await self.make(port, [Access(True, addr, word)])
        self.banks[place.bank].write(relative, word)


@pyuvm.test()
class MirrorFollowsTheDevice(RegisterTest):
    """What the register model believes is what a read returns, after traffic and after a reset."""

    async def stimulate(self) -> None:
        for _ in range(4):
            await self.together(*(self.traffic(port) for port in range(len(self.ports))))
            await self.check()
        await self.reset()
        await self.check()

    async def traffic(self, port: int) -> None:
        software = [kind(port, self.parameters, self.rng, self.env.monitor) for kind in (Hypervisor, Guest)]
        for _ in range(200):
            await self.make(port, [self.rng.choice(software).next_access()])

    async def check(self) -> None:
        for place, reg in self.own.items():
            if place.register in STORING or place.register in STATUS:
                await self.read(reg, reg.get_mirrored_value())


@pyuvm.test()
class ReadOnlyIgnoresAndWriteOnlyShowsNothing(RegisterTest):
    """V2-MAP-8, in every window: writes that the register model refuses to make."""

    async def stimulate(self) -> None:
        await self.fill_banks()
        for number, port in enumerate(self.ports):
            for reg, place in port.places.items():
                access = REGISTERS[place.register].access
                if access == "WO":
                    await self.read(reg, 0)
                elif access != "RW":
                    words = (ALL_ONES, 0, virtual_id(number, 0))
                    await self.make(number, [Access(True, reg.get_address(), word) for word in words])
                    await self.read(reg, self.shown(place))
            await self.check_banks()


@pyuvm.test()
class EveryWordOfTheMapIsARegisterOrNothing(RegisterTest):
    """V2-MAP-1, V2-MAP-2, V2-MAP-3, V2-MAP-4, V2-MAP-6, V2-MAP-8: a port writes and reads each word once."""

    required = ("register values", "answers")
    PAGE = 0x1000

    async def stimulate(self) -> None:
        await self.fill_banks()
        number = self.rng.randrange(len(self.ports))
        for page in range(0, 1 << 16, self.PAGE):
            addresses = range(page, page + self.PAGE, 4)
            await self.sweep(number, [Access(True, addr, self.harmless(number, addr)) for addr in addresses])
            await self.sweep(number, [Access(False, addr) for addr in addresses])
            await self.check_banks()

    def place(self, number: int, addr: int) -> Place | None:
        port = self.ports[number]
        reg = port.model.get_default_map().get_reg_by_offset(addr)
        return port.places[reg] if reg else None

    def harmless(self, number: int, addr: int) -> int:
        """A word that changes nothing where it is to arrive, but something in every other place."""
        place = self.place(number, addr)
        if place and place.bank is not None:
            if place.register in STORING:
                return self.stored(place)
            if place.register in COMPLETIONS:
                return NO_INTERRUPT  # V2-SPUR-1
        return virtual_id(number, 0)  # of an active interrupt, which this would complete

    async def sweep(self, number: int, accesses: Sequence[Access]) -> None:
        await self.make(number, accesses)
        for access in accesses:
            place = self.place(number, access.addr)
            self.answered(access, 0 if access.write or place is None else self.shown(place))


@pyuvm.test()
class ErrorsHaveNoEffect(RegisterTest):
    """V2-MAP-7: odd addresses and partial strobes at every register, and at a sample of all other places."""

    required = ("register values", "answers")
    SAMPLE = 300

    async def stimulate(self) -> None:
        await self.fill_banks()
        for number, port in enumerate(self.ports):
            # Now there is an interrupt to acknowledge, and one to complete.
            await self.fill({"GICH_LR0": 1 << 28 | virtual_id(number, 0), "GICH_HCR": 21 << 27 | 1}, number)
            words = [reg.get_address() for reg in port.places]
            words += [self.rng.randrange(0, 1 << 16, 4) for _ in range(self.SAMPLE)]
            accesses = [access for word in words for access in self.errors(word, number)]
            await self.make(number, accesses)
            for access in accesses:
                self.answered(access, error=True)
            await self.check_banks()
            await self.read(self.own[Place("GICV_HPPIR", number)], virtual_id(number, 0))

    def errors(self, word: int, number: int) -> list[Access]:
        data = virtual_id(number, min(1, self.parameters.num_lr - 1))
        odd, strobes = word + self.rng.randint(1, 3), self.rng.randrange(0xF)
        return [Access(False, odd), Access(True, odd, data), Access(True, word, data, strobes)]
