"""Coverage: how much of a document, or of a folder of them, can be executed, and why not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from stanch.runbook.import_text import Placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The blocks of one or several documents, counted; each block counts once."""

    blocks: int = 0
    reads: int = 0
    changes: int = 0
    refused: int = 0
    no_command: int = 0
    steps: int = 0
    """The reads that are executed where they stand."""
    reasons: Counter[str] = field(default_factory=Counter)
    """How many blocks are refused, by the code of the reason."""

    @property
    def commands(self) -> int:
        """The blocks that hold commands or queries."""
        return self.blocks - self.no_command

    @property
    def executable(self) -> int:
        """The blocks of which every command is one that stanch carries out when it may."""
        return self.reads + self.changes

    @property
    def percent(self) -> float:
        """How many of the blocks with commands are executable, in per cent."""
        return 100 * self.executable / self.commands if self.commands else 100.0

    def __add__(self, other: "Coverage") -> "Coverage":
        return Coverage(
            blocks=self.blocks + other.blocks,
            reads=self.reads + other.reads,
            changes=self.changes + other.changes,
            refused=self.refused + other.refused,
            no_command=self.no_command + other.no_command,
            steps=self.steps + other.steps,
            reasons=self.reasons + other.reasons,
        )


def coverage(blocks: Iterable[Placed]) -> Coverage:
    """Count the blocks of one document."""
    found = tuple(blocks)
    states = Counter(one.taken.state for one in found)
    return Coverage(
        blocks=len(found),
        reads=states["read"],
        changes=states["change"],
        refused=states["refused"],
        no_command=states["no-command"],
        steps=sum(one.runs for one in found),
        reasons=Counter(one.taken.code for one in found if one.taken.state == "refused"),
    )
