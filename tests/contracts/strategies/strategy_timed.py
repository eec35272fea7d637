"""The executor's clients, with the time that their targets took."""

import time
from typing import Any

from stanch.executor import Clients
from stanch.executor.clients import Hands
from stanch.settings import Settings
from stanch.tools.operations import Change


class Timed(Clients):
    """The clients; `seconds` is what was spent in the hands that make changes."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.seconds = 0.0

    def hands(self, change: Change) -> Hands:
        """Return the hands for `change`, whose calls are timed."""
        return _TimedHands(super().hands(change), self)


class _TimedHands:
    def __init__(self, hands: Hands, clock: Timed) -> None:
        self._hands = hands
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._hands, name)

        def timed(*args: Any, **named: Any) -> Any:
            begin = time.perf_counter()
            try:
                return call(*args, **named)
            finally:
                self._clock.seconds += time.perf_counter() - begin

        return timed
