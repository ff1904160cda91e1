# SPDX-License-Identifier: Apache-2.0
"""The beginning of each simulation of a foreign device."""

from pathlib import Path
from typing import Any, Final, NamedTuple

from tb.dut.checker import list_registers
from tb.dut.description import Description, load
from tb.dut.device import Device, DifferenceError
from tb.errors import UserError
from tb.uvm import config

ERROR: Final = "error.txt"  # in the directory of the run: what the user must mend


class Session(NamedTuple):
    """A device that was reset. `num_lr`: its list registers, as described or as it says."""

    description: Description
    device: Device
    num_lr: int


async def begin(dut: Any) -> Session:
    """Option `description`: the file. What does not fit the device is left in ERROR, and raised."""
    try:
        description = load(Path(config.option("description", "")))
        device = Device(dut, description)
        await device.reset()
        return Session(description, device, await list_registers(device, description))
    except DifferenceError as error:
        refuse(f"{description.file}: the device does not come up: {error}")
        raise
    except UserError as error:
        refuse(str(error))
        raise


def refuse(sentence: str) -> None:
    """Tell the command what the user must mend."""
    Path(ERROR).write_text(sentence)
