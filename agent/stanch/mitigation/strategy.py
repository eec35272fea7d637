"""Strategies: for each kind of intent, what to look at and how the exact change is made of it.

A strategy is pure: it says which reads show the target as it is, makes a plan of what they
brought, and foretells the facts by which an untouched target is known afterwards. The graph
runs the reads, and the executor's client of the target has the same facts by `look`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from stanch.tools.operations import Change, Read


class CannotPlanError(Exception):
    """The target is not in a state in which the mitigation makes sense; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One exact change of one target, with the way back."""

    title: str
    operation: Change
    observed: dict[str, Any]
    """The facts about the target that must still hold when the change is sent."""
    inverse: Change | None
    inverse_note: str
    touches: tuple[str, ...]
    """What is affected, one sentence each."""
    ready: int | None = None
    """How many pods were ready when a workload was looked at."""
    capacity: int = 0
    """How many pods a workload wanted then; no change may cure it by wanting fewer."""


Seen = Mapping[str, Mapping[str, Any]]
"""The data of the looks, by their names."""


class Strategy(Protocol):
    """How one kind of intent becomes an exact change."""

    @property
    def intents(self) -> tuple[type, ...]:
        """The models of the intents that it knows."""

    def looks(self, intent: Any) -> Mapping[str, Read]:
        """Return the reads that show the target as it is, by name; the first is the target.

        Raises:
            CannotPlanError: the intent does not say enough.
        """

    def plan(self, intent: Any, seen: Seen, *, now: datetime) -> Plan:
        """Return the exact change that fulfils `intent` on the target as it was seen.

        Raises:
            CannotPlanError: there is no sensible change; says why.
        """

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts by which one knows that nobody touched the target since `change`.

        `after` is the target as its dry run showed it. Only a change with an inverse
        needs them.
        """
