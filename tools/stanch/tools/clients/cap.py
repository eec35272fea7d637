"""Keeping an answer under its cap of bytes, and saying so when something was left out."""

import json
from collections.abc import Iterable
from typing import Any

_CHARACTERS = 65_536
_ITEMS = 4_096


class Cap:
    """What is left of the bytes that an answer may have, counted as compact JSON."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.truncated = False

    def fits(self, value: object) -> bool:
        """Count `value`, and say whether it may be kept; the first that may not ends it."""
        size = size_of(value) + 1
        if self.truncated or size > self.left:
            self.truncated = True
            return False
        self.left -= size
        return True

    def first(self, values: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return as many of `values` as may be kept, from the front; takes no more of them."""
        kept = []
        for value in values:
            if not self.fits(value):
                break
            kept.append(value)
        return kept

    def shortened(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return `value`, with its longest texts and lists cut short if it is too large."""
        if self.fits(value):
            return value
        small = shorten(value, self.left)
        self.left = max(self.left - size_of(small), 0)
        return small


def size_of(value: object) -> int:
    """Return the bytes of `value` as compact JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def shorten(value: dict[str, Any], size: int) -> dict[str, Any]:
    """Return a copy of `value` that has at most about `size` bytes, cutting the longest first."""
    characters, items = _CHARACTERS, _ITEMS
    while True:
        small: dict[str, Any] = _cut(value, characters, items)
        if size_of(small) <= size or items == 1:
            return small
        if characters <= 1_024:
            items //= 2
        characters = max(characters // 2, 16)


def _cut(value: Any, characters: int, items: int) -> Any:
    match value:
        case str() if len(value) > characters:
            return f"{value[:characters]}... ({len(value) - characters} characters cut)"
        case list():
            return [_cut(item, characters, items) for item in value[:items]]
        case dict():
            return {key: _cut(value[key], characters, items) for key in list(value)[:items]}
        case _:
            return value
