# SPDX-License-Identifier: Apache-2.0
"""Where things lie in the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RTL = ROOT / "rtl"
SIM_BUILD = ROOT / "sim_build"  # everything generated
REGISTERS = SIM_BUILD / "registers"  # generated from rtl/registers/gicv2.rdl
