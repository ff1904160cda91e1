# SPDX-License-Identifier: Apache-2.0
"""GTKWave's save file for waves of tb_top: the device's blocks, its registers field by field."""

import os
import re
import struct
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from jinja2 import Environment, PackageLoader

from tb.model.hardware.parameters import Parameters
from tb.verdict import MOMENT

_BEFORE: Final = 220_000  # picoseconds that are seen before a failure
_AFTER: Final = 400_000  # at least, after it: GTKWave shows the beginning where less than its window is left
_END: Final = struct.Struct(">17xQ")  # where the header of an FST file has its last time
_FEW: Final = 4  # list registers that are seen at once
_ASSERTION: Final = re.compile(r"^\[(\d+)\] %Error: ", re.MULTILINE)  # how Verilator ends
_TEMPLATES: Final = Environment(loader=PackageLoader("tb", "."), trim_blocks=True, keep_trailing_newline=True)


def keep(waves: Path, parameters: Parameters, place: Path) -> str:
    """Move waves out of the directory where cocotb tests ran to a place, and put a save file beside them.

    Returns the command that shows them, at the first failure if there was one.
    """
    failed = failed_at(waves.parent)
    if failed is not None:
        _lengthen(waves)
    place.parent.mkdir(parents=True, exist_ok=True)
    waves.replace(place)
    save = place.with_suffix(".gtkw")
    save.write_text(save_file(parameters, failed))
    return " ".join(["gtkwave", *(os.path.relpath(path) for path in (place, save))])


def save_file(parameters: Parameters, failed: int | None) -> str:
    """The save file for waves of a device; marked and in view is the picosecond where a check failed."""
    return _TEMPLATES.get_template("waves.gtkw.j2").render(
        num_cpu=parameters.num_cpu,
        num_lr=parameters.num_lr,
        few=_FEW,
        start=max(0, (failed or 0) - _BEFORE),
        marker=-1 if failed is None else failed,
    )


def failed_at(directory: Path) -> int | None:
    """When a check of a run of cocotb tests failed first, in picoseconds. None: none did."""
    if (noted := directory / MOMENT).exists():
        return int(noted.read_text())
    if stopped := _ASSERTION.search((directory / "log.txt").read_text(errors="replace")):
        return int(stopped[1])
    try:
        cases = list(ElementTree.parse(directory / "results.xml").iter("testcase"))
    except (OSError, ElementTree.ParseError):  # the simulation has died
        return None
    for case in cases:
        if case.find("failure") is not None:
            properties = {one.get("name"): one.get("value", "") for one in case.iter("property")}
            return round(1000 * float(properties["sim_time_stop"]))
    return None


def _lengthen(waves: Path) -> None:
    """Have an FST file end later, without any change of a signal."""
    with waves.open("r+b") as file:
        (end,) = _END.unpack(file.read(_END.size))
        file.seek(_END.size - 8)
        file.write((end + _AFTER).to_bytes(8))
