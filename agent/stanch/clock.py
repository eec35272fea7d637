"""The clock of an incident: the machine's, or the one that a rehearsal follows.

A rehearsal may run faster than the wall. It then shares one small JSON file, {"wall",
"simulated", "speed"}: a wall time, the time that it stands for, and how many of its
seconds pass in one second of the wall.
"""

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

_READ_SECONDS = 0.2
_AHEAD_SECONDS = 30.0
"""How far this clock may have run ahead of a line that it had not read yet."""


class ClockError(Exception):
    """The clock file cannot be read."""


class Clock:
    """Tells the time and waits in it."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._read_at = 0.0
        self._line = (0.0, 0.0, 1.0)
        self._latest = 0.0
        if file is not None:
            self._look()

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.fromtimestamp(self._seconds(), UTC)

    @property
    def speed(self) -> float:
        """Seconds of this clock in one second of the wall."""
        if self._file is None:
            return 1.0
        self._look()
        return self._line[2]

    def wait(self, seconds: float, stop: threading.Event | None = None) -> bool:
        """Wait until `seconds` have passed on this clock; return early, True, when stopped."""
        stop = stop or threading.Event()
        end = self._seconds() + seconds
        while (left := end - self._seconds()) > 0:
            # A rehearsal may change its speed, so no single wait is longer than a second.
            if stop.wait(min(left / self.speed, 1.0)):
                return True
        return stop.is_set()

    def _seconds(self) -> float:
        if self._file is None:
            return time.time()
        self._look()
        wall, simulated, speed = self._line
        now = simulated + (time.time() - wall) * speed
        # A slower speed is read a moment late: time waits for it then, and does not go back.
        if not 0.0 < self._latest - now < _AHEAD_SECONDS:
            self._latest = now
        return self._latest

    def _look(self) -> None:
        """Read the file again, at most five times a second."""
        if self._file is None or time.monotonic() - self._read_at < _READ_SECONDS:
            return
        try:
            line = json.loads(self._file.read_text(encoding="utf-8"))
            self._line = (float(line["wall"]), float(line["simulated"]), float(line["speed"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ClockError(
                f"the clock file {self._file} cannot be read: {error}. "
                "Is the practice production up? Unset STANCH_CLOCK to use the machine's clock"
            ) from error
        self._read_at = time.monotonic()
