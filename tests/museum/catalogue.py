# SPDX-License-Identifier: Apache-2.0
"""All pieces of the museum that the models can be made to have."""

from typing import Final

from tests.museum import bank, deactivation, distributor, entries, levels, sgis
from tests.museum.exhibit import Exhibit

_ALL: Final = (sgis, levels, entries, distributor, deactivation, bank)
EXHIBITS: Final[tuple[Exhibit, ...]] = tuple(
    sorted((exhibit for module in _ALL for exhibit in module.EXHIBITS), key=lambda exhibit: exhibit.bug)
)
