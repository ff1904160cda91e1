# SPDX-License-Identifier: Apache-2.0
"""Accesses of a bank for property tests.

Fields come from few values, so that IDs, priorities and groups meet often. An episode follows from a seed and
a mask of the accesses that are left in: examples differ widely, and shrink to the accesses that matter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from random import Random

from bank import Op, lr
from hypothesis import strategies as st

INTIDS = (0, 1, 15, 16, 17, 40, 41, 42, 1019, 1020, 1023)
PRIORITIES = (0x00, 0x08, 0x10, 0x18, 0x20, 0x40, 0x78, 0x80, 0xF0, 0xF8)
PHYSICAL = (15, 16, 40, 512, 1019, 1020)
MASKS = (0xF8, 0xF8, 0xF8, 0x80, 0x10, 0x00)
GUEST_VALUES = ("CTLR", "PMR", "BPR", "ABPR", "APR0", "APR1", "IIDR", "EOIR")
HYPERVISOR_VALUES = (
    "HCR", "VTR", "VMCR", "MISR", "EISR0", "EISR1", "ELRSR0", "ELRSR1", "APR", "LR0", "LR3", "LR63",
)  # fmt: skip


def rarely(rng: Random) -> int:
    return int(rng.random() < 0.25)


def mostly(rng: Random) -> int:
    return int(rng.random() < 0.75)


def lr_word(rng: Random) -> int:
    if rng.random() < 0.1:
        return rng.getrandbits(32)
    intid, state = rng.choice(INTIDS), rng.choice((1, 1, 1, 0, 2, 3))
    priority, grp1 = rng.choice(PRIORITIES), rng.getrandbits(1)
    if rarely(rng):
        return lr(intid, state, priority, grp1=grp1, hw=1, phys=rng.choice(PHYSICAL))
    return lr(intid, state, priority, grp1=grp1, eoi=rng.getrandbits(1), cpuid=rng.getrandbits(1))


def ctlr(rng: Random) -> int:
    enables = rng.getrandbits(1) << 2 | mostly(rng) << 1 | mostly(rng)
    return rarely(rng) << 9 | rng.getrandbits(2) << 3 | enables


def vmcr(rng: Random) -> int:
    points = rng.randrange(8) << 21 | rng.randrange(8) << 18
    return rng.choice(MASKS) >> 3 << 27 | points | ctlr(rng)


def hcr(rng: Random) -> int:
    return rng.choice((0, 0, 1, 30, 31)) << 27 | rng.getrandbits(7) << 1 | mostly(rng)


def apr(rng: Random) -> int:
    return rng.choice((0, 0, 0, 1 << (rng.choice(PRIORITIES) >> 3), rng.getrandbits(32)))


def completion(rng: Random, num_lr: int) -> Op:
    """Mostly of what some list register holds, else of any ID."""
    register = rng.choice(("GICV_EOIR", "GICV_EOIR", "GICV_AEOIR", "GICV_DIR"))
    if mostly(rng):
        return Op(register, 0, key_of=rng.randrange(num_lr))
    return Op(register, rng.getrandbits(1) << 10 | rng.choice(INTIDS))


def configuration(rng: Random, num_lr: int) -> Op:
    choices: tuple[tuple[str, Callable[[Random], int]], ...] = (
        ("GICV_CTLR", ctlr),
        ("GICV_PMR", lambda rng: rng.choice(MASKS)),
        ("GICV_BPR", lambda rng: rng.randrange(8)),
        ("GICV_ABPR", lambda rng: rng.randrange(8)),
        ("GICV_APR0", apr),
    )
    register, value = rng.choice(choices)
    return Op(register, value(rng))


def guest_op(rng: Random, num_lr: int) -> Op:
    """Any access of a guest."""
    choices: tuple[Callable[[Random, int], Op], ...] = (
        *[lambda rng, num_lr: Op(rng.choice(("GICV_IAR", "GICV_IAR", "GICV_AIAR")))] * 5,
        *[completion] * 5,
        *[lambda rng, num_lr: Op(rng.choice(("GICV_HPPIR", "GICV_AHPPIR", "GICV_RPR")))] * 2,
        configuration,
        lambda rng, num_lr: Op("GICV_" + rng.choice(GUEST_VALUES)),
    )
    return rng.choice(choices)(rng, num_lr)


def hypervisor_op(rng: Random, num_lr: int) -> Op:
    """Any access of a hypervisor; list register writes often enough that interrupts keep coming."""
    choices: tuple[Callable[[Random], Op], ...] = (
        *[lambda rng: Op(f"GICH_LR{rng.randrange(num_lr)}", lr_word(rng))] * 6,
        lambda rng: Op("GICH_HCR", hcr(rng)),
        lambda rng: Op("GICH_APR", apr(rng)),
        lambda rng: Op("GICH_VMCR", vmcr(rng)),
        lambda rng: Op("GICH_" + rng.choice(HYPERVISOR_VALUES)),
    )
    return rng.choice(choices)(rng)


def bank_op(rng: Random, num_lr: int) -> Op:
    return rng.choice((guest_op, hypervisor_op))(rng, num_lr)


@dataclass(frozen=True)
class Episode:
    """What one example is made of: bit n of `mask` keeps the n-th access."""

    seed: int
    mask: int

    @cached_property
    def rng(self) -> Random:
        return Random(self.seed)

    def parameters(self, *num_lr: int) -> dict[str, int]:
        """Parameters of a Bank."""
        bits = {name: self.rng.getrandbits(1) for name in ("grp_filter", "hppir_pmr")}
        return {"num_lr": self.rng.choice(num_lr), **bits}

    def ops(self, kind: Callable[[Random, int], Op], num_lr: int, length: int = 96) -> list[Op]:
        """Accesses of a kind, at most `length` and half as many on average."""
        places = [n for n in range(length) if self.mask >> n & 1]
        return [kind(Random(self.seed << 8 | n), num_lr) for n in places]


seeds = st.sampled_from(range(1 << 30))  # evenly, where integers() would crowd at small ones
episodes = st.builds(Episode, seeds, st.binary(min_size=12, max_size=12).map(int.from_bytes))
