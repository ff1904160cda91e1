# SPDX-License-Identifier: Apache-2.0
"""Icarus Verilog is not everywhere: what needs it is skipped then."""

import shutil

import pytest

needs_icarus = pytest.mark.skipif(not shutil.which("iverilog"), reason="iverilog is not installed")
