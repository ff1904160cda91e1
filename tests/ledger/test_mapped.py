# SPDX-License-Identifier: Apache-2.0
import pytest
from story import OPEN, Story, lr

from gicv2_registers import GICH_VMCR_VEM_MASK
from tb.model.hypervisor.platform import Physical
from tb.model.machine.events import (
    Deactivated,
    LineChanged,
    Mapped,
    PhysicalChanged,
    PhysicalTaken,
    Sampled,
    TrapEnded,
    TrapStarted,
)

MAPPED = 42
PHYSICAL = 100


def story_of() -> Story:
    story = Story()
    story.set_up(MAPPED, edge=False)
    story.tell(Mapped(None, MAPPED, PHYSICAL), LineChanged(None, MAPPED, 1), PhysicalTaken(0, None, PHYSICAL))
    story.inject(MAPPED)
    return story


def test_deactivated_once() -> None:
    story = story_of()
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    story.complete(story.acknowledge())
    story.leave()
    assert story.count("INV-HW-1") == 1
    assert story.count("INV-HW-2") == 2
    assert not story.found


def test_deactivated_while_active() -> None:
    story = story_of()
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    story.acknowledge()
    story.tell(PhysicalChanged(Physical.DEACTIVATE, None, PHYSICAL, True))
    assert story.found == {"INV-HW-1"}


def test_never_deactivated() -> None:
    story = story_of()
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    value = story.acknowledge()
    story.leave()
    story.enter(*(lr(50 + n, "A") for n in range(4)))
    story.complete(value)  # counted, in no list register
    story.leave()
    assert "INV-HW-1" in story.found


def test_deactivated_by_software() -> None:
    story = story_of()
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    value = story.acknowledge()
    story.leave()
    story.enter(*(lr(50 + n, "A") for n in range(4)))
    story.complete(value)
    story.exit()
    story.tell(PhysicalChanged(Physical.DIR, None, PHYSICAL, True))
    story.sync()
    assert story.count("INV-HW-1") == 1
    assert "INV-HW-1" not in story.found


def test_was_not_active() -> None:
    story = story_of()
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    story.tell(PhysicalChanged(Physical.DEACTIVATE, None, PHYSICAL, True))
    before = story.state(0)
    value = story.acknowledge()
    assert before.lrs[0]
    assert story.found == {"INV-HW-2"}
    story.banks[0].write_gich(0x100, lr(MAPPED, "A"))  # so that the bank does not ask for it
    story.complete(value)
    story.tell(Deactivated(0, None, PHYSICAL, False))
    assert story.found == {"INV-HW-1", "INV-HW-2"}


def test_software_finds_it_not_active() -> None:
    story = story_of()
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    value = story.acknowledge()
    story.leave()
    story.enter(*(lr(50 + n, "A") for n in range(4)))
    story.complete(value)
    story.exit()
    story.tell(PhysicalChanged(Physical.DIR, None, PHYSICAL, False))
    story.sync()
    assert [violation.detail for violation in story.ledger.violations if violation.id == "INV-HW-1"] == [
        f"physical {PHYSICAL} was deactivated twice"
    ]


@pytest.mark.parametrize(("intid", "found"), [(MAPPED, set()), (MAPPED + 1, {"INV-HW-1"})])
def test_deactivated_again_while_dir_is_trapped(intid: int, found: set[str]) -> None:
    """It has come again, and its wire has fallen, before the fold reads that."""
    story = story_of()
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    story.acknowledge()
    story.leave()
    story.tell(TrapStarted(0, True, None, 4, intid))
    if not found:
        story.tell(PhysicalChanged(Physical.DIR, None, PHYSICAL, True), PhysicalTaken(0, None, PHYSICAL))
    story.tell(PhysicalChanged(Physical.DEACTIVATE, None, PHYSICAL, True))
    story.tell(TrapEnded(0, True, None, 4, intid, False))
    assert story.found == found


def test_loaded_while_not_active() -> None:
    story = Story()
    story.tell(Mapped(None, MAPPED, PHYSICAL))
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    assert story.found == {"INV-HW-2"}


@pytest.mark.parametrize(("by_dir", "found"), [(False, {"INV-SPUR-1"}), (True, set())])
def test_a_sync_reads_the_wire_of_what_it_folds(by_dir: bool, found: set[str]) -> None:
    """Which a trapped DIR has folded already: what the VGIC has been told since may hold."""
    story = story_of()
    story.gich(0, "GICH_VMCR", OPEN | by_dir * GICH_VMCR_VEM_MASK)
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    value = story.acknowledge()
    story.complete(value)
    directed = (0, True, None, 4, value)
    if by_dir:
        story.leave()
        story.tell(TrapStarted(*directed), PhysicalChanged(Physical.DIR, None, PHYSICAL, True))
        story.tell(TrapEnded(*directed, False))
        story.enter()
    story.tell(PhysicalTaken(0, None, PHYSICAL))
    story.inject(MAPPED)
    story.tell(LineChanged(None, MAPPED, 0))
    story.leave()
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    story.acknowledge()
    assert story.found & {"INV-SPUR-1"} == found


def test_what_the_vgic_samples_it_believes_until_the_next_fold() -> None:
    story = Story()
    story.set_up(MAPPED, edge=False)
    story.tell(Mapped(None, MAPPED, PHYSICAL), LineChanged(None, MAPPED, 1), Sampled(None, PHYSICAL, 1))
    story.tell(LineChanged(None, MAPPED, 0), PhysicalTaken(0, None, PHYSICAL))
    story.enter()
    story.leave()
    story.enter(lr(MAPPED, pintid=PHYSICAL))
    story.acknowledge()
    assert not story.found
