# SPDX-License-Identifier: Apache-2.0
"""AXI4-Lite and deactivation port protocol, judged from the pins alone."""

from collections import Counter
from typing import Any, Final, NamedTuple

from pyuvm import uvm_subscriber

from tb.uvm.recorder import Recorder
from tb.uvm.sample import ADDRESSES, DEACT, FLAGS, PINS, PORT_WORDS, RDATA, WDATA, CycleSample, flag


class _Channel(NamedTuple):
    """A VALID/READY pair and its payload: which word of the port, and which bits of it."""

    name: str
    rule: str
    payload: tuple[tuple[int, int], ...]


_ALL: Final = 0xFFFF_FFFF
_MASTER: Final = "AXI4-Lite, master's side"
# By the position of VALID in the PINS word; READY is the next bit.
_CHANNELS: Final = {
    FLAGS["awvalid"][0]: _Channel("AW", _MASTER, ((ADDRESSES, 0xFFFF),)),
    FLAGS["wvalid"][0]: _Channel("W", _MASTER, ((WDATA, _ALL), (PINS, flag("wstrb")))),
    FLAGS["bvalid"][0]: _Channel("B", "V2-CYC-4", ((PINS, flag("bresp")),)),
    FLAGS["arvalid"][0]: _Channel("AR", _MASTER, ((ADDRESSES, 0xFFFF_0000),)),
    FLAGS["rvalid"][0]: _Channel("R", "V2-CYC-2", ((RDATA, _ALL), (PINS, flag("rresp")))),
    FLAGS["deact_valid"][0]: _Channel("deactivation", "V2-CYC-7", ((DEACT, _ALL),)),
}
_VALIDS: Final = sum(1 << lsb for lsb in _CHANNELS)
_AW, _W, _B, _AR, _R = (flag(f"{channel}valid") for channel in ("aw", "w", "b", "ar", "r"))


class ProtocolChecker(uvm_subscriber):
    """VALID and payload hold until READY; a response for every request, none without one.

    A violation is reported one edge later: the scoreboard, which knows more, has the first word.

    checks  how often each rule had something to check
    """

    def __init__(self, name: str, parent: Any, num_cpu: int, recorder: Recorder) -> None:
        super().__init__(name, parent)
        self.checks: Counter[str] = Counter()
        self._recorder = recorder
        self._num_cpu = num_cpu
        self._pins = range(PINS, PORT_WORDS * num_cpu, PORT_WORDS)
        self._violation: str | None = None
        self._drop_everything()

    def _drop_everything(self) -> None:
        self._previous: tuple[int, ...] | None = None
        # Requests taken and not yet answered, by port: write addresses, write data, read addresses.
        self._open = [[0, 0, 0] for _ in range(self._num_cpu)]

    def write(self, sample: CycleSample) -> None:
        if self._violation:
            self._recorder.fail(self._violation)
        if not sample.aresetn:
            self._drop_everything()
            return
        words, previous = sample.ports, self._previous
        self._previous = words
        for port, place in enumerate(self._pins):
            if previous and (valids := previous[place] & _VALIDS):
                held = valids & ~(previous[place] >> 1)
                if held:
                    self._check_held(held, port, previous, sample)
            pins = words[place]
            if pins & _VALIDS:
                self._check_answers(pins, port, sample.cycle)

    def check_phase(self) -> None:
        if self._violation:
            self._recorder.fail(self._violation)
        for port, (addresses, data, reads) in enumerate(self._open):
            if addresses or data or reads:
                self._recorder.fail(
                    f"port {port} owes {max(addresses, data)} write and {reads} read responses at the end "
                    "of the test (V2-CYC-2, V2-CYC-4)"
                )

    def _check_held(self, held: int, port: int, previous: tuple[int, ...], sample: CycleSample) -> None:
        start = PORT_WORDS * port
        for lsb, channel in _CHANNELS.items():
            if held >> lsb & 1:
                self.checks[f"{channel.name} held"] += 1
                if not sample.ports[start + PINS] >> lsb & 1:
                    self._report(
                        f"port {port} {channel.name}: VALID fell before READY", channel.rule, sample.cycle
                    )
                for word, mask in channel.payload:
                    was, now = previous[start + word] & mask, sample.ports[start + word] & mask
                    if was != now:
                        changed = f"payload changed from {was:#x} to {now:#x} before READY"
                        self._report(f"port {port} {channel.name}: {changed}", channel.rule, sample.cycle)

    def _check_answers(self, pins: int, port: int, cycle: int) -> None:
        open_ = self._open[port]
        taken = pins & pins >> 1
        if pins & _B:
            if not (open_[0] and open_[1]):
                self._report(f"port {port} B: a response without a write", "V2-CYC-4", cycle)
            if taken & _B:
                self.checks["write responses"] += 1
                open_[0] -= 1
                open_[1] -= 1
        if pins & _R:
            if not open_[2]:
                self._report(f"port {port} R: a response without a read", "V2-CYC-2", cycle)
            if taken & _R:
                self.checks["read responses"] += 1
                open_[2] -= 1
        if taken & _AW:
            open_[0] += 1
        if taken & _W:
            open_[1] += 1
        if taken & _AR:
            open_[2] += 1

    def _report(self, what: str, rule: str, cycle: int) -> None:
        self._violation = self._violation or f"{what} at cycle {cycle} ({rule})"
