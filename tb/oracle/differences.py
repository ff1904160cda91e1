# SPDX-License-Identifier: Apache-2.0
"""Each way in which QEMU differs from the architecture or from this device, as a few accesses that show it.

docs/qemu-differences.md explains them, and which versions of QEMU show them.
"""

from pathlib import Path
from typing import Final

from tb.model.replay import replay_on_model
from tb.model.trace import Record, Writer, device_meta
from tb.oracle import machine
from tb.oracle.machine import Access
from tb.oracle.recorder import PARAMETERS

_ON: Final = "GICV_PMR=0xf8 GICH_HCR=0x1 "
_GROUP0: Final = _ON + "GICV_CTLR=0x1 "
_BOTH_GROUPS: Final = _ON + "GICV_CTLR=0x3 "

DIFFERENCES: Final = {
    "grpdis": _GROUP0 + "GICH_LR0=0x50800021 GICH_LR1=0x12000020 GICV_IAR",
    "bprmix": _GROUP0 + "GICH_LR0=0x14000020 GICV_IAR GICV_BPR=0x6 GICH_LR1=0x13800021 GICV_IAR",
    "spurious1022": _BOTH_GROUPS + "GICH_LR0=0x12000020 GICV_IAR GICH_LR1=0x54000021 GICV_IAR",
    "hppir_cpuid": _GROUP0 + "GICH_LR0=0x10000803 GICV_HPPIR",
    "hppir_pmr": "GICV_PMR=0x10 GICH_HCR=0x1 GICV_CTLR=0x1 GICH_LR0=0x14000020 GICV_HPPIR",
    "completion_cpuid": _GROUP0 + "GICH_LR0=0x10000803 GICV_IAR GICV_EOIR=0x3 GICH_LR0",
    "duplicate": _GROUP0 + "GICH_LR0=0x20000020 GICH_LR1=0x10000020 GICV_IAR GICH_LR1",
    "aliases": _BOTH_GROUPS + "GICH_LR0=0x50000020 GICV_AIAR",
    "abpr": "GICV_ABPR=0x1 GICV_ABPR",
    "beyond": "GICH_LR4=0x10000020 GICH_LR4",
    "special": _GROUP0 + "GICH_LR0=0x100003fe GICV_IAR",
    "cpuid": _GROUP0 + "GICH_LR0=0x10001420 GICV_IAR",
    "isactiver": _GROUP0 + "GICD_ISACTIVER1=0x1 GICH_LR0=0x90008020 GICV_IAR GICV_EOIR=0x20 GICD_ISACTIVER1",
}
"""Names, mostly tags of tb.oracle.deviations, and accesses after reset; a write has a value, a read none."""


def accesses(text: str) -> list[Access]:
    """The accesses that a text of DIFFERENCES stands for."""
    words = (word.partition("=") for word in text.split())
    return [Access("w", reg, int(value, 0)) if value else Access("r", reg) for reg, _, value in words]


def seen(directory: Path) -> dict[str, list[str]]:
    """Make the accesses on QEMU, a trace each, and tell of each difference where the reference disagrees.

    The traces stay in the directory. An empty list: QEMU does not show the difference.
    """
    found = {}
    for name, text in DIFFERENCES.items():
        path = directory / f"difference-{name}.jsonl"
        made = accesses(text)
        with machine.start() as device:
            answers = device.exchange(made)
        with Writer(path) as writer:
            writer.write(Record("reset", meta=device_meta(PARAMETERS)))
            for access, answer in zip(made, answers, strict=True):
                lines = answer.lines._asdict()
                writer.write(Record(access.op, reg=access.reg, value=answer.value, lines=lines))
        found[name] = replay_on_model([path]).sentences
    return found
