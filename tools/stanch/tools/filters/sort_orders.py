"""The orders of sort that are not the text's own: numbers, sizes, months, versions."""

import re
from decimal import Decimal
from typing import Final

_NUMBER: Final = re.compile(r"[ \t]*(-?)([0-9]*)(?:\.([0-9]*))?([KkMGTPEZYRQ]?)")
_UNITS: Final = "KMGTPEZYRQ"
_MONTHS: Final = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"
_SUFFIX: Final = re.compile(r"(?:\.[A-Za-z~][A-Za-z0-9~]*)*$")


def number(text: str) -> Decimal:
    """Return the number that `text` begins with; 0 when it begins with none."""
    return _read(text)[0]


def human(text: str) -> tuple[int, Decimal]:
    """Return the size that `text` begins with: its unit's rank, then its number."""
    value, unit = _read(text)
    rank = _UNITS.index(unit.upper()) + 1 if unit else 0
    if value == 0:
        return 0, value
    return (-rank if value < 0 else rank, value) if rank else (0, value)


def month(text: str) -> int:
    """Return the number of the month that `text` begins with; 0 when it begins with none."""
    at = _MONTHS.find(text.lstrip(" \t")[:3].upper())
    return at // 3 + 1 if at >= 0 and at % 3 == 0 and len(text.lstrip(" \t")) >= 3 else 0


def version(a: str, b: str) -> int:
    """Compare two texts as versions: negative, 0 or positive, as `a` is before `b`."""
    if a == b:
        return 0
    for first in ("", ".", ".."):
        if first in (a, b):
            return -1 if a == first else 1
    hidden = (a.startswith("."), b.startswith("."))
    if hidden[0] != hidden[1]:
        return -1 if hidden[0] else 1
    if hidden[0]:
        a, b = a[1:], b[1:]
    short = [text[: found.start()] if (found := _SUFFIX.search(text)) else text for text in (a, b)]
    return _by_pieces(*short) or _by_pieces(a, b)


def _read(text: str) -> tuple[Decimal, str]:
    found = _NUMBER.match(text)
    if found is None or not (found[2] or found[3]):
        return Decimal(0), ""
    return Decimal(f"{found[1]}{found[2] or '0'}.{found[3] or '0'}"), found[4]


def _by_pieces(a: str, b: str) -> int:
    """Compare by pieces: what is not a number by rank, numbers by value."""
    i = j = 0
    while i < len(a) or j < len(b):
        while (i < len(a) and not _digit(a[i])) or (j < len(b) and not _digit(b[j])):
            x = _rank(a[i]) if i < len(a) else -1
            y = _rank(b[j]) if j < len(b) else -1
            if x != y:
                return x - y
            i, j = i + 1, j + 1
        start_i, start_j = i, j
        while i < len(a) and _digit(a[i]):
            i += 1
        while j < len(b) and _digit(b[j]):
            j += 1
        m, n = a[start_i:i].lstrip("0"), b[start_j:j].lstrip("0")
        if (len(m), m) != (len(n), n):
            return -1 if (len(m), m) < (len(n), n) else 1
    return 0


def _digit(character: str) -> bool:
    return character.isascii() and character.isdigit()


def _rank(character: str) -> int:
    if _digit(character):
        return 0
    if character.isascii() and character.isalpha():
        return ord(character)
    return -2 if character == "~" else ord(character) + 256
