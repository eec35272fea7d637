"""The orders of sort that are not the text's own: numbers, sizes, months, versions."""

import re
from decimal import Decimal
from typing import Final

_NUMBER: Final = re.compile(r"[ \t]*(-?)([0-9]*)(?:\.([0-9]*))?([KkMGTPEZYRQ]?)")
_UNITS: Final = "KMGTPEZYRQ"
_MONTHS: Final = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"
_SUFFIXES: Final = re.compile(r"(?:\.[A-Za-z~][A-Za-z0-9~]*)+")
_PIECES: Final = re.compile(r"([^0-9]*)([0-9]*)")
_RANKS: Final = {
    code: 0 if chr(code) == "~" else code + 256
    for code in range(256)
    if not (code < 128 and chr(code).isalnum())
}
"""Where each byte that is neither a letter nor a digit stands among all bytes."""


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


def version(text: str) -> tuple[int, str, str]:
    """Return a key that puts bytes in the order of versions.

    What is hidden comes first; then the name counts without its endings (`.tar.gz`), and
    last the whole of it.
    """
    rank = 4
    if text.startswith("."):
        rank = {".": 1, "..": 2}.get(text, 3)
    elif not text:
        rank = 0
    start = len(text)
    for found in _SUFFIXES.finditer(text):
        if found.end() == len(text):
            start = found.start()
    return rank, _by_pieces(text[:start]), _by_pieces(text)


def _read(text: str) -> tuple[Decimal, str]:
    found = _NUMBER.match(text)
    if found is None or not (found[2] or found[3]):
        return Decimal(0), ""
    return Decimal(f"{found[1]}{found[2] or '0'}.{found[3] or '0'}"), found[4]


def _by_pieces(text: str) -> str:
    """Return a text whose plain order is that of the pieces of `text`.

    What is no number is compared by rank: `~`, the end, a digit, letters, all else.
    Numbers are compared by value: by their length, and then by their digits.
    """
    pieces = []
    for words, digits in _PIECES.findall(text.translate(_RANKS)):
        if words or digits:
            value = digits.lstrip("0")
            pieces.append(f"{words}\x02{chr(len(value) >> 16)}{chr(len(value) & 0xFFFF)}{value}")
    return "".join([*pieces, "\x01"])
