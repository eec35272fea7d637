"""The log lines of the shop's programs: a few requests of each tick, and its failures.

A pod writes at most a handful of lines per tick, however many requests it answers.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from stanch.sandbox.cluster.logs import Logs
from stanch.sandbox.shop.influence import Outcome
from stanch.sandbox.shop.traffic import Answers

MAX_FAILURES = 2
"""Lines per route, kind of failure and tick."""


@dataclass(slots=True)
class AppLogs:
    """Writes what the programs say."""

    logs: Logs
    random: random.Random

    def write(
        self, answers: Sequence[tuple[Answers, Sequence[int]]], *, start: float, end: float
    ) -> None:
        """Write the lines of one tick, given each pod's answers and how many were counted."""
        lines: dict[str, list[tuple[float, str, str]]] = {}
        for one, counted in answers:
            mine = lines.setdefault(one.pod.uid, [])
            begin = max(start, one.pod.running_since or start)
            for outcome, number in self._chosen(one, counted):
                for _ in range(number):
                    at = begin + self.random.random() * (end - begin)
                    mine.append((at, one.pod.service, self._line(one, outcome, at)))
                    mine += [(at, one.pod.service, _stamped(at, text)) for text in outcome.noise]
        for uid, mine in lines.items():
            for at, container, line in sorted(mine, key=lambda entry: entry[0]):
                self.logs.write(uid, container, line, at=at)

    def _chosen(self, one: Answers, counted: Sequence[int]) -> list[tuple[Outcome, int]]:
        """Return the outcomes to be logged, and how many lines of each."""
        chosen: list[tuple[Outcome, int]] = []
        for outcome, number in zip(one.outcomes, counted, strict=True):
            if outcome.status >= 500:
                chosen.append((outcome, min(number, MAX_FAILURES)))
            elif outcome.status == 200 and self.random.random() < 0.5:
                chosen.append((outcome, min(number, 1)))
        return [(outcome, number) for outcome, number in chosen if number]

    def _line(self, one: Answers, outcome: Outcome, at: float) -> str:
        seconds = outcome.median_seconds
        if seconds < 5:
            seconds *= self.random.lognormvariate(0, 0.4)
        level = "info" if outcome.status < 500 else "error"
        text = (
            f"level={level} method={one.route.method} route={one.route.path}"
            f" status={outcome.status} duration_ms={seconds * 1000:.0f}"
            f" trace={self.random.getrandbits(48):012x}"
        )
        if outcome.message:
            text += f' msg="{outcome.message}"'
        return _stamped(at, text)


def _stamped(at: float, text: str) -> str:
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return f"ts={moment.replace('+00:00', 'Z')} {text}"
