# SPDX-License-Identifier: Apache-2.0
"""AXI4-Lite agent of one CPU port: items, the driver of the five channels, the agent.

The accesses of a port are pipelined: an item is done, in the sense of the sequencer, once the driver has it.
A sequence that needs an answer awaits `access.responded`; one that does not may start its next item at once.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, NamedTuple

from cocotb.triggers import Event
from cocotb_bus.drivers import BusDriver
from pyuvm import uvm_agent, uvm_driver, uvm_sequence_item, uvm_sequencer, uvm_subscriber

from tb.errors import UserError
from tb.uvm.sample import PINS, PORT_WORDS, RDATA, CycleSample, flag

# With more unanswered accesses than this, the sequences of a port wait.
QUEUE_LIMIT: Final = 8


class Hold(NamedTuple):
    """Clock cycles for which the master holds each channel back.

    aw, w, ar  VALID stays low that long after the channel could have had this access
    b, r       READY stays low that long after the device raised VALID
    """

    aw: int = 0
    w: int = 0
    ar: int = 0
    b: int = 0
    r: int = 0


NO_HOLD: Final = Hold()


class Access:
    """One access of a port, and its answer once it is `answered`: then `responded` is set.

    addr   16 bits; data the datum of a write, 32 bits; strb 4 bits
    value  the datum of a read
    error  the response is not OKAY
    aborted  a reset took the access away: no response comes
    """

    __slots__ = (
        "_responded",
        "aborted",
        "addr",
        "answered",
        "data",
        "error",
        "hold",
        "strb",
        "value",
        "write",
    )

    def __init__(self, write: bool, addr: int, data: int = 0, strb: int = 0xF, hold: Hold = NO_HOLD) -> None:
        self.write = write
        self.addr = addr
        self.data = data
        self.strb = strb
        self.hold = hold
        self.value = 0
        self.error = False
        self.aborted = False
        self.answered = False
        self._responded: Event | None = None

    @property
    def responded(self) -> Event:
        """Set once the access is answered or aborted; made when somebody asks for it."""
        if self._responded is None:
            self._responded = Event()
            if self.answered:
                self._responded.set()
        return self._responded

    def answer(self, value: int, error: bool) -> None:
        """The response has come."""
        self.value = value
        self.error = error
        self.answered = True
        if self._responded is not None:
            self._responded.set()

    def abort(self) -> None:
        """No response will come."""
        self.aborted = True
        self.answer(0, False)


class AxiLiteItem(uvm_sequence_item):
    """Accesses that a port gets at one time, in this order."""

    def __init__(self, accesses: Sequence[Access]) -> None:
        super().__init__("accesses")
        self.accesses = accesses


class OpenItem(uvm_sequence_item):
    """Keeps the port for its sequence, which hands over accesses as it goes, until it sets `closed`.

    issue  takes an access; there once `opened` is set
    """

    issue: Callable[[Access], None]

    def __init__(self) -> None:
        super().__init__("open")
        self.opened = Event()
        self.closed = Event()


class _RequestChannel:
    """AW, W or AR: asserts VALID for the oldest access that the device has not yet taken."""

    def __init__(self, name: str, valid: Any, payload: Callable[[Access], None]) -> None:
        self.queue: deque[Access] = deque()
        self._valid = valid
        self._ready = flag(f"{name}ready")
        self._hold = Hold._fields.index(name)
        self._drive_payload = payload
        self._asserted = False
        self._wait = 0
        valid.value = 0

    def issue(self, access: Access) -> None:
        self.queue.append(access)
        if len(self.queue) == 1:
            self._next()

    def step(self, pins: int) -> None:
        """One rising edge with something in the queue."""
        if self._asserted:
            if pins & self._ready:
                self.queue.popleft()
                self._next()
        else:
            self._wait -= 1
            if self._wait == 0:
                self._assert()

    def abort(self) -> None:
        self.queue.clear()
        self._next()

    def _next(self) -> None:
        if self.queue:
            self._wait = self.queue[0].hold[self._hold]
            if self._wait == 0:
                self._assert()
                return
        if self._asserted:
            self._valid.value = 0
            self._asserted = False

    def _assert(self) -> None:
        self._drive_payload(self.queue[0])
        if not self._asserted:
            self._valid.value = 1
            self._asserted = True


class _ResponseChannel:
    """B or R: READY is high but for the cycles in which an access holds its response back."""

    def __init__(self, name: str, ready: Any) -> None:
        self.queue: deque[Access] = deque()
        self._valid = flag(f"{name}valid")
        self._error = flag(f"{name}resp")
        self._ready = ready
        self._hold = Hold._fields.index(name)
        self._wait = 0
        self._is_ready = True
        ready.value = 1

    def issue(self, access: Access) -> None:
        self.queue.append(access)
        if len(self.queue) == 1:
            self._next()

    def step(self, pins: int, datum: int) -> None:
        """One rising edge with something in the queue."""
        if pins & self._valid:
            if self._is_ready:
                self.queue.popleft().answer(datum, pins & self._error != 0)
                self._next()
            else:
                self._wait -= 1
                self._set_ready(self._wait == 0)

    def abort(self) -> None:
        for access in self.queue:
            access.abort()
        self.queue.clear()
        self._next()

    def _next(self) -> None:
        self._wait = self.queue[0].hold[self._hold] if self.queue else 0
        self._set_ready(self._wait == 0)

    def _set_ready(self, is_ready: bool) -> None:
        if is_ready != self._is_ready:
            self._is_ready = is_ready
            self._ready.value = int(is_ready)


class AxiLitePins(BusDriver):
    """Binds the pins s<port>_axi_* and steps all five channels with each sample, while there is work.

    The channels do not wait for each other: AW and W are independent, and reads pass writes. At an edge with
    aresetn low everything under way is dropped. What the device drives it finds in the monitor's sample.
    """

    _signals: ClassVar = [
        *(
            "awaddr",
            "awprot",
            "awvalid",
            "awready",
            "wdata",
            "wstrb",
            "wvalid",
            "wready",
            "bresp",
            "bvalid",
            "bready",
        ),
        *("araddr", "arprot", "arvalid", "arready", "rdata", "rresp", "rvalid", "rready"),
    ]

    def __init__(self, dut: Any, port: int) -> None:
        super().__init__(dut, f"s{port}_axi", dut.aclk)
        missing = [name for name in self._signals if getattr(self.bus, name) is None]
        if missing:
            raise UserError(f"{dut._name} lacks the signal s{port}_axi_{missing[0]} of AXI4-Lite port {port}")
        bus = self.bus
        for payload in (bus.awaddr, bus.awprot, bus.wdata, bus.wstrb, bus.araddr, bus.arprot):
            payload.value = 0
        self._strb = 0
        self._aw = _RequestChannel("aw", bus.awvalid, self._drive_aw)
        self._w = _RequestChannel("w", bus.wvalid, self._drive_w)
        self._ar = _RequestChannel("ar", bus.arvalid, self._drive_ar)
        self._b = _ResponseChannel("b", bus.bready)
        self._r = _ResponseChannel("r", bus.rready)
        self._requests = (self._aw, self._w, self._ar)
        self._start = PORT_WORDS * port
        self._few = Event()  # no more than _most are outstanding
        self._few.set()
        self._most = 0

    @property
    def outstanding(self) -> int:
        """Accesses issued and not yet answered."""
        return len(self._b.queue) + len(self._r.queue)

    async def at_most(self, outstanding: int) -> None:
        """Wait until no more accesses than that are unanswered."""
        while self.outstanding > outstanding:
            self._most = outstanding
            self._few.clear()
            await self._few.wait()

    def issue(self, access: Access) -> None:
        """Queue an access; if its channels are free and it holds nothing back, the next edge sees it."""
        if access.write:
            self._b.issue(access)
            self._aw.issue(access)
            self._w.issue(access)
        else:
            self._r.issue(access)
            self._ar.issue(access)

    def step(self, sample: CycleSample) -> None:
        """One rising edge."""
        b, r = self._b, self._r
        if not (b.queue or r.queue):
            return
        if sample.aresetn:
            pins = sample.ports[self._start + PINS]
            for request in self._requests:
                if request.queue:
                    request.step(pins)
            if b.queue:
                b.step(pins, 0)
            if r.queue:
                r.step(pins, sample.ports[self._start + RDATA])
        else:
            for channel in (*self._requests, b, r):
                channel.abort()
        if not self._few.is_set() and self.outstanding <= self._most:
            self._few.set()

    def _drive_aw(self, access: Access) -> None:
        self.bus.awaddr.value = access.addr

    def _drive_w(self, access: Access) -> None:
        self.bus.wdata.value = access.data
        if access.strb != self._strb:
            self._strb = access.strb
            self.bus.wstrb.value = access.strb

    def _drive_ar(self, access: Access) -> None:
        self.bus.araddr.value = access.addr


class AxiLiteDriver(uvm_driver):
    """Hands accesses from the sequencer to the pins.

    sample_export  takes the monitor's sample of each edge
    """

    def __init__(self, name: str, parent: Any, dut: Any, port: int) -> None:
        super().__init__(name, parent)
        self.pins = AxiLitePins(dut, port)
        self.sample_export = uvm_subscriber.uvm_AnalysisImp("sample_export", self, self.pins.step)

    async def run_phase(self) -> None:
        while True:
            item = await self.seq_item_port.get_next_item()
            await self.pins.at_most(QUEUE_LIMIT)
            if isinstance(item, OpenItem):
                item.issue = self.pins.issue
                item.opened.set()
                await item.closed.wait()
            else:
                for access in item.accesses:
                    self.pins.issue(access)
            self.seq_item_port.item_done()


class AxiLiteAgent(uvm_agent):
    """Sequencer and driver of one port. Monitoring is common to all ports: see tb.uvm.monitor."""

    def __init__(self, name: str, parent: Any, dut: Any, port: int) -> None:
        super().__init__(name, parent)
        self._dut = dut
        self._port = port

    def build_phase(self) -> None:
        super().build_phase()
        self.sequencer = uvm_sequencer("sequencer", self)
        self.driver = AxiLiteDriver("driver", self, self._dut, self._port)

    def connect_phase(self) -> None:
        self.driver.seq_item_port.connect(self.sequencer.seq_item_export)
