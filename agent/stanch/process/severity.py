"""Severity: a rank from 1 (worst) to 4, with the labels and targets of the preset `commander`.

Labels of an alert are outsiders' words: they are mapped by a table, and an unknown word
counts as the second rank, because unsure means higher (CF-04).
"""

from collections.abc import Mapping

from stanch.tools.operations import Frozen


class Level(Frozen):
    """One level of the preset, with its targets in minutes."""

    rank: int
    label: str
    word: str
    respond_minutes: int
    cadence_minutes: int


LEVELS = {
    1: Level(rank=1, label="SEV1", word="CRITICAL", respond_minutes=5, cadence_minutes=15),
    2: Level(rank=2, label="SEV2", word="HIGH", respond_minutes=15, cadence_minutes=30),
    3: Level(rank=3, label="SEV3", word="MEDIUM", respond_minutes=60, cadence_minutes=120),
    4: Level(rank=4, label="SEV4", word="LOW", respond_minutes=24 * 60, cadence_minutes=24 * 60),
}

_WORDS = {
    "critical": 2,
    "page": 2,
    "high": 2,
    "error": 2,
    "major": 2,
    "warning": 3,
    "warn": 3,
    "medium": 3,
    "minor": 3,
    "moderate": 3,
    "ticket": 3,
    "info": 4,
    "low": 4,
    "none": 4,
}
_UNSURE = 2


def level(rank: int) -> Level:
    """Return the level of `rank`."""
    return LEVELS[rank]


def initial_severity(labels: Mapping[str, str]) -> tuple[int, str]:
    """Return the rank that an alert starts with, and the rule that gave it (SEV-21).

    An alert alone never makes the first rank: that is for what people know of the harm.
    """
    word = labels.get("severity", "").strip().lower()
    if not word:
        return _UNSURE, "the alert names no severity; unsure means higher"
    if word not in _WORDS:
        return _UNSURE, f"'{word[:40]}' is not in the table of severities; unsure means higher"
    return _WORDS[word], f"the alert's severity is {word}"
