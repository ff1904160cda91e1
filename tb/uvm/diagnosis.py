# SPDX-License-Identifier: Apache-2.0
"""Which rule a divergence between the RTL and the reference breaks."""

from collections.abc import Sequence
from typing import NamedTuple

from tb.model.hardware.device import Device
from tb.uvm.predictor import Accepted, Expectation
from tb.uvm.sample import CycleSample, Layout, differing_pins, PORT_WORDS


class Divergence(NamedTuple):
    """Everything that is known about the first edge at which the RTL differs from the reference.

    sample, expected                      at that edge
    previous, previous_expected           one edge before, where both agreed
    following, following_expected         one edge after, where there was one
    recent                                accesses accepted before, the last one last
    device                                the reference before the previous edge
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


def diagnose(divergence: Divergence) -> str:
    d = divergence
    out = []
    for p, o in enumerate(d.expected.ports):
        for name, (rtl, model) in differing_pins(
            o, d.sample.ports[PORT_WORDS * p : PORT_WORDS * (p + 1)]
        ).items():
            out.append(f"port {p} {name}: rtl={rtl:#x} model={model:#x}")
    for b, words in enumerate(d.expected.banks):
        for name, rtl, model in zip(d.layout.observation_names, d.layout.observation(d.sample.raw, b), words):
            if rtl != model:
                out.append(f"bank {b} {name}: rtl={rtl:#x} model={model:#x}")
    return f"{'; '.join(out)} at cycle {d.sample.cycle} after {[str(a) for a in d.recent[-3:]]}"
