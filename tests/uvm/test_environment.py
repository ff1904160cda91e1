# SPDX-License-Identifier: Apache-2.0
"""The environment refuses a device or a test that it cannot check."""

from collections import Counter
from types import SimpleNamespace

import pytest
from pyuvm import uvm_root

from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.uvm import predictor
from tb.uvm.base_test import LockstepTest
from tb.uvm.monitor import Monitor
from tb.uvm.sample import PORT_WORDS, Layout
from tests.uvm.bench import Bench

LAYOUT = Layout(Parameters(num_cpu=1, num_lr=1))


def monitor(**signals):
    uvm_root().clear_children()
    return Monitor("monitor", uvm_root(), SimpleNamespace(_name="tb_top", **signals), LAYOUT)


def test_a_device_without_a_signal_is_named():
    with pytest.raises(UserError, match="tb_top lacks the signal sample"):
        monitor(aclk=0, aresetn=0)


def test_a_sample_for_other_parameters_is_named():
    with pytest.raises(UserError, match=r"tb_top.sample has 7 bits; .*num_lr=1.* need 480"):
        monitor(aclk=0, aresetn=0, sample="7 bits.")


def test_unknown_bits_are_named_by_word():
    bits = "0" * 8 * LAYOUT.size
    unknown = LAYOUT.unknown("x" + bits[1:-4] + "z" + bits[-3:])
    assert unknown == f"port 0 addresses={'0' * 28}z000, bank 0 GICH_LR0=x{'0' * 31}"


@pytest.mark.parametrize("missing", ["edges", "state changes", "my own"])
def test_a_test_that_checks_nothing_fails(missing):
    checks = Counter({"edges": 1, "state changes": 1, "my own": 1})
    test = SimpleNamespace(env=SimpleNamespace(checks=checks), required=("my own",), counted=Counter())
    LockstepTest.check_phase(test)
    del checks[missing]
    with pytest.raises(AssertionError, match=f"nothing was checked: {missing}"):
        LockstepTest.check_phase(test)


@pytest.mark.parametrize("edges", [99, 100, 101, 250])
def test_the_reference_can_be_looked_at_as_it_was(monkeypatch, edges):
    monkeypatch.setattr(predictor, "SNAPSHOT_INTERVAL", 50)
    bench = Bench(Parameters(num_cpu=2, num_lr=2))
    states = []
    bench.alter = lambda words, cycle: states.append((cycle, list(words)))
    bench.random(edges)
    for cycle, words in states[-50:]:
        device = bench.predictor.before(cycle)
        assert [word for bank in range(2) for word in device.observation(bank)] == words[2 * PORT_WORDS :]
