# SPDX-License-Identifier: Apache-2.0
"""What directed tests share: ports by number, words by field, and the edges at which something happened.

What a directed test expects is derived by hand from the specification, not by the reference model. The
words below are those of its tables.
"""

from collections import defaultdict, deque
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any, Final, NamedTuple

from cocotb.triggers import Event
from pyuvm import uvm_subscriber

from tb.model.hardware.address_map import address
from tb.model.hardware.parameters import Parameters
from tb.uvm.axi_lite import NO_HOLD, Access, Hold
from tb.uvm.base_test import LockstepTest
from tb.uvm.sample import (
    DEACT,
    DEACT_CPU_LSB,
    DEACT_ID_MASK,
    FLAGS,
    PINS,
    PORT_WORDS,
    RDATA,
    CycleSample,
    Layout,
)
from tb.uvm.sequences import PortSequence, TakeDeactivations

# LR.State
INV, PEND, ACT, PACT = range(4)
# GICH_HCR
EN, UIE, LRENPIE, NPIE, GRP0_EIE, GRP0_DIE, GRP1_EIE, GRP1_DIE = (1 << bit for bit in range(8))
COUNT_LSB: Final = 27
# GICV_CTLR
GRP0, GRP1, ACK_CTL, FIQ_EN, CBPR, EOI_MODE = 0x1, 0x2, 0x4, 0x8, 0x10, 0x200
GROUPS: Final = GRP0 | GRP1
# What GICV_IAR and its kind say when they name no interrupt
SPURIOUS, OTHER_GROUP = 1023, 1022
LINES: Final = ("maint_irq", "virq", "vfiq")


def lr(
    intid: int,
    state: int,
    priority: int = 0,
    *,
    grp1: int = 0,
    hw: int = 0,
    phys: int = 0,
    eoi: int = 0,
    cpuid: int = 0,
) -> int:
    """A list register word (specification, 2.3); the top five of the eight bits of `priority` are kept."""
    word = hw << 31 | grp1 << 30 | state << 28 | priority >> 3 << 23 | intid
    return word | phys << 10 | eoi << 19 | cpuid << 10


def read(register: str | int, bank: int | None = None, hold: Hold = NO_HOLD) -> Access:
    """A read of a register (by name, in the window of `bank` if given) or of an address."""
    return Access(False, _address(register, bank), hold=hold)


def write(
    register: str | int, data: int = 0, bank: int | None = None, strb: int = 0xF, hold: Hold = NO_HOLD
) -> Access:
    """A write of a register (by name, in the window of `bank` if given) or of an address."""
    return Access(True, _address(register, bank), data, strb, hold)


def _address(register: str | int, bank: int | None) -> int:
    return address(register, bank) if isinstance(register, str) else register


@dataclass(frozen=True)
class Needs:
    """The devices that a test is for: parameter -> values."""

    num_lr: Container[int] = range(4, 65)
    num_cpu: Container[int] = range(1, 9)
    grp_filter: Container[int] = (0, 1)
    hppir_pmr: Container[int] = (0, 1)
    irq_reg: Container[int] = (0, 1)

    def met_by(self, parameters: Parameters) -> bool:
        """Whether the test applies to a device."""
        return all(getattr(parameters, need.name) in getattr(self, need.name) for need in fields(self))


ANY_DEVICE: Final = Needs(num_lr=range(1, 65))
TWO_CPUS: Final = Needs(num_cpu=range(2, 9))


@dataclass(slots=True)
class Timing:
    """The edges of an access, as the monitor counts them; -1 for what has not happened.

    taken     the last handshake of its request so far: of AR, or of AW and W
    valid     the first edge with its RVALID or BVALID
    answered  the handshake of its response
    """

    taken: int = -1
    valid: int = -1
    answered: int = -1

    @property
    def accepted(self) -> int:
        """T: the edge before its response shows (V2-CYC-2, V2-CYC-4)."""
        return self.valid - 1


class Deactivation(NamedTuple):
    """A request on a bank's deactivation port: deact_id, deact_cpu, its first edge, that of its handshake."""

    bank: int
    intid: int
    cpu: int
    valid: int
    taken: int


# By direction; the last one is the response's.
_CHANNELS: Final = {True: ("aw", "w", "b"), False: ("ar", "r")}
_RESPONSES: Final = ("b", "r")


class Watcher(uvm_subscriber):
    """Keeps the samples of the monitor, and sees from the pins when accesses and deactivations happened.

    samples        of all edges; sample n is edge n
    deactivations  requests taken, in order
    """

    def __init__(self, name: str, parent: Any, layout: Layout) -> None:
        super().__init__(name, parent)
        self.samples: list[CycleSample] = []
        self.deactivations: list[Deactivation] = []
        self._layout = layout
        self._num_cpu = layout.parameters.num_cpu
        self._timings: dict[Access, Timing] = {}
        self._seen = Event()
        self._drop_everything()

    def _drop_everything(self) -> None:
        self._awaited: list[dict[str, deque[Timing]]] = [defaultdict(deque) for _ in range(self._num_cpu)]
        self._shown: list[int | None] = [None] * self._num_cpu

    def follow(self, port: int, access: Access) -> None:
        """From now on look for the handshakes of an access that this port is about to make."""
        timing = self._timings[access] = Timing()
        for channel in _CHANNELS[access.write]:
            self._awaited[port][channel].append(timing)

    def timing(self, access: Access) -> Timing:
        """When an access that was followed happened."""
        return self._timings[access]

    async def edges(self, count: int) -> None:
        """Let so many rising edges pass."""
        for _ in range(count):
            self._seen.clear()
            await self._seen.wait()

    def write(self, sample: CycleSample) -> None:
        self.samples.append(sample)
        if sample.aresetn:
            for port in range(self._num_cpu):
                self._look_at_accesses(port, sample.cycle)
                self._look_at_deactivations(port, sample)
        else:
            self._drop_everything()
        self._seen.set()

    def _look_at_accesses(self, port: int, cycle: int) -> None:
        for channel, awaited in self._awaited[port].items():
            if awaited and self.pin(cycle, port, f"{channel}valid"):
                ready = self.pin(cycle, port, f"{channel}ready")
                timing = awaited.popleft() if ready else awaited[0]
                if channel in _RESPONSES and timing.valid < 0:
                    timing.valid = cycle
                if ready and channel in _RESPONSES:
                    timing.answered = cycle
                elif ready:
                    timing.taken = cycle

    def _look_at_deactivations(self, bank: int, sample: CycleSample) -> None:
        if self.pin(sample.cycle, bank, "deact_valid"):
            valid = self._shown[bank] = self._shown[bank] or sample.cycle
            if self.pin(sample.cycle, bank, "deact_ready"):
                word = sample.ports[PORT_WORDS * bank + DEACT]
                request = Deactivation(bank, word & DEACT_ID_MASK, word >> DEACT_CPU_LSB, valid, sample.cycle)
                self.deactivations.append(request)
                self._shown[bank] = None

    def pin(self, cycle: int, port: int, name: str) -> int:
        """A pin of a port at an edge."""
        lsb, width = FLAGS[name]
        return self.samples[cycle].ports[PORT_WORDS * port + PINS] >> lsb & (1 << width) - 1

    def read_data(self, cycle: int, port: int) -> int:
        """The RDATA pins of a port at an edge."""
        return self.samples[cycle].ports[PORT_WORDS * port + RDATA]

    def lines(self, cycle: int, cpu: int) -> set[str]:
        """The interrupt lines of a CPU that are high at an edge."""
        return {name for name in LINES if self.pin(cycle, cpu, name)}

    def waveform(self, cpu: int, since: int) -> list[tuple[int, set[str]]]:
        """The lines of a CPU at an edge and at each later one where they changed."""
        steps: list[tuple[int, set[str]]] = []
        for cycle in range(since, len(self.samples)):
            lines = self.lines(cycle, cpu)
            if not steps or lines != steps[-1][1]:
                steps.append((cycle, lines))
        return steps

    def observation(self, cycle: int, bank: int) -> tuple[int, ...]:
        """The observation words of a bank at an edge; the first one tells of the accesses it accepted."""
        return self._layout.observation(self.samples[cycle].raw, bank)

    def registers(self, cycle: int, bank: int) -> dict[str, int]:
        """The registers of a bank at an edge, by name, as its observation port shows them."""
        return dict(zip(self._layout.observation_names[1:], self.observation(cycle, bank)[1:], strict=True))


class Cpu(PortSequence):
    """One CPU's port, for a test to write and read through."""

    def __init__(self, number: int, watcher: Watcher) -> None:
        super().__init__(f"cpu{number}")
        self.number = number
        self._watcher = watcher

    async def issue(self, accesses: Sequence[Access]) -> None:
        for access in accesses:
            self._watcher.follow(self.number, access)
        await super().issue(accesses)

    async def all(self, *accesses: Access) -> list[int]:
        """Make accesses one behind the other as fast as the bus takes them; returns what they read."""
        await self.issue(accesses)
        for access in accesses:
            await access.responded.wait()
        return [access.value for access in accesses]

    async def load(self, *words: int) -> None:
        """Write LR0, LR1, ..."""
        await self.all(*(write(f"GICH_LR{n}", word) for n, word in enumerate(words)))

    async def open(self, *words: int, hcr: int = EN, ctlr: int = GROUPS | ACK_CTL, pmr: int = 0xF8) -> None:
        """Write HCR, CTLR, PMR and LR0, LR1, ...; by default the guest can have all interrupts below 0xF8."""
        await self.all(write("GICH_HCR", hcr), write("GICV_CTLR", ctlr), write("GICV_PMR", pmr))
        await self.load(*words)

    async def lines(self) -> set[str]:
        """The interrupt lines that are high once everything that was answered shows."""
        await self._watcher.edges(2)
        return self._watcher.lines(-1, self.number)

    async def registers(self) -> dict[str, int]:
        """What the observation port shows of the bank's registers once everything that was answered shows."""
        await self._watcher.edges(2)
        return self._watcher.registers(-1, self.number)

    async def states(self, count: int = 4) -> list[int]:
        """LR.State of LR0, LR1, ..."""
        return [word >> 28 & 3 for word in await self.all(*(read(f"GICH_LR{n}") for n in range(count)))]


class DirectedTest(LockstepTest):
    """A test that makes the accesses of `scenario` and asserts what the specification says of them.

    needs    the devices it says something of: it is not run on others
    cpus     the ports
    watcher  when things happened
    """

    needs = Needs()

    def build_phase(self) -> None:
        super().build_phase()
        assert self.needs.met_by(self.parameters), f"{type(self).__name__} needs {self.needs}"
        self.watcher = Watcher("watcher", self, Layout(self.parameters))
        self.cpus = [Cpu(n, self.watcher) for n in range(self.parameters.num_cpu)]

    def connect_phase(self) -> None:
        self.env.monitor.ap.connect(self.watcher.analysis_export)

    async def stimulate(self) -> None:
        for number, cpu in enumerate(self.cpus):
            await self.on_port(number, cpu)
        await self.scenario(self.cpus[0])

    async def scenario(self, cpu: Cpu) -> None:
        """The test; cpu is port 0."""
        raise NotImplementedError

    async def at_once(self, *accesses: tuple[int, Access]) -> list[Timing]:
        """Put accesses on the pins of their ports at the same edge; returns when all are answered."""
        for port, access in accesses:
            await self.cpus[port].issue((access,))
        for _, access in accesses:
            await access.responded.wait()
        await self.watcher.edges(2)
        return [self.watcher.timing(access) for _, access in accesses]

    async def take_deactivations(self, bank: int, holds: Iterator[int]) -> None:
        """From now on take the bank's requests at this pace: see DeactivationItem."""
        await TakeDeactivations(bank, holds).start(self.env.deactivation.sequencer)

    @property
    def deactivated(self) -> list[tuple[int, int]]:
        """Bank and INTID of each deactivation request taken so far, in order."""
        return [(request.bank, request.intid) for request in self.watcher.deactivations]


def directed_tests(module: str) -> dict[str, type[DirectedTest]]:
    """The directed tests that a module defines, by name."""
    return {
        name: member
        for name, member in vars(import_module(module)).items()
        if isinstance(member, type) and issubclass(member, DirectedTest) and "scenario" in vars(member)
        if member.__module__ == module
    }
