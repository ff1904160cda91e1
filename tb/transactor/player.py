# SPDX-License-Identifier: Apache-2.0
"""Plays tapes on the device of a simulation whose top is transactor_top."""

from collections import deque
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

from tb.model.hardware.parameters import Parameters
from tb.transactor.tape import Answers, Expectation, Tape, Words, encode, words

CHUNK: Final = 1 << 15  # commands that are played at a time
_TAPE: Final = Path("tape")
_LOG: Final = Path("log")


class Player:
    """Make one in a simulation, then play() any number of tapes."""

    def __init__(self, dut: Any) -> None:
        self._dut = dut
        dut.go.value = 0
        Clock(dut.aclk, 2, "ns", impl="gpi").start()

    async def play(self, packed: bytes) -> bytes:
        """Play an encoded tape; returns its log."""
        _TAPE.write_bytes(packed)
        self._dut.go.value = 1
        await RisingEdge(self._dut.done)
        self._dut.go.value = 0
        await FallingEdge(self._dut.done)
        return _LOG.read_bytes()


def differences(log: bytes, expected: bytes, entries: int) -> list[int]:
    """The entries of a log, out of so many, that are not as expected."""
    if log == expected:
        return []
    if len(log) != len(expected):
        raise ValueError(f"the log has {len(log)} bytes, {len(expected)} are expected")
    got, wanted = (np.frombuffer(data, np.uint8).reshape(entries, -1) for data in (log, expected))
    return np.flatnonzero((got != wanted).any(axis=1)).tolist()


class Part(Protocol):
    """What is played at a time: a tape, and the same encoded."""

    @property
    def tape(self) -> Tape: ...

    @property
    def packed(self) -> bytes: ...


class Chunk(NamedTuple):
    """A Part that is no more than that."""

    tape: Tape
    packed: bytes


P = TypeVar("P", bound=Part)


class CheckedPlayer:
    """A Player with the reference beside it, which works on another core, a part ahead.

    The first tape begins with a reset.
    """

    def __init__(self, dut: Any, parameters: Parameters) -> None:
        self._player = Player(dut)
        self._parameters = parameters
        self._reference = Expectation(parameters, with_state=True)
        self._worker = ThreadPoolExecutor(1)

    async def play(self, parts: Iterable[P]) -> AsyncIterator[tuple[P, Words, list[int]]]:
        """Play one after the other: of each its log, and the entries that are wrong."""
        asked: deque[tuple[P, Future[Answers]]] = deque()
        for part in chain(parts, (None,)):
            if part is not None:
                asked.append((part, self._worker.submit(self._reference.answers, part.tape)))
            if len(asked) > (part is not None):
                yield await self._play(*asked.popleft())

    async def _play(self, part: P, answers: Future[Answers]) -> tuple[P, Words, list[int]]:
        log = await self._player.play(part.packed)
        expected = self._reference.log(answers.result(), part.packed)
        wrong = differences(log, expected, len(part.tape))
        return part, words(log, self._parameters, with_state=True), wrong

    async def check(self, tape: Tape) -> list[int]:
        """Play a tape, however long: the entries that are wrong."""
        chunks = (tape[begin : begin + CHUNK] for begin in range(0, len(tape), CHUNK))
        wrong: list[int] = []
        begin = 0
        async for chunk, _, entries in self.play(Chunk(chunk, encode(chunk)) for chunk in chunks):
            wrong += [begin + entry for entry in entries]
            begin += len(chunk.tape)
        return wrong
