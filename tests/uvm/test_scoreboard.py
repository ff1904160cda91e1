# SPDX-License-Identifier: Apache-2.0
"""The scoreboard sees every output pin and every bit of every observation word, and nothing else."""

import pytest

from tb.model.hardware.parameters import Parameters
from tb.uvm.recorder import CheckError
from tb.uvm.sample import DEACT, DEACT_CPU_LSB, FLAGS, PINS, PORT_WORDS, RDATA, Layout
from tests.uvm.bench import Bench

PARAMETERS = Parameters(num_cpu=2, num_lr=2)
NAMES = Layout(PARAMETERS).observation_names
OUTPUTS = ("awready", "wready", "bvalid", "arready", "rvalid", "virq", "vfiq", "maint_irq", "deact_valid")
LATE = 300  # edge from which errors are planted


def caught(alter, edges=3000, parameters=PARAMETERS):
    """The message about an error planted in random traffic."""
    bench = Bench(parameters, alter)
    with pytest.raises(CheckError) as error:
        bench.random(edges)
    return str(error.value)


def test_agreement_passes_and_is_counted():
    bench = Bench(PARAMETERS)
    bench.random(3000)
    bench.drain()
    bench.finish()
    for kind in ("edges", "state changes", "read data", "write responses", "deactivations", "lines high"):
        assert bench.scoreboard.checks[kind] > 50, kind
    assert bench.scoreboard.checks["edges"] == bench.cycle  # all but the first


@pytest.mark.parametrize("port", [0, 1])
@pytest.mark.parametrize("pin", OUTPUTS)
def test_each_output_pin_is_compared(pin, port):
    def alter(words, cycle):
        if cycle == LATE:
            words[PORT_WORDS * port + PINS] ^= 1 << FLAGS[pin][0]

    message = caught(alter)
    assert f"s{port}_axi_{pin}: rtl=" in message or f"{pin}[{port}]: rtl=" in message
    assert f"at cycle {LATE} " in message


@pytest.mark.parametrize(
    ("payload", "valid", "word", "bit"),
    [
        ("rdata", "rvalid", RDATA, 31),
        ("rresp", "rvalid", PINS, FLAGS["rresp"][0] + 1),
        ("bresp", "bvalid", PINS, FLAGS["bresp"][0] + 1),
        ("deact_id", "deact_valid", DEACT, 9),
        ("deact_cpu", "deact_valid", DEACT, DEACT_CPU_LSB + 2),
    ],
)
def test_each_payload_is_compared_under_its_valid_only(payload, valid, word, bit):
    def when(level):
        def alter(words, cycle):
            if cycle >= LATE and words[PORT_WORDS + PINS] >> FLAGS[valid][0] & 1 == level:
                words[PORT_WORDS + word] ^= 1 << bit

        return alter

    assert payload in caught(when(1))
    bench = Bench(PARAMETERS, when(0))
    bench.random(1000)
    bench.drain()
    bench.finish()


@pytest.mark.parametrize("bank", [0, 1])
@pytest.mark.parametrize("word", range(len(NAMES)), ids=NAMES)
def test_each_observation_word_is_compared(word, bank):
    index = PORT_WORDS * PARAMETERS.num_cpu + bank * len(NAMES) + word

    def alter(words, cycle):
        if cycle == LATE:
            words[index] ^= 1 << 30

    message = caught(alter)
    assert message.startswith(f"bank{bank} {NAMES[word].removeprefix('GICH_')}")
    assert f"at cycle {LATE} " in message


def test_every_bit_of_a_list_register_is_compared():
    for bit in range(32):
        index = PORT_WORDS * PARAMETERS.num_cpu + len(NAMES) - 1

        def alter(words, cycle, bit=bit, index=index):
            if cycle == LATE:
                words[index] ^= 1 << bit

        assert caught(alter).startswith("bank0 LR1")


def test_state_of_a_missing_reset_is_seen():
    def alter(words, cycle):
        if cycle == 1:
            words[PORT_WORDS * 2 + 1] = 1

    assert "V2-RST-1" in caught(alter)


def test_nothing_is_compared_before_the_first_reset_edge():
    def alter(words, cycle):
        if cycle == 0:
            aresetn = words[PINS] & 1 << 31
            words[:] = [0xFFFF_FFFF] * len(words)
            words[PINS] = words[PORT_WORDS + PINS] = 0x7FFF_FFFF | aresetn

    Bench(PARAMETERS, alter).random(100)


def test_an_error_at_the_last_edge_is_seen():
    bench = Bench(PARAMETERS)
    bench.random(100)
    bench.alter = lambda words, cycle: words.__setitem__(PINS, words[PINS] ^ 1 << FLAGS["virq"][0])
    bench.edge()
    with pytest.raises(CheckError, match=r"virq\[0\]"):
        bench.finish()
