"""The clock of the practice production: one line from wall time to simulated time.

The line is drawn anew whenever the speed changes, from the point that was reached. It is
kept in a small JSON file, so that every process that takes part in a rehearsal reads the
same time. The file holds three numbers: a wall time and the simulated time that it stands
for (both Unix seconds), and how many simulated seconds pass in one second of the wall.
"""

import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_NEARLY = 0.1
"""The share by which a speed must differ from the line's to be worth a new one."""


@dataclass(frozen=True, slots=True)
class TimeLine:
    """How wall time becomes simulated time."""

    wall: float
    simulated: float
    speed: float

    def at(self, wall: float) -> float:
        """Return the simulated time of `wall`, in Unix seconds."""
        return self.simulated + (wall - self.wall) * self.speed


class Clock:
    """Tells the simulated time; changes of speed never make it jump."""

    def __init__(self, *, start: float, speed: float = 1.0, file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._file = file
        self._asked = speed
        self._set(TimeLine(time.time(), start, speed))

    def now(self) -> float:
        """Return the simulated time, in Unix seconds."""
        with self._lock:
            return self._line.at(time.time())

    @property
    def speed(self) -> float:
        """Simulated seconds in one second of the wall, as was asked for."""
        with self._lock:
            return self._asked

    def set_speed(self, speed: float) -> None:
        """Go on at `speed` from this moment."""
        if not 0 < speed <= 1000:
            raise ValueError(f"the speed must be above 0 and at most 1000, not {speed}")
        with self._lock:
            self._asked = speed
            self._go_on(speed)

    def ease(self, share: float) -> None:
        """Go on at this share, above 0 and at most 1, of the speed that was asked for."""
        with self._lock:
            speed = self._asked * share
            if speed != self._line.speed and (
                share == 1.0 or abs(speed / self._line.speed - 1.0) > _NEARLY
            ):
                self._go_on(speed)

    def leap(self, simulated: float) -> None:
        """Go on from the Unix time `simulated`, if the clock is not beyond it already."""
        with self._lock:
            wall = time.time()
            if simulated > self._line.at(wall):
                self._set(TimeLine(wall, simulated, self._line.speed))

    def _go_on(self, speed: float) -> None:
        wall = time.time()
        self._set(TimeLine(wall, self._line.at(wall), speed))

    def _set(self, line: TimeLine) -> None:
        self._line = line
        if self._file is None:
            return
        text = json.dumps({"wall": line.wall, "simulated": line.simulated, "speed": line.speed})
        new = self._file.with_suffix(".new")
        new.write_text(text + "\n", encoding="utf-8")
        new.replace(self._file)
