"""Statements: the single SQL statements of a block, cut where PostgreSQL itself would.

Each piece is parsed again by whoever types it, so that a wrong cut can only refuse.
"""

import re
from importlib import import_module
from typing import Any, Final

from stanch.runbook.lines import Line

_PLACEHOLDER: Final = re.compile(
    r"<[A-Za-z][A-Za-z0-9_ -]{0,62}>|\$\{[A-Za-z_]\w{0,62}\}|(?<![\w$])\$[A-Za-z_]\w{0,62}(?![\w$])"
)
_COMMENT: Final = re.compile(r"\s|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/")

_NOTHING: Final = re.compile(rf"(?:;|{_COMMENT.pattern})*")


_MOST_CHARACTERS: Final = 16384


def statements(content: str) -> tuple[Line, ...]:
    """Return the statements of a block, each with the line that it begins in.

    What PostgreSQL's scanner cannot read is one statement, for the parser to refuse.
    """
    if len(content) > _MOST_CHARACTERS:
        return (Line(content.strip(), 0),)
    pieces = _pieces(content)
    if pieces is None:
        # Only the masked text has no placeholder that its scanner stumbles over.
        pieces = _pieces(_PLACEHOLDER.sub(lambda found: "p" * len(found[0]), content))
    if pieces is None:
        return _lines(content, [(0, len(content))])
    return _lines(content, pieces)


def _pieces(text: str) -> list[tuple[int, int]] | None:
    """Return where the statements of `text` begin and end; None when that cannot be told."""
    # The parser is a compiled library: only a runbook with SQL has to load it.
    postgast: Any = import_module("postgast")
    try:
        found = postgast.split(text, method="scanner")
    except (postgast.PgQueryError, UnicodeError):
        return None
    pieces: list[tuple[int, int]] = []
    end = 0
    for piece in found:
        start = text.find(piece, end)
        if start < 0:
            return None
        end = start + len(piece)
        pieces.append((start, end))
    ends = [0, *(end for _, end in pieces)]
    starts = [*(start for start, _ in pieces), len(text)]
    # It leaves out what does not look like a statement, and that must be refused too.
    skipped = (text[end:start] for end, start in zip(ends, starts, strict=True))
    return pieces if all(_NOTHING.fullmatch(one) for one in skipped) else None


def _lines(content: str, pieces: list[tuple[int, int]]) -> tuple[Line, ...]:
    found: list[Line] = []
    for begin, end in pieces:
        start = begin
        while start < end and (skipped := _COMMENT.match(content, start, end)):
            start = skipped.end()
        if start < end:
            found.append(Line(content[start:end].rstrip(), content.count("\n", 0, start)))
    return tuple(found)
