# SPDX-License-Identifier: Apache-2.0
"""The scoreboard: every output pin and every observation word, against the reference, at every edge."""

from collections import Counter, deque
from typing import Any, NoReturn

from pyuvm import uvm_scoreboard, uvm_subscriber

from tb.uvm.diagnosis import Divergence, diagnose
from tb.uvm.monitor import note_moment
from tb.uvm.predictor import Accepted, Expectation, Predictor
from tb.uvm.recorder import Recorder
from tb.uvm.sample import (
    DEACT,
    DEACT_CPU_LSB,
    OUTPUT_PINS,
    PINS,
    PORT_WORDS,
    RDATA,
    CycleSample,
    Layout,
    flag,
    pack_outputs,
)

_LINES = flag("virq") | flag("vfiq") | flag("maint_irq")
_BUSY = flag("bvalid") | flag("rvalid") | flag("deact_valid") | _LINES

RECENT = 1024  # accesses kept to explain a divergence with


class Scoreboard(uvm_scoreboard):
    """Compares each CycleSample with what the predictor, which has not had it yet, expects at its edge.

    The first difference ends the test: one more edge is looked at, since it tells what came late from what
    never came, and the diagnosis names the rule.

    checks  how often each kind of comparison had something to compare
    """

    def __init__(
        self, name: str, parent: Any, layout: Layout, predictor: Predictor, recorder: Recorder
    ) -> None:
        super().__init__(name, parent)
        self.actual_export = uvm_subscriber.uvm_AnalysisImp("actual_export", self, self.write_actual)
        self.accepted_export = uvm_subscriber.uvm_AnalysisImp("accepted_export", self, self.write_accepted)
        self.checks: Counter[str] = Counter()
        self._layout = layout
        self._predictor = predictor
        self._recorder = recorder
        self._recent: deque[Accepted] = deque(maxlen=RECENT)
        self._previous: tuple[CycleSample, Expectation] | None = None
        self._divergence: Divergence | None = None
        self._ports: list[tuple[Any, int, int]] = [(None, 0, 0)] * layout.parameters.num_cpu
        self._banks: tuple[Any, ...] = (None,) * layout.parameters.num_cpu
        self._packed = [b""] * layout.parameters.num_cpu
        self._observations = b""

    def write_accepted(self, accepted: Accepted) -> None:
        self._recent.append(accepted)

    def write_actual(self, sample: CycleSample) -> None:
        expected = self._predictor.expectation
        if self._divergence:
            self._fail(self._divergence._replace(following=sample, following_expected=expected))
        if self._previous and not self._agree(sample, expected):
            note_moment()
            previous, previous_expected = self._previous
            self._divergence = Divergence(
                layout=self._layout,
                sample=sample,
                expected=expected,
                previous=previous,
                previous_expected=previous_expected,
                recent=[accepted for accepted in self._recent if accepted.cycle < sample.cycle],
                device=self._predictor.before(previous.cycle),
            )
        self._previous = (sample, expected)

    def check_phase(self) -> None:
        if self._divergence:
            self._fail(self._divergence)

    def _agree(self, sample: CycleSample, expected: Expectation) -> bool:
        words = sample.ports
        checks = self.checks
        agree = True
        start = 0
        for port, outputs in enumerate(expected.ports):
            known, mask, pins = self._ports[port]
            if outputs is not known:
                mask, pins = OUTPUT_PINS[outputs.bvalid | outputs.rvalid << 1], pack_outputs(outputs)
                self._ports[port] = (outputs, mask, pins)
            agree &= words[start + PINS] & mask == pins
            if pins & _BUSY:
                if outputs.rvalid:
                    checks["read data"] += 1
                    agree &= words[start + RDATA] == outputs.rdata
                if outputs.bvalid:
                    checks["write responses"] += 1
                if outputs.deact_valid:
                    checks["deactivations"] += 1
                    agree &= words[start + DEACT] == outputs.deact_id | outputs.deact_cpu << DEACT_CPU_LSB
                if pins & _LINES:
                    checks["lines high"] += 1
            start += PORT_WORDS
        if expected.banks is not self._banks:
            self._pack(expected.banks)
        checks["edges"] += 1
        return agree and sample.raw[self._layout.observation_start :] == self._observations

    def _pack(self, banks: tuple[tuple[int, ...], ...]) -> None:
        """Take over the observation words that have changed."""
        changed = [bank for bank, words in enumerate(banks) if words != self._banks[bank]]
        if changed:
            self.checks["state changes"] += self._observations != b""
            for bank in changed:
                self._packed[bank] = self._layout.pack_observation(banks[bank])
            self._observations = b"".join(self._packed)
        self._banks = banks

    def _fail(self, divergence: Divergence) -> NoReturn:
        at_the_edge = [accepted for accepted in self._recent if accepted.cycle == divergence.sample.cycle]
        self._recorder.fail(diagnose(divergence._replace(following_accepts=at_the_edge)))
