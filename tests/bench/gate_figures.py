"""The lines of the gate's table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from stanch.store import verify
from tests.gate.gate_world import World

_COLUMNS = ("tried", "made", "unapproved", "double", "stale", "lost", "misreported")
_WIDTH = 66


@dataclass
class Line:
    """One attack or failure, and what came of it."""

    name: str
    tried: int = 1
    made: int = 0
    unapproved: int = 0
    double: int = 0
    stale: int = 0
    lost: int = 0
    misreported: int = 0
    note: str = ""
    faults: list[str] = field(default_factory=list)
    """What else was not as it has to be."""

    @property
    def bad(self) -> int:
        """How much of it should not have happened."""
        wrong = self.unapproved + self.double + self.stale + self.lost + self.misreported
        return wrong + len(self.faults)

    def take(self, world: World) -> "Line":
        """Add what happened in `world`."""
        self.made += len(world.target.ran)
        self.unapproved += world.unapproved()
        self.double += world.doubled()
        self.stale += world.stale()
        self.lost += world.lost()
        self.misreported += world.misreported()
        self.faults += verify(world.store.database).faults
        return self

    def expect(self, holds: object, what: str) -> "Line":
        """Note `what` as a fault unless `holds`."""
        if not holds:
            self.faults.append(what)
        return self

    def __iadd__(self, other: "Line") -> Self:
        for name in _COLUMNS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.faults += other.faults
        return self

    def __str__(self) -> str:
        numbers = "".join(f"{getattr(self, name):>{len(name) + 2}}" for name in _COLUMNS)
        note = f"  {self.note}" if self.note else ""
        faults = "".join(f"\n    WRONG: {one}" for one in self.faults[:5])
        return f"{self.name:<{_WIDTH}}{numbers}{note}{faults}"


def heading() -> str:
    """Return the names of the columns."""
    return " " * _WIDTH + "".join(f"  {name}" for name in _COLUMNS)


def told(data: Mapping[str, Any]) -> str:
    """Return figures as a short text."""
    return ", ".join(f"{name} {value}" for name, value in data.items())
