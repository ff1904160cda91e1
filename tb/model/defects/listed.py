# SPDX-License-Identifier: Apache-2.0
"""The known defects. Golden traces are those of tests/data/software."""

from dataclasses import replace
from functools import partial
from typing import Final

from tb.model.defects import new_vgic
from tb.model.defects.defect import Defect

LISTED: Final = (
    Defect(
        "KD-01",
        ("NV-FLUSH-4", "NV-FLUSH-9"),
        {"INV-SGI-2": ""},
        "An SGI that is active at an exit goes back into a list register without its sender, or with the "
        "next one's. Its completion then finds no list register, so it stays active for ever.",
        {"xen": "sgi-0043.jsonl.gz:99"},
        new_vgic.remembers_sender,
        "The record keeps the sender of the active SGI, and the next one waits.",
        restless=True,
    ),
    Defect(
        "KD-02",
        ("NV-FLUSH-7",),
        {"INV-LIVE-1": "nothing calls", "INV-LIVE-2": "stayed in the guest"},
        "An SGI that a second CPU has sent, too, waits outside while no maintenance interrupt is armed: the "
        "guest gets it after an exit that has nothing to do with it.",
        {"xen": "sgi-0051.jsonl.gz:84"},
        new_vgic.exits_for_next_sender,
        "The list register of the first asks for an exit at its completion.",
    ),
    Defect(
        "KD-03",
        ("NV-PRUNE-3",),
        {
            "INV-MIG-1": "was not kicked|was lost",
            "INV-EDGE-1": "",
            "INV-LVL-1": "",
            "INV-LIVE-2": "in spite of",
        },
        "An interrupt that prune moves to another vCPU's list is not told to that vCPU, which may sleep on.",
        {"xen": "migrate-0045.jsonl.gz:72"},
        new_vgic.kicks_new_target,
        "The new target is kicked.",
    ),
    Defect(
        "KD-04",
        ("NV-FLUSH-7", "NV-FLUSH-9"),
        {"INV-SPUR-1": "is disabled"},
        "An active interrupt that is disabled and pending again is loaded active and pending: it is "
        "delivered once more, in spite of ICENABLER.",
        {
            "xen": "edge-0041.jsonl.gz:300",
            "kvm17": "mixed-0015.jsonl.gz:176",
            "kvm19": "edge-0016.jsonl.gz:151",
        },
        new_vgic.holds_back_disabled,
        "The pending part of what is disabled is held back.",
    ),
    Defect(
        "KD-05",
        ("NV-LOCK-3", "NV-SORT-1", "NV-SORT-2"),
        {"INV-PRI-2": "is outside"},
        "Each comparison of a sort locks its two records and no others. A record that changes between two "
        "comparisons can leave the list out of order, and a better interrupt outside for one entry.",
        dict.fromkeys(("xen", "kvm17", "kvm19"), "NV-LOCK-3"),
        new_vgic.sorts_at_once,
        "Ranks are read once, before anything is compared.",
    ),
    Defect(
        "KD-06",
        ("NV-MMIO-3", "NV-SYNC-5"),
        {
            "INV-SPUR-1": "is idle",
            "INV-HW-1": "twice|is active",
            "INV-HW-2": "is not active",
        },
        "ICPENDR does not look into list registers: an interrupt that is pending in one comes back at the "
        "next fold and is delivered, and the physical one behind it is deactivated under the list register.",
        {
            "xen": "level-0002.jsonl.gz:192",
            "kvm17": "hw-0037.jsonl.gz:70",
            "kvm19": "hw-0053.jsonl.gz:44",
        },
        new_vgic.stops_for_clear,
        "ICPENDR stops the vCPUs first, as ICACTIVER does with KVM.",
    ),
    Defect(
        "KD-07",
        ("NV-MMIO-3",),
        {"INV-HW-2": "is not active", "INV-HW-1": "twice"},
        "ICPENDR of a mapped interrupt deactivates the physical one though the virtual one is pending "
        "because of its wire, or is about to be: the host has just taken it.",
        {"xen": "mmio-0039.jsonl.gz:119", "kvm17": "hw-0021.jsonl.gz:61", "kvm19": "hw-0053.jsonl.gz:44"},
        new_vgic.spares_others,
        "The physical one is deactivated only where ICPENDR ends what the virtual one was pending for.",
    ),
    Defect(
        "KD-08",
        ("K19-2", "K19-8"),
        {
            "INV-HW-1": "in no list register|is active|twice",
            "INV-ACT-3": "",
            "INV-LVL-3": "",
            "INV-EDGE-1": "",
            "INV-MIG-1": "was lost",
            "INV-LIVE-1": "",
            "INV-LIVE-2": "",
            "INV-PRI-2": "is outside",
        },
        "HCR is decided by a count that comes before the loading. What becomes deliverable in between "
        "(ISENABLER, CTLR) takes the list register of an active one, whose EOI then is not counted.",
        {"kvm19": "K19-8"},
        new_vgic.counts_left,
        "HCR also asks for the exits that what was left out needs.",
        restless=True,
    ),
    Defect(
        "KD-09",
        ("NV-SYNC-7", "NV-MMIO-2", "NV-MMIO-3"),
        {"INV-HW-2": "is not active", "INV-HW-1": "twice"},
        "A fold leaves a mapped interrupt pending, by ISPENDR or by a wire that is still high at its "
        "completion, and the physical one not active: it is loaded like that, perhaps after the wire has "
        "fallen. KVM's ISENABLER does the same if it finds the wire high before the host has taken it.",
        {"xen": "hw-0022.jsonl.gz:134", "kvm17": "hw-0029.jsonl.gz:68", "kvm19": "hw-0029.jsonl.gz:93"},
        new_vgic.activates_pending,
        "The fold, and ISENABLER, make the physical one active while the virtual one is pending.",
    ),
    Defect(
        "KD-10",
        ("CL-Q-1", "CL-INJ-1", "CL-MAINT-1"),
        {"INV-SPUR-1": "", "INV-LVL-2": "", "INV-LIVE-2": "", "INV-LIVE-1": ""},
        "A flush loads what the per-CPU bits say and looks at nothing else: an interrupt whose line has "
        "fallen, or that was disabled or sent elsewhere meanwhile, is delivered. A completed level whose "
        "line is high comes again on the same vCPU, whatever its target is then.",
        {"classic": "edge-0031.jsonl.gz:36", "classic-v310": "level-0008.jsonl.gz:18"},
        partial(replace, looks_again=True),
        "The per-CPU bits are computed anew before each flush, and the target of that level is kicked.",
    ),
    Defect(
        "KD-11",
        ("K19-3",),
        {
            "INV-ACT-3": "",
            "INV-LVL-3": "",
            "INV-HW-1": "is active|twice",
            "INV-EDGE-1": "",
            "INV-MIG-1": "was lost",
            "INV-LIVE-1": "",
            "INV-LIVE-2": "",
            "INV-PRI-2": "is outside",
        },
        "An EOI that found no list register ends the next active interrupt of the list, even one that "
        "ISACTIVER has made active and no guest has acknowledged; the one that it was for stays active.",
        {"kvm19": "overflow-0011.jsonl.gz:193"},
        new_vgic.spares_made_active,
        "Only what the guest has acknowledged can be meant.",
        restless=True,
    ),
    Defect(
        "KD-12",
        ("CL-SYNC-1",),
        {"INV-LR-1": ""},
        "An entry writes HCR.En before the list registers, which still hold words of an earlier run: for an "
        "instant two can name one interrupt.",
        dict.fromkeys(("classic", "classic-v310"), "CL-SYNC-1"),
        partial(replace, enables_last=True),
        "HCR is written last.",
    ),
    Defect(
        "KD-13",
        ("CL-SGI-1",),
        {"INV-SGI-1": "", "INV-SPUR-1": " of CPU ", "INV-LIVE-2": "", "INV-LIVE-1": ""},
        "SGIR with a list sends to all other CPUs instead of those of the list.",
        {"classic-v310": "sgi-0009.jsonl.gz:16"},
        partial(replace, filter_0_is_list=True),
        "The list counts.",
    ),
    Defect(
        "KD-14",
        ("CL-SYNC-2",),
        {
            "INV-STATE-2": "",
            "INV-SGI-2": r"found \[Word",
            "INV-ACT-1": "",
            "INV-ACT-2": "",
            "INV-ACT-3": "",
            "INV-EDGE-1": "",
            "INV-SGI-1": "never delivered",
            "INV-MIG-1": "was lost",
            "INV-SPUR-1": "is idle",
            "INV-LIVE-2": "",
            "INV-LIVE-1": "",
            "INV-LR-1": "",
        },
        "The sync of an entry that was given up acts on ELRSR and EISR of the exit before: it frees list "
        "registers just loaded, whose interrupts are overwritten, and repeats completions.",
        {"classic-v310": "sgi-0015.jsonl.gz:29"},
        partial(replace, tracks_status=True),
        "Software keeps the shadows of ELRSR and EISR in step, as v3.19 does.",
    ),
    Defect(
        "KD-15",
        ("CL-MMIO-4",),
        {
            "INV-EDGE-1": "",
            "INV-LIVE-1": "",
            "INV-LIVE-2": "",
            "INV-LVL-1": "",
            "INV-MIG-1": "was lost",
            "INV-SPUR-1": "is idle",
        },
        "Each word of ICFGR lands in the lower half of its 32 interrupts: edges are taken for levels and "
        "levels for edges.",
        {"classic-v310": "overflow-0028.jsonl.gz:4"},
        partial(replace, finds_config_half=True),
        "The half is chosen by the right bit of the offset.",
    ),
    Defect(
        "KD-16",
        ("CL-INJ-1", "CL-MMIO-2"),
        {"INV-LVL-1": "", "INV-LVL-2": "", "INV-SPUR-1": "is idle", "INV-LIVE-2": "", "INV-LIVE-1": ""},
        "Line and software pending share a bit: ISPENDR makes a level interrupt pending for ever, and "
        "ICPENDR makes a high line be forgotten.",
        {"classic-v310": "level-0008.jsonl.gz:13"},
        partial(replace, keeps_lines=True),
        "Line and software pending have bits of their own, as in v3.19.",
    ),
    Defect(
        "KD-17",
        ("NV-MSGI-2",),
        {"INV-ACT-1": "", "INV-ACT-3": "", "INV-LIVE-1": "", "INV-HW-1": "in no list register"},
        "While an SGI's next sender waits, loading stops at the first entry of lower priority, although "
        "that is active and there is room: the guest's completion then finds no list register.",
        {"kvm17": "sgi-0026.jsonl.gz:285"},
        new_vgic.loads_actives,
        "Actives are loaded all the same.",
        restless=True,
    ),
    Defect(
        "KD-18",
        ("NV-FLUSH-9",),
        {"INV-LR-2": "is mapped, pending and active", "INV-HW-2": "is not active", "INV-HW-1": "twice"},
        "An active mapped edge that has come again is loaded active and pending, with HW.",
        {"xen": "hw-0014.jsonl.gz:193"},
        new_vgic.holds_back_mapped,
        "The pending part of what is mapped is held back.",
    ),
    Defect(
        "KD-19",
        ("NV-MMIO-1",),
        {
            "INV-EDGE-1": "",
            "INV-SGI-1": "never delivered",
            "INV-LVL-1": "",
            "INV-LIVE-1": "",
            "INV-LIVE-2": "",
            "INV-PRI-2": "is outside",
        },
        "What became pending, or was pruned, while the distributor was off is on no list when it is on "
        "again, until something queues it.",
        {
            "xen": "sgi-0043.jsonl.gz:93",
            "kvm17": "level-0025.jsonl.gz:351",
            "kvm19": "migrate-0052.jsonl.gz:44",
        },
        new_vgic.queues_all,
        "A write to CTLR that leaves it on queues all interrupts.",
    ),
    Defect(
        "KD-20",
        ("CL-MMIO-3",),
        {"INV-SGI-1": "", "INV-LIVE-1": "", "INV-LIVE-2": ""},
        "SPENDSGIR and CPENDSGIR change the senders of an SGI, but not whether it is pending.",
        {"classic": "sgi-0057.jsonl.gz:15"},
        partial(replace, follows_sources=True),
        "An SGI is pending while it has senders.",
    ),
    Defect(
        "KD-21",
        ("CL-DIS-1",),
        {
            "INV-EDGE-1": "",
            "INV-SPUR-1": "is idle",
            "INV-LVL-2": "",
            "INV-ACT-1": "",
            "INV-ACT-3": "active again",
        },
        "ICENABLER empties list registers of disabled interrupts: a pending edge is lost, and the "
        "completion of an active level is never noticed, so what software had made pending comes again.",
        {"classic": "mmio-0011.jsonl.gz:76", "classic-v310": "mmio-0011.jsonl.gz:69"},
        partial(replace, spares_active=True),
        "What is pending is taken back to be delivered later, what is active stays.",
    ),
    Defect(
        "KD-22",
        ("CL-Q-4",),
        {"INV-ACT-2": ""},
        "An edge SPI that is active on one vCPU is delivered to its new target as well.",
        {"classic": "edge-0031.jsonl.gz:90", "classic-v310": "sgi-0009.jsonl.gz:55"},
        partial(replace, waits_for_other=True),
        "It is in one vCPU's list registers only.",
    ),
    Defect(
        "KD-23",
        ("NV-SYNC-7", "NV-SYNC-4"),
        {"INV-LVL-2": "", "INV-SPUR-1": "is idle", "INV-HW-2": "is not active", "INV-HW-1": "twice"},
        "A mapped interrupt is injected again before the fold of its completion, and its wire falls. Xen's "
        "fold does not read the wire; KVM's does not if the guest has acknowledged and completed it in the "
        "same run. It is delivered all the same.",
        {"xen": "migrate-0045.jsonl.gz:138", "kvm17": "NV-SYNC-7", "kvm19": "NV-SYNC-7"},
        new_vgic.reads_wire,
        "The fold reads the wire of all that is not active.",
    ),
    Defect(
        "KD-24",
        ("K19-3", "NV-SORT-2"),
        {
            "INV-ACT-2": "is active on vCPU",
            "INV-ACT-3": "",
            "INV-LVL-3": "",
            "INV-HW-1": "is active|twice",
            "INV-EDGE-1": "",
            "INV-MIG-1": "was lost",
            "INV-LIVE-1": "",
            "INV-LIVE-2": "",
            "INV-PRI-2": "is outside",
        },
        "IPRIORITYR moves an active interrupt in the list, and so does a group that is off, but not in the "
        "order in which the guest completes: an EOI that found no list register ends another one.",
        {"kvm19": "overflow-0051.jsonl.gz:72"},
        new_vgic.sorts_as_acknowledged,
        "Active interrupts are sorted by the priority that they had when they became active, whatever "
        "their group.",
        restless=True,
    ),
    Defect(
        "KD-25",
        ("NV-QUEUE-2", "NV-MMIO-7"),
        {
            "INV-EDGE-1": "",
            "INV-LVL-1": "",
            "INV-MIG-1": "was lost",
            "INV-LIVE-1": "",
            "INV-LIVE-2": "sleeps",
            "INV-PRI-2": "is outside",
        },
        "What is on a list and then gets another target is moved by the list's own vCPU alone, at its next "
        "exit, but only the new target is kicked: while the old one sleeps, it is not delivered. What became "
        "pending without a target (xen) is on no list, and ITARGETSR puts it on none.",
        {
            "xen": "migrate-0045.jsonl.gz:70",
            "kvm17": "migrate-0028.jsonl.gz:89",
            "kvm19": "migrate-0052.jsonl.gz:63",
        },
        new_vgic.kicks_holder,
        "The vCPU that has it on its list is kicked, and wakes up to move it; what is on no list is queued.",
    ),
)
