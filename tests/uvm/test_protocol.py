# SPDX-License-Identifier: Apache-2.0
"""The protocol checker needs no reference: it sees what AXI4-Lite and the deactivation port forbid."""

import pytest
from pyuvm import uvm_root

from tb.model.hardware.parameters import Parameters
from tb.uvm.protocol import ProtocolChecker
from tb.uvm.recorder import CheckError, Recorder
from tb.uvm.sample import ADDRESSES, DEACT, FLAGS, PINS, PORT_WORDS, RDATA, WDATA, Layout, flag
from tests.uvm.bench import Bench

PARAMETERS = Parameters(num_cpu=1, num_lr=1)
LAYOUT = Layout(PARAMETERS)
ARESETN = flag("aresetn")


class Pins:
    """A protocol checker, and the pins of one port to show it."""

    def __init__(self):
        uvm_root().clear_children()
        self.checker = ProtocolChecker(
            "protocol", uvm_root(), 1, Recorder("recorder", uvm_root(), LAYOUT, seed=1)
        )
        self.cycle = 0

    def edge(self, *pins, aresetn=1, **words):
        """One edge at which these pins are high; payload words by name."""
        value = [0] * PORT_WORDS
        for name, word in (("addresses", ADDRESSES), ("wdata", WDATA), ("rdata", RDATA), ("deact", DEACT)):
            value[word] = words.get(name, 0)
        value[PINS] = (
            sum(1 << FLAGS[pin][0] for pin in pins) | words.get("flags", 0) | (ARESETN if aresetn else 0)
        )
        self.checker.write(
            LAYOUT.sample(self.cycle, sum(word << 32 * index for index, word in enumerate(value)))
        )
        self.cycle += 1

    def write_is_taken(self):
        self.edge("awvalid", "awready", "wvalid", "wready")

    def read_is_taken(self):
        self.edge("arvalid", "arready")


@pytest.fixture
def pins():
    return Pins()


def is_refused(pins, *names, match, **words):
    pins.edge(*names, **words)
    with pytest.raises(CheckError, match=match):
        pins.edge()  # a violation is told one edge later


def test_complete_accesses_pass(pins):
    pins.write_is_taken()
    pins.edge("bvalid")
    pins.edge("bvalid", "bready")
    pins.read_is_taken()
    pins.edge("rvalid", "rready", rdata=7)
    pins.edge("deact_valid", deact=33)
    pins.edge("deact_valid", "deact_ready", deact=33)
    pins.edge()
    pins.checker.check_phase()
    assert pins.checker.checks == {
        "B held": 1,
        "write responses": 1,
        "read responses": 1,
        "deactivation held": 1,
    }


@pytest.mark.parametrize(
    ("channel", "rule"),
    [
        ("aw", "AXI4-Lite"),
        ("w", "AXI4-Lite"),
        ("ar", "AXI4-Lite"),
        ("b", "V2-CYC-4"),
        ("r", "V2-CYC-2"),
        ("deact_", "V2-CYC-7"),
    ],
)
def test_valid_holds_until_ready(pins, channel, rule):
    pins.write_is_taken()
    pins.read_is_taken()
    pins.edge(f"{channel}valid")
    is_refused(pins, match=rf"VALID fell before READY at cycle 3 \({rule}")


@pytest.mark.parametrize(
    ("channel", "payload"),
    [
        ("aw", {"addresses": 4}),
        ("w", {"wdata": 1 << 31}),
        ("w", {"flags": 8 << FLAGS["wstrb"][0]}),
        ("ar", {"addresses": 4 << 16}),
        ("b", {"flags": 2 << FLAGS["bresp"][0]}),
        ("r", {"rdata": 1}),
        ("r", {"flags": 2 << FLAGS["rresp"][0]}),
        ("deact_", {"deact": 1}),
    ],
)
def test_payload_holds_until_ready(pins, channel, payload):
    pins.write_is_taken()
    pins.read_is_taken()
    pins.edge(f"{channel}valid")
    is_refused(pins, f"{channel}valid", match="payload changed", **payload)


def test_payload_may_change_after_the_handshake(pins):
    pins.edge("awvalid", "awready", addresses=4)
    pins.edge("awvalid", "awready", addresses=8)
    pins.edge()


def test_no_write_response_without_address(pins):
    pins.edge("wvalid", "wready")
    is_refused(pins, "bvalid", match="a response without a write")


def test_no_write_response_without_datum(pins):
    pins.edge("awvalid", "awready")
    is_refused(pins, "bvalid", match="a response without a write")


def test_no_write_response_at_the_edge_of_the_request(pins):
    is_refused(pins, "awvalid", "awready", "wvalid", "wready", "bvalid", match="a response without a write")


def test_no_second_response(pins):
    pins.read_is_taken()
    pins.edge("rvalid", "rready")
    is_refused(pins, "rvalid", match="a response without a read")


def test_every_request_is_answered_before_the_end(pins):
    pins.write_is_taken()
    pins.read_is_taken()
    pins.read_is_taken()
    with pytest.raises(CheckError, match="owes 1 write and 2 read responses"):
        pins.checker.check_phase()


def test_reset_drops_what_is_owed_and_held(pins):
    pins.write_is_taken()
    pins.edge("bvalid")
    pins.edge(aresetn=0)
    pins.edge()
    pins.checker.check_phase()
    is_refused(pins, "bvalid", match="a response without a write")


def test_a_violation_at_the_last_edge_is_seen(pins):
    pins.edge("rvalid")
    with pytest.raises(CheckError, match="a response without a read"):
        pins.checker.check_phase()


def test_the_scoreboard_has_the_first_word():
    def drop_bvalid(words, cycle):
        if cycle > 100 and words[PINS] & flag("bvalid") and not words[PINS] & flag("bready"):
            drop_bvalid.at = cycle + 1
        if cycle == drop_bvalid.at:
            words[PINS] &= ~flag("bvalid")

    drop_bvalid.at = None
    with pytest.raises(CheckError, match="s0_axi_bvalid: rtl=0x0 model=0x1"):
        Bench(PARAMETERS, drop_bvalid).random(1000)
