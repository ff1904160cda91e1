# SPDX-License-Identifier: Apache-2.0
"""The distributor's registers as guests see them: CL-MMIO-1 to CL-MMIO-4, CL-DIS-1, CL-SGI-1."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from tb.model.hypervisor.classic.list_registers import ListRegisters
from tb.model.hypervisor.classic.state import PRIVATE, SGIS, Bitmap, State, bits
from tb.model.hypervisor.classic.variant import Variant
from tb.model.hypervisor.platform import UnclaimedAccess

_IIDR: Final = 0x4B00_043B
_SGI_BITS: Final = (1 << SGIS) - 1
_WORD: Final = 0xFFFF_FFFF
_EDGE_BITS: Final = 0xAAAA_AAAA  # of ICFGR: bit 2n+1 for IRQ n


class _Region(NamedTuple):
    """Registers from `start` on, up to `end`.

    read   (vCPU, index of the word in the region) -> value
    write  (vCPU, index, bits written in place, mask of the bytes written) -> whether an update must follow
    """

    start: int
    end: int
    read: Callable[[int, int], int]
    write: Callable[[int, int, int, int], bool]


class Distributor:
    """Reads and writes of GICD. Who calls holds the distributor's lock."""

    def __init__(self, state: State, variant: Variant, list_registers: Sequence[ListRegisters]) -> None:
        self._state = state
        self._variant = variant
        self._list_registers = list_registers
        self._private_priority = [[0] * (PRIVATE // 4) for _ in state.vcpus]
        self._priority = [0] * 256  # words; those of PPIs count where they are not banked
        bit_words = (
            (0x080, _zero, _ignore),  # IGROUPR
            (0x100, self._reader(state.enabled), self._write_isenabler),
            (0x180, self._reader(state.enabled), self._write_icenabler),
            (0x200, self._reader(state.pending), self._write_ispendr),
            (0x280, self._reader(state.pending), self._write_icpendr),
            (0x300, _zero, _ignore),  # ISACTIVER
            (0x380, _zero, _ignore),  # ICACTIVER
        )
        self._regions = [
            _Region(0x000, 0x004, lambda vcpu, word: state.ctlr, self._write_ctlr),
            _Region(0x004, 0x008, self._read_typer, _ignore),
            _Region(0x008, 0x00C, lambda vcpu, word: _IIDR, _ignore),
            *(_Region(start, start + 0x80, read, write) for start, read, write in bit_words),
            _Region(0x400, 0x800, self._read_ipriorityr, self._write_ipriorityr),
            _Region(0x800, 0xC00, self._read_itargetsr, self._write_itargetsr),
            _Region(0xC00, 0xD00, self._read_icfgr, self._write_icfgr),
            _Region(0xF00, 0xF04, _zero, self._write_sgir),
        ]
        if variant.has_sgi_pending:
            self._regions += [
                _Region(0xF10, 0xF20, self._read_sgi_sources, self._write_cpendsgir),
                _Region(0xF20, 0xF30, self._read_sgi_sources, self._write_spendsgir),
            ]

    def read(self, vcpu: int, offset: int, length: int) -> int:
        """`length` bytes at `offset`. UnclaimedAccess where no register is."""
        region, word, lsb = self._find(offset, length)
        return region.read(vcpu, word) >> lsb & (1 << 8 * length) - 1

    def write(self, vcpu: int, offset: int, length: int, value: int) -> bool:
        """Write; whether an update and kicks must follow. UnclaimedAccess where no register is."""
        region, word, lsb = self._find(offset, length)
        mask = (1 << 8 * length) - 1
        return region.write(vcpu, word, (value & mask) << lsb, mask << lsb)

    def _find(self, offset: int, length: int) -> tuple[_Region, int, int]:
        """The region of an access, its word there, and its lowest bit in that word."""
        for region in self._regions:
            if region.start <= offset < region.end and offset % 4 + length <= 4:
                return region, (offset - region.start) // 4, 8 * (offset % 4)
        raise UnclaimedAccess

    # ---- words of one bit for each IRQ

    def _implemented(self, word: int) -> int:
        """Which bits of a word of one bit for each IRQ belong to IRQs."""
        return _WORD if 32 * word < self._state.nr_irqs else 0

    def _reader(self, bitmap: Bitmap) -> Callable[[int, int], int]:
        return lambda vcpu, word: bitmap.word(vcpu, word)

    def _write_isenabler(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        enabled = self._state.enabled
        enabled.put_word(vcpu, word, enabled.word(vcpu, word) | data & self._implemented(word))
        return True

    def _write_icenabler(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        enabled = self._state.enabled
        kept = _SGI_BITS if word == 0 else 0
        enabled.put_word(vcpu, word, enabled.word(vcpu, word) & (~data | kept))
        self._list_registers[vcpu].retire_disabled()
        return True

    def _write_ispendr(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        state = self._state
        data &= self._implemented(word)
        old = state.pending.word(vcpu, word)
        state.pending.put_word(vcpu, word, old | data)
        if self._variant.keeps_lines:
            soft = (state.soft_pend.word(vcpu, word) | data) & ~state.cfg.word(vcpu, word)
            if word == 0 and mask & _SGI_BITS:  # the write-ignore for SGIs hits the wrong word
                soft = soft & ~_SGI_BITS | old & _SGI_BITS
            state.soft_pend.put_word(vcpu, word, soft)
        return True

    def _write_icpendr(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        state = self._state
        old = state.pending.word(vcpu, word)
        new = old & ~data
        if self._variant.keeps_lines:
            new |= state.level.word(vcpu, word)
            if word == 0:
                new = new & ~_SGI_BITS | old & _SGI_BITS
            state.soft_pend.put_word(vcpu, word, state.soft_pend.word(vcpu, word) & ~data)
        state.pending.put_word(vcpu, word, new)
        return True

    # ---- the others

    def _write_ctlr(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        self._state.ctlr = data & 1 if mask & 1 else self._state.ctlr
        return True

    def _read_typer(self, vcpu: int, word: int) -> int:
        return self._state.nr_irqs // 32 - 1 | len(self._state.vcpus) - 1 << 5

    def _priorities(self, vcpu: int, word: int) -> list[int]:
        """The list that holds a word of IPRIORITYR."""
        banked = PRIVATE if self._variant.banks_ppi_priority else SGIS
        return self._private_priority[vcpu] if 4 * word < banked else self._priority

    def _read_ipriorityr(self, vcpu: int, word: int) -> int:
        return self._priorities(vcpu, word)[word]

    def _write_ipriorityr(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        if 4 * word < self._state.nr_irqs:
            priorities = self._priorities(vcpu, word)
            priorities[word] = priorities[word] & ~mask | data
        return False

    def _read_itargetsr(self, vcpu: int, word: int) -> int:
        if 4 * word < PRIVATE:
            return (1 << vcpu) * 0x0101_0101
        if 4 * word >= self._state.nr_irqs:
            return 0
        return sum(self._target_byte(4 * word - PRIVATE + n) << 8 * n for n in range(4))

    def _target_byte(self, number: int) -> int:
        """ITARGETSR's byte of SPI 32 + number."""
        if self._variant.reads_raw_target:
            return 1 << self._state.spi_cpu[number]
        return sum((vcpu.targeted >> number & 1) << n for n, vcpu in enumerate(self._state.vcpus))

    def _write_itargetsr(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        if not PRIVATE <= 4 * word < self._state.nr_irqs:
            return False
        value = self._read_itargetsr(vcpu, word) & ~mask | data
        for n in range(4):
            self._state.put_target(4 * word + n, next(bits(value >> 8 * n & 0xFF), 0))
        return True

    def _config_place(self, word: int) -> tuple[int, int]:
        """The word of the bitmap that a word of ICFGR reaches, and the lowest bit of its half there."""
        return word // 2, 16 * (word % 2) if self._variant.finds_config_half else 0

    def _read_icfgr(self, vcpu: int, word: int) -> int:
        bitmap_word, lsb = self._config_place(word)
        half = self._state.cfg.word(vcpu, bitmap_word) >> lsb & 0xFFFF
        return sum(2 << 2 * n for n in bits(half))

    def _write_icfgr(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        cfg = self._state.cfg
        bitmap_word, lsb = self._config_place(word)
        if word < (2 if self._variant.finds_config_half else 1):
            cfg.put_word(vcpu, 0, _WORD)
        elif 16 * word < self._state.nr_irqs:
            value = self._read_icfgr(vcpu, word) & ~mask | data
            half = sum(1 << n // 2 for n in bits(value & _EDGE_BITS))
            cfg.put_word(vcpu, bitmap_word, cfg.word(vcpu, bitmap_word) & ~(0xFFFF << lsb) | half << lsb)
        return False

    def _write_sgir(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        """CL-SGI-1."""
        state = self._state
        everybody = (1 << len(state.vcpus)) - 1
        sgi, targets, target_filter = data & 0xF, data >> 16 & 0xFF, data >> 24 & 3
        if target_filter == 1 or (target_filter == 0 and targets and not self._variant.filter_0_is_list):
            targets = everybody & ~(1 << vcpu)
        elif target_filter == 2:
            targets = 1 << vcpu
        for target in bits(targets & everybody):
            state.pending.put(target, sgi, 1)
            state.vcpus[target].sgi_sources[sgi] |= 1 << vcpu
        return True

    def _read_sgi_sources(self, vcpu: int, word: int) -> int:
        sources = self._state.vcpus[vcpu].sgi_sources
        return sum(sources[4 * word + n] << 8 * n for n in range(4))

    def _write_spendsgir(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        return self._put_sgi_sources(vcpu, word, self._read_sgi_sources(vcpu, word) | data)

    def _write_cpendsgir(self, vcpu: int, word: int, data: int, mask: int) -> bool:
        return self._put_sgi_sources(vcpu, word, self._read_sgi_sources(vcpu, word) & ~data)

    def _put_sgi_sources(self, vcpu: int, word: int, value: int) -> bool:
        """CL-MMIO-3: pending is left alone. Whether a byte changed."""
        changed = value != self._read_sgi_sources(vcpu, word)
        for n in range(4):
            self._state.vcpus[vcpu].sgi_sources[4 * word + n] = value >> 8 * n & 0xFF
            if self._variant.follows_sources:
                self._state.pending.put(vcpu, 4 * word + n, int(bool(value >> 8 * n & 0xFF)))
        return changed


def _zero(vcpu: int, word: int) -> int:
    return 0


def _ignore(vcpu: int, word: int, data: int, mask: int) -> bool:
    return False
