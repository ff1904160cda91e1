# SPDX-License-Identifier: Apache-2.0
"""Flush and sync of the new VGIC, as sections A and C demand them."""
