# SPDX-License-Identifier: Apache-2.0
"""The packed vector `sample` of tb_top: every pin and every observation word of the device at an edge.

32-bit words, word 0 lowest. PORT_WORDS words for each CPU port, then the observation words of each bank:

    5p+0  [15:0] awaddr [31:16] araddr        5p+2  rdata
    5p+1  wdata                               5p+3  see FLAGS
    5p+4  [9:0] deact_id [12:10] deact_cpu
"""

from collections.abc import Sequence
from struct import Struct
from typing import Final, NamedTuple

from tb.model.hardware.device import PortInputs, PortOutputs
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import Lines

PORT_WORDS: Final = 5
ADDRESSES, WDATA, RDATA, PINS, DEACT = range(PORT_WORDS)

# Bits of a port's PINS word: name -> (least significant bit, width).
FLAGS: Final = {
    "awvalid": (0, 1),
    "awready": (1, 1),
    "wvalid": (2, 1),
    "wready": (3, 1),
    "bvalid": (4, 1),
    "bready": (5, 1),
    "arvalid": (6, 1),
    "arready": (7, 1),
    "rvalid": (8, 1),
    "rready": (9, 1),
    "bresp": (10, 2),
    "rresp": (12, 2),
    "wstrb": (14, 4),
    "virq": (18, 1),
    "vfiq": (19, 1),
    "maint_irq": (20, 1),
    "deact_valid": (21, 1),
    "deact_ready": (22, 1),
    "aresetn": (31, 1),
}
DEACT_ID_MASK: Final = 0x3FF
DEACT_CPU_LSB: Final = 10


def flag(name: str) -> int:
    """The mask, in place, of one pin in the PINS word."""
    lsb, width = FLAGS[name]
    return (1 << width) - 1 << lsb


_LINES_LSB: Final = FLAGS["virq"][0]  # then vfiq and maint_irq
_LINES: Final = tuple(Lines(maint=bits >> 2, virq=bits & 1, vfiq=bits >> 1 & 1) for bits in range(8))


class CycleSample(NamedTuple):
    """All pins and observation words at one rising edge, before the flops change.

    cycle  the edge, counted from the first one with aresetn low
    raw    the whole vector, little endian
    ports  PORT_WORDS words for each port
    """

    cycle: int
    raw: bytes
    ports: tuple[int, ...]

    def inputs(self, port: int) -> PortInputs:
        """The input pins of a port."""
        addresses, wdata, _, pins, _ = self.ports[PORT_WORDS * port : PORT_WORDS * (port + 1)]
        return unpack_inputs(addresses, wdata, pins)

    def lines(self, port: int) -> Lines:
        """The interrupt outputs of a port."""
        return _LINES[self.ports[PORT_WORDS * port + PINS] >> _LINES_LSB & 7]

    @property
    def aresetn(self) -> int:
        """The reset pin: 0 resets at this edge."""
        return self.ports[PINS] >> 31


def unpack_inputs(addresses: int, wdata: int, pins: int) -> PortInputs:
    """The input pins that three words of a port hold."""
    return PortInputs(
        pins & 1,
        addresses & 0xFFFF,
        pins >> 2 & 1,
        wdata,
        pins >> 14 & 0xF,
        pins >> 5 & 1,
        pins >> 6 & 1,
        addresses >> 16,
        pins >> 9 & 1,
        pins >> 22 & 1,
    )


_ALWAYS_DRIVEN = (
    "awready",
    "wready",
    "bvalid",
    "arready",
    "rvalid",
    "virq",
    "vfiq",
    "maint_irq",
    "deact_valid",
)
# The output pins in the PINS word that mean something, by whether BVALID (1) and RVALID (2) are high.
OUTPUT_PINS: Final = tuple(
    sum(map(flag, _ALWAYS_DRIVEN)) | (flag("bresp") if valid & 1 else 0) | (flag("rresp") if valid & 2 else 0)
    for valid in range(4)
)


def pack_outputs(outputs: PortOutputs) -> int:
    """The output pins of a port as they lie in its PINS word."""
    awready, wready, bvalid, bresp, arready, rvalid, _, rresp, virq, vfiq, maint_irq, deact_valid, _, _ = (
        outputs
    )
    return (
        awready << 1
        | wready << 3
        | bvalid << 4
        | arready << 7
        | rvalid << 8
        | bresp << 10
        | rresp << 12
        | virq << 18
        | vfiq << 19
        | maint_irq << 20
        | deact_valid << 21
    )


class UnknownValueError(Exception):
    """The device drives X or Z."""


class Layout:
    """Where each word of `sample` lies for one set of parameters.

    observation_names  the words of one bank: "accepted", then registers by their architectural names
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.observation_names = (
            "accepted",
            *(
                f"GICH_{name}"
                for name in ("HCR", "VMCR", "APR", "MISR", "EISR0", "EISR1", "ELRSR0", "ELRSR1")
            ),
            *(f"GICH_LR{n}" for n in range(parameters.num_lr)),
        )
        port_words = PORT_WORDS * parameters.num_cpu
        bank_words = len(self.observation_names)
        self.observation_start = 4 * port_words
        self.bank_size = 4 * bank_words
        self.size = self.observation_start + self.bank_size * parameters.num_cpu
        self._ports = Struct(f"<{port_words}I")
        self._bank = Struct(f"<{bank_words}I")

    def sample(self, cycle: int, value: int) -> CycleSample:
        """Unpack the value read at one edge."""
        raw = value.to_bytes(self.size, "little")
        return CycleSample(cycle, raw, self._ports.unpack_from(raw))

    def observation(self, raw: bytes, bank: int) -> tuple[int, ...]:
        """The observation words of a bank, in the order of `observation_names`."""
        return self._bank.unpack_from(raw, self.observation_start + bank * self.bank_size)

    def pack_observation(self, words: Sequence[int]) -> bytes:
        """A bank's words as they lie in `CycleSample.raw`."""
        return self._bank.pack(*words)

    def unknown(self, bits: str) -> str:
        """Name the words of a binary string (highest bit first) that hold anything but 0 and 1."""
        width = 8 * self.size
        bits = bits.rjust(width, "0")
        words = [bits[width - 32 * (i + 1) : width - 32 * i] for i in range(self.size // 4)]
        return ", ".join(
            f"{self._word_name(i)}={word}" for i, word in enumerate(words) if set(word) - {"0", "1"}
        )

    def _word_name(self, index: int) -> str:
        port_words = PORT_WORDS * self.parameters.num_cpu
        if index < port_words:
            port, word = divmod(index, PORT_WORDS)
            return f"port {port} {('addresses', 'wdata', 'rdata', 'pins', 'deact')[word]}"
        bank, word = divmod(index - port_words, len(self.observation_names))
        return f"bank {bank} {self.observation_names[word]}"


def differing_pins(expected: PortOutputs, words: Sequence[int]) -> dict[str, tuple[int, int]]:
    """The output pins of a port that differ from the expectation: name -> (seen, expected).

    Read data and responses count under their VALID only, deact_id and deact_cpu under deact_valid.
    """
    pins = words[PINS]
    seen = {name: pins >> lsb & (1 << width) - 1 for name, (lsb, width) in FLAGS.items()}
    seen |= {
        "rdata": words[RDATA],
        "deact_id": words[DEACT] & DEACT_ID_MASK,
        "deact_cpu": words[DEACT] >> DEACT_CPU_LSB,
    }
    meaningful = {
        "bresp": expected.bvalid,
        "rresp": expected.rvalid,
        "rdata": expected.rvalid,
        "deact_id": expected.deact_valid,
        "deact_cpu": expected.deact_valid,
    }
    return {
        name: (seen[name], value)
        for name, value in expected._asdict().items()
        if seen[name] != value and meaningful.get(name, 1)
    }
