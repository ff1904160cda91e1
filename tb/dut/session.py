# SPDX-License-Identifier: Apache-2.0
"""The beginning of each simulation of a foreign device."""

from pathlib import Path
from typing import Any, Final, NamedTuple

from tb.dut.checker import IIDR, OBSERVED, list_registers, place
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
        num_lr = await list_registers(device, description)
        await _fit(device, description, num_lr)
        return Session(description, device, num_lr)
    except DifferenceError as error:
        refuse(
            f"{description.file}: the device does not come up: {error}; "
            "[clock], [reset] and [bus] say how it is driven"
        )
        raise
    except UserError as error:
        refuse(str(error))
        raise


async def _fit(device: Device, description: Description, num_lr: int) -> None:
    """UserError where the device is another one than is described."""
    for cpu in range(description.num_cpu):
        device.words(cpu, OBSERVED + num_lr)
    if description.iidr is not None:
        iidr, _ = await device.read(0, place(description, IIDR))
        if iidr != description.iidr:
            raise UserError(
                f"{description.file}: [device] iidr = {description.iidr:#010x}: GICV_IIDR is {iidr:#010x}"
            )


def refuse(sentence: str) -> None:
    """Tell the command what the user must mend."""
    Path(ERROR).write_text(sentence)
