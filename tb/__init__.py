# SPDX-License-Identifier: Apache-2.0
"""The testbench: reference models (`tb.model`), UVM environment (`tb.uvm`), command line (`tb.cli`)."""

import os

if os.environ.get("COMPILED", "0") not in ("", "0"):
    from tb import compiled

    compiled.install()
