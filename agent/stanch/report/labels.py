"""Place the labels of marks above a chart so that no text overlaps text or a line."""

from collections.abc import Sequence
from dataclasses import dataclass

_GAP = 6.0
CHARACTER = 6.9
"""Width of a character in px at 12 px, on the wide side of common sans-serif fonts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label at the right of its mark's line, in a lane; lane 0 is next to the plot."""

    text: str
    x: float
    lane: int

    @property
    def left(self) -> float:
        """Where the text begins, in px."""
        return self.x + 4.0

    @property
    def right(self) -> float:
        """Where the text ends at the latest, in px."""
        return self.left + CHARACTER * len(self.text)


def place(marks: Sequence[tuple[str, float]]) -> tuple[Label, ...]:
    """Give each (text, x) the lowest free lane, from the right to the left.

    A line runs from the plot up to its label. Since every text stands at the right of its
    own line, a line can only meet the texts of marks at its left, and those look for a lane
    after it: one above all others is always free, so every label finds its place.
    """
    placed: list[Label] = []
    ordered = sorted(marks, key=lambda mark: mark[1])
    for text, x in ordered[::-1]:
        lane = 0
        while not _free(Label(text=text, x=x, lane=lane), placed):
            lane += 1
        placed.append(Label(text=text, x=x, lane=lane))
    return tuple(reversed(placed))


def _free(label: Label, placed: Sequence[Label]) -> bool:
    for other in placed:
        meets = other.left < label.right + _GAP and label.left < other.right + _GAP
        if other.lane == label.lane and meets:
            return False
        crossed = other.lane > label.lane and label.left - _GAP < other.x < label.right + _GAP
        if crossed:
            return False
    return True
