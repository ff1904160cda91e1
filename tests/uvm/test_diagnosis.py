# SPDX-License-Identifier: Apache-2.0
"""The diagnosis names what differs, when, after which access, and the rule: errors planted in what is seen.

tests/planted holds it to errors in the RTL; these are the distinctions that need a precise moment.
"""

import pytest

from tb.model.hardware.parameters import Parameters
from tb.uvm.recorder import CheckError
from tb.uvm.sample import DEACT, FLAGS, PINS, PORT_WORDS, RDATA, Layout
from tests.uvm.bench import Bench

PARAMETERS = Parameters(num_cpu=1, num_lr=4)
NAMES = Layout(PARAMETERS).observation_names
PEND_40 = 0x1400_0028  # priority 0x40
PEND_41_LOWER = 0x1800_0029  # priority 0x80
GUEST_IS_OPEN = (("GICV_CTLR", 7), ("GICV_PMR", 0xF8), ("GICH_HCR", 1))
VIRQ = 1 << FLAGS["virq"][0]


def word(name):
    """Where an observation word stands in the sample."""
    return PORT_WORDS + NAMES.index(name)


def message(bench):
    """What is said once an error has been planted."""
    with pytest.raises(CheckError) as error:
        bench.edges(3)
    return str(error.value).partition(". make replay")[0]


def plant(bench, *changes):
    """Change the sample of the next edge: (index, mask of bits to flip)."""
    at = bench.cycle + 1

    def alter(words, cycle):
        if cycle == at:
            for index, mask in changes:
                words[index] ^= mask

    bench.alter = alter


def test_the_message_names_field_values_cycle_access_and_rule():
    bench = Bench(PARAMETERS)
    bench.do(*GUEST_IS_OPEN, ("GICH_LR2", PEND_40), "GICV_IAR")
    bench.write("GICV_EOIR", 0x28)
    bench.edge()
    plant(bench, (word("GICH_LR2"), 3 << 28))  # INV becomes PACT
    assert message(bench) == f"LR2.State: rtl=PACT model=INV at cycle {bench.cycle - 1} after " + (
        "cpu0 write GICV_EOIR=0x28 (V2-EOI-8)"
    )


@pytest.mark.parametrize(
    ("access", "before", "rule"),
    [
        (("GICH_HCR", 0), (*GUEST_IS_OPEN, ("GICH_LR0", PEND_40)), "V2-CYC-11"),
        (("GICV_PMR", 0), (*GUEST_IS_OPEN, ("GICH_LR0", PEND_40)), "V2-CYC-12"),
        (("GICH_APR", 1), (*GUEST_IS_OPEN, ("GICH_LR0", PEND_40)), "V2-CYC-12"),
        (("GICH_LR0", 0), (*GUEST_IS_OPEN, ("GICH_LR0", PEND_40)), "V2-CYC-1"),
        ("GICV_IAR", (*GUEST_IS_OPEN, ("GICH_LR0", PEND_40)), "V2-CYC-9"),
    ],
)
def test_a_line_that_falls_an_edge_late_breaks_a_rule_of_time(access, before, rule):
    bench = Bench(PARAMETERS)
    bench.do(*before)
    bench.read(access) if isinstance(access, str) else bench.write(*access)
    bench.edge()
    plant(bench, (PINS, VIRQ), (word("accepted"), 1 << 14))
    said = message(bench)
    assert said.startswith("virq[0]: rtl=0x1 model=0x0")
    assert f"({rule}" in said


def test_a_line_that_stays_wrong_breaks_a_rule_of_value():
    bench = Bench(PARAMETERS)
    bench.do(*GUEST_IS_OPEN, ("GICV_PMR", 0x40), then=3)
    bench.write("GICH_LR0", PEND_40)  # equal to the mask: stays masked
    bench.edge()

    def always_signalled(words, cycle):
        words[PINS] |= VIRQ

    bench.alter = always_signalled
    assert "(V2-PRI-1" in message(bench)


def test_state_that_moves_without_an_access():
    bench = Bench(PARAMETERS)
    bench.do(*GUEST_IS_OPEN)
    plant(bench, (word("GICH_APR"), 1 << 5))
    assert "APR.P: rtl=0x20 model=0x0" in (said := message(bench))
    assert "without an access (V2-CYC-13)" in said


def test_state_that_follows_an_edge_late():
    bench = Bench(PARAMETERS)
    bench.write("GICH_APR", 3)
    bench.edge()
    plant(bench, (word("GICH_APR"), 3))
    assert "after cpu0 write GICH_APR=0x3 (V2-CYC-1)" in message(bench)


def test_a_completion_that_takes_effect_in_two_steps():
    bench = Bench(PARAMETERS)
    bench.do(*GUEST_IS_OPEN, ("GICH_LR0", PEND_40), "GICV_IAR")
    bench.write("GICV_EOIR", 0x28)
    bench.edge()
    plant(bench, (word("GICH_APR"), 1 << 8))
    assert "after cpu0 write GICV_EOIR=0x28 (V2-CYC-6)" in message(bench)


def test_read_data_that_changes_while_the_master_waits():
    bench = Bench(PARAMETERS)
    bench.ports[0].rready = 0
    bench.read("GICH_VMCR")
    bench.edges(3)
    plant(bench, (RDATA, 1))
    assert "s0_axi_rdata" in (said := message(bench))
    assert "(V2-CYC-2)" in said


def test_an_acknowledge_that_is_repeated_while_the_master_waits():
    bench = Bench(PARAMETERS)
    bench.do(*GUEST_IS_OPEN, ("GICH_LR0", PEND_40), ("GICH_LR1", PEND_41_LOWER), ("GICH_LR2", 0x1000_002A))
    bench.ports[0].rready = 0
    bench.read("GICV_IAR")
    bench.edges(3)
    plant(bench, (word("GICH_LR0"), 3 << 28))  # PEND to ACT
    assert "(V2-CYC-3)" in message(bench)


def test_an_access_too_many():
    bench = Bench(PARAMETERS)
    bench.do(*GUEST_IS_OPEN)
    bench.write("GICH_APR", 0)
    bench.edge()
    plant(bench, (word("accepted"), 7))  # 4 becomes 3, then more than one further
    assert "accepted access" in (said := message(bench))
    assert "V2-CYC-5" in said


def test_a_deactivation_of_nobody():
    bench = Bench(PARAMETERS)
    bench.do(*GUEST_IS_OPEN)
    plant(bench, (PINS, 1 << FLAGS["deact_valid"][0]), (DEACT, 33))
    assert "deact_valid[0]: rtl=0x1 model=0x0" in (said := message(bench))
    assert "V2-CYC-7" in said


def test_a_register_that_survives_a_reset():
    bench = Bench(PARAMETERS)
    bench.do(("GICH_APR", 3))
    bench.edge(aresetn=0)
    plant(bench, (word("GICH_APR"), 3))
    assert "(V2-RST-1)" in message(bench)


def test_at_most_three_rules_are_named():
    for seed in range(30):
        bench = Bench(Parameters(num_cpu=2, num_lr=4))
        bench.random(200, seed)
        plant(bench, (PORT_WORDS * 2 + 1 + seed % 13, 1 << seed), (PINS, VIRQ))
        said = message(bench)
        rules = said[said.rindex("(") + 1 : -1].split(", ")
        assert 1 <= len(rules) <= 3
        assert all(rule.startswith("V2-") for rule in rules)


@pytest.mark.parametrize(
    ("before", "access", "changes", "rule"),
    [
        ((("GICV_CTLR", 0x10),), ("GICV_ABPR", 6), [("GICH_VMCR", 1 << 18)], "V2-BPR-2"),
        ((), ("GICH_LR1", 0x9000_0028), [("GICH_LR1", 1 << 28)], "V2-LR-4"),
        ((("GICH_LR0", 0x9000_0028),), ("GICV_EOIR", 40), [("GICH_LR0", 1 << 28)], "V2-EOI-5"),
        ((), "GICV_HPPIR", [("GICH_HCR", 1)], "V2-CYC-13"),
        ((), "GICV_IAR", [("GICH_APR", 1)], "V2-IAR-1"),
        ((), "GICH_VTR", [("accepted", 1 << 14)], "V2-SIG-1"),
        ((), ("GICH_HCR", 0), [("accepted", 1 << 15)], "V2-MAP-7"),
        ((), ("GICH_HCR", 0), [("accepted", 4 << 16)], "V2-CYC-1"),
        ((), ("GICH_HCR", 0), [("accepted", 7 << 8)], "V2-CYC-5"),
    ],
)
def test_a_wrong_bit_breaks_the_rule_of_its_register(before, access, changes, rule):
    bench = Bench(PARAMETERS)
    bench.do(*before)
    bench.read(access) if isinstance(access, str) else bench.write(*access)
    bench.edge()
    plant(bench, *((word(name), mask) for name, mask in changes))
    assert f"({rule}" in message(bench)


def test_an_accept_counter_that_survives_a_reset():
    bench = Bench(PARAMETERS)
    bench.edge(aresetn=0)
    plant(bench, (word("accepted"), 1))
    assert "(V2-RST-1)" in message(bench)
