# SPDX-License-Identifier: Apache-2.0
"""Plays tapes on the device of a simulation whose top is transactor_top."""

from collections.abc import AsyncIterator, Iterable
from functools import partial
from itertools import chain
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from tb.model.hardware.parameters import Parameters
from tb.transactor.beside import beside
from tb.transactor.expectation import Answers, Expectation, Reference
from tb.transactor.tape import Words, words

_TAPE: Final = Path("tape")
_LOG: Final = Path("log")


class Player:
    """Make one in a simulation, then play() any number of tapes."""

    def __init__(self, dut: Any) -> None:
        self._dut = dut
        dut.go.value = 0

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
    """What is played at a time: an encoded tape."""

    @property
    def packed(self) -> bytes: ...


class Chunk(NamedTuple):
    """A Part that is no more than that."""

    packed: bytes


P = TypeVar("P", bound=Part)


def _answer(parameters: Parameters, connection: Connection) -> None:
    """Receive encoded tapes, send Answers."""
    reference = Reference(parameters)
    while True:
        connection.send(reference.answers(connection.recv_bytes()))


class CheckedPlayer:
    """A Player with the reference beside it, which works in a process of its own, a part ahead.

    The first tape begins with a reset.
    """

    def __init__(self, dut: Any, parameters: Parameters) -> None:
        self._player = Player(dut)
        self._parameters = parameters
        self._expectation = Expectation(parameters, with_state=True)
        self._reference = beside(partial(_answer, parameters))

    async def play(self, parts: Iterable[P]) -> AsyncIterator[tuple[P, Words, list[int]]]:
        """Play one after the other, all: of each its log, and the entries that are wrong."""
        asked: P | None = None
        for part in chain(parts, (None,)):
            answers = None if asked is None else self._reference.recv()
            if part is not None:
                self._reference.send_bytes(part.packed)
            if asked is not None and answers is not None:
                yield asked, *await self._play(asked.packed, answers)
            asked = part

    async def _play(self, packed: bytes, answers: Answers) -> tuple[Words, list[int]]:
        log = await self._player.play(packed)
        expected = self._expectation.log(answers, packed)
        entries = words(log, self._parameters, with_state=True)
        return entries, differences(log, expected, len(entries))

    async def check(self, tapes: Iterable[bytes]) -> list[int]:
        """Play encoded tapes, as one: the entries that are wrong."""
        wrong: list[int] = []
        begin = 0
        async for _, log, entries in self.play(map(Chunk, tapes)):
            wrong += [begin + entry for entry in entries]
            begin += len(log)
        return wrong
