"""What an operation brought back: structured data, bounded, with its own account of time."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer of one operation.

    `data` is JSON whose shape each operation's docstring states, `text` one line for a
    person, `duration` the seconds from the request to the whole answer, `truncated`
    whether anything was cut to stay under the cap.
    """

    data: dict[str, Any]
    text: str
    duration: float
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long an operation may take in all, and how much of its answer is kept."""

    seconds: float = 20.0
    bytes: int = 512 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a target says a change would do, without doing it.

    `before` and `after` are the target's state as JSON; both are equal when the change is
    not accepted, and `note` says why, or what the target warns of. `tried` is False where
    the target cannot try it, and what is shown is only foretold.
    """

    accepted: bool
    note: str
    before: dict[str, Any]
    after: dict[str, Any]
    tried: bool = True
