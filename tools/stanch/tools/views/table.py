"""Tables as kubectl prints them: cells divided by at least three blanks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_PADDING = 3
_LEAST_WIDTH = 6


@dataclass(frozen=True, slots=True)
class Table:
    """Heads and rows of cells, as many in each row as there are heads."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self, *, headers: bool = True) -> str:
        """Return the table as text; its last column is not padded."""
        lines: Sequence[Sequence[str]] = (self.heads, *self.rows) if headers else self.rows
        widths = [
            max(_LEAST_WIDTH, max((len(line[at]) for line in lines), default=0) + _PADDING)
            for at in range(len(self.heads))
        ]
        return "".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    *first, last = cells
    padded = (cell.ljust(width) for cell, width in zip(first, widths, strict=False))
    return "".join(padded) + last + "\n"


def moment(text: object) -> datetime | None:
    """Return the moment that an RFC 3339 text names; None when it names none."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def since(text: object, now: datetime) -> str:
    """Return how long ago a moment was, as kubectl prints ages: 45s, 12m, 3h5m, 9d."""
    then = moment(text)
    return "<unknown>" if then is None else span(now - then)


def span(length: timedelta) -> str:
    """Return a length of time in at most two units, the smaller only where it matters."""
    seconds = int(length.total_seconds())
    if seconds < 0:
        return "0s" if seconds >= -1 else "<invalid>"
    if seconds < 120:
        return f"{seconds}s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    years = days // 365
    steps = (
        (minutes < 10, _two(minutes, "m", seconds % 60, "s")),
        (minutes < 180, f"{minutes}m"),
        (hours < 8, _two(hours, "h", minutes % 60, "m")),
        (hours < 48, f"{hours}h"),
        (hours < 192, _two(days, "d", hours % 24, "h")),
        (years < 2, f"{days}d"),
        (years < 8, _two(years, "y", days % 365, "d")),
    )
    return next((text for fits, text in steps if fits), f"{years}y")


def _two(large: int, unit: str, small: int, smaller: str) -> str:
    return f"{large}{unit}{small}{smaller}" if small else f"{large}{unit}"
