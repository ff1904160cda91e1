# SPDX-License-Identifier: Apache-2.0
"""What the classic VGIC remembers, all under the distributor's lock (CL-STATE)."""

from collections.abc import Iterator
from typing import Final

import gicv2_registers as regs

SGIS: Final = 16
PRIVATE: Final = 32  # IRQs below have one bit for each vCPU


def bits(bitmap: int) -> Iterator[int]:
    """The numbers of the set bits, from the lowest."""
    while bitmap:
        lowest = bitmap & -bitmap
        yield lowest.bit_length() - 1
        bitmap ^= lowest


class Bitmap:
    """One bit for each IRQ: private ones for each vCPU, those of SPIs shared.

    private  32 bits for each vCPU; bit n is INTID n
    shared   bit n is INTID 32 + n
    """

    __slots__ = ("private", "shared")

    def __init__(self, vcpus: int) -> None:
        self.private = [0] * vcpus
        self.shared = 0

    def get(self, vcpu: int, intid: int) -> int:
        """The bit of an IRQ, as this vCPU has it."""
        if intid < PRIVATE:
            return self.private[vcpu] >> intid & 1
        return self.shared >> intid - PRIVATE & 1

    def put(self, vcpu: int, intid: int, bit: int) -> None:
        """Set or clear the bit of an IRQ."""
        word = intid // 32
        mask = 1 << intid % 32
        old = self.word(vcpu, word)
        self.put_word(vcpu, word, old | mask if bit else old & ~mask)

    def word(self, vcpu: int, word: int) -> int:
        """The bits of INTIDs 32 * word to 32 * word + 31."""
        return self.private[vcpu] if word == 0 else self.shared >> 32 * (word - 1) & 0xFFFF_FFFF

    def put_word(self, vcpu: int, word: int, value: int) -> None:
        """Replace what word() gives."""
        if word == 0:
            self.private[vcpu] = value
        else:
            lsb = 32 * (word - 1)
            self.shared = self.shared & ~(0xFFFF_FFFF << lsb) | value << lsb


class Vcpu:
    """What is kept for each vCPU.

    cpu           physical CPU it is on
    pend_private, pend_shared  the per-CPU bits: what flush loads
    sgi_sources   for each SGI the senders, a bit each
    targeted      SPIs that the distributor would send here; bit n is INTID 32 + n
    lr_used       list registers in use, a bit each
    lr_map        the list register of an IRQ
    lrs, hcr, vmcr, apr, misr, eisr, elrsr  shadows of GICH
    """

    def __init__(self, num_lr: int) -> None:
        self.cpu = 0
        self.pend_private = 0
        self.pend_shared = 0
        self.sgi_sources = [0] * SGIS
        self.targeted = 0
        self.lr_used = 0
        self.lr_map: dict[int, int] = {}
        self.lrs = [0] * num_lr
        self.hcr: int = regs.GICH_HCR_EN_MASK
        self.vmcr = self.apr = self.misr = self.eisr = self.elrsr = 0

    def put_pending(self, intid: int, bit: int) -> None:
        """Set or clear the per-CPU bit of an IRQ."""
        if intid < PRIVATE:
            mask = 1 << intid
            self.pend_private = self.pend_private | mask if bit else self.pend_private & ~mask
        else:
            mask = 1 << intid - PRIVATE
            self.pend_shared = self.pend_shared | mask if bit else self.pend_shared & ~mask


class State:
    """The distributor, and every vCPU's part.

    nr_irqs     INTIDs are below
    ctlr        GICD_CTLR bit 0
    on_cpu      `pending_on_cpu`: vCPUs that may have work, a bit each
    pending, enabled, queued  of each IRQ
    level, soft_pend          the line, and ISPENDR's doing (only if the variant keeps them)
    cfg         1 = edge
    spi_cpu     the target of each SPI as injection sees it, from INTID 32 on; it need not exist
    vcpus       what belongs to one vCPU
    """

    def __init__(self, vcpus: int, nr_spis: int, num_lr: int) -> None:
        self.nr_irqs = PRIVATE + nr_spis
        self.ctlr = 0
        self.on_cpu = 0
        self.pending = Bitmap(vcpus)
        self.enabled = Bitmap(vcpus)
        self.queued = Bitmap(vcpus)
        self.level = Bitmap(vcpus)
        self.soft_pend = Bitmap(vcpus)
        self.cfg = Bitmap(vcpus)
        self.spi_cpu = [0] * nr_spis
        self.vcpus = [Vcpu(num_lr) for _ in range(vcpus)]
        self.vcpus[0].targeted = (1 << nr_spis) - 1
        for vcpu in range(vcpus):
            self.enabled.private[vcpu] = (1 << SGIS) - 1
            self.cfg.private[vcpu] = 0xFFFF_FFFF

    def is_edge(self, vcpu: int, intid: int) -> bool:
        """Whether an IRQ is edge-triggered."""
        return bool(self.cfg.get(vcpu, intid))

    def update(self) -> None:
        """Recompute the per-CPU bits (CL-PEND-1)."""
        if not self.ctlr:
            self.on_cpu |= 1
            return
        pending, enabled = self.pending, self.enabled
        for number, vcpu in enumerate(self.vcpus):
            vcpu.pend_private = pending.private[number] & enabled.private[number]
            vcpu.pend_shared = pending.shared & enabled.shared & vcpu.targeted
            if vcpu.pend_private or vcpu.pend_shared:
                self.on_cpu |= 1 << number

    def put_target(self, intid: int, target: int) -> None:
        """Send an SPI to a vCPU, which need not exist."""
        number = intid - PRIVATE
        self.spi_cpu[number] = target
        for index, vcpu in enumerate(self.vcpus):
            vcpu.targeted = vcpu.targeted & ~(1 << number) | (index == target) << number
