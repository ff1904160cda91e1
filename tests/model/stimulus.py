# SPDX-License-Identifier: Apache-2.0
"""Accesses of a bank for property tests.

An access follows from one integer, so that Hypothesis draws it quickly and shrinks a sequence by leaving
accesses out. Fields come from few values, so that IDs, priorities and groups meet often.
"""

from collections.abc import Callable
from random import Random

from bank import Op, lr
from hypothesis import strategies as st

INTIDS = (0, 1, 15, 16, 17, 40, 41, 42, 1019, 1020, 1023)
PRIORITIES = (0x00, 0x08, 0x10, 0x18, 0x20, 0x40, 0x78, 0x80, 0xF0, 0xF8)
PHYSICAL = (0, 15, 16, 40, 512, 1019, 1020, 1023)
POINTS = (2, 3, 2, 3, 0, 1, 4, 5, 6, 7)
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
    points = rng.choice(POINTS) << 21 | rng.choice(POINTS) << 18
    return rng.choice(MASKS) >> 3 << 27 | points | ctlr(rng)


def hcr(rng: Random) -> int:
    return rng.choice((0, 0, 1, 30, 31)) << 27 | rng.getrandbits(7) << 1 | mostly(rng)


def apr(rng: Random) -> int:
    return rng.choice((0, 0, 0, 0, 1 << rng.randrange(32), rng.getrandbits(32)))


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
        ("GICV_BPR", lambda rng: rng.choice(POINTS)),
        ("GICV_ABPR", lambda rng: rng.choice(POINTS)),
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


def ops(
    kind: Callable[[Random, int], Op], num_lr: int, min_size: int = 0, max_size: int = 60
) -> st.SearchStrategy[list[Op]]:
    """Sequences of accesses of a kind."""
    seeds = st.integers(0, 0xFFFF_FFFF)
    return st.lists(seeds.map(lambda seed: kind(Random(seed), num_lr)), min_size=min_size, max_size=max_size)


def bank_parameters(*num_lr: int) -> st.SearchStrategy[dict[str, int]]:
    """Parameters of a Bank."""
    bit = st.integers(0, 1)
    return st.fixed_dictionaries({"num_lr": st.sampled_from(num_lr), "grp_filter": bit, "hppir_pmr": bit})
