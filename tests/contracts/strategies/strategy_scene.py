"""What one strategy is drilled on: a practice target in one state, and how it came there."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stanch.tools.operations import Intent
from stanch.tools.outcome import DryRun
from tests.contracts.strategies.strategy_owned import Json, bare
from tests.contracts.strategies.strategy_places import Places

Place = Literal["cluster", "database", "web", "hosts", "repository"]
_SECONDS = 30.0
_PAUSE = threading.Event()


class Scene(ABC):
    """A practice target in one state; each kind of change has its own."""

    intent: Intent
    settings: Json
    made = False
    """Whether the change makes the thing, so that its identity is the server's to give."""

    @abstractmethod
    def capture(self) -> Json:
        """Return the whole state of the target by another way than stanch's clients."""

    def shown(self, tried: DryRun) -> Json:
        """Return the target as it is now, by the names of the preview's fields."""
        del tried
        found = self.capture()
        first: Json = found[next(iter(found))]
        return first

    def settle(self) -> None:  # noqa: B027 - most targets are at once as they were asked to be
        """Wait until what was asked of the target has come about."""

    def go_on(self) -> None:  # noqa: B027 - most changes need no controller
        """Do what a controller does with the change, where the test plays its part."""

    def settled(self) -> Json:
        """Return the state as soon as it does not move any more."""
        self.settle()
        found = bare(self.capture())
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            _PAUSE.wait(0.05)
            again = bare(self.capture())
            if again == found:
                return found
            found = again
        raise AssertionError(f"it never came to rest: {found}")


Open = Callable[[Places, ExitStack, str, Path], Scene]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One change of one kind: how its target is arranged, and what shows that it worked."""

    name: str
    kind: str
    strategy: str
    where: Place
    open: Open
    checks: tuple[str, ...] = ("change-holds",)
    """The success checks; none where nothing of the target is left to be read back."""
    back: str | None = None
    """The kind of its inverse; None when it has none, and then `why` is in its note."""
    why: str = ""
