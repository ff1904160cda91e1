# SPDX-License-Identifier: Apache-2.0
"""docs/known-defects.md, made from the data: `python -m tests.defects.page` writes it."""

from typing import Final

from tb.model.defects import DEFECTS, Defect
from tb.paths import ROOT
from tests.defects.seen import SEEN
from tests.defects.traces import dialect_of, script_of, story

PATH: Final = ROOT / "docs" / "known-defects.md"
HEAD: Final = """\
# Known defects

Where a model is faithful to a VGIC that breaks an [invariant](spec/invariants.md), co-simulation finds it.
What it has found is listed here and in `tb/model/defects/listed.py`; `make cosim` and `make regress` count
such violations apart and fail for all others. The rules are those of
[software-vgic.md](spec/software-vgic.md).

Each entry stands on evidence that the real code does so: a dialect with the defect mended gives an answer
that the golden trace of the real code has otherwise, first at the file and line named
(`tests/data/software`). Where the evidence is a rule, that rule is marked (D), and golden traces cannot show
the defect: they come of one thread, and KD-05 and KD-08 are races; they do not have the order of writes,
which is all of KD-12; and in none is a mapped level interrupt taken, completed and injected again in one run
of the guest, as KD-23 needs with KVM.

Each dialect has a variant without any of its defects: `make cosim DIALECT=xen-fixed`, and `kvm17-fixed`,
`kvm19-fixed`, `classic-fixed`, `classic-v310-fixed`. Nothing is expected of these: `make regress` runs each
of them in each scenario, on the reference model, and fails for any violation, so that no defect can hide
another error.

Where one is seen, the bench has found it by itself, in a VGIC that has no other (`tests/defects/seen.json`
has the seeds).

The traces are the shortest that `make shrink`'s search has come to, with all other defects mended, and
without the guests' boot. With this one mended, too, the same script violates nothing. `tests/defects` plays
them. KD-25 has none: it shows when a run has come to rest, and a script comes to rest in its own way. KD-08
and KD-24 have none that is short: what has to overflow takes most of a run.

"""


def page() -> str:
    """The whole page."""
    rows = [
        "| id | dialects | rules | invariants | seen in |",
        "|---|---|---|---|---|",
        *(_row(defect) for defect in DEFECTS.values()),
        "",
    ]
    return HEAD + "\n".join((*rows, *(line for defect in DEFECTS.values() for line in _section(defect))))


def _row(defect: Defect) -> str:
    places = SEEN.get(defect.id, {}).values()
    cells = (
        f"[{defect.id}](#{defect.id.lower()})",
        ", ".join(defect.dialects),
        ", ".join(defect.rules),
        ", ".join(defect.breaks),
        "; ".join(dict.fromkeys(f"`{place.scenario}`, NUM_LR={place.num_lr}" for place in places)),
    )
    return f"| {' | '.join(cells)} |"


def _section(defect: Defect) -> list[str]:
    lines = ["", f"## {defect.id}", "", defect.behaviour, "", f"Mended: {defect.mended}", ""]
    lines.append("Evidence: " + "; ".join(f"{dialect} {where}" for dialect, where in defect.evidence.items()))
    if script := script_of(defect):
        where = f"{dialect_of(script)}, {script.setup.num_lr} list registers"
        lines += ["", f"Trace ({where}):", "", "```text", *story(defect, script), "```"]
    return lines


if __name__ == "__main__":
    PATH.write_text(page() + "\n", encoding="utf-8")
