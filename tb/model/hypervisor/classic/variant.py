# SPDX-License-Identifier: Apache-2.0
"""What Linux v3.19 and v3.10 do differently."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Variant:
    """A version of the classic VGIC. Where a rule has two columns, one of these fields chooses.

    name                 of the Linux version
    keeps_lines          there are `level` and `soft_pend`; else `pending` is the line, too (CL-INJ-1,
                         CL-MAINT-1, CL-MMIO-2)
    kicks_target         an injection kicks its target, and a falling level nobody; else both kick every
                         vCPU in `pending_on_cpu` (CL-INJ-1)
    edge_ignores_queued  `queued` does not hold back an IRQ that was made edge meanwhile (CL-Q-4)
    tracks_status        the shadows of ELRSR and EISR follow what software does to list registers; else
                         they stay as the last real exit left them (CL-Q-2, CL-SYNC-2, CL-DIS-1)
    filter_0_is_list     SGIR's filter 0 means its list; else a list that is not empty means all but the
                         sender (CL-SGI-1)
    has_sgi_pending      there are SPENDSGIR and CPENDSGIR (CL-MMIO-3)
    reads_raw_target     ITARGETSR shows what was written; else only targets that exist (CL-MMIO-1)
    finds_config_half    an ICFGR word reaches its own half of the bitmap; else the lower one (CL-MMIO-4)
    banks_ppi_priority   each vCPU has its own priorities of PPIs (CL-MMIO-4)

    No version of Linux has these; they mend its defects (tb.model.defects):

    looks_again       a flush loads what is pending, enabled and for this vCPU then (CL-Q-1), and whose a
                      completed level is then is kicked if its line is high (CL-MAINT-1)
    waits_for_other   an SPI is in one vCPU's list registers only (CL-Q-4)
    spares_active     ICENABLER takes back what is pending, and nothing else (CL-DIS-1)
    follows_sources   an SGI is pending while it has sources (CL-MMIO-3)
    enables_last      an entry writes HCR after the list registers (CL-SYNC-1)
    """

    name: str
    keeps_lines: bool
    kicks_target: bool
    edge_ignores_queued: bool
    tracks_status: bool
    filter_0_is_list: bool
    has_sgi_pending: bool
    reads_raw_target: bool
    finds_config_half: bool
    banks_ppi_priority: bool
    looks_again: bool = False
    waits_for_other: bool = False
    spares_active: bool = False
    follows_sources: bool = False
    enables_last: bool = False


V319: Final = Variant(
    "v3.19",
    keeps_lines=True,
    kicks_target=True,
    edge_ignores_queued=True,
    tracks_status=True,
    filter_0_is_list=True,
    has_sgi_pending=True,
    reads_raw_target=True,
    finds_config_half=True,
    banks_ppi_priority=True,
)
V310: Final = Variant(
    "v3.10",
    keeps_lines=False,
    kicks_target=False,
    edge_ignores_queued=False,
    tracks_status=False,
    filter_0_is_list=False,
    has_sgi_pending=False,
    reads_raw_target=False,
    finds_config_half=False,
    banks_ppi_priority=False,
)
