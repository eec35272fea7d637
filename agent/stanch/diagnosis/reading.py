"""The form of a sign: what it is called, what it means, and how it is read from a view."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from stanch.diagnosis.view import View


class Reading(NamedTuple):
    """What a look at the evidence gives: True, False, or None for unknown."""

    holds: bool | None
    because: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignSpec:
    """One named predicate over the evidence, and how much it says.

    `weight` is 1 for an ordinary sign and 2 for one that few causes share.
    """

    name: str
    about: str
    read: Callable[[View], Reading]
    weight: float = 1.0
    rejects: bool = False
    """Whether it alone rejects a hypothesis that it stands against."""
    needed: bool = False
    """Whether a hypothesis that it stands for is rejected when it does not hold, and does not
    lead while it is unread."""


def yes(because: str, *evidence: str) -> Reading:
    """Say that a sign holds."""
    return Reading(holds=True, because=because, evidence=each_once(evidence))


def no(because: str, *evidence: str) -> Reading:
    """Say that a sign does not hold."""
    return Reading(holds=False, because=because, evidence=each_once(evidence))


def unknown(because: str, *evidence: str) -> Reading:
    """Say that a sign cannot be read, and what is missing."""
    return Reading(holds=None, because=because, evidence=each_once(evidence))


def either(holds: bool, because: str, *evidence: str) -> Reading:  # noqa: FBT001 - it is the answer
    """Say that a sign holds or not, for the same reason."""
    return Reading(holds=holds, because=because, evidence=each_once(evidence))


def span(time: timedelta) -> str:
    """Return a length of time as a person says it."""
    seconds = abs(time.total_seconds())
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172800 else f"{seconds / 86400:.0f} days"


def each_once(ids: Iterable[str]) -> tuple[str, ...]:
    """Return the ids in order, without repeats."""
    return tuple(dict.fromkeys(ids))
