# SPDX-License-Identifier: Apache-2.0
"""The new VGIC (section A): Xen's, and Linux KVM's since v4.17, as dialects of one implementation."""

from tb.model.hypervisor.new_vgic.dialect import DIALECTS, KVM17, KVM19, XEN, Dialect
from tb.model.hypervisor.new_vgic.vgic import NewVgic

__all__ = ["DIALECTS", "KVM17", "KVM19", "XEN", "Dialect", "NewVgic"]
