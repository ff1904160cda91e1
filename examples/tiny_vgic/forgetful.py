# SPDX-License-Identifier: Apache-2.0
"""The tiny VGIC with a mistake: at an exit it forgets what the guest has not taken yet."""

from tiny_vgic import PENDING, TRAITS, Irq, TinyVgic

from tb.model.machine.hypervisors import Hypervisor, Kind

__all__ = ["HYPERVISOR", "TRAITS"]


class Forgetful(TinyVgic):
    """See above."""

    def fold(self, vcpu: int, irq: Irq, word: int) -> None:
        super().fold(vcpu, irq, word & ~PENDING)


HYPERVISOR = Kind(Hypervisor, Forgetful)
