# SPDX-License-Identifier: Apache-2.0
"""Owned randomness: each component draws from its own stream, which follows from one seed and its name."""

import random
from hashlib import sha256


def stream(seed: int, name: str) -> random.Random:
    """The random stream of the component `name` under `seed`: the same on every machine and Python."""
    return random.Random(int.from_bytes(sha256(f"{seed}/{name}".encode()).digest(), "big"))
