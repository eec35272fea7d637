"""What the containers wrote: the lines of the life that runs, and of the one before it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

Line: TypeAlias = tuple[float, str]
_KEPT = 5000


@dataclass(slots=True)
class Life:
    """The lines of one run of a container; `written` counts also those no longer kept."""

    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=_KEPT))
    written: int = 0
    over: bool = False


class Logs:
    """Keeps the newest lines of every container, with the simulated time of each."""

    def __init__(self) -> None:
        self._lives: dict[tuple[str, str], list[Life]] = {}
        self._listeners: list[Callable[[], None]] = []

    def write(self, pod_uid: str, container: str, line: str, *, at: float) -> None:
        """Add a line to the run of a container; `at` is in Unix seconds."""
        lives = self._lives.setdefault((pod_uid, container), [Life()])
        lives[-1].lines.append((at, line))
        lives[-1].written += 1
        self._tell()

    def begin(self, pod_uid: str, container: str) -> None:
        """Start a new run: the one before becomes the previous one."""
        lives = self._lives.setdefault((pod_uid, container), [])
        for life in lives:
            life.over = True
        lives.append(Life())
        del lives[:-2]
        self._tell()

    def end(self, pod_uid: str, container: str) -> None:
        """Say that the run is over, so that nobody waits for more lines."""
        for life in self._lives.get((pod_uid, container), ())[-1:]:
            life.over = True
        self._tell()

    def forget(self, pod_uid: str) -> None:
        """Drop all lines of a pod that is gone."""
        for key in [key for key in self._lives if key[0] == pod_uid]:
            for life in self._lives.pop(key):
                life.over = True
        self._tell()

    def current(self, pod_uid: str, container: str) -> Life | None:
        """Return the newest run, if there was any."""
        lives = self._lives.get((pod_uid, container))
        return lives[-1] if lives else None

    def previous(self, pod_uid: str, container: str) -> Life | None:
        """Return the run before the newest one, if there was any."""
        lives = self._lives.get((pod_uid, container), [])
        return lives[-2] if len(lives) > 1 else None

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever something was written or ended."""
        self._listeners.append(listener)

    def stop_listening(self, listener: Callable[[], None]) -> None:
        """Stop calling `listener`."""
        self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()
