# SPDX-License-Identifier: Apache-2.0
"""The reference model of the hardware: GICv2 virtual interface and physical distributor.

Written from the rules of the specification alone (rule ids such as V2-IAR-3), never from the RTL:
two independent readings are the point of comparing them.
"""
