# SPDX-License-Identifier: Apache-2.0
"""The classic VGIC, rule by rule (section B of docs/spec/software-vgic.md)."""

import re
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tb.model.conformance.bench import Bench
from tb.model.hypervisor.classic import V310, V319, ClassicVgic, Variant
from tb.model.hypervisor.platform import HypervisorStopped, Lock, UnclaimedAccess, Vgic, run
from tb.paths import ROOT

P, A, EOI = 1 << 28, 2 << 28, 1 << 19
EN, UIE = 1, 2
EDGE, LEVEL = 40, 41  # SPIs of these kinds

BOTH = pytest.mark.parametrize("variant", [V319, V310], ids=["v319", "v310"])


def of(variant: Variant, v319: Any, v310: Any) -> Any:
    """What differs between the variants."""
    return v319 if variant is V319 else v310


class World(Bench):
    """A VM whose distributor is on, whose PPIs and SPIs are enabled; vCPU n is on physical CPU n."""

    def __init__(self, variant: Variant = V319, vcpus: int = 2, nr_lrs: int = 2) -> None:
        super().__init__(vcpus, nr_lrs)
        self.vgic = ClassicVgic(self, vcpus, 64, nr_lrs, variant)
        self.state = self.vgic.state
        for vcpu in range(vcpus):
            run(self.vgic.load(vcpu, vcpu))
            self.write32(0x100, 0xFFFF_FFFF, vcpu)
        for word in (1, 2):
            self.write32(0x100 + 4 * word, 0xFFFF_FFFF)
        self.write32(0xC08, 2 << 2 * (EDGE - 32))
        self.write32(0x000, 1)
        self.state.on_cpu = 0
        self.take_kicks()

    def do(self, coroutine: Coroutine[Any, Any, Any]) -> list[int]:
        """Run a verb; the kicks."""
        run(coroutine)
        self.held.check_none()
        return self.take_kicks()

    def write32(self, offset: int, value: int, vcpu: int = 0, length: int = 4) -> list[int]:
        return self.do(self.vgic.mmio_write(vcpu, offset, length, value))

    def read32(self, offset: int, vcpu: int = 0, length: int = 4) -> int:
        return run(self.vgic.mmio_read(vcpu, offset, length))

    def inject(self, intid: int, level: int = 1, vcpu: int | None = None) -> list[int]:
        return self.do(self.vgic.inject(vcpu, intid, level))

    def target(self, intid: int, mask: int) -> list[int]:
        return self.write32(0x800 + intid, mask, length=1)

    def make_edge(self, *intids: int) -> None:
        self.write32(0xC08, sum(2 << 2 * (intid - 32) for intid in intids))

    def enter(self, vcpu: int = 0) -> list[int]:
        """The list registers at the entry."""
        self.do(self.vgic.flush(vcpu))
        return list(self.list_registers(vcpu).values())

    def exit(self, vcpu: int = 0) -> None:
        self.do(self.vgic.sync(vcpu))

    def put_lr(self, index: int, word: int, vcpu: int = 0) -> None:
        """What the guest makes of a list register."""
        run(self.write(vcpu, f"GICH_LR{index}", word))

    def is_pending(self, intid: int, vcpu: int = 0) -> int:
        return self.state.pending.get(vcpu, intid)

    def percpu(self, intid: int, vcpu: int = 0) -> int:
        """The per-CPU bit."""
        shadow = self.state.vcpus[vcpu]
        return (shadow.pend_private | shadow.pend_shared << 32) >> intid & 1

    def hcr(self, vcpu: int = 0) -> int:
        return self.state.vcpus[vcpu].hcr


def test_one_lock_guards_all_state() -> None:
    """CL-Q-5, CL-SYNC-1: whoever looks at it or changes it takes that, once."""

    class Logged(World):
        taken: tuple[str, ...] = ()

        async def lock(self, lock: Lock) -> None:
            self.taken += (lock.name,)
            await super().lock(lock)

    world = Logged()
    vgic = world.vgic
    verbs = (vgic.mmio_read(0, 4, 4), vgic.inject(None, EDGE, 1), vgic.fill(0), vgic.fold(0))
    for verb in (vgic.mmio_write(0, 0, 4, 1), *verbs):
        world.taken = ()
        world.do(verb)
        assert world.taken == ("distributor",)


def test_is_a_vgic() -> None:
    vgic: Vgic = World().vgic
    assert isinstance(vgic, ClassicVgic)


def test_every_rule_is_cited_by_the_model_and_has_tests_here() -> None:
    rules = set(re.findall(r"\*\*(CL-[A-Z0-9-]+)\*\*", (ROOT / "docs/spec/software-vgic.md").read_text()))
    assert len(rules) == 19
    sources = "".join(path.read_text() for path in (ROOT / "tb/model/hypervisor/classic").glob("*.py"))
    for text in (sources, Path(__file__).read_text()):
        assert rules <= set(re.findall(r"CL-[A-Z]+(?:-\d)?", text))


# ---- CL-STATE


@BOTH
def test_state_at_reset(variant: Variant) -> None:
    state = ClassicVgic(Bench(2, 4), 2, 64, 4, variant).state
    assert [state.enabled.word(vcpu, 0) for vcpu in (0, 1)] == [0xFFFF, 0xFFFF]
    assert [state.cfg.word(0, word) for word in (0, 1, 2)] == [0xFFFF_FFFF, 0, 0]
    assert [vcpu.targeted for vcpu in state.vcpus] == [(1 << 64) - 1, 0]
    assert (state.ctlr, state.on_cpu, state.vcpus[0].hcr, state.vcpus[0].elrsr) == (0, 0, EN, 0)


@BOTH
def test_private_bits_are_banked_and_those_of_spis_shared(variant: Variant) -> None:
    world = World(variant)
    world.inject(27, vcpu=1)
    world.inject(EDGE)
    assert [world.is_pending(27, vcpu) for vcpu in (0, 1)] == [0, 1]
    assert [world.is_pending(EDGE, vcpu) for vcpu in (0, 1)] == [1, 1]


# ---- CL-PEND-1


@BOTH
def test_update_with_the_distributor_off_leaves_stale_bits(variant: Variant) -> None:
    world = World(variant)
    world.inject(EDGE)
    world.state.on_cpu = 0
    assert world.write32(0x000, 0) == [0]
    assert (world.state.on_cpu, world.percpu(EDGE)) == (1, 1)
    world.write32(0x280 + 4, 1 << EDGE - 32)
    assert (world.is_pending(EDGE), world.percpu(EDGE)) == (0, 1)


@BOTH
def test_update_never_clears_a_vcpu_that_may_have_work(variant: Variant) -> None:
    world = World(variant)
    world.inject(EDGE)
    world.write32(0x280 + 4, 1 << EDGE - 32)
    assert (world.percpu(EDGE), world.state.on_cpu) == (0, 1)


@BOTH
def test_injection_with_the_distributor_off_kicks_and_is_loaded(variant: Variant) -> None:
    world = World(variant)
    world.write32(0x000, 0)
    assert world.inject(EDGE) == [0]
    assert world.enter()[0] == P | EDGE


# ---- CL-INJ-1


@BOTH
def test_edge_is_accepted_once(variant: Variant) -> None:
    world = World(variant)
    assert world.inject(EDGE) == [0]
    assert world.inject(EDGE) == []
    assert world.inject(EDGE, 0) == []
    assert world.is_pending(EDGE) == 1


@BOTH
def test_level_is_accepted_when_it_changes(variant: Variant) -> None:
    world = World(variant)
    assert world.inject(LEVEL, 0) == []
    assert world.inject(LEVEL) == [0]
    assert world.inject(LEVEL) == []
    assert world.inject(LEVEL, 0) == of(variant, [], [0])
    assert world.inject(LEVEL) == [0]


@BOTH
def test_falling_level_leaves_the_per_cpu_bit(variant: Variant) -> None:
    world = World(variant)
    world.inject(LEVEL)
    world.inject(LEVEL, 0)
    assert (world.is_pending(LEVEL), world.percpu(LEVEL)) == (0, 1)
    assert world.enter()[0] == P | EOI | LEVEL


def test_falling_level_leaves_what_software_made_pending() -> None:
    world = World()
    world.inject(LEVEL)
    world.write32(0x204, 1 << LEVEL - 32)
    world.inject(LEVEL, 0)
    assert world.is_pending(LEVEL) == 1


@BOTH
def test_disabled_irq_is_pending_and_no_more(variant: Variant) -> None:
    world = World(variant)
    world.write32(0x184, 1 << EDGE - 32)
    world.take_kicks()
    assert world.inject(EDGE) == []
    assert (world.is_pending(EDGE), world.percpu(EDGE)) == (1, 0)


@BOTH
def test_level_in_flight_waits_for_its_eoi(variant: Variant) -> None:
    world = World(variant)
    world.inject(LEVEL)
    world.enter()
    world.inject(LEVEL, 0)
    assert world.inject(LEVEL) == []
    assert world.is_pending(LEVEL) == 1


@BOTH
def test_kick_of_an_injection(variant: Variant) -> None:
    world = World(variant, vcpus=3)
    world.inject(27, vcpu=2)
    world.target(EDGE, 2)
    assert world.inject(EDGE) == of(variant, [1], [1, 2])


@BOTH
def test_intid_beyond_the_last(variant: Variant) -> None:
    world = World(variant)
    assert run(world.vgic.inject(None, 96, 1)) == -22
    assert run(world.vgic.inject(None, 95, 1)) == 0


@BOTH
def test_target_that_does_not_exist_stops_the_hypervisor(variant: Variant) -> None:
    world = World(variant)
    world.target(EDGE, 4)
    with pytest.raises(HypervisorStopped, match="SPI 40 is injected into vCPU 2, which does not exist"):
        world.inject(EDGE)


# ---- CL-Q-1


@BOTH
def test_order_is_by_number_and_priority_is_none(variant: Variant) -> None:
    world = World(variant, nr_lrs=4)
    world.write32(0x400 + LEVEL, 0x08, length=1)
    for intid in (LEVEL, EDGE):
        world.inject(intid)
    world.inject(30, vcpu=0)
    world.write32(0xF00, 0x0200_0005)
    assert world.enter() == [P | 5, P | 30, P | EDGE, P | EOI | LEVEL]


@BOTH
def test_flush_asks_for_work_first(variant: Variant) -> None:
    world = World(variant)
    world.inject(EDGE)
    world.state.on_cpu = 0
    world.state.vcpus[0].hcr |= UIE
    assert world.enter() == [0, 0]
    assert world.hcr() == EN


@BOTH
def test_flush_looks_at_the_per_cpu_bits_alone(variant: Variant) -> None:
    world = World(variant)
    world.inject(EDGE)
    world.state.pending.put(0, EDGE, 0)
    world.state.enabled.put(0, EDGE, 0)
    world.state.ctlr = 0
    assert world.enter()[0] == P | EDGE


# ---- CL-Q-2


@BOTH
def test_piggyback_sets_pending_in_the_same_list_register(variant: Variant) -> None:
    world = World(variant)
    world.inject(EDGE)
    world.enter()
    world.put_lr(0, A | EDGE)
    world.exit()
    world.inject(EDGE)
    assert world.enter() == [P | A | EDGE, 0]


@BOTH
def test_other_source_takes_another_list_register(variant: Variant) -> None:
    world = World(variant, vcpus=3)
    for sender in (1, 2):
        world.write32(0xF00, 0x0001_0003, vcpu=sender)
        words = world.enter()
        world.exit()
    assert words == [P | 1 << 10 | 3, P | 2 << 10 | 3]


@BOTH
def test_shadow_of_elrsr_when_loading(variant: Variant) -> None:
    world = World(variant)
    world.enter()
    world.exit()
    world.inject(EDGE)
    world.do(world.vgic.fill(0))
    assert world.state.vcpus[0].elrsr == of(variant, 2, 3)


def test_irq_that_turns_level_in_its_list_register_is_dead() -> None:
    world = World()
    world.inject(EDGE)
    world.enter()
    world.put_lr(0, A | EDGE)
    world.exit()
    world.make_edge()
    world.inject(EDGE)
    world.enter()  # piggybacked, without EOI
    assert world.state.queued.get(0, EDGE) == 1
    world.put_lr(0, EDGE)
    world.exit()
    world.inject(EDGE, 0)
    world.inject(EDGE)
    assert world.state.queued.get(0, EDGE) == 1
    assert world.enter() == [EDGE, 0]


# ---- CL-Q-3


@BOTH
def test_each_source_has_a_list_register(variant: Variant) -> None:
    world = World(variant, vcpus=3, nr_lrs=4)
    for sender in (1, 2):
        world.write32(0xF00, 0x0001_0003, vcpu=sender)
    assert world.enter()[:2] == [P | 1 << 10 | 3, P | 2 << 10 | 3]
    assert (world.is_pending(3), world.percpu(3), world.state.vcpus[0].sgi_sources[3]) == (0, 0, 0)


@BOTH
def test_sources_that_do_not_fit_wait(variant: Variant) -> None:
    world = World(variant, vcpus=3, nr_lrs=1)
    for sender in (1, 2):
        world.write32(0xF00, 0x0001_0003, vcpu=sender)
    assert world.enter() == [P | 1 << 10 | 3]
    assert (world.is_pending(3), world.percpu(3), world.state.vcpus[0].sgi_sources[3]) == (1, 1, 4)
    assert world.hcr() == EN | UIE


@BOTH
def test_repeat_of_an_earlier_source_takes_a_second_list_register(variant: Variant) -> None:
    world = World(variant, vcpus=3, nr_lrs=4)
    for sender in (1, 2, 1):
        world.write32(0xF00, 0x0001_0003, vcpu=sender)
        words = world.enter()
        world.exit()
    assert words[:3] == [P | 1 << 10 | 3, P | 2 << 10 | 3, P | 1 << 10 | 3]


def test_source_that_does_not_exist_overflows_for_ever() -> None:
    world = World()
    world.write32(0xF20, 0x0400_0000)  # SGI 3 from vCPU 2
    world.write32(0xF00, 0x0200_0003)
    for _ in range(3):
        assert world.enter() == [P | 3, 0]
        assert world.hcr() == EN | UIE
        world.exit()
    assert world.state.vcpus[0].sgi_sources[3] == 4


@BOTH
def test_sgi_without_source_is_dropped(variant: Variant) -> None:
    world = World(variant)
    world.write32(0x200, 1 << 3)
    assert world.is_pending(3) == 1
    assert world.enter() == [0, 0]
    assert (world.is_pending(3), world.hcr(), world.state.on_cpu) == (0, EN, 0)


# ---- CL-Q-4


@BOTH
def test_edge_is_pending_no_more_once_loaded(variant: Variant) -> None:
    world = World(variant)
    world.inject(EDGE)
    world.enter()
    assert (world.is_pending(EDGE), world.percpu(EDGE), world.state.queued.get(0, EDGE)) == (0, 0, 0)


@BOTH
def test_level_stays_pending_and_is_queued(variant: Variant) -> None:
    world = World(variant)
    world.inject(LEVEL)
    assert world.enter() == [P | EOI | LEVEL, 0]
    assert (world.is_pending(LEVEL), world.percpu(LEVEL), world.state.queued.get(0, LEVEL)) == (1, 1, 1)
    world.exit()
    assert world.enter() == [P | EOI | LEVEL, 0]
    assert world.hcr() == EN


@BOTH
def test_retargeted_level_waits_for_the_eoi_elsewhere(variant: Variant) -> None:
    world = World(variant)
    world.inject(LEVEL)
    world.enter(0)
    world.target(LEVEL, 2)
    assert world.percpu(LEVEL, vcpu=1) == 1
    assert world.enter(1) == [0, 0]


@BOTH
def test_irq_made_edge_while_queued(variant: Variant) -> None:
    world = World(variant)
    world.inject(LEVEL)
    world.enter()
    world.exit()
    world.make_edge(LEVEL)
    world.enter()
    assert world.is_pending(LEVEL) == of(variant, 0, 1)


# ---- CL-Q-5


@BOTH
def test_overflow_asks_for_underflow_and_keeps_the_work(variant: Variant) -> None:
    world = World(variant, nr_lrs=1)
    world.inject(LEVEL)
    world.inject(27, vcpu=0)
    assert world.enter() == [P | 27]
    assert (world.hcr(), world.state.on_cpu) == (EN | UIE, 1)
    world.put_lr(0, 0)
    world.exit()
    assert world.enter() == [P | EOI | LEVEL]
    assert (world.hcr(), world.state.on_cpu) == (EN, 0)


# ---- CL-MAINT-1, CL-MAINT-2, CL-MAINT-3


@BOTH
@pytest.mark.parametrize("line", [0, 1])
def test_end_of_a_level_interrupt(variant: Variant, line: int) -> None:
    world = World(variant)
    world.inject(LEVEL)
    world.enter()
    if not line:
        world.inject(LEVEL, 0)
    world.put_lr(0, EOI | LEVEL)
    world.exit()
    vcpu = world.state.vcpus[0]
    assert (vcpu.lrs[0], vcpu.elrsr, vcpu.lr_used, vcpu.lr_map) == (LEVEL, 3, 0, {})
    assert world.state.queued.get(0, LEVEL) == 0
    assert (world.percpu(LEVEL), world.is_pending(LEVEL)) == (line, line)
    assert world.state.on_cpu == line
    assert vcpu.eisr == of(variant, 0, 1)


def test_end_clears_what_software_made_pending() -> None:
    world = World()
    world.write32(0x204, 1 << LEVEL - 32)
    world.enter()
    world.put_lr(0, EOI | LEVEL)
    world.exit()
    assert (world.is_pending(LEVEL), world.state.soft_pend.get(0, LEVEL)) == (0, 0)


@BOTH
def test_end_sets_the_bit_of_this_vcpu_whatever_enable_and_target_say(variant: Variant) -> None:
    world = World(variant)
    world.inject(LEVEL)
    world.enter()
    world.target(LEVEL, 2)
    world.write32(0x184, 1 << LEVEL - 32, vcpu=1)
    world.put_lr(0, EOI | LEVEL)
    world.exit()
    assert (world.percpu(LEVEL, 0), world.percpu(LEVEL, 1)) == (1, 0)
    assert world.enter()[0] == P | EOI | LEVEL


@BOTH
def test_state_of_an_ended_list_register(variant: Variant) -> None:
    world = World(variant)
    world.inject(LEVEL)
    world.enter()
    world.exit()
    vcpu = world.state.vcpus[0]
    vcpu.misr, vcpu.eisr, vcpu.lrs[0] = 1, 1, P | A | EOI | LEVEL
    world.do(world.vgic.fold(0))
    assert vcpu.lrs[0] == of(variant, LEVEL, P | LEVEL)


@BOTH
def test_late_maintenance_acts_on_its_own_vcpu(variant: Variant) -> None:
    """CL-MAINT-2: on one physical CPU, vCPU 1 has run before vCPU 0's exit is acted on."""
    world = World(variant)
    run(world.vgic.load(1, 0))
    world.target(46, 2)
    world.inject(LEVEL)
    world.inject(46)
    world.enter(0)
    world.put_lr(0, EOI | LEVEL)
    world.do(world.vgic.save(0))
    world.do(world.vgic.flush(1))
    world.put_lr(0, A | EOI | 46)
    world.do(world.vgic.sync(1))
    world.do(world.vgic.fold(0))
    assert (world.state.queued.get(0, LEVEL), world.state.queued.get(1, 46)) == (0, 1)
    assert world.state.vcpus[1].lrs[0] == A | EOI | 46
    assert (world.state.vcpus[0].lr_used, world.state.vcpus[1].lr_used) == (0, 1)


@BOTH
def test_underflow_is_asked_for_once(variant: Variant) -> None:
    world = World(variant, nr_lrs=1)
    world.inject(EDGE)
    world.inject(LEVEL)
    world.enter()
    world.put_lr(0, 0)
    assert world.observe(0)["misr"] == 2
    world.exit()
    assert world.hcr() == EN


# ---- CL-SYNC-1, CL-SYNC-2


@BOTH
def test_empty_list_registers_are_given_back(variant: Variant) -> None:
    world = World(variant)
    world.inject(EDGE)
    world.inject(27, vcpu=0)
    world.enter()
    world.put_lr(0, 27)
    world.exit()
    vcpu = world.state.vcpus[0]
    assert (vcpu.lr_used, vcpu.lr_map) == (2, {EDGE: 1})


@BOTH
def test_list_register_in_use_is_work(variant: Variant) -> None:
    world = World(variant)
    world.inject(EDGE)
    world.enter()
    assert world.state.on_cpu == 0
    world.exit()
    assert world.state.on_cpu == 1
    assert run(world.vgic.pending(0))
    world.enter()
    world.put_lr(0, 0)
    world.exit()
    assert not run(world.vgic.pending(0))


@BOTH
def test_context_moves_with_the_vcpu(variant: Variant) -> None:
    world = World(variant)
    world.inject(EDGE)
    world.enter()
    world.guest_write(0, "GICV_PMR", 0xF8)
    world.guest_write(0, "GICV_CTLR", 1)
    assert world.guest_read(0, "GICV_IAR") == EDGE
    world.guest_write(0, "GICV_EOIR", 60)  # misses all list registers: EOICount
    world.exit()
    assert world.gich(0, "GICH_HCR") == 0
    run(world.vgic.load(0, 1))
    world.enter()
    assert world.gich(1, "GICH_HCR") == 1 << 27 | EN
    assert world.gich(1, "GICH_VMCR") == world.gich(0, "GICH_VMCR")
    assert world.list_registers(1) == {0: A | EDGE, 1: 0}


@BOTH
def test_cancelled_entry_frees_list_registers_only_in_v310(variant: Variant) -> None:
    world = World(variant)
    world.enter()
    world.exit()
    world.inject(EDGE)
    world.do(world.vgic.fill(0))
    world.do(world.vgic.fold(0))
    vcpu = world.state.vcpus[0]
    assert (vcpu.lr_used, vcpu.lr_map) == of(variant, (1, {EDGE: 0}), (0, {}))
    assert vcpu.lrs[0] == P | EDGE
    assert world.state.on_cpu == of(variant, 1, 0)
    world.inject(27, vcpu=0)
    assert world.enter() == of(variant, [P | EDGE, P | 27], [P | 27, 0])


@BOTH
def test_cancel_before_the_first_exit_finds_work(variant: Variant) -> None:
    world = World(variant)
    world.do(world.vgic.fill(0))
    world.do(world.vgic.fold(0))
    assert world.state.on_cpu == 1


@BOTH
def test_cancel_repeats_old_eoi_work_only_in_v310(variant: Variant) -> None:
    world = World(variant)
    world.inject(LEVEL)
    world.enter()
    world.put_lr(0, EOI | LEVEL)
    world.exit()
    world.do(world.vgic.fill(0))  # loaded again into the same list register
    world.do(world.vgic.fold(0))
    assert world.state.queued.get(0, LEVEL) == of(variant, 1, 0)


@BOTH
def test_cancel_with_stale_underflow_clears_the_request(variant: Variant) -> None:
    world = World(variant, nr_lrs=1)
    for intid in (EDGE, 50, 51):
        world.make_edge(EDGE)
        world.inject(intid)
    world.enter()
    world.put_lr(0, 0)
    world.exit()
    world.do(world.vgic.fill(0))
    assert world.hcr() == EN | UIE
    world.do(world.vgic.fold(0))
    assert world.hcr() == EN


# ---- CL-DIS-1


@BOTH
@pytest.mark.parametrize("intid", [EDGE, LEVEL])
def test_disabling_empties_the_writers_list_register(variant: Variant, intid: int) -> None:
    world = World(variant)
    world.inject(intid)
    world.enter()
    world.exit()
    world.write32(0x184, 1 << intid - 32)
    vcpu = world.state.vcpus[0]
    eoi = EOI if intid == LEVEL else 0
    assert (vcpu.lr_used, vcpu.lr_map, world.state.queued.get(0, intid)) == (0, {}, 0)
    assert vcpu.lrs[0] == of(variant, intid, eoi | intid)
    assert vcpu.elrsr == of(variant, 3, 2)


@BOTH
def test_disabling_leaves_the_list_register_of_another_vcpu(variant: Variant) -> None:
    world = World(variant)
    world.inject(LEVEL)
    world.enter()
    world.exit()
    world.write32(0x184, 1 << LEVEL - 32, vcpu=1)
    assert world.state.vcpus[0].lr_map == {LEVEL: 0}
    world.write32(0x184, 0, vcpu=0)  # disabled since earlier
    assert world.state.vcpus[0].lr_map == {}


def test_v310_loads_a_disabled_irq_again() -> None:
    world = World(V310)
    world.inject(LEVEL)
    world.enter()
    world.exit()
    world.write32(0x184, 1 << LEVEL - 32)
    assert world.enter() == [EOI | LEVEL, 0]
    assert world.observe(0)["eisr"] == 1
    world.exit()
    assert world.enter()[0] == P | EOI | LEVEL


@BOTH
def test_sgis_cannot_be_disabled(variant: Variant) -> None:
    world = World(variant)
    world.write32(0x180, 0xFFFF_FFFF)
    assert world.read32(0x100) == 0xFFFF


# ---- CL-SGI-1


@BOTH
@pytest.mark.parametrize(
    ("value", "v319", "v310"),
    [
        (0x0006_0003, [1, 2], [0, 2]),
        (0x0000_0003, [], []),
        (0x00FF_0003, [0, 1, 2], [0, 2]),
        (0x0100_0003, [0, 2], [0, 2]),
        (0x0200_0003, [1], [1]),
        (0x0304_0003, [2], [2]),
    ],
)
def test_targets_of_sgir(variant: Variant, value: int, v319: list[int], v310: list[int]) -> None:
    world = World(variant, vcpus=3)
    assert world.write32(0xF00, value, vcpu=1) == of(variant, v319, v310)
    sources = [vcpu.sgi_sources[3] for vcpu in world.state.vcpus]
    assert sources == [2 * (vcpu in of(variant, v319, v310)) for vcpu in range(3)]
    assert [world.is_pending(3, vcpu) for vcpu in range(3)] == [bool(source) for source in sources]


# ---- CL-MMIO-1, CL-MMIO-2, CL-MMIO-3, CL-MMIO-4


@BOTH
def test_writes_that_update_kick_every_vcpu_with_work(variant: Variant) -> None:
    world = World(variant, vcpus=3)
    world.inject(27, vcpu=2)
    world.inject(EDGE)
    for offset in (0x000, 0x104, 0x204, 0x284, 0x820, 0xF00):
        assert world.write32(offset, 1 if offset == 0 else 0, vcpu=1) == [0, 2], hex(offset)
    assert world.write32(0x184, 0, vcpu=1) == [0, 2]
    for offset in (0x400, 0x420, 0x800, 0xC08, 0x080, 0x300, 0x380, 0x004):
        assert world.write32(offset, 0, vcpu=1) == [], hex(offset)


@BOTH
def test_accesses_that_are_left_to_user_space(variant: Variant) -> None:
    world = World(variant)
    places = [(0x00C, 4), (0x07C, 4), (0xD00, 4), (0xEFC, 4), (0xF04, 4), (0xF30, 4), (0xFFC, 4), (0x101, 4)]
    places += of(variant, [], [(0xF10, 4), (0xF2C, 4)])
    for offset, length in places:
        with pytest.raises(UnclaimedAccess):
            world.read32(offset, length=length)
        with pytest.raises(UnclaimedAccess):
            world.write32(offset, 1, length=length)


@BOTH
def test_irqs_beyond_the_last_are_raz_wi(variant: Variant) -> None:
    world = World(variant)
    for offset in (0x10C, 0x20C, 0x460, 0x860, 0xC18):
        world.write32(offset, 0xFFFF_FFFF)
        assert world.read32(offset) == 0, hex(offset)
    assert world.state.enabled.shared.bit_length() == 64


@BOTH
def test_identification_and_absent_registers(variant: Variant) -> None:
    world = World(variant, vcpus=3)
    assert world.read32(0x004) == 2 | 2 << 5
    assert world.read32(0x008) == 0x4B00_043B
    for offset in (0x080, 0x304, 0x384, 0xF00):
        world.write32(offset, 0xFFFF_FFFF)
        assert world.read32(offset) == 0


@BOTH
def test_priorities_have_eight_bits(variant: Variant) -> None:
    world = World(variant)
    world.write32(0x428, 0x0102_03FF)
    world.write32(0x429, 0x7F, length=1)
    assert world.read32(0x428) == 0x0102_7FFF
    assert world.read32(0x42A, length=2) == 0x0102


@BOTH
def test_banks_of_priorities(variant: Variant) -> None:
    world = World(variant)
    world.write32(0x400, 0x11, vcpu=0)
    world.write32(0x41C, 0x22, vcpu=0)
    assert world.read32(0x400, vcpu=1) == 0
    assert world.read32(0x41C, vcpu=1) == of(variant, 0, 0x22)


@BOTH
def test_targets_are_the_lowest_bit_unclipped(variant: Variant) -> None:
    world = World(variant, vcpus=2)
    world.write32(0x828, 0x0002_800A)
    assert world.state.spi_cpu[8:12] == [1, 7, 1, 0]
    assert world.read32(0x828) == of(variant, 0x0102_8002, 0x0102_0002)
    assert [vcpu.targeted >> 8 & 0xF for vcpu in world.state.vcpus] == [0b1000, 0b0101]
    for private in (0x800, 0x81C):
        assert [world.read32(private, vcpu) for vcpu in (0, 1)] == [0x0101_0101, 0x0202_0202]


@BOTH
def test_byte_of_targets_evaluates_its_word_again(variant: Variant) -> None:
    world = World(variant, vcpus=2)
    world.write32(0x828, 0x8080_8080)
    world.write32(0x828, 0x02, length=1)
    assert world.state.spi_cpu[8:12] == of(variant, [1, 7, 7, 7], [1, 0, 0, 0])


@BOTH
def test_ispendr_of_spis(variant: Variant) -> None:
    world = World(variant)
    assert world.write32(0x204, 3 << EDGE - 32) == [0]
    assert world.read32(0x284) == 3 << EDGE - 32
    assert world.state.soft_pend.shared == of(variant, 1 << LEVEL - 32, 0)


@BOTH
def test_ispendr_takes_sgi_bits(variant: Variant) -> None:
    world = World(variant)
    world.write32(0x200, 1 << 3)
    world.write32(0x200, 1 << 4)
    assert world.read32(0x200) == 3 << 3
    assert world.state.soft_pend.private[0] == of(variant, 1 << 3, 0)


def test_write_ignore_of_sgis_needs_an_access_to_them() -> None:
    world = World()
    world.write32(0x200, 1 << 3)
    world.write32(0x202, 1 << 4, length=2)
    assert world.state.soft_pend.private[0] == 0


@BOTH
def test_icpendr(variant: Variant) -> None:
    world = World(variant)
    world.inject(LEVEL)
    world.inject(EDGE)
    world.write32(0x200, 1 << 3 | 1 << 27)
    world.write32(0x284, 0xFFFF_FFFF)
    world.write32(0x280, 0xFFFF_FFFF)
    assert world.read32(0x204) == of(variant, 1 << LEVEL - 32, 0)
    assert world.read32(0x200) == of(variant, 1 << 3, 0)


def test_sgi_pending_registers_leave_pending_alone() -> None:
    world = World()
    assert world.write32(0xF20, 0x0000_0300) == []
    assert (world.read32(0xF10), world.read32(0xF20)) == (0x300, 0x300)
    assert world.is_pending(1) == 0
    world.inject(EDGE)
    assert world.write32(0xF20, 0x0000_0100) == []  # no byte changes
    assert world.write32(0xF10, 0x0000_0100) == [0]
    assert world.state.vcpus[0].sgi_sources[1] == 2
    world.write32(0xF00, 0x0200_0001)
    assert world.enter() == [P | 1, P | 1 << 10 | 1]


def test_mended_an_sgi_is_pending_while_it_has_sources() -> None:
    """CL-MMIO-3, with `follows_sources`."""
    world = World(replace(V319, follows_sources=True))
    world.write32(0xF24, 0x0001_0300, vcpu=1)
    assert [world.is_pending(sgi, 1) for sgi in (4, 5, 6, 7)] == [0, 1, 1, 0]
    world.write32(0xF14, 0x0001_0100, vcpu=1)
    assert [world.is_pending(sgi, 1) for sgi in (4, 5, 6, 7)] == [0, 1, 0, 0]
    assert world.is_pending(5, 0) == 0


@BOTH
def test_configuration_words(variant: Variant) -> None:
    world = World(variant)
    world.write32(0xC0C, 0x8000_0008)  # SPIs 49 and 63, or their aliases
    assert world.state.cfg.word(0, 1) == of(variant, 0x8002_0100, 0x8002)
    assert world.read32(0xC0C) == 0x8000_0008
    assert world.read32(0xC08) == of(variant, 2 << 2 * 8, 0x8000_0008)


@BOTH
def test_private_configuration(variant: Variant) -> None:
    world = World(variant)
    world.write32(0xC04, 0xAAAA_AAA8)
    assert world.state.cfg.private[0] == of(variant, 0xFFFF_FFFF, 0xFFFF_FFFE)
    world.write32(0xC00, 0)
    assert world.state.cfg.private[0] == 0xFFFF_FFFF
