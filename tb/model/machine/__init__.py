# SPDX-License-Identifier: Apache-2.0
"""The machine that runs a hypervisor's VGIC: vCPUs, guests, devices and user space as actors of a scheduler.

Hardware model and hypervisor models meet here. The same actors run without a simulator and live on the RTL:
all that differs is who performs their accesses (`hardware.Hardware`).
"""
