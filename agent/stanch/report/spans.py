"""How the report prints and reads times, durations and ratios; one notation everywhere.

All times are UTC with a Z and cut to whole seconds, so that the difference of two printed
times is the printed duration.
"""

import re
from datetime import UTC, datetime

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
_WORDS = {
    "day": "d",
    "days": "d",
    "hour": "h",
    "hours": "h",
    "minute": "min",
    "minutes": "min",
    "second": "s",
    "seconds": "s",
}
_PART = r"\d+(?:\.\d+)?\s?(?:d|h|min|s|days?|hours?|minutes?|seconds?)\b"
SPAN = re.compile(rf"(?<![\w.:-]){_PART}(?:\s{_PART})*")
"""A printed duration: "2 min 10 s", "45 seconds"."""


def moment(value: object) -> datetime | None:
    """Read a time: aware datetime, Unix seconds or RFC 3339; None when it is none of them."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        # Outside these years a number is a measure that was put in the wrong place.
        return datetime.fromtimestamp(value, UTC) if 0 < value < 4e9 else None
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            return None
        return read.astimezone(UTC) if read.tzinfo else None
    return None


def whole(at: datetime) -> datetime:
    """Return the time in UTC, cut to its second."""
    return at.astimezone(UTC).replace(microsecond=0)


def stamp(at: datetime) -> str:
    """Print date and time: 2026-11-20 14:03:12Z."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def clock(at: datetime) -> str:
    """Print the time of day: 14:03:12Z."""
    return f"{at.astimezone(UTC):%H:%M:%S}Z"


def span(seconds: float) -> str:
    """Print a duration to the second, without empty units: 1 h 4 min, 2 min 10 s, 0 s."""
    left = round(abs(seconds))
    parts = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return ("-" if seconds < 0 and parts else "") + (" ".join(parts) or "0 s")


def seconds_of(text: str) -> tuple[float, int]:
    """Read a duration that SPAN matched: its seconds, and those of its smallest unit."""
    total, smallest = 0.0, 86400
    for count, word in re.findall(r"(\d+(?:\.\d+)?)\s?([a-z]+)", text):
        unit = _WORDS.get(word, word)
        size = dict(_UNITS)[unit]
        total += float(count) * size
        smallest = min(smallest, size)
    return total, smallest


def percent(ratio: float) -> str:
    """Print a ratio as a percentage, finer where it is small: 38.2 %, 0.12 %, 0 %."""
    value = ratio * 100
    text = f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def count(number: int, one: str, many: str = "") -> str:
    """Print a number with its noun: 1 pod, 2 pods."""
    return f"{number} {one if number == 1 else many or one + 's'}"
