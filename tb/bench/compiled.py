# SPDX-License-Identifier: Apache-2.0
"""The same figures with compiled models."""

import os
from collections.abc import Callable
from typing import TypeVar

from tb import compiled
from tb.errors import UserError

Figures = TypeVar("Figures")


def obstacle() -> str:
    """Why models cannot be compiled on this machine; empty if they can."""
    try:
        compiled.build()
    except UserError as error:
        return str(error)
    return ""


def with_compiled_models(measure: Callable[[], Figures]) -> Figures:
    """What is measured when simulations have compiled models."""
    os.environ["COMPILED"] = "1"
    try:
        return measure()
    finally:
        os.environ["COMPILED"] = "0"
