# SPDX-License-Identifier: Apache-2.0
"""What the command line hands to a simulation, as environment variables VGIC_<NAME>."""

import json
import os
from random import Random

from tb.model.hardware.parameters import Parameters
from tb.model.stream import stream


def parameters() -> Parameters:
    """The parameters of the device that was built."""
    return Parameters(**json.loads(os.environ["VGIC_PARAMETERS"]))


def seed() -> int:
    """The seed of the run, from which every random stream derives."""
    return int(os.environ["VGIC_SEED"])


def rng(name: str) -> Random:
    """The random stream of a component or sequence."""
    return stream(seed(), name)


def option(name: str, default: str) -> str:
    """A test's own option."""
    return os.environ.get(f"VGIC_{name.upper()}", default)


def repeat() -> str:
    """The command that makes the same run again."""
    return option("repeat", "unknown")
