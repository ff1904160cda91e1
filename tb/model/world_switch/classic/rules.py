# SPDX-License-Identifier: Apache-2.0
"""What tells the variants apart."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Rules:
    """A variant.

    has_lines       CL-MAINT-1          the line is a bit of its own, and so is what ISPENDR did
    edge_waits      CL-Q-4              `queued` holds back what was made edge meanwhile, too
    mirrors_status  CL-Q-2, CL-MAINT-1, CL-SYNC-2, CL-DIS-1  software keeps ELRSR and EISR in step
    """

    has_lines: bool
    edge_waits: bool
    mirrors_status: bool


RULES: Final = {
    "classic": Rules(has_lines=True, edge_waits=False, mirrors_status=True),
    "classic-v310": Rules(has_lines=False, edge_waits=True, mirrors_status=False),
}
