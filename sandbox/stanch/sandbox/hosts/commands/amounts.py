"""Amounts as coreutils and procps write them, and tables as df lines them up."""

from collections.abc import Sequence

_LETTERS = "KMGTPE"


def human(count: float, *, base: int = 1024) -> str:
    """Return a size as `df -h` shows it: rounded up, with one digit below ten."""
    if count < base:
        return f"{round(count)}"
    for letter in _LETTERS:
        count /= base
        if count < base:
            tenths = -(-count * 10 // 1)
            shown = f"{tenths / 10:.1f}" if tenths < 100 else f"{-(-count // 1):.0f}"
            if float(shown) < base:
                return f"{shown}{'k' if base == 1000 and letter == 'K' else letter}"
    return f"{count:.0f}E"


def kibi(count: int) -> int:
    """Return bytes in KiB, rounded up."""
    return -(-count // 1024)


def table(
    rows: Sequence[Sequence[str]], *, left: frozenset[int], least: Sequence[int]
) -> list[str]:
    """Return `rows`, the heading first, in columns of at least these widths.

    The columns in `left` stand to the left; the last one is never filled up.
    """
    widths = [max(least[at], *(len(row[at]) for row in rows)) for at in range(len(rows[0]))]
    return [
        " ".join(
            _cell(cell, widths[at], left=at in left, last=at == len(row) - 1)
            for at, cell in enumerate(row)
        )
        for row in rows
    ]


def _cell(text: str, width: int, *, left: bool, last: bool) -> str:
    if not left:
        return text.rjust(width)
    return text if last else text.ljust(width)
