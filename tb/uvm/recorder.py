# SPDX-License-Identifier: Apache-2.0
"""The recorder: keeps what happened since the last reset but one; a check that fails makes a trace of it.

The trace gives the timing of every channel: its replay puts the same levels on the pins at the same edges.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from pyuvm import uvm_subscriber

from tb.model import trace
from tb.model.hardware.address_map import address
from tb.model.hardware.gic import ALL_BYTES
from tb.model.hardware.parameters import Parameters
from tb.model.trace import Record
from tb.paths import SIM_BUILD, shown
from tb.uvm.axi_lite import Access, Hold
from tb.uvm.predictor import Accepted
from tb.uvm.sample import ADDRESSES, FLAGS, PINS, PORT_WORDS, WDATA, CycleSample, Layout

# Edges since a reset that are kept; a longer run without one leaves no trace.
EPISODE_LIMIT: Final = 250_000
FAIL: Final = SIM_BUILD / "fail"
RESET_EDGES: Final = "reset_edges"  # there too: edges with aresetn low
UNACCEPTED: Final = "unaccepted"  # in a note: an access under way when the episode ended


class CheckError(AssertionError):
    """The device broke a rule. The text names it and says how to see it again."""


class _Beat(NamedTuple):
    """One handshake of a channel.

    word  the payload
    held  cycles the master held the channel back
    """

    word: int
    held: int


class _Episode:
    """From one reset to the next."""

    def __init__(self, cycle: int) -> None:
        self.cycle = cycle
        self.samples: list[CycleSample] = []
        self.accepted: list[Accepted] = []


class Recorder(uvm_subscriber):
    """Subscribes to the samples and, by `accepted_export`, to the accesses that the reference accepted.

    replayed  the trace that is being replayed, if there is one: then nothing is recorded
    failure   what ended the test, in words, once a check has failed
    """

    replayed: str | None = None
    failure = ""

    def __init__(self, name: str, parent: Any, layout: Layout, seed: int) -> None:
        super().__init__(name, parent)
        self.accepted_export = uvm_subscriber.uvm_AnalysisImp("accepted_export", self, self.write_accepted)
        self._layout = layout
        self._seed = seed
        self._episodes: list[_Episode] = []
        self._aresetn = 1

    def write(self, sample: CycleSample) -> None:
        aresetn = sample.aresetn
        if not aresetn and self._aresetn:
            self._episodes = [*self._episodes[-1:], _Episode(sample.cycle)]
        self._aresetn = aresetn
        if self.replayed:
            return
        samples = self._episodes[-1].samples
        if len(samples) <= EPISODE_LIMIT:
            samples.append(sample)

    def write_accepted(self, accepted: Accepted) -> None:
        if not self.replayed:
            self._episodes[-1].accepted.append(accepted)

    def fail(self, message: str) -> NoReturn:
        """End the test: CheckError with the message and the way to replay what led to it."""
        self.failure = f"{message}. {self._way_to_replay()}"
        raise CheckError(self.failure)

    def _way_to_replay(self) -> str:
        if self.replayed:
            return _ways_on(self.replayed)
        if any(len(episode.samples) > EPISODE_LIMIT for episode in self._episodes):
            return f"No trace: the run had no reset for {EPISODE_LIMIT} edges"
        FAIL.mkdir(parents=True, exist_ok=True)
        names = (FAIL / f"{Path.cwd().name}-{number}.jsonl.gz" for number in itertools.count(1))
        path = next(path for path in names if not path.exists())
        with trace.Writer(path) as writer:
            for record in self.records():
                writer.write(record)
        return _ways_on(path)

    def records(self) -> Iterator[Record]:
        """What is kept, as records."""
        for episode in self._episodes:
            yield from _records(episode, self._layout, self._seed)


def _ways_on(path: Path | str) -> str:
    """What to do with a trace that shows a failure."""
    name = shown(path)
    return f"make replay TRACE={name}\nwaves: make waves TRACE={name}\nsmaller: make shrink TRACE={name}"


def _records(episode: _Episode, layout: Layout, seed: int) -> Iterator[Record]:
    parameters = layout.parameters
    reset_edges = next(
        (i for i, sample in enumerate(episode.samples) if sample.aresetn), len(episode.samples)
    )
    meta = {**trace.device_meta(parameters), "seed": seed, trace.TIMED: True, RESET_EDGES: reset_edges}
    yield Record("reset", meta=meta, cycle=episode.cycle)

    traffic = [_PortTraffic(episode.samples[reset_edges - 1 :], port) for port in range(parameters.num_cpu)]
    written, read, deactivated = ([0] * parameters.num_cpu for _ in range(3))
    for accepted in episode.accepted:
        access = accepted.access
        port = traffic[access.cpu]
        if access.write:
            hold = port.write_hold(written[access.cpu])
            written[access.cpu] += 1
        else:
            hold = port.read_hold(read[access.cpu])
            read[access.cpu] += 1
        deact = None
        if access.deactivated is not None:
            hold["deact"] = _held(traffic[access.bank].deact, deactivated[access.bank])
            deactivated[access.bank] += 1
            deact = (access.deactivated,)
        yield Record(
            "w" if access.write else "r",
            cpu=access.cpu,
            **_place(accepted),
            value=access.data if access.write else access.value,
            strb=access.strb if access.write else ALL_BYTES,
            resp="SLVERR" if access.error else "OKAY",
            deact=deact,
            hold={channel: cycles for channel, cycles in hold.items() if cycles},
            lines=_lines(episode, accepted, parameters),
            cycle=accepted.cycle,
        )
    for cpu, port in enumerate(traffic):
        yield from port.unaccepted(cpu, written[cpu], read[cpu])


def _place(accepted: Accepted) -> dict[str, Any]:
    """An address as a record names it."""
    access, register = accepted.access, accepted.register
    if register is not None:
        if access.addr == address(register):
            return {"reg": register}
        if register.startswith("GICH_") and access.addr == address(register, access.bank):
            return {"reg": register, "bank": access.bank}
    return {"addr": access.addr}


def _lines(episode: _Episode, accepted: Accepted, parameters: Parameters) -> dict[str, int]:
    """The lines of the requesting CPU once the access has taken effect (V2-CYC-1).

    Not at the edge that failed; nor after an access to another bank, which another one may have joined.
    """
    index = accepted.cycle - episode.cycle + 1 + parameters.irq_reg
    if index >= len(episode.samples) - 2 or accepted.access.bank != accepted.access.cpu:
        return {}
    pins = episode.samples[index].ports[PORT_WORDS * accepted.access.cpu + PINS]
    names = {"maint": "maint_irq", "virq": "virq", "vfiq": "vfiq"}
    return {name: pins >> FLAGS[pin][0] & 1 for name, pin in names.items()}


def _held(beats: list[_Beat], index: int) -> int:
    """The cycles for which the master held a beat back; one that it had not offered, for ever."""
    return min(beats[index].held, trace.MAX_HOLD) if index < len(beats) else trace.MAX_HOLD


class _PortTraffic:
    """The handshakes on each channel of a port, from the last edge of the reset on."""

    def __init__(self, samples: list[CycleSample], port: int) -> None:
        start = PORT_WORDS * port
        words = [sample.ports[start : start + PORT_WORDS] for sample in samples]
        pins = [word[PINS] for word in words]
        self.aw = _request_beats(pins, "awvalid", "awready", [word[ADDRESSES] & 0xFFFF for word in words])
        strobes_lsb = FLAGS["wstrb"][0]
        data = [word[WDATA] << 4 | word[PINS] >> strobes_lsb & 0xF for word in words]
        self.w = _request_beats(pins, "wvalid", "wready", data)
        self.ar = _request_beats(pins, "arvalid", "arready", [word[ADDRESSES] >> 16 for word in words])
        self.b = _response_beats(pins, "bvalid", "bready")
        self.r = _response_beats(pins, "rvalid", "rready")
        self.deact = _response_beats(pins, "deact_valid", "deact_ready")

    def write_hold(self, index: int) -> dict[str, int]:
        """Hold cycles of the n-th write."""
        return {"aw": _held(self.aw, index), "w": _held(self.w, index), "b": _held(self.b, index)}

    def read_hold(self, index: int) -> dict[str, int]:
        """Hold cycles of the n-th read."""
        return {"ar": _held(self.ar, index), "r": _held(self.r, index)}

    def unaccepted(self, cpu: int, writes: int, reads: int) -> Iterator[Record]:
        """Notes of what was under way when the episode ended."""
        for index in range(writes, max(len(self.aw), len(self.w))):
            addr = self.aw[index].word if index < len(self.aw) else 0
            data, strb = divmod(self.w[index].word, 16) if index < len(self.w) else (0, ALL_BYTES)
            yield _unaccepted(cpu, "w", addr, data, strb, self.write_hold(index))
        for index in range(reads, len(self.ar)):
            yield _unaccepted(cpu, "r", self.ar[index].word, 0, ALL_BYTES, self.read_hold(index))


def _unaccepted(cpu: int, op: str, addr: int, value: int, strb: int, hold: dict[str, int]) -> Record:
    access = {"op": op, "addr": addr, "value": value, "strb": strb, "hold": hold}
    return Record("note", cpu=cpu, extra={UNACCEPTED: access})


def unaccepted_access(fields: dict[str, Any]) -> Access:
    """The access that such a note is about."""
    return Access(
        fields["op"] == "w", fields["addr"], fields["value"], fields["strb"], Hold(**fields["hold"])
    )


def _request_beats(pins: list[int], valid: str, ready: str, words: list[int]) -> list[_Beat]:
    """The beats of a channel whose VALID is the master's; held counts from the edge that freed it."""
    valid_lsb, ready_lsb = FLAGS[valid][0], FLAGS[ready][0]
    beats = []
    free, first = 0, None
    for edge in range(1, len(pins)):
        if pins[edge] >> valid_lsb & 1:
            first = edge if first is None else first
            if pins[edge] >> ready_lsb & 1:
                beats.append(_Beat(words[edge], first - free - 1))
                free, first = edge, None
    if first is not None:
        beats.append(_Beat(words[first], first - free - 1))
    return beats


def _response_beats(pins: list[int], valid: str, ready: str) -> list[_Beat]:
    """The beats of a channel whose READY the master drives; one that it never took is held for ever."""
    valid_lsb, ready_lsb = FLAGS[valid][0], FLAGS[ready][0]
    beats = []
    first = None
    for edge in range(1, len(pins)):
        if pins[edge] >> valid_lsb & 1:
            first = edge if first is None else first
            if pins[edge] >> ready_lsb & 1:
                beats.append(_Beat(0, edge - first))
                first = None
    if first is not None:
        beats.append(_Beat(0, trace.MAX_HOLD))
    return beats
