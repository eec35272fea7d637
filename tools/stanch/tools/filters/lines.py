"""Lines: the text of an answer taken apart and put together as the programs do."""

import unicodedata
from collections.abc import Iterable


def split(text: str) -> list[str]:
    """Return the lines of `text`, without their ends; a last line needs no end."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def joined(lines: Iterable[str]) -> str:
    """Return `lines` as text; each of them is ended."""
    return "".join(f"{line}\n" for line in lines)


def in_bytes(text: str) -> str:
    """Return `text` with one character for each of its bytes, for programs that count those."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def from_bytes(text: str) -> str:
    """Return what `in_bytes` was given; a character that was cut through becomes U+FFFD."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def columns_of(character: str) -> int:
    """Return how many columns of a screen a character takes: 0, 1 or 2."""
    if not character.isprintable() or unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def kept(lines: list[str], text: str) -> str:
    """Return `lines`, the last of which is the last of `text`, ended only if it was."""
    whole = joined(lines)
    return whole if text.endswith("\n") else whole.removesuffix("\n")
