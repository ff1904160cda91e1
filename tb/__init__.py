# SPDX-License-Identifier: Apache-2.0
"""The testbench: reference models (`tb.model`), the UVM environment (`tb.uvm`) and the command line (`tb.cli`)."""
