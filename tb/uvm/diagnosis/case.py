# SPDX-License-Identifier: Apache-2.0
"""What is known about a divergence."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import gicv2_registers as regs
from tb.model.hardware.device import Device
from tb.uvm.diagnosis.words import LR0, outcome
from tb.uvm.predictor import Accepted, Expectation
from tb.uvm.sample import PORT_WORDS, CycleSample, Layout, differing_pins

Rules = tuple[str, ...]
LR_STATES: Final = ("INV", "PEND", "ACT", "PACT")


class Divergence(NamedTuple):
    """Everything that is known about the first edge at which the RTL differs from the reference.

    sample, expected               at that edge
    previous, previous_expected    one edge before, where both agreed
    following, following_expected  one edge after, where there was one
    following_accepts              accesses accepted at the edge
    recent                         accesses accepted before, the last one last
    device                         the reference before the previous edge
    """

    layout: Layout
    sample: CycleSample
    expected: Expectation
    previous: CycleSample
    previous_expected: Expectation
    recent: Sequence[Accepted]
    device: Device
    following: CycleSample | None = None
    following_expected: Expectation | None = None
    following_accepts: Sequence[Accepted] = ()


class Finding(NamedTuple):
    """What differs and which rules, the likeliest first, it breaks.

    access  what caused it; None if no access did
    """

    subject: str
    rtl: str
    model: str
    rules: Rules
    access: Accepted | None


class Case:
    """A divergence, unpacked.

    edge     the edge whose effects are wrong: the one before the divergence showed
    accepts  what the reference accepted there
    rtl, model, before  observation words of each bank at the divergence, and at the edge
    later_rtl           what the RTL showed one edge later, if there was one
    """

    def __init__(self, divergence: Divergence) -> None:
        self.d = divergence
        self.layout = divergence.layout
        self.parameters = divergence.layout.parameters
        self.cpus = range(self.parameters.num_cpu)
        self.lrs = range(LR0, LR0 + self.parameters.num_lr)
        self.edge = divergence.previous.cycle
        self.accepts = [accepted for accepted in divergence.recent if accepted.cycle == self.edge]
        self.rtl = self._banks(divergence.sample)
        self.model = divergence.expected.banks
        self.before = divergence.previous_expected.banks
        self.later_rtl = self._banks(divergence.following) if divergence.following else None

    def _banks(self, sample: CycleSample) -> list[tuple[int, ...]]:
        return [self.layout.observation(sample.raw, bank) for bank in self.cpus]

    def accept_in(self, bank: int) -> Accepted | None:
        """What the reference let this bank accept at the edge."""
        return next((accepted for accepted in self.accepts if accepted.access.bank == bank), None)

    def last(self, suits: Callable[[Accepted], bool]) -> Accepted | None:
        """The last access of a kind."""
        return next(filter(suits, reversed(self.d.recent)), None)

    def differing(self, bank: int, words: Iterable[int]) -> list[int]:
        """Those of the words of a bank that differ."""
        return [word for word in words if self.rtl[bank][word] != self.model[bank][word]]

    def pins(self, port: int) -> dict[str, tuple[int, int]]:
        """The output pins of a port that differ: (rtl, model)."""
        words = self.d.sample.ports[PORT_WORDS * port : PORT_WORDS * (port + 1)]
        return differing_pins(self.d.expected.ports[port], words)

    def held(self, port: int, write: bool) -> bool:
        """Whether the master held a response of a port back at the edge."""
        outputs, inputs = self.d.previous_expected.ports[port], self.d.previous.inputs(port)
        return bool(outputs.bvalid and not inputs.bready if write else outputs.rvalid and not inputs.rready)

    def is_late(self, bank: int, words: Sequence[int]) -> bool:
        """Whether these words of a bank are as before the edge, and right one edge later.

        Not if the next access would have made them so from what they are.
        """
        if self.later_rtl is None or self.d.following_expected is None:
            return False
        now, later = self.rtl[bank], self.later_rtl[bank]
        right = self.model[bank], self.d.following_expected.banks[bank]
        accepted = next((other for other in self.d.following_accepts if other.access.bank == bank), None)
        expected = outcome(now, accepted, self.parameters).words if accepted else now
        return all(
            now[word] == self.before[bank][word]
            and later[word] in (right[0][word], right[1][word])
            and later[word] != expected[word]
            for word in words
        )

    def bank_name(self, bank: int) -> str:
        """A prefix for registers where there are several banks."""
        return f"bank{bank} " if self.parameters.num_cpu > 1 else ""

    def word(self, bank: int, word: int, rules: Rules, accepted: Accepted | None) -> Finding:
        """A finding about the first field that differs in a word of a bank."""
        rtl, model = self.rtl[bank][word], self.model[bank][word]
        name = self.layout.observation_names[word]
        subject, shown = name.removeprefix("GICH_"), [f"{rtl:#x}", f"{model:#x}"]
        for field in regs.REGISTERS[name].fields if name in regs.REGISTERS else ():
            if (rtl ^ model) & field.mask:
                values = [(value & field.mask) >> field.lsb for value in (rtl, model)]
                shown = [LR_STATES[value] if field.name == "State" else f"{value:#x}" for value in values]
                subject += f".{field.name}"
                break
        return Finding(self.bank_name(bank) + subject, shown[0], shown[1], rules, accepted)

    def pin(self, port: int, pin: str, rules: Rules, accepted: Accepted | None) -> Finding:
        """A finding about an output pin of a port."""
        rtl, model = self.pins(port)[pin]
        on_bus = pin.startswith(("a", "w", "b", "r"))
        subject = f"s{port}_axi_{pin}" if on_bus else f"{pin}[{port}]"
        return Finding(subject, f"{rtl:#x}", f"{model:#x}", rules, accepted)
