# SPDX-License-Identifier: Apache-2.0
"""What the accesses of a run were: a run that never acknowledges anything proves little."""

from collections import Counter
from typing import Any, Final

from pyuvm import uvm_subscriber

from gicv2_registers import GICV_IAR_INTERRUPTID_MASK
from tb.model.hardware.virtual_interface import FIRST_SPECIAL_ID
from tb.uvm.predictor import Accepted

ACKNOWLEDGES: Final = frozenset({"GICV_IAR", "GICV_AIAR"})
COMPLETES: Final = frozenset({"GICV_EOIR", "GICV_AEOIR", "GICV_DIR"})
# Registers that read the same whatever happened: identification, write-only and read-as-zero ones.
CONSTANT: Final = frozenset(
    {"GICH_VTR", "GICV_IIDR", *COMPLETES}
    | {f"GICV_APR{n}" for n in range(1, 4)}
    | {f"GICV_NSAPR{n}" for n in range(4)}
)
HCR, FIRST_LR = 1, 9  # places of the observation words


class Traffic(uvm_subscriber):
    """Counts the accepted accesses by what they did.

    counts  accesses, reads, acknowledges, completions (that hit a list register or counted), LR writes,
            cross-bank, constants (reads of what never changes), errors (SLVERR)
    """

    def __init__(self, name: str, parent: Any, num_lr: int) -> None:
        super().__init__(name, parent)
        self.counts: Counter[str] = Counter()
        self._list_registers = frozenset(f"GICH_LR{n}" for n in range(num_lr))

    def write(self, accepted: Accepted) -> None:
        access, register = accepted.access, accepted.register
        counts = self.counts
        counts["accesses"] += 1
        if access.bank != access.cpu:
            counts["cross-bank"] += 1
        if access.error:
            counts["errors"] += 1
        if access.write:
            if access.error:
                return
            if register in self._list_registers:
                counts["LR writes"] += 1
            elif register in COMPLETES:
                before, after = accepted.before, accepted.after
                if before[HCR] != after[HCR] or before[FIRST_LR:] != after[FIRST_LR:]:
                    counts["completions"] += 1
            return
        counts["reads"] += 1
        if access.error or self._is_constant(register):
            counts["constants"] += 1
        elif register in ACKNOWLEDGES and access.value & GICV_IAR_INTERRUPTID_MASK < FIRST_SPECIAL_ID:
            counts["acknowledges"] += 1

    def _is_constant(self, register: str | None) -> bool:
        if register is None or register in CONSTANT:
            return True
        return register.startswith("GICH_LR") and register not in self._list_registers

    def shares(self) -> dict[str, float]:
        """Parts of all accesses, and of constants in all reads."""
        counts = self.counts
        accesses, reads = max(counts["accesses"], 1), max(counts["reads"], 1)
        shares = {
            name: counts[name] / accesses
            for name in ("acknowledges", "completions", "LR writes", "cross-bank")
        }
        return {**shares, "constants": counts["constants"] / reads}
