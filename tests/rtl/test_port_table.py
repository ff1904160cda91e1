# SPDX-License-Identifier: Apache-2.0
"""The port table of docs/device.md is what the RTL has: other benches are built on it."""

import re

from tb.paths import ROOT, RTL

PORT = re.compile(r"^\s*(input|output)\s+wire\s+(?:\[(.+?)-1:0\])?\s+(\w+),?$", re.M)
ROW = re.compile(r"^\| `(\w+)` \| (in|out) \| ([^|]+?) \|", re.M)


def rtl_ports(text):
    """name -> (direction, width a CPU)"""
    header = text[: text.index(");")]
    ports = {}
    for direction, width, name in PORT.findall(header):
        each = re.sub(r"\*?NUM_CPU$", "", width) or "1"
        ports[name] = (direction.removesuffix("put"), each if width else "one for all")
    return ports


def documented_ports(text):
    return {name: (direction, width) for name, direction, width in ROW.findall(text)}


def test_page_names_every_port_with_its_width():
    rtl = rtl_ports((RTL / "gicv2" / "gicv2_vif_top.v").read_text())
    assert len(rtl) > 25
    assert documented_ports((ROOT / "docs" / "device.md").read_text(encoding="utf-8")) == rtl


def test_comparison_notices_a_changed_port():
    rtl = (RTL / "gicv2" / "gicv2_vif_top.v").read_text()
    assert rtl_ports(rtl.replace("[10*NUM_CPU-1:0] deact_id", "[12*NUM_CPU-1:0] deact_id")) != rtl_ports(rtl)
    assert rtl_ports(rtl.replace("maint_irq", "maintenance")) != rtl_ports(rtl)
