# SPDX-License-Identifier: Apache-2.0
"""The testbench: reference models (`tb.model`), UVM environment (`tb.uvm`), command line (`tb.cli`)."""
