# SPDX-License-Identifier: Apache-2.0
"""The kinds of bus that a foreign device may have, and the signals of each."""

from typing import Final, NamedTuple


class Kind(NamedTuple):
    """A kind of bus, its signals by their names in the standard.

    required  that the device must have
    optional  that are used if they are there
    address   the one with the address
    error     the one that tells of an error
    strobes   the one that tells which bytes are written; None: the bus cannot say
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    address: str
    error: str
    strobes: str | None


KINDS: Final = {
    "axi4-lite": Kind(
        (
            *("awvalid", "awready", "awaddr", "wvalid", "wready", "wdata", "wstrb"),
            *("bvalid", "bready", "bresp", "arvalid", "arready", "araddr"),
            *("rvalid", "rready", "rdata", "rresp"),
        ),
        ("awprot", "arprot"),
        "awaddr",
        "bresp",
        "wstrb",
    ),
    "apb4": Kind(
        ("psel", "penable", "pwrite", "paddr", "pwdata", "pready", "prdata"),
        ("pstrb", "pprot", "pslverr"),
        "paddr",
        "pslverr",
        "pstrb",
    ),
    "ahb-lite": Kind(
        ("haddr", "hsize", "htrans", "hwdata", "hrdata", "hwrite", "hready", "hresp"),
        ("hsel", "hready_in", "hburst", "hprot", "hmastlock"),
        "haddr",
        "hresp",
        None,
    ),
    "strobe": Kind(
        ("strobe", "write", "address", "wdata", "rdata"),
        ("byte_enable", "ready", "error"),
        "address",
        "error",
        "byte_enable",
    ),
}
