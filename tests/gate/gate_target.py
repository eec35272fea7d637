"""One object on a server that loses answers, delivers late, refuses, and is changed by others.

It compares and sets as a real target does: a request carries what was seen, and takes
effect only while the object still is so. It remembers every request that took effect.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
)
from stanch.tools.outcome import DryRun, Outcome

MOODS = ("well", "well", "well", "lost before", "lost after", "late", "refuses", "unreachable")


@dataclass
class Target:
    """The object, the requests that are on their way, and those that took effect."""

    uid: str = "u-1"
    version: int = 1
    replicas: int = 4
    mark: str = ""
    mood: str = "well"
    """What happens to the next request that changes it."""
    blind: bool = False
    """Whether it cannot be looked at."""
    ran: list[str] = field(default_factory=list)
    """The key of each request that took effect, in order."""
    late: list[Callable[[], object]] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    """Called with a name before and after each request; it may end the process."""

    def facts(self) -> dict[str, Any]:
        """Return what a precondition compares."""
        return {"uid": self.uid, "version": self.version, "replicas": self.replicas}

    def look(self, _change: Any) -> dict[str, Any]:
        """Return the facts, or none."""
        self.before("look")
        if self.blind:
            raise TargetUnreachableError("the target does not answer")
        return self.facts()

    def preview(self, _change: Any, *, key: str) -> DryRun:
        """Say nothing of what it would do; the gate does not need it."""
        del key
        return DryRun(accepted=True, note="", before={}, after={})

    def apply(self, change: Any, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Take the request, as the mood is."""
        self.before("send")
        mood, self.mood = self.mood, "well"
        match mood:
            case "unreachable":
                raise TargetUnreachableError("connection refused")
            case "refuses":
                raise OperationRefusedError("forbidden")
            case "lost before":
                raise OutcomeUnknownError("cut before the server read it")
            case "late":
                self.late.append(lambda: self._take(change, key, observed))
                raise OutcomeUnknownError("no answer in time")
            case _:
                pass
        if not self._take(change, key, observed):
            raise PreconditionFailedError("the object is not as it was seen")
        self.before("sent")
        if mood == "lost after":
            raise OutcomeUnknownError("cut before the answer")
        return Outcome(data={}, text="done", duration=0.0)

    def probe(self, _change: Any, *, key: str) -> bool | None:
        """Say whether the object carries the mark of `key`."""
        self.before("probe")
        if self.blind:
            raise TargetUnreachableError("the target does not answer")
        return self.mark == key

    def deliver(self) -> None:
        """Let the requests arrive that were on their way."""
        waiting, self.late = self.late, []
        for arrive in waiting:
            arrive()

    def drift(self) -> None:
        """Be changed by somebody else."""
        self.version += 1

    def _take(self, change: Any, key: str, observed: Mapping[str, Any]) -> bool:
        if self.facts() != {name: observed.get(name) for name in self.facts()}:
            return False
        self.replicas, self.mark = getattr(change, "replicas", self.replicas), key
        self.version += 1
        self.ran.append(key)
        return True


class Clients:
    """Gives the one target for everything."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def hands(self, _change: Any) -> Target:
        """Return the target."""
        return self._target
