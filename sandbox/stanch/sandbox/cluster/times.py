"""Times as the API writes them, to and from Unix seconds."""

from datetime import UTC, datetime


def stamp(at: float) -> str:
    """Write `at` (Unix seconds) to the second: 2026-01-31T10:00:00Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_stamp(at: float) -> str:
    """Write `at` (Unix seconds) to the microsecond."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seconds(text: str) -> float:
    """Return the Unix seconds of a time that the API wrote.

    Raises:
        ValueError: `text` is not such a time.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_AGES = (
    # below so many seconds: the unit, and the smaller unit that still shows
    (120, 1, "s", 0, ""),
    (600, 60, "m", 1, "s"),
    (10_800, 60, "m", 0, ""),
    (28_800, 3600, "h", 60, "m"),
    (172_800, 3600, "h", 0, ""),
    (691_200, 86_400, "d", 3600, "h"),
)


def span(duration: float) -> str:
    """Write a duration as tables show an age: 45s, 5m10s, 3h20m, 2d."""
    total = max(0, int(duration))
    for below, unit, letter, smaller, small_letter in _AGES:
        if total < below:
            rest = total % unit // smaller if smaller else 0
            return f"{total // unit}{letter}" + (f"{rest}{small_letter}" if rest else "")
    return f"{total // 86_400}d"
