# SPDX-License-Identifier: Apache-2.0
"""KVM's VGIC of 2012 to 2016: bitmaps under one lock, no priorities (section B)."""

from tb.model.hypervisor.classic.variant import V310, V319, Variant
from tb.model.hypervisor.classic.vgic import ClassicVgic

__all__ = ["V310", "V319", "ClassicVgic", "Variant"]
