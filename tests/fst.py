# SPDX-License-Identifier: Apache-2.0
"""Libraries that Verilator writes waves with are not everywhere: what needs them is skipped then."""

import pytest

from tb import tools

needs_fst = pytest.mark.skipif(not tools.writes_waves(), reason="liblz4-dev, zlib1g-dev are not installed")
