"""Slots: how a word of a command becomes a field of a template.

A field is a value, one whole parameter, or text around parameters that is all of the
field: a value can fill the field and never reach beyond it.
"""

import re
from collections.abc import Sequence

from stanch.runbook.findings import RefusedError
from stanch.runbook.model import Joined, ParamRef, Slot
from stanch.runbook.words import Word

_UNITS = {"s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"(?:[0-9]{1,6}[hms])+")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


def shown(word: Word) -> str:
    """Return `word` as it is written, with its parameters as `<name>`."""
    return "".join(f"<{part.param}>" if isinstance(part, ParamRef) else part for part in word)


def whole(word: Word, what: str) -> str | ParamRef:
    """Return `word` as one value or one parameter.

    Raises:
        RefusedError: it mixes text and parameters.
    """
    if len(word) == 1:
        return word[0]
    raise RefusedError(
        "RB027",
        f"{what} mixes text and a parameter: '{shown(word)}'.",
        remedy="Declare one parameter for the whole of it.",
    )


def text(word: Word) -> str | ParamRef | Joined:
    """Return `word` as one value, one parameter, or text around parameters."""
    return word[0] if len(word) == 1 else Joined(parts=word)


def literal(word: Word, what: str) -> str:
    """Return `word` as text; RefusedError when a parameter stands in it."""
    if len(word) == 1 and isinstance(word[0], str):
        return word[0]
    raise RefusedError(
        "RB027", f"{what} cannot be a parameter: '{shown(word)}'.", remedy="Write it out."
    )


def number(word: Word, what: str) -> Slot:
    """Return `word` as a whole number, or the parameter that will be one."""
    value = whole(word, what)
    if isinstance(value, ParamRef):
        return value
    if not _NUMBER.fullmatch(value):
        # kubectl would read 010 as octal and +2 as 2: only one notation means one thing.
        raise RefusedError(
            "RB028",
            f"{what} is not a whole number: '{value}'.",
            remedy="Write decimal digits only.",
        )
    return int(value)


def seconds(text: str, what: str) -> int:
    """Return a duration such as 90s, 10m or 1h30m in seconds.

    Raises:
        RefusedError: it is not written so.
    """
    if not _DURATION.fullmatch(text):
        raise RefusedError(
            "RB028",
            f"{what} is not a duration: '{text}'.",
            remedy="Write it like 90s, 10m or 1h.",
        )
    return sum(int(count) * _UNITS[unit] for count, unit in re.findall(r"([0-9]+)([hms])", text))


def duration(word: Word, what: str) -> Slot:
    """Return `word` as a number of seconds, or the parameter of the type duration.

    Raises:
        RefusedError: it is neither.
    """
    value = whole(word, what)
    return value if isinstance(value, ParamRef) else seconds(value, what)


def split(word: Word, separator: str, *, most: int = -1, outside: str = "") -> list[Word]:
    """Split `word` at a separator in its text, at most `most` times.

    Separators between the two characters of `outside` do not count.
    """
    pieces: list[list[str | ParamRef]] = [[]]
    depth = 0
    for atom in _atoms(word):
        depth += (outside[:1] == atom) - (outside[1:] == atom) if outside else 0
        if atom == separator and depth == 0 and most != 0:
            pieces.append([])
            most -= 1
        else:
            pieces[-1].append(atom)
    return [_joined(piece) for piece in pieces]


def glued(parts: Sequence[str | ParamRef]) -> Word:
    """Return the word that `parts` are when they stand side by side."""
    return _joined([part for part in parts if part != ""])


def strip(word: Word) -> Word:
    """Return `word` without blanks at its ends."""
    atoms = _atoms(word)
    while atoms and atoms[0] == " ":
        atoms = atoms[1:]
    while atoms and atoms[-1] == " ":
        atoms = atoms[:-1]
    return _joined(atoms)


def _atoms(word: Word) -> list[str | ParamRef]:
    return [atom for part in word for atom in (part if isinstance(part, str) else (part,))]


def _joined(atoms: Sequence[str | ParamRef]) -> Word:
    parts: list[str | ParamRef] = []
    for atom in atoms:
        if isinstance(atom, str) and parts and isinstance(parts[-1], str):
            parts[-1] += atom
        else:
            parts.append(atom)
    return tuple(parts) or ("",)
