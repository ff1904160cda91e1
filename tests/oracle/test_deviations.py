# SPDX-License-Identifier: Apache-2.0
"""What is marked or avoided, and in which states."""

import re

import pytest

from tb.model.hardware.address_map import address
from tb.model.hardware.distributor import PhysicalDistributor
from tb.model.hardware.gic import Gic
from tb.oracle.deviations import SIGNALS, State, avoided, line_marks, value_marks
from tb.oracle.differences import DIFFERENCES, accesses
from tb.oracle.machine import Access
from tb.oracle.recorder import PARAMETERS
from tb.paths import ROOT

PEND, ACT, PACT = 0x1000_0000, 0x2000_0000, 0x3000_0000
GROUP1 = 0x4000_0000
ON = {"GICH_HCR": 1, "GICV_PMR": 0xF8}
BOTH_GROUPS = {**ON, "GICV_CTLR": 0x7}


def priority(level: int) -> int:
    return level << 23


def state(writes: dict[str, int]) -> State:
    gic = Gic(PARAMETERS)
    for reg, value in writes.items():
        gic.access(0, True, address(reg), value)
    return State(gic.banks[0].words)


TIE = {**BOTH_GROUPS, "GICH_LR0": PEND | 32, "GICH_LR1": PEND | GROUP1 | 33}
TIE_IN_GROUP = {**BOTH_GROUPS, "GICH_LR0": PEND | 32, "GICH_LR1": PEND | 33}
HIDDEN = {**ON, "GICV_CTLR": 1, "GICH_LR0": PEND | GROUP1 | 32, "GICH_LR1": PEND | priority(4) | 33}
HIDES_NOTHING = {**ON, "GICV_CTLR": 1, "GICH_LR0": PEND | GROUP1 | 32}
# Running priority 0x40; the candidate's 0x38 is better, but not by the group priority of BPR 6.
MIXED = {**BOTH_GROUPS, "GICH_APR": 1 << 8, "GICV_BPR": 6, "GICH_LR0": PEND | priority(7) | 32}
COUNTED_HOW = {**ON, "GICH_HCR": 0x9, "GICH_LR0": PACT | 32}


@pytest.mark.parametrize(
    ("writes", "marks"),
    [
        (TIE, [("tie", SIGNALS)]),
        (TIE_IN_GROUP, []),
        (HIDDEN, [("grpdis", SIGNALS)]),
        (HIDES_NOTHING, []),
        (MIXED, [("bprmix", SIGNALS)]),
        ({**MIXED, "GICV_BPR": 2}, []),
        (COUNTED_HOW, [("np_active_pending", ("maint",))]),
        ({**COUNTED_HOW, "GICH_HCR": 0xB}, []),  # MISR.U raises the line too
        ({**COUNTED_HOW, "GICH_LR1": PEND | 33}, []),
        ({**TIE, "GICH_HCR": 0}, []),
    ],
)
def test_lines(writes, marks):
    assert list(line_marks(state(writes))) == marks


@pytest.mark.parametrize(
    ("writes", "reg", "tags"),
    [
        (COUNTED_HOW, "GICH_MISR", ["np_active_pending"]),
        (COUNTED_HOW, "GICH_EISR0", []),
        # A group 1 interrupt that the running priority blocks, and the guest cannot acknowledge group 1.
        ({**ON, "GICV_CTLR": 3, "GICH_APR": 1, "GICH_LR0": PEND | GROUP1 | 32}, "GICV_IAR", ["spurious1022"]),
        ({**ON, "GICV_CTLR": 7, "GICH_APR": 1, "GICH_LR0": PEND | GROUP1 | 32}, "GICV_IAR", []),
        ({**ON, "GICV_CTLR": 3, "GICH_LR0": PEND | GROUP1 | 32}, "GICV_IAR", []),
        (TIE_IN_GROUP, "GICV_HPPIR", ["tie"]),
        (HIDES_NOTHING, "GICV_HPPIR", ["grpdis"]),
        ({**BOTH_GROUPS, "GICH_HCR": 0, "GICH_LR0": PEND | 32}, "GICV_HPPIR", ["hppir_off"]),
        ({**BOTH_GROUPS, "GICV_PMR": 0, "GICH_LR0": PEND | 32}, "GICV_HPPIR", ["hppir_pmr"]),
        ({**BOTH_GROUPS, "GICH_LR0": PEND | 3 << 10 | 5}, "GICV_HPPIR", ["hppir_cpuid"]),
        ({**BOTH_GROUPS, "GICH_LR0": PEND | 5}, "GICV_HPPIR", []),
        ({**ON, "GICH_LR0": PEND | 3 << 10 | 5}, "GICV_HPPIR", []),
    ],
)
def test_values(writes, reg, tags):
    marks = list(value_marks(state(writes), Access("r", reg)))
    assert marks == [(tag, ("value",)) for tag in tags]


ACTIVE = {**BOTH_GROUPS, "GICH_APR": 1, "GICH_LR0": ACT | 2 << 10 | 5, "GICH_LR1": PEND | 40}


@pytest.mark.parametrize(
    ("writes", "access", "tag"),
    [
        (TIE_IN_GROUP, Access("r", "GICV_IAR"), "tie"),
        (HIDES_NOTHING, Access("r", "GICV_IAR"), "grpdis"),
        (MIXED, Access("r", "GICV_IAR"), "bprmix"),
        ({**MIXED, "GICH_HCR": 0}, Access("r", "GICV_IAR"), None),
        (MIXED, Access("r", "GICV_HPPIR"), None),
        (ACTIVE, Access("w", "GICV_EOIR", 2 << 10 | 5), None),
        (ACTIVE, Access("w", "GICV_EOIR", 3 << 10 | 5), "completion_cpuid"),
        (ACTIVE, Access("w", "GICV_EOIR", 40), "completion_of_pending"),
        (ACTIVE, Access("w", "GICV_EOIR", 41), None),
        (ACTIVE, Access("w", "GICV_DIR", 41), "dir_without_eoimode"),
        ({**ACTIVE, "GICV_CTLR": 0x201}, Access("w", "GICV_DIR", 41), None),
        ({**ACTIVE, "GICH_APR": 0}, Access("w", "GICV_EOIR", 2 << 10 | 5), "eoi_when_idle"),
        ({**ACTIVE, "GICH_HCR": 0}, Access("w", "GICV_EOIR", 2 << 10 | 5), "completion_off"),
        ({**ACTIVE, "GICH_HCR": 0}, Access("w", "GICV_EOIR", 1023), None),
        (ACTIVE, Access("w", "GICH_LR2", PEND | 40), "duplicate"),
        (ACTIVE, Access("w", "GICH_LR1", ACT | 40), None),
        (ACTIVE, Access("w", "GICH_LR2", 40), None),
    ],
)
def test_avoided(writes, access, tag):
    assert avoided(state(writes), access) == tag


def test_document_has_the_tags_and_no_others():
    source = (ROOT / "tb/oracle/deviations.py").read_text()
    tags = set(re.findall(r'(?:Mark\(|return )"(\w+)"', source))
    document = (ROOT / "docs/qemu-differences.md").read_text()
    table, minimal = document.split("## To see for oneself")
    assert tags == set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert len(tags) > 10
    assert list(DIFFERENCES.items()) == re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", minimal, re.MULTILINE)


@pytest.mark.parametrize(("name", "text"), DIFFERENCES.items())
def test_document_says_what_is_due(name, text):
    gic, distributor = Gic(PARAMETERS), PhysicalDistributor()
    for op, reg, value in accesses(text):
        if reg.startswith("GICD"):
            due = distributor.write(reg, value) if op == "w" else distributor.read(reg)
            continue
        response = gic.access(0, op == "w", address(reg), value)
        due = response.value
        if response.deactivated is not None:
            distributor.deactivate(response.deactivated, 0)
    document = (ROOT / "docs/qemu-differences.md").read_text()
    [said] = re.findall(rf"^\| `{name}` \| `{re.escape(text)}` \| (\w+) \|", document, re.MULTILINE)
    assert due == int(said, 0)
