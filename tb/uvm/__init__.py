# SPDX-License-Identifier: Apache-2.0
"""The pyuvm environment that holds the RTL against the cycle-accurate reference, edge by edge."""
