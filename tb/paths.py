# SPDX-License-Identifier: Apache-2.0
"""Where things lie in the checkout."""

import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RTL = ROOT / "rtl"
SIM_BUILD = ROOT / "sim_build"  # everything generated
REGISTERS = SIM_BUILD / "registers"  # generated from rtl/registers/gicv2.rdl


def shown(path: Path | str) -> str:
    """A path as it is typed in the checkout."""
    absolute = Path(path)
    return shlex.quote(str(absolute.relative_to(ROOT) if absolute.is_relative_to(ROOT) else path))
