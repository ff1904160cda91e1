# SPDX-License-Identifier: Apache-2.0
"""A foreign device beside the reference: clean where it should be, and each planted error is seen."""

from dataclasses import replace

import pytest

from tb.dut.checker import Checker
from tb.dut.description import OPEN
from tb.dut.device import DifferenceError
from tests.dut.fake import DESCRIPTION, NUM_LR, FakeDevice, run, traffic

STATE_EVERY = 5


def check(device, description=DESCRIPTION, number=2000, seed=1):
    """The counts of a run that found no difference."""
    checker = Checker(device, description, NUM_LR)
    run(checker.reset())
    for n, (write, address, data) in enumerate(traffic(seed, number)):
        run(checker.access(0, write, address, data))
        if n % STATE_EVERY == 0:
            run(checker.check_state(0))
    return checker.counts


def with_choices(**choices):
    return replace(DESCRIPTION, choices=replace(DESCRIPTION.choices, **choices))


@pytest.mark.parametrize("observed", [False, True])
def test_a_device_that_is_right_is_clean_and_all_is_counted(observed):
    counts = check(FakeDevice(observed))
    assert counts["accesses"] == counts["response"] == counts["deactivation"] == 2002
    assert 300 < counts["value"] < 2002
    assert counts["lines"] > 3 * 2002
    assert counts["states"] == 402
    assert counts["deactivations"] > 20


class WrongValue(FakeDevice):
    async def access(self, *how):
        seen = await super().access(*how)
        return seen._replace(value=seen.value ^ 1) if seen.value and self.accesses > 90 else seen


class WrongResponse(FakeDevice):
    async def access(self, *how):
        return (await super().access(*how))._replace(error=self.accesses == 90)


class NoDeactivation(FakeDevice):
    async def access(self, *how):
        return (await super().access(*how))._replace(deactivated=[])


class TwoDeactivations(FakeDevice):
    async def access(self, *how):
        seen = await super().access(*how)
        return seen._replace(deactivated=seen.deactivated * 2)


class StuckLine(FakeDevice):
    def lines(self, cpu, otherwise):
        return super().lines(cpu, otherwise)._replace(virq=0)


class LateLine(FakeDevice):
    """One line follows one access late."""

    last = None

    def lines(self, cpu, otherwise):
        now = super().lines(cpu, otherwise)
        shown, self.last = self.last or now, now
        return now._replace(maint=shown.maint)


class LosesAState(FakeDevice):
    """Whatever is active and pending becomes inactive by its completion; no line and no answer tells."""

    async def access(self, cpu, bank, write, address, data, strb):
        seen = await super().access(cpu, bank, write, address, data, strb)
        if self.accesses == 100:
            self.gic.access(0, True, 0x410C, 0x2000_0000 | 999)
        return seen


class NeverAnswers(FakeDevice):
    async def access(self, *how):
        raise DifferenceError("no response within 9 clock cycles")


class UnreadableState(FakeDevice):
    async def read(self, cpu, address):
        return 0, True


PLANTED = {
    WrongValue: "value is ",
    WrongResponse: "response is SLVERR, the reference has OKAY",
    NoDeactivation: "deactivation is none, the reference has 50",
    TwoDeactivations: "deactivation is 50, 50, the reference has 50",
    StuckLine: "virq of CPU 0 is 0, the reference has 1",
    LateLine: "maint of CPU 0 is ",
    LosesAState: "GICH_LR3 of CPU 0 is 0x200003e7, the reference has ",
    NeverAnswers: "0 ns: no response within 9 clock cycles, at the write of 0x00000001 to GICH_HCR by CPU 0",
    UnreadableState: "GICH_HCR response is SLVERR, the reference has OKAY at a read by CPU 0 (V2-MAP-7)",
}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda device: device.__name__)
def test_a_planted_error_is_caught(planted):
    with pytest.raises(DifferenceError) as caught:
        check(planted())
    assert PLANTED[planted] in str(caught.value)


def test_a_line_that_is_late_is_told_from_one_that_is_wrong():
    with pytest.raises(DifferenceError) as late:
        check(LateLine())
    assert "; it follows 1 cycles later: [lines] latency = " in str(late.value)
    with pytest.raises(DifferenceError) as wrong:
        check(StuckLine())
    assert "it follows" not in str(wrong.value)


# ---- choices


class HighestWins(FakeDevice):
    """Of equally urgent list registers the last is chosen: the reference with its registers in reverse."""

    @staticmethod
    def _turned(address):
        return (
            0x4100 + 4 * (NUM_LR - 1) - (address - 0x4100)
            if 0x4100 <= address < 0x4100 + 4 * NUM_LR
            else address
        )

    @staticmethod
    def _bits(address, value):
        if address in (0x4020, 0x4030):
            return int(f"{value:0{NUM_LR}b}"[::-1], 2)
        return value

    async def read(self, cpu, address):
        value, error = await super().read(cpu, self._turned(address))
        return self._bits(address, value), error

    async def access(self, cpu, bank, write, address, data, strb):
        return await super().access(cpu, bank, write, self._turned(address), data, strb)


class NeverCounts(FakeDevice):
    """EOICount stays as it is."""

    async def access(self, cpu, bank, write, address, data, strb):
        before = self.gic.banks[0].words[0]
        seen = await super().access(cpu, bank, write, address, data, strb)
        if address in (0x6010, 0x7000):
            self.gic.access(0, True, 0x4000, before)
        return seen


class OwnReset(FakeDevice):
    async def reset(self):
        await super().reset()
        self.gic.access(0, True, 0x4008, 0xF800_0000)


CHOICES = {
    HighestWins: {"tie": OPEN},
    NeverCounts: {"eoi_no_match": OPEN},
    OwnReset: {"reset": OPEN},
}


def distinct(device, description, number=3000):
    """As check, but no two list registers ever hold the same interrupt (V2-LR-7)."""
    checker = Checker(device, description, NUM_LR)
    run(checker.reset())
    for write, address, data in traffic(2, number):
        if address >= 0x4100 and address < 0x4200:
            data = data & ~0x3FF | 32 + (address - 0x4100 >> 2)
        elif address in (0x6010, 0x7000):
            data = 32 + data % NUM_LR
        run(checker.access(0, write, address, data))
    run(checker.check_state(0))


@pytest.mark.parametrize("device", CHOICES, ids=lambda device: device.__name__)
def test_an_open_choice_is_followed(device):
    distinct(device(), with_choices(**CHOICES[device]))
    with pytest.raises(DifferenceError):
        distinct(device(), DESCRIPTION)


@pytest.mark.parametrize("device", CHOICES, ids=lambda device: device.__name__)
def test_an_open_choice_excuses_nothing_else(device):
    """An acknowledge that makes no state change is none that any choice allows."""

    class Wrong(device):
        async def access(self, cpu, bank, write, address, data, strb):
            words = self.gic.banks[0].words
            seen = await super().access(cpu, bank, write, address, data, strb)
            if address == 0x600C and seen.value < 1020:
                for n, word in enumerate(words[8:]):
                    self.gic.access(0, True, 0x4100 + 4 * n, word)
            return seen

    with pytest.raises(DifferenceError):
        distinct(Wrong(), with_choices(**CHOICES[device]))


def test_the_reference_of_the_description_has_its_parameters():
    for choice in ("grp_filter", "hppir_pmr"):
        device = FakeDevice()
        description = with_choices(**{choice: 1 - getattr(DESCRIPTION.choices, choice)})
        with pytest.raises(DifferenceError):
            check_with_groups(device, description)
        device.gic = type(device.gic)(description.parameters(NUM_LR))
        check_with_groups(device, description)


def check_with_groups(device, description):
    """A winner of a disabled group, and one that PMR masks."""
    checker = Checker(device, description, NUM_LR)
    run(checker.reset())
    for write, address, data in (
        (True, 0x4000, 1),
        (True, 0x4008, 0xF84C_0005),
        (True, 0x4100, 0x5000_0000 | 40),
        (True, 0x4104, 0x1800_0000 | 41),
        (False, 0x6018, 0),
        (True, 0x6004, 0x10),
        (True, 0x6000, 7),
        (False, 0x6018, 0),
        (True, 0x4100, 0x5F80_0000 | 40),
        (False, 0x6018, 0),
    ):
        run(checker.access(0, write, address, data))
