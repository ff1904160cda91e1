# SPDX-License-Identifier: Apache-2.0
"""Plays tapes on the device of a simulation whose top is transactor_top."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

from tb.model.hardware.parameters import Parameters
from tb.transactor.tape import Expectation, Tape, Words, encode, words

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


class CheckedPlayer:
    """A Player with the reference beside it, which works on another core meanwhile.

    The first tape begins with a reset.
    """

    def __init__(self, dut: Any, parameters: Parameters) -> None:
        self._player = Player(dut)
        self._parameters = parameters
        self._reference = Expectation(parameters, with_state=True)
        self._worker = ThreadPoolExecutor(1)

    async def play(self, tape: Tape, packed: bytes) -> tuple[Words, list[int]]:
        """Play a tape, and the same encoded: its log, and the entries that are wrong."""
        expected = self._worker.submit(self._reference.log, tape, packed)
        log = await self._player.play(packed)
        wrong = differences(log, expected.result(), len(tape))
        return words(log, self._parameters, with_state=True), wrong

    async def check(self, tape: Tape) -> list[int]:
        """Play a tape, however long: the entries that are wrong."""
        wrong: list[int] = []
        for begin in range(0, len(tape), CHUNK):
            chunk = tape[begin : begin + CHUNK]
            wrong += [begin + entry for entry in (await self.play(chunk, encode(chunk)))[1]]
        return wrong
