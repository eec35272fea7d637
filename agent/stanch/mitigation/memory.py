"""What earlier incidents of the same alert have taught about each mitigation.

What failed for an alert is not proposed for it again by itself: a person may still choose
it. The score is told with the next proposal, so that who decides knows the record.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from stanch.incident import Event, Proposal

Outcome = Literal["verified", "failed", "inconclusive"]
_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "verification.passed": "verified",
    "verification.failed": "failed",
    "verification.inconclusive": "inconclusive",
}
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How often a mitigation was made for one alert, and what came of it."""

    tried: int = 0
    verified: int = 0
    failed: int = 0
    inconclusive: int = 0
    last: Outcome | None = None
    """What came of it the last time; None: nobody saw."""
    incidents: tuple[str, ...] = ()

    @property
    def refuted(self) -> bool:
        """Whether it did not help when it was made the last time."""
        return self.last == "failed"

    def sentence(self) -> str:
        """Return the score as a sentence for who decides."""
        times = "once" if self.tried == 1 else f"{self.tried} times"
        where = ", ".join(self.incidents[-_MOST_NAMED:])
        return (
            f"It was made {times} for this alert before ({where}): verified {self.verified}, "
            f"failed {self.failed}, inconclusive {self.inconclusive}"
        )


def scores(
    histories: Iterable[tuple[Sequence[Event], Sequence[Proposal]]],
) -> dict[str, Score]:
    """Return the score of each mitigation that was made, by "runbook#step".

    `histories` are the journals and the proposals of the earlier incidents, oldest first.
    """
    found: dict[str, Score] = {}
    for events, proposals in histories:
        made = {
            str(one.data["proposal"])
            for one in events
            if one.type == "mitigation.finished"
            and one.data.get("result") == "done"
            and not str(one.data.get("key", "")).endswith(":inverse")
        }
        for proposal in proposals:
            if proposal.id in made:
                name = f"{proposal.runbook}#{proposal.mitigation}"
                found[name] = _with(found.get(name, Score()), proposal, outcome(events, proposal))
    return found


def outcome(events: Iterable[Event], proposal: Proposal) -> Outcome | None:
    """Return what the last verification of the proposal found; None: there was none."""
    last: Outcome | None = None
    for one in events:
        if one.type in _OUTCOMES and one.data.get("proposal") == proposal.id:
            last = _OUTCOMES[one.type]
    return last


def _with(score: Score, proposal: Proposal, came: Outcome | None) -> Score:
    return replace(
        score,
        tried=score.tried + 1,
        verified=score.verified + (came == "verified"),
        failed=score.failed + (came == "failed"),
        inconclusive=score.inconclusive + (came == "inconclusive"),
        last=came,
        incidents=tuple(dict.fromkeys((*score.incidents, proposal.incident))),
    )
