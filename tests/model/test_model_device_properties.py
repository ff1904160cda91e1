# SPDX-License-Identifier: Apache-2.0
"""Properties of the device under random traffic with random stalls on every channel."""

from collections import Counter
from copy import deepcopy
from dataclasses import asdict
from random import Random

import pytest
from hypothesis import strategies as st
from properties import holds_for
from section8 import Section8
from stimulus import seeds
from traffic import Master

from tb.model.hardware.device import Accept, Device, PortInputs, PortOutputs
from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters


class Run:
    """A device and its masters, stepped edge by edge. Parameters that are not given follow from the seed."""

    def __init__(self, seed: int, **parameters: int) -> None:
        rng = Random(seed)
        drawn = {"num_cpu": rng.choice((1, 2, 2, 3, 3, 8)), "irq_reg": rng.getrandbits(1)}
        self.parameters = Parameters(**drawn | parameters)
        self.device = Device(self.parameters)
        self.masters = [Master(rng, self.parameters.num_cpu) for _ in range(self.parameters.num_cpu)]

    def outputs(self) -> list[PortOutputs]:
        return [self.device.outputs(cpu) for cpu in range(len(self.masters))]

    def observations(self) -> list[tuple[int, ...]]:
        return [self.device.observation(bank) for bank in range(len(self.masters))]

    def edge(self) -> tuple[list[PortInputs], list[Accept]]:
        before, pins = self.outputs(), [master.pins() for master in self.masters]
        accepted = self.device.clock(1, pins)
        for master, pin, out in zip(self.masters, pins, before, strict=True):
            master.edge(pin, out)
        return pins, accepted


@holds_for(seeds)
def test_every_edge_is_as_section_8_says(seed: int) -> None:
    run = Run(seed)
    expected = Section8(run.parameters)
    for _ in range(120):
        pins, accepted = run.edge()
        foretold = expected.edge(1, pins)
        assert sorted((accept.bank, 2 * accept.cpu + (not accept.write)) for accept in accepted) == sorted(
            (bank, requester) for bank, requester, _ in foretold
        )
        values = {bank: response for bank, _, response in foretold}
        for accept in accepted:
            assert (accept.value, accept.error, accept.bank, accept.deactivated) == values[accept.bank]
        for cpu in range(run.parameters.num_cpu):
            assert run.device.outputs(cpu) == expected.outputs(cpu)
            assert run.device.observation(cpu) == expected.observation(cpu)


@holds_for(seeds)
def test_stalls_change_nothing_but_time(seed: int) -> None:
    """What the pins answered is what an untimed Gic answers to the accesses in the order of acceptance."""
    run = Run(seed)
    gic = Gic(run.parameters)
    answered: dict[tuple[int, bool], list[tuple[int, int]]] = {}
    expected: dict[tuple[int, bool], list[tuple[int, int]]] = {}
    handed_over: list[list[int]] = [[] for _ in run.masters]
    requested: list[list[int]] = [[] for _ in run.masters]
    for _ in range(120):
        before = run.outputs()
        pins, accepted = run.edge()
        for cpu, (out, pin) in enumerate(zip(before, pins, strict=True)):
            if out.rvalid and pin.rready:
                answered.setdefault((cpu, False), []).append((out.rdata, out.rresp))
            if out.bvalid and pin.bready:
                answered.setdefault((cpu, True), []).append((0, out.bresp))
            if out.deact_valid and pin.deact_ready:
                handed_over[out.deact_cpu].append(out.deact_id)
        for accept in accepted:
            response = gic.access(accept.cpu, accept.write, accept.addr, accept.data, accept.strb)
            expected.setdefault((accept.cpu, accept.write), []).append((response.value, 2 * response.error))
            if response.deactivated is not None:
                requested[response.bank].append(response.deactivated)
    for key, responses in expected.items():
        seen = answered.get(key, [])
        assert seen == responses[: len(seen)]
        assert len(responses) - len(seen) <= 1
    assert answered.keys() <= expected.keys()
    for seen_ids, all_ids in zip(handed_over, requested, strict=True):
        assert seen_ids == all_ids[: len(seen_ids)]  # V2-CYC-7: order of acceptance
        assert len(all_ids) - len(seen_ids) <= 4  # V2-CYC-8


@holds_for(seeds)
def test_outputs_hold_until_they_are_taken(seed: int) -> None:
    run = Run(seed)
    for _ in range(120):
        before, words = run.outputs(), run.observations()
        pins, accepted = run.edge()
        after = run.outputs()
        for old, new, pin in zip(before, after, pins, strict=True):
            if old.rvalid and not pin.rready:
                assert (new.rvalid, new.rdata, new.rresp) == (1, old.rdata, old.rresp)  # V2-CYC-2
            if old.bvalid and not pin.bready:
                assert (new.bvalid, new.bresp) == (1, old.bresp)
            if old.deact_valid and not pin.deact_ready:
                assert (new.deact_valid, new.deact_id, new.deact_cpu) == (1, old.deact_id, old.deact_cpu)
        for bank, (old_words, new_words) in enumerate(zip(words, run.observations(), strict=True)):
            touched = [accept for accept in accepted if accept.bank == bank]
            assert len(touched) <= 1  # V2-CYC-5
            assert (new_words[0] - old_words[0]) & 0xFF == len(touched)
            if not touched:
                assert new_words[1:] == old_words[1:]  # V2-CYC-13


@holds_for(seeds, st.integers(0, 60))
def test_reset_leaves_nothing_behind(seed: int, edges: int) -> None:
    """V2-RST-3: after a reset in mid-traffic the device is as a new one."""
    run = Run(seed)
    for _ in range(edges):
        run.edge()
    pins = [master.pins() for master in run.masters]
    assert run.device.clock(0, pins) == []
    again, new = run, Run(seed + 1, **asdict(run.parameters))
    again.masters = deepcopy(new.masters)
    for _ in range(40):
        assert again.outputs() == new.outputs()
        assert again.observations() == new.observations()
        assert again.edge() == new.edge()


@holds_for(seeds)
def test_registered_lines_are_one_edge_later(seed: int) -> None:
    """V2-CYC-1: IRQ_REG delays the three lines and nothing else."""
    plain, registered = Run(seed, irq_reg=0), Run(seed, irq_reg=1)
    lines = [(0, 0, 0)] * plain.parameters.num_cpu
    for _ in range(120):
        for cpu, (one, other) in enumerate(zip(plain.outputs(), registered.outputs(), strict=True)):
            assert (other.virq, other.vfiq, other.maint_irq) == lines[cpu]
            assert one._replace(virq=0, vfiq=0, maint_irq=0) == other._replace(virq=0, vfiq=0, maint_irq=0)
        for one_words, other_words in zip(plain.observations(), registered.observations(), strict=True):
            assert one_words[1:] == other_words[1:]
            assert (one_words[0] ^ other_words[0]) & 0xFFFF_8FFF == 0
        lines = [(out.virq, out.vfiq, out.maint_irq) for out in plain.outputs()]
        assert plain.edge() == registered.edge()


@holds_for(seeds)
def test_a_copy_goes_its_own_way(seed: int) -> None:
    run = Run(seed)
    for _ in range(30):
        run.edge()
    copy = deepcopy(run)
    kept = (run.outputs(), run.observations())
    ahead = [copy.edge() for _ in range(20)]
    assert (run.outputs(), run.observations()) == kept
    assert [run.edge() for _ in range(20)] == ahead


def test_the_traffic_reaches_what_it_is_for() -> None:
    seen: Counter[str] = Counter()
    for seed in range(150):
        run = Run(seed, num_cpu=3)
        for _ in range(120):
            waiting = run.device.waiting()
            seen["meet on a bank"] += len({access.bank for access in waiting}) < len(waiting)
            seen["full queue"] += any(run.device.queued(bank) == 4 for bank in range(3))
            for access in waiting:
                completes = access.write and access.addr & ~3 in (0x6010, 0x6024, 0x7000)
                seen["held by a full queue"] += completes and run.device.queued(access.bank) == 4
            for out in run.outputs():
                seen.update(
                    name for name in ("virq", "vfiq", "maint_irq", "deact_valid") if getattr(out, name)
                )
                seen.update(name for name in ("awready", "wready", "arready") if not getattr(out, name))
            _, accepted = run.edge()
            seen["several at an edge"] += len(accepted) > 1
            for accept in accepted:
                seen["write" if accept.write else "read"] += 1
                seen["error"] += accept.error
                seen["acknowledge"] += (
                    accept.addr in (0x600C, 0x6020) and accept.value < 1022 and not accept.write
                )
                seen["deactivation"] += accept.deactivated is not None
                seen["another bank"] += accept.bank != accept.cpu
    assert {what: n for what, n in seen.items() if n < 50} == {}
    assert len(seen) == 17


@pytest.mark.parametrize("num_cpu", [1, 2, 3, 8])
@holds_for(seed=seeds)
def test_nobody_waits_for_more_than_the_others(num_cpu: int, seed: int) -> None:
    """V2-CYC-5: whoever meets (a) to (c) is accepted before anyone else is accepted twice."""
    run = Run(seed, num_cpu=num_cpu)
    for master in run.masters:
        master.chance = dict.fromkeys(master.chance, 1.0) | {"lull": 0.0}
    passed: dict[tuple[int, bool], int] = {}
    worst = 0
    for _ in range(80):
        _, accepted = run.edge()
        for accept in accepted:
            passed[accept.cpu, accept.write] = 0
        banks = {accept.bank for accept in accepted}
        for access in run.device.waiting():  # it met (a) and (b) at this edge, and has not been accepted
            assert access.bank in banks
            requester = (access.cpu, access.write)
            passed[requester] = passed.get(requester, 0) + 1
        worst = max(worst, *passed.values())
    assert 0 < worst <= 2 * num_cpu - 1
