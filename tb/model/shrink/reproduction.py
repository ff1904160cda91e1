# SPDX-License-Identifier: Apache-2.0
"""A script as a pytest file."""

import re
from typing import Final

from tb.model.shrink.script import Script, Step
from tb.model.subjects import name_of

_ENUM: Final = re.compile(r"<(\w+\.\w+): [^>]*>")  # its repr is no expression
_HEAD: Final = '''\
# SPDX-License-Identifier: Apache-2.0
"""{invariant} in {name}: {detail}"""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DeviceAccess, DistributorAccess, Point, VirtualAccess, Wait, Work
from tb.model.shrink import Script, play
from tb.model.shrink.script import Drive, Pulse, Step, Tick, Want

STEPS = (
{steps}
)


def test_it_violates_no_invariant() -> None:
    script = Script(
        dialect={dialect!r},
        scenario={scenario!r},
        setup={setup!r},
        steps=STEPS,
        patience={patience},
        rests={rests},
    )
    assert play(script, lambda violation: violation.id == {invariant!r}).violation is None
'''


def as_test(script: Script, invariant: str, detail: str) -> str:
    """The text of a test that fails as long as the script violates the invariant."""
    return _HEAD.format(
        invariant=invariant,
        detail=detail,
        steps="\n".join(f"    {as_python(step)}," for step in script.steps),
        dialect=script.dialect,
        name=name_of(script.dialect),
        scenario=script.scenario,
        setup=script.setup,
        patience=script.patience,
        rests=script.rests,
    )


def as_python(step: Step) -> str:
    """The expression that makes a step, without what has its default."""
    fields = [repr(step.actor)]
    for name in step._fields[1:]:
        value = getattr(step, name)
        if value != step._field_defaults[name]:
            fields.append(f"{name}={_ENUM.sub(lambda found: found[1], repr(value))}")
    return f"Step({', '.join(fields)})"
