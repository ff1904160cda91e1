# SPDX-License-Identifier: Apache-2.0
"""The device synthesises, and the check would notice if it did not."""

import re

import pytest

from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.paths import SIM_BUILD
from tb.synthesis import TOP, synthesise

ONE_CPU = Parameters(num_cpu=1, num_lr=4)


def test_device_synthesises_and_more_list_registers_cost_more():
    small, large = (synthesise(Parameters(num_cpu=1, num_lr=n), observed=False) for n in (4, 16))
    assert 0 < small.cells < large.cells
    assert large.flops - small.flops >= 12 * 29, "each list register holds 29 bits"
    assert 0 < small.depth <= large.depth


def test_open_observation_port_costs_nothing():
    left_open = synthesise(ONE_CPU, observed=False)
    observed = synthesise(ONE_CPU, observed=True)
    # The accept counter and what the last access was: 8 + 21 bits, of which NUM_CPU=1 needs no port number.
    assert 0 < observed.flops - left_open.flops <= 29
    assert re.search(r"output \[\d+:0\] obs ?;", observed.netlist.read_text())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("reg q; always @* if (a) q = b; assign y = q;", "dlatch"),
        ("wire w; assign w = a; assign w = b; assign y = w;", "multiple conflicting drivers"),
        ("wire w = !(w & a); assign y = w & b;", "logic loop"),
        ("reg q; initial begin q = 0; #5 q = 1; end assign y = q & a & b & missing.signal;", "missing"),
    ],
    ids=["latch", "two drivers", "loop", "unknown name"],
)
def test_what_is_not_hardware_is_refused(body, reason, request):
    module = f"module {TOP}(input wire a, input wire b, output wire y, output wire obs);"
    parameters = "parameter NUM_CPU=1, NUM_LR=4, IIDR=0, GRP_FILTER=1, HPPIR_PMR=0, IRQ_REG=0;"
    directory = SIM_BUILD / "synth" / "planted"
    directory.mkdir(parents=True, exist_ok=True)
    source = directory / f"{request.node.callspec.id.replace(' ', '_')}.v"
    source.write_text(f"{module} {parameters} assign obs = a; {body} endmodule\n")
    with pytest.raises(UserError, match=reason):
        synthesise(Parameters(num_cpu=1, iidr=len(body)), observed=True, files=[source])
