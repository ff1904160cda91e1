# SPDX-License-Identifier: Apache-2.0
"""Properties of a bank, and relations between two banks, that need no second formulation."""

from copy import deepcopy
from random import Random

import pytest
from bank import INV, LOW, PEND, Bank, Op, open_bank
from properties import holds_for
from stimulus import INTIDS, Episode, apr, bank_op, ctlr, episodes, guest_op, hcr, lr_word, vmcr

SIDE_EFFECTS = ("GICV_IAR", "GICV_AIAR")


def load_at_random(bank: Bank, rng: Random) -> None:
    """Any state of the bank that writes can bring about."""
    for n in range(len(bank.states)):
        bank.write(f"GICH_LR{n}", lr_word(rng))
    bank.write("GICH_VMCR", vmcr(rng))
    bank.write("GICH_APR", apr(rng))
    bank.write("GICH_HCR", hcr(rng))


@pytest.mark.parametrize("num_lr", [1, 4, 33, 64])
@holds_for(episode=episodes)
def test_status_is_consistent(num_lr: int, episode: Episode) -> None:
    bank = Bank(num_lr=num_lr)
    load_at_random(bank, episode.rng)
    words = bank.words
    eisr, elrsr = words[5] << 32 | words[4], words[7] << 32 | words[6]
    assert eisr & elrsr == 0
    assert (eisr | elrsr) >> num_lr == 0
    for n in range(num_lr):
        assert ((eisr | elrsr) >> n & 1) == (bank.states[n] == INV)
    assert not (bank.lines.virq and bank.lines.vfiq)
    assert bank.lines.maint == (words[0] & 1 and words[3] != 0)
    assert (words[1] >> 21 & 7) >= 2
    assert (words[1] >> 18 & 7) >= 3


@holds_for(episodes)
def test_line_says_whether_an_acknowledge_answers(episode: Episode) -> None:
    bank = Bank(**episode.parameters(4))
    load_at_random(bank, episode.rng)
    iar, aiar = deepcopy(bank).read("GICV_IAR"), deepcopy(bank).read("GICV_AIAR")
    assert (bank.lines.virq or bank.lines.vfiq) == ((iar, aiar) != (1023, 1023))
    if iar != 1023 and aiar != 1023:
        assert iar in (1022, aiar)


@holds_for(episodes)
def test_acknowledge_preempts_and_changes_one_state(episode: Episode) -> None:
    bank = open_bank(**episode.parameters(4))
    for op in episode.ops(bank_op, 4):
        before, value = bank.words, bank.run(op).value
        after = bank.words
        if op.register not in SIDE_EFFECTS:
            continue
        if value in (1022, 1023):
            assert after == before  # V2-IAR-2, V2-IAR-3
            continue
        added = after[2] ^ before[2]
        assert added.bit_count() == 1  # V2-IAR-1
        assert before[2] & (added << 1) - 1 == 0
        changed = [n for n in range(8, len(before)) if before[n] != after[n]]
        assert len(changed) == 1
        assert before[changed[0]] ^ after[changed[0]] == 0x3000_0000  # PEND to ACT
        assert before[changed[0]] >> 28 & 3 == PEND
        assert after[:2] == before[:2]


@holds_for(episodes)
def test_highest_pending_foretells_the_acknowledge(episode: Episode) -> None:
    bank = Bank(**episode.parameters(4))
    load_at_random(bank, episode.rng)
    for seen, acknowledge in (("GICV_HPPIR", "GICV_IAR"), ("GICV_AHPPIR", "GICV_AIAR")):
        shown, taken = bank.read(seen), deepcopy(bank).read(acknowledge)
        assert taken in (shown, 1023)  # V2-HPP-1: less the tests of priority


@holds_for(episodes)
def test_reads_and_guest_accesses_change_only_what_they_may(episode: Episode) -> None:
    bank = open_bank(**episode.parameters(4))
    for op in episode.ops(bank_op, 4):
        before = bank.words
        bank.run(op)
        after = bank.words
        if op.value is None and op.register not in SIDE_EFFECTS:
            assert after == before
        if op.register.startswith("GICV"):
            changes = [old ^ new for old, new in zip(before[8:], after[8:], strict=True) if old != new]
            assert len(changes) <= 1
            assert all(change & ~0x3000_0000 == 0 for change in changes)  # V2-LR-3
            assert (before[0] ^ after[0]) & 0x07FF_FFFF == 0  # of HCR only EOICount


def with_distinct_keys(bank: Bank, rng: Random) -> None:
    """Fill the list registers so that no two share an ID or a priority."""
    num_lr = len(bank.states)
    intids, priorities = rng.sample(INTIDS, num_lr), rng.sample(range(32), num_lr)
    for n in range(num_lr):
        word = lr_word(rng) & ~0x0F80_03FF | priorities[n] << 23 | intids[n]
        bank.write(f"GICH_LR{n}", word)


def permuted(value: int, order: list[int]) -> int:
    """Bit n of the result is bit order[n] of the value."""
    return sum((value >> source & 1) << n for n, source in enumerate(order))


@holds_for(episodes)
def test_order_of_list_registers_does_not_matter(episode: Episode) -> None:
    """V2-SEL-4: with distinct priorities and IDs, permuted list registers give the same answers."""
    rng = episode.rng
    parameters = episode.parameters(5)
    bank, other = open_bank(**parameters), open_bank(**parameters)
    with_distinct_keys(bank, rng)
    order = rng.sample(range(5), 5)
    other.load(*(bank.words[8 + source] for source in order))
    for op in [Op("GICH_HCR", hcr(rng) | 1), *episode.ops(guest_op, 5)]:
        op = bank.resolved(op)
        mine, theirs = bank.run(op), other.run(op)
        assert mine == theirs
        assert bank.lines == other.lines
        assert other.words[:4] == bank.words[:4]
        assert other.words[4] == permuted(bank.words[4], order)
        assert other.words[6] == permuted(bank.words[6], order)
        assert list(other.words[8:]) == [bank.words[8 + source] for source in order]


@holds_for(episodes)
def test_empty_list_register_does_not_matter(episode: Episode) -> None:
    """An INV list register that owes no EOI, whatever else it holds, is as good as none."""
    parameters = episode.parameters(4)
    bank, larger = open_bank(**parameters), open_bank(**parameters | {"num_lr": 5})
    place, stale = episode.rng.randrange(5), lr_word(episode.rng) & ~0x3008_0000
    larger.write(f"GICH_LR{place}", stale)
    for op in episode.ops(bank_op, 4):
        op = bank.resolved(op)
        if op.register in ("GICH_VTR", "GICH_EISR0", "GICH_ELRSR0"):
            continue
        moved = op
        if op.register in ("GICH_LR0", "GICH_LR1", "GICH_LR2", "GICH_LR3"):
            n = int(op.register[7:])
            moved = Op(f"GICH_LR{n + (n >= place)}", op.value)
        assert larger.run(moved) == bank.run(op)
        assert larger.lines == bank.lines
        assert larger.words[:4] == bank.words[:4]
        rest = list(larger.words[8:])
        assert rest.pop(place) == stale & ~0x0070_0000
        assert tuple(rest) == bank.words[8:]


@holds_for(episodes)
def test_disabled_group_does_not_matter_to_the_guest(episode: Episode) -> None:
    """V2-SEL-3: with GRP_FILTER=1 pending interrupts of a disabled group are as good as none to the guest."""
    rng = episode.rng
    group = rng.getrandbits(1)
    bank, without = open_bank(num_lr=5), open_bank(num_lr=5)
    for n in range(5):
        word = lr_word(rng) & ~0x3000_0000 | rng.choice((1, 2)) << 28
        bank.write(f"GICH_LR{n}", word)
        if not (word >> 30 & 1 == group and word >> 28 & 3 == PEND):
            without.write(f"GICH_LR{n}", word)
    for op in [Op("GICV_CTLR", ctlr(rng) & ~(1 << group)), *episode.ops(guest_op, 5)]:
        if op.register in ("GICV_CTLR", "GICH_VMCR") and op.value is not None:
            op = Op(op.register, op.value & ~(1 << group))
        op = bank.resolved(op)
        assert bank.run(op) == without.run(op)
        assert bank.lines == without.lines


FIELDS_OF_VMCR = (  # GICV register, its bits, their place in GICH_VMCR (V2-ALIAS-1)
    ("GICV_CTLR", 0x21F, 0), ("GICV_PMR", 0xF8, 24), ("GICV_BPR", 0x7, 21), ("GICV_ABPR", 0x7, 18),
)  # fmt: skip


@holds_for(episodes)
def test_aliases_have_equal_effect(episode: Episode) -> None:
    """A guest's write, and the hypervisor's write of the same field in GICH_VMCR or GICH_APR, are one."""
    parameters = episode.parameters(4)
    guest, hypervisor = open_bank(**parameters), open_bank(**parameters)
    aliases = {register: (bits, shift) for register, bits, shift in FIELDS_OF_VMCR}
    for op in episode.ops(bank_op, 4):
        op = same = guest.resolved(op)
        if op.register == "GICV_APR0":
            same = Op("GICH_APR", op.value)
        elif op.register in aliases and op.value is not None:
            bits, shift = aliases[op.register]
            vmcr = hypervisor.read("GICH_VMCR")
            same = Op("GICH_VMCR", vmcr & ~(bits << shift) | (op.value & bits) << shift)
        assert guest.run(op).value == hypervisor.run(same).value
        assert guest.words == hypervisor.words
        assert guest.lines == hypervisor.lines
        for register, (bits, shift) in aliases.items():
            assert guest.read(register) == guest.read("GICH_VMCR") >> shift & bits
        assert guest.read("GICV_APR0") == guest.read("GICH_APR")


@holds_for(episodes)
def test_off_and_on_again_changes_nothing(episode: Episode) -> None:
    """V2-EN-1, V2-MI-1: the enable gates outputs and holds no state."""
    bank = Bank(**episode.parameters(4))
    load_at_random(bank, episode.rng)
    bank.write("GICH_HCR", bank.read("GICH_HCR") | 1)
    words, lines = bank.words, bank.lines
    bank.write("GICH_HCR", words[0] & ~1)
    assert bank.lines == LOW
    bank.write("GICH_HCR", words[0])
    assert (bank.words, bank.lines) == (words, lines)


@holds_for(episodes)
def test_state_is_all_there_is(episode: Episode) -> None:
    """Whatever happened before, a bank with the same registers written back behaves the same (V2-MI-1)."""
    parameters = episode.parameters(4)
    bank, restored = open_bank(**parameters), Bank(**parameters)
    for op in episode.ops(bank_op, 4):
        bank.run(op)
    words = bank.words
    restored.load(*words[8:])
    for register, word in zip(
        ("GICH_APR", "GICH_HCR", "GICH_VMCR"), (words[2], words[0], words[1]), strict=True
    ):
        restored.write(register, word)
    assert (restored.words, restored.lines) == (bank.words, bank.lines)
    for op in episode.ops(guest_op, 4, length=20):
        op = bank.resolved(op)
        assert restored.run(op) == bank.run(op)
    assert (restored.words, restored.lines) == (bank.words, bank.lines)
