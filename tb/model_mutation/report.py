# SPDX-License-Identifier: Apache-2.0
"""What came of a campaign, as text."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tb.model_mutation.campaign import (
    EQUIVALENT,
    KILLED,
    SURVIVED,
    TIMEOUT,
    Fate,
    number,
    score,
)


def text(fates: Sequence[Fate]) -> Iterator[str]:
    """A table by folder, what killed how many, and the survivors."""
    yield f"{'folder':<14} mutants  killed (timeout) equivalent survivors   score"
    for folder in sorted({fate.folder for fate in fates}):
        some = [fate for fate in fates if fate.folder == folder]
        timeouts = sum(fate.check == TIMEOUT for fate in some)
        yield (
            f"{folder:<14}{len(some):>8}{number(some, KILLED):>8}{f'({timeouts})':>10}"
            f"{number(some, EQUIVALENT):>11}{number(some, SURVIVED):>10}{score(some):>7.1f}%"
        )
    killers = Counter(fate.check for fate in fates if fate.end == KILLED)
    yield "killed by " + ", ".join(f"{check}: {count}" for check, count in killers.most_common())
    for fate in fates:
        if fate.end == SURVIVED:
            identity = fate.mutant.identity
            yield f"survived: {fate.mutant.place} {identity.function}"
            yield from (f"    - {line}" for line in identity.before.splitlines())
            yield from (f"    + {line}" for line in identity.after.splitlines())
