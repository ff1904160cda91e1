# SPDX-License-Identifier: Apache-2.0
"""The shortest trace of each known defect, as a script that a machine can play.

`python -m tests.defects.traces KD-01` looks for it anew: it takes the run in which the defect was seen
(tests/defects/seen.json), in a dialect that has only this one, and shrinks it; or one with another seed.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

from tb.model.defects import DEFECTS, FIXED, Defect, fixed
from tb.model.machine.hypervisors import Kind, kind
from tb.model.shrink import Outcome, Script, Shrunk, play, shrink
from tb.model.shrink.reproduction import as_python
from tb.model.shrink.words import Narrator
from tests.defects.harness import with_only
from tests.defects.seen import SEEN

SEEDS: Final = 15
SECONDS: Final = 15
FOLDER: Final = Path(__file__).parent / "scripts"
OPERATIONS: Final = ("DeviceAccess", "DistributorAccess", "Point", "VirtualAccess", "Wait", "Work")
STEPS: Final = ("Drive", "Pulse", "Step", "Tick", "Want")
HEAD: Final = '''# SPDX-License-Identifier: Apache-2.0
"""{id} in {dialect}."""

from tb.model.machine.machine import Setup
{imports}from tb.model.shrink import Script
from tb.model.shrink.script import {steps_used}

SCRIPT = Script(
    {dialect_fixed!r},
    {scenario!r},
    {setup!r},
    (
{steps}
    ),
    patience={patience},
    rests={rests},
)
'''


def script_of(defect: Defect) -> Script | None:
    """The script, if there is one."""
    name = defect.id.lower().replace("-", "_")
    if not (FOLDER / f"{name}.py").exists():
        return None
    script: Script = import_module(f"tests.defects.scripts.{name}").SCRIPT
    return script


def dialect_of(script: Script) -> str:
    """The faithful one."""
    return script.dialect.removesuffix(FIXED)


def broken(dialect: str, defect: Defect) -> Kind:
    """With this defect alone."""
    return kind(dialect, with_only(dialect, defect))


def replay(defect: Defect, script: Script, version: Kind) -> Outcome:
    """Until it shows."""
    return play(script, defect.explains, version)


def story(defect: Defect, script: Script) -> list[str]:
    """What happens, in words."""
    narrators: list[Narrator] = []
    outcome = play(
        script,
        defect.explains,
        broken(dialect_of(script), defect),
        subscribe=[lambda publisher: narrators.append(Narrator(publisher))],
    )
    assert outcome.violation
    return [*narrators[0].lines, f"{outcome.violation.id}: {outcome.violation.detail}"]


def find(defect: Defect) -> Shrunk | None:
    """The shortest of what the first seeds that show it come to."""
    for dialect, place in SEEN[defect.id].items():
        for seed in range(place.seed, place.seed + SEEDS):
            with suppress(ValueError):  # a run that cannot be played again
                result = shrink(
                    dialect + FIXED,
                    place.scenario,
                    place._replace(seed=seed).setup,
                    defect.explains,
                    kind=broken(dialect, defect),
                    spared=kind(dialect, fixed(dialect)),
                    seconds=SECONDS,
                )
                if result:
                    return result
    return None


def text(defect: Defect, script: Script) -> str:
    """The module that has the script."""
    steps = "\n".join(f"        {as_python(step)}," for step in script.steps)
    used = [name for name in OPERATIONS if f"{name}(" in steps or f"{name}." in steps]
    return HEAD.format(
        imports=f"from tb.model.machine.operations import {', '.join(used)}\n" * bool(used),
        steps_used=", ".join(name for name in STEPS if f"{name}(" in steps),
        id=defect.id,
        dialect=dialect_of(script),
        dialect_fixed=script.dialect,
        scenario=script.scenario,
        setup=script.setup,
        steps=steps,
        patience=script.patience,
        rests=script.rests,
    )


def main(names: Sequence[str]) -> None:
    """Look for traces of the defects named, or of all."""
    for defect in [DEFECTS[name] for name in names] or DEFECTS.values():
        result = find(defect)
        print(defect.id, result and (result.before.records, result.outcome.records, result.done), flush=True)
        if result:
            name = f"{defect.id.lower().replace('-', '_')}.py"
            (FOLDER / name).write_text(text(defect, result.script), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
