# SPDX-License-Identifier: Apache-2.0
"""Bring your own RTL: a foreign GIC virtual interface under the bench, as docs/your-rtl.md tells.

It is the top of the simulation itself. Accesses go to it one after the other, and what they do is compared
with the untimed reference.
"""
