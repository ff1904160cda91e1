# SPDX-License-Identifier: Apache-2.0
"""Captures of real hypervisors under QEMU: how they are taken, and how QEMU's log becomes a trace."""
