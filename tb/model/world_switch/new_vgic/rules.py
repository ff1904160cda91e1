# SPDX-License-Identifier: Apache-2.0
"""What tells the dialects apart: one column each, a rule a line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tb.model.hypervisor.new_vgic.record import Vcpu
from tb.model.world_switch.new_vgic import hcr, image, weights, writes
from tb.model.world_switch.new_vgic.records import Record
from tb.model.world_switch.new_vgic.weights import Depth, Pair


@dataclass(frozen=True)
class Rules:
    """A dialect.

    flushes_empty       NV-FLUSH-1, K19-7  a flush goes its way with an empty list, too
    weigh               NV-DEPTH-1         what an entry adds to the depth
    compare             NV-SORT-1, -2      which of two entries comes first
    sorting             NV-SORT-1, -2      the one of the two rules that holds
    keeps_pending_back  NV-FLUSH-5         of an active record: it is never loaded pending, too
    has_active_source   NV-FLUSH-4, SYNC-4 the source of an active SGI is remembered
    exits_for_sources   NV-MSGI-4          EOI=1 where sources are left
    entry_hcr           NV-FLUSH-11, K19-2
    exit_hcr            NV-SYNC-1
    switch_hcr          NV-FLUSH-11        after a switch-in; None: it is not written
    entry_writes        NV-FLUSH-11        registers that are written, in order
    exit_writes         NV-SYNC-1, -2      likewise
    trusts_elrsr        NV-SYNC-1          an empty list register counts as what was loaded, without its state
    notifies            NV-SYNC-3
    active_holds_latch  NV-SYNC-6          the latch of a level goes only with the state 0, else with PENDING
    resamples_ended     NV-SYNC-7          the second arm
    move_needs_list     NV-PRUNE-3         a move needs the interrupt still on this list
    move_kicks          NV-PRUNE-3         who gets an interrupt is kicked
    counts_missed       K19-3, K19-5       completions without list register are looked for on the list
    """

    flushes_empty: bool
    weigh: Callable[[Record, bool, Vcpu], Depth]
    compare: Callable[[Pair], int]
    sorting: str
    keeps_pending_back: Callable[[Record], bool]
    has_active_source: bool
    exits_for_sources: bool
    entry_hcr: Callable[[hcr.Filling], int]
    exit_hcr: Callable[[int, int], int]
    switch_hcr: int | None
    entry_writes: Callable[[hcr.Filling], tuple[str, ...]]
    exit_writes: Callable[[int], tuple[str, ...]]
    trusts_elrsr: bool
    notifies: bool
    active_holds_latch: bool
    resamples_ended: bool
    move_needs_list: bool
    move_kicks: bool
    counts_missed: bool


_NAMES: Final = ("xen", "kvm17", "kvm19")
# fmt: off
_TABLE: Final = {
    "flushes_empty":      (False,                False,                True),
    "weigh":              (weights.one_each,     weights.instances,    weights.deliverable),
    "compare":            (weights.by_activity,  weights.by_activity,  weights.by_delivery),
    "sorting":            ("NV-SORT-1",          "NV-SORT-1",          "NV-SORT-2"),
    "keeps_pending_back": (image.xen_keeps_back, image.kvm_keeps_back, image.kvm_keeps_back),
    "has_active_source":  (False,                True,                 True),
    "exits_for_sources":  (False,                True,                 True),
    "entry_hcr":          (hcr.xen_entry,        hcr.kvm17_entry,      hcr.kvm19_entry),
    "exit_hcr":           (hcr.xen_exit,         hcr.kvm17_exit,       hcr.kvm19_exit),
    "switch_hcr":         (hcr.EN,               None,                 None),
    "entry_writes":       (writes.xen_entry,     writes.kvm17_entry,   writes.kvm19_entry),
    "exit_writes":        (writes.xen_exit,      writes.kvm17_exit,    writes.kvm19_exit),
    "trusts_elrsr":       (False,                True,                 True),
    "notifies":           (False,                True,                 True),
    "active_holds_latch": (False,                True,                 True),
    "resamples_ended":    (False,                True,                 True),
    "move_needs_list":    (False,                False,                True),
    "move_kicks":         (False,                True,                 True),
    "counts_missed":      (False,                False,                True),
}
# fmt: on
RULES: Final = {
    name: Rules(**{field: column[index] for field, column in _TABLE.items()})  # type: ignore[arg-type]
    for index, name in enumerate(_NAMES)
}
