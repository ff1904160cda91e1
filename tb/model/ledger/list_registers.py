# SPDX-License-Identifier: Apache-2.0
"""INV-LR-1, INV-LR-2 and INV-LR-3: the list registers themselves."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

from gicv2_registers import GICH_HCR_EN_MASK
from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.findings import Findings
from tb.model.ledger.words import ACTIVE, FIRST_PPI, PENDING, Word, used, words
from tb.model.machine.events import (
    Accessed,
    Acknowledged,
    BankState,
    Completed,
    Entered,
    Exited,
    Flushing,
)

_LR = "GICH_LR"


class ListRegisters:
    """Legality and status of the list registers, and that none is there twice."""

    def __init__(self, books: Books, findings: Findings, *, sgi_per_source: bool) -> None:
        self._books = books
        self._findings = findings
        self._sgi_per_source = sgi_per_source
        self._written: dict[int, set[int]] = defaultdict(set)  # since the flush began, by CPU
        self._lrs: dict[int, dict[int, int]] = defaultdict(dict)  # this vCPU's, not 0, by CPU
        self._vcpus: dict[int, int] = {}  # whose list registers a CPU has
        self._on: dict[int, bool] = defaultdict(bool)

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {
            Flushing: self._flushing,
            Accessed: self._accessed,
            Entered: self._entered,
            Exited: self._exited,
            Acknowledged: self._accessed_by_guest,
            Completed: self._accessed_by_guest,
        }

    def _flushing(self, event: Flushing) -> None:
        self._written[event.cpu].clear()

    def _accessed(self, event: Accessed) -> None:
        cpu, register = event.cpu, event.register
        if self._vcpus.get(cpu) != event.vcpu:
            self._vcpus[cpu] = event.vcpu
            self._lrs[cpu].clear()
        if not event.write:
            return
        if register.startswith(_LR):
            index = int(register.removeprefix(_LR))
            self._written[cpu].add(index)
            if event.value:
                self._lrs[cpu][index] = event.value
            else:
                self._lrs[cpu].pop(index, None)
            if self._on[cpu] and event.value:
                self._check_unique(cpu, (Word.of(*item) for item in self._lrs[cpu].items()))
        elif register == "GICH_HCR":
            self._on[cpu] = bool(event.value & GICH_HCR_EN_MASK)

    def _check_unique(self, cpu: int, all_words: Iterable[Word]) -> None:
        in_use = [word for word in all_words if word.state]
        if not in_use:
            return
        twice = [
            (one, other)
            for one, other in combinations(in_use, 2)
            if (one.intid == other.intid and not (self._sgi_per_source and one.intid < FIRST_PPI))
            or (one.hw and other.hw and one.pintid == other.pintid)
        ]
        self._findings.check("INV-LR-1", not twice, f"CPU {cpu} has {twice[0]}" if twice else "")

    def _entered(self, event: Entered) -> None:
        self._check_status(event.cpu, event.state)
        self._check_unique(event.cpu, words(event.state))
        for word in words(event.state):
            self._check_word(event.vcpu, event.cpu, word)

    def _check_word(self, vcpu: int, cpu: int, word: Word) -> None:
        wrong = ""
        if word.hw and word.state == PENDING | ACTIVE:
            wrong = "is mapped, pending and active"
        elif word.hw and word.pintid != self._books.irq(vcpu, word.intid).pintid:
            wrong = f"names {word.pintid}, to which it is not tied"
        elif word.reserved:
            wrong = "has reserved bits"
        elif word.source and word.intid >= FIRST_PPI:
            wrong = "has a source, but is no SGI"
        elif word.state and word.number not in self._written[cpu]:
            wrong = "was not filled at this entry"
        self._findings.check("INV-LR-2", not wrong, f"vCPU {vcpu}, LR{word.number}: {word.intid} {wrong}")

    def _exited(self, event: Exited) -> None:
        self._check_status(event.cpu, event.state)
        self._lrs[event.cpu] = {index: word for index, word in enumerate(event.state.lrs) if word}

    def _accessed_by_guest(self, event: Acknowledged | Completed) -> None:
        self._check_status(event.cpu, event.before)
        self._check_unique(event.cpu, used(event.before))

    def _check_status(self, cpu: int, state: BankState) -> None:
        empty = ended = 0
        for index in range(len(state.lrs)):
            word = Word.of(index, state.lrs[index])
            owes = not word.state and word.eoi
            ended |= bool(owes) << index
            empty |= (not word.state and not owes) << index
        right = (state.elrsr, state.eisr) == (empty, ended)
        self._findings.check("INV-LR-3", right, f"CPU {cpu}: ELRSR {state.elrsr:#x}, EISR {state.eisr:#x}")
