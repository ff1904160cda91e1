# SPDX-License-Identifier: Apache-2.0
import pytest
from story import PPI, SPI, Story, lr

from tb.model.machine.events import Entered, Mapped

MAPPED = 42


def test_legal_words() -> None:
    story = Story()
    story.tell(Mapped(None, MAPPED, 100))
    story.enter(lr(SPI, "PA"), lr(PPI), lr(5, source=3, eoi=True))
    assert story.count("INV-LR-2") == 3
    assert story.count("INV-LR-3") == 1
    assert story.count("INV-LR-1") > 0
    assert not story.found


@pytest.mark.parametrize(
    "word",
    [
        lr(MAPPED, "PA", pintid=100),
        lr(MAPPED, pintid=101),
        lr(SPI, pintid=100),
        lr(SPI) | 1 << 20,
        lr(SPI) | 1 << 13,
        lr(SPI, source=1),
    ],
)
def test_illegal_word(word: int) -> None:
    story = Story()
    story.tell(Mapped(None, MAPPED, 100))
    story.flush(0, word & ~(0x70_2000))
    state = story.state(0)
    story.tell(Entered(0, 0, state._replace(lrs=(word, *state.lrs[1:]))))
    assert "INV-LR-2" in story.found


def test_left_over() -> None:
    story = Story()
    story.enter(lr(SPI))
    story.exit()
    story.enter()
    assert "INV-LR-2" in story.found


def test_same_interrupt_twice() -> None:
    story = Story()
    story.enter(lr(SPI), lr(SPI))
    assert "INV-LR-1" in story.found


def test_same_interrupt_twice_for_a_moment() -> None:
    story = Story()
    story.gich(0, "GICH_HCR", 1)
    for index in range(2):
        story.gich(0, f"GICH_LR{index}", lr(SPI))
    assert story.found == {"INV-LR-1"}


def test_same_physical_interrupt_twice() -> None:
    story = Story()
    for intid in (MAPPED, MAPPED + 1):
        story.tell(Mapped(None, intid, 100))
    story.enter(lr(MAPPED, pintid=100), lr(MAPPED + 1, pintid=100))
    assert "INV-LR-1" in story.found


@pytest.mark.parametrize(("dialect", "found"), [("kvm17", True), ("classic", False)])
def test_sgi_twice(dialect: str, found: bool) -> None:
    story = Story(dialect)
    story.enter(lr(5, source=0), lr(5, source=1))
    assert ("INV-LR-1" in story.found) == found


@pytest.mark.parametrize("wrong", [{"elrsr": 0}, {"elrsr": 0xFF}, {"eisr": 1}])
def test_status_lies(wrong: dict[str, int]) -> None:
    story = Story()
    story.flush(0, lr(SPI))
    story.tell(Entered(0, 0, story.state(0)._replace(**wrong)))
    assert "INV-LR-3" in story.found
