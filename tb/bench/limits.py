# SPDX-License-Identifier: Apache-2.0
"""What others reach: a C++ loop on the verilated device, and QEMU's GICv2 over qtest."""

import subprocess
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from typing import Final

from tb import tools
from tb.bench.row import Row
from tb.errors import UserError
from tb.oracle import machine, qtest
from tb.oracle.machine import Access
from tb.paths import REGISTERS, RTL, SIM_BUILD
from tb.settings import Settings

BUILD: Final = SIM_BUILD / "bench"
MILLIONS: Final = 5
TO_QEMU: Final = 40_000  # accesses


def rows(wishes: Settings) -> Iterator[Row]:
    """For comparison, without goals."""
    yield Row("C++ loop on the verilated device, no checks", loop(), "accesses/s", note="the limit")
    name = "QEMU over qtest, pipelined, no checks"
    try:
        yield Row(name, qemu(), "accesses/s", note=qtest.version())
    except UserError as error:
        yield Row(name, None, "accesses/s", note=str(error))


def loop() -> float:
    """Accesses a second of a C++ program around the device with one CPU."""
    _call(
        *(tools.verilator(), "--cc", "--exe", "--build", "-O3", "-Wno-fatal", "-GNUM_CPU=1"),
        *("--top-module", "gicv2_vif_top", f"-I{REGISTERS}", "--Mdir", BUILD, "-CFLAGS", "-O2", "-o", "loop"),
        *sorted(RTL.rglob("*.v")),
        Path(__file__).with_name("loop.cpp"),
    )
    return float(_call(BUILD / "loop", MILLIONS))


def qemu() -> float:
    """Accesses a second of a QEMU whose CPU does not run. UserError if it is not installed."""
    turn = (
        Access("w", "GICH_LR0", 1 << 28 | 32),
        Access("r", "GICV_IAR"),
        Access("w", "GICV_EOIR", 32),
        Access("r", "GICH_ELRSR0"),
    )
    opening = (Access("w", "GICV_CTLR", 1), Access("w", "GICV_PMR", 0xF8), Access("w", "GICH_HCR", 1))
    with machine.start() as device:
        device.exchange(opening)
        accesses = list(islice(cycle(turn), TO_QEMU))
        started = perf_counter()
        answers = device.exchange(accesses)
        seconds = perf_counter() - started
    assert answers[1].value == 32, "QEMU has not acknowledged"
    return TO_QEMU / seconds


def _call(*command: object) -> str:
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if result.returncode:
        raise UserError(f"{command[0]} failed: {(result.stderr or result.stdout).strip()}")
    return result.stdout
