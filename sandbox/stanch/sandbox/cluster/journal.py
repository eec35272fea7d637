"""The journal of changes in the store, from which watches are served.

Revisions are counted without gaps: one number for each change of any object, which is also
the resourceVersion that the change gave to the object.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Action: TypeAlias = Literal["ADDED", "MODIFIED", "DELETED"]


@dataclass(frozen=True, slots=True)
class Change:
    """One object came, changed or went."""

    revision: int
    action: Action
    plural: str
    new: dict[str, Any]
    old: dict[str, Any] | None


class Journal:
    """Keeps the newest changes, and tells listeners of each one as it happens."""

    def __init__(self, *, keep: int = 8192) -> None:
        self._keep = keep
        self._changes: list[Change] = []
        self._listeners: list[Callable[[Change], None]] = []
        self.revision = 0

    @property
    def oldest(self) -> int:
        """The smallest revision after which no change is missing."""
        return self._changes[0].revision - 1 if self._changes else self.revision

    def add(self, change: Change) -> None:
        """Record `change`, whose revision must be the next one, and tell the listeners."""
        self.revision = change.revision
        self._changes.append(change)
        if len(self._changes) >= 2 * self._keep:
            del self._changes[: -self._keep]
        for listener in tuple(self._listeners):
            listener(change)

    def since(self, revision: int) -> Iterator[Change]:
        """Yield the changes after `revision`, which must not be before `oldest`."""
        if self._changes:
            yield from self._changes[max(0, revision + 1 - self._changes[0].revision) :]

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Call `listener` with every change from now on."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[Change], None]) -> None:
        """Stop calling `listener`."""
        self._listeners.remove(listener)
