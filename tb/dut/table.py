# SPDX-License-Identifier: Apache-2.0
"""Reads a table of a TOML file; what is wrong with it is told in one line."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tb.errors import UserError


class Table:
    """A table that may have these keys and no others.

    place  file and table, for a message

    Every method raises UserError, which names the file, the table, the key and what is allowed.
    """

    def __init__(self, file: Path, name: str, content: Any, keys: Sequence[str]) -> None:
        self.place = f"{file}: [{name}]"
        if not isinstance(content, dict):
            raise UserError(f"{file}: {name} = {content!r}: allowed is a table, [{name}]")
        for key in content:
            if key not in keys:
                raise UserError(f'{self.place} knows no "{key}"; allowed is {", ".join(keys)}')
        self._content = content

    def refuse(self, key: str, value: object, allowed: str) -> UserError:
        """The error for a value."""
        return UserError(f"{self.place} {key} = {value!r}: allowed is {allowed}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._content

    def any(self, key: str, allowed: str, default: Any = None) -> Any:
        """The value of a key; without a default it must be there."""
        if key not in self._content and default is None:
            raise UserError(f'{self.place} lacks "{key}": {allowed}')
        return self._content.get(key, default)

    def text(self, key: str, what: str, default: str | None = None) -> str:
        """A string; not an empty one, unless that is the default."""
        value = self.any(key, what, default)
        if not isinstance(value, str) or not (value or default == ""):
            raise self.refuse(key, value, what)
        return value

    def choice(self, key: str, allowed: Sequence[str | int], default: Any = None) -> Any:
        """One of the values that are allowed."""
        words = " or ".join(map(repr, allowed))
        value = self.any(key, words, default)
        if not any(value == item and type(value) is type(item) for item in allowed):
            raise self.refuse(key, value, words)
        return value

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A number from low to high."""
        allowed = (
            f"an integer from {low} to {high:#x}" if high > 0xFFFF else f"an integer from {low} to {high}"
        )
        value = self.any(key, allowed, default)
        if type(value) is not int or not low <= value <= high:
            raise self.refuse(key, value, allowed)
        return value

    def texts(self, key: str, what: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of strings."""
        value = self.any(key, what, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
            raise self.refuse(key, value, f"a list of {what}")
        return tuple(value)

    def mapping(self, key: str, what: str, kinds: tuple[type, ...]) -> Mapping[str, Any]:
        """A table of values; an empty one by default."""
        value = self.any(key, what, {})
        if not isinstance(value, dict) or not all(type(item) in kinds for item in value.values()):
            raise self.refuse(key, value, what)
        return value
