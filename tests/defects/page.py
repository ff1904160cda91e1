# SPDX-License-Identifier: Apache-2.0
"""docs/known-defects.md, made from the data: `python -m tests.defects.page` writes it."""

from typing import Final

from tb.model.defects import DEFECTS, Defect
from tb.paths import ROOT
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
(`tests/data/software`), or the rule is marked (D).

Each dialect has a variant without any of its defects: `make cosim DIALECT=xen-fixed`, and `kvm17-fixed`,
`kvm19-fixed`, `classic-fixed`, `classic-v310-fixed`. Nothing is expected of these.

The traces are the shortest that `make shrink`'s search has come to, with all other defects mended, and
without the guests' boot. With this one mended, too, the same script violates nothing. `tests/defects` plays
them.

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
    scenario, num_lr = defect.shown_in
    cells = (
        f"[{defect.id}](#{defect.id.lower()})",
        ", ".join(defect.dialects),
        ", ".join(defect.rules),
        ", ".join(defect.breaks),
        f"`{scenario}`, NUM_LR={num_lr}",
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
