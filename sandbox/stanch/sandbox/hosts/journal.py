"""The journal of a machine, and the words in which it is asked for times."""

import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("w", "week", "weeks"), 604800),
}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ")
LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
KERNEL = "kernel"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line; `at` is what the machine's own clock showed."""

    at: float
    identifier: str
    pid: int | None
    unit: str
    priority: int
    message: str


class Journal:
    """The newest entries, oldest first."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=8000)

    def write(
        self,
        at: float,
        identifier: str,
        message: str,
        *,
        pid: int | None = None,
        unit: str = "",
        priority: int = 6,
    ) -> None:
        """Write one line."""
        self.entries.append(Entry(at, identifier, pid, unit, priority, message))


def moment(text: str, now: float) -> float | None:
    """Return the Unix time that `text` means to journalctl; None when it means nothing."""
    text = text.strip()
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    fixed = {
        "now": now,
        "today": today.timestamp(),
        "yesterday": (today - timedelta(days=1)).timestamp(),
        "tomorrow": (today + timedelta(days=1)).timestamp(),
    }
    if text in fixed:
        return fixed[text]
    if text.startswith("@") and text[1:].replace(".", "", 1).isdigit():
        return float(text[1:])
    if text.startswith("-") or text.endswith(" ago"):
        span = _seconds(text.removeprefix("-").removesuffix(" ago"))
        return None if span is None else now - span
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None


def _seconds(text: str) -> float | None:
    found = _SPAN.findall(text)
    if not found or _SPAN.sub("", text).strip() or any(unit not in _UNITS for _, unit in found):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in found)
