"""A question to people that is no approval: what is to become of a change, and what to try.

It is asked and answered in the journal, so that both are sealed, and the answer names who
gave it. The first answer counts; a later one is not written.
"""

from collections.abc import Iterable
from typing import Any, Literal

from stanch.incident.event import Event
from stanch.tools.operations import Frozen

About = Literal["effect", "evidence", "history"]
"""Whether a change helped, whether it may destroy evidence, whether to try it once more."""
PEOPLE = "people"
"""The answer to every question that leaves the incident to people."""


class Question(Frozen):
    """What a person is asked, and the words that it can be answered with."""

    id: str
    incident: str
    about: About
    proposal: str = ""
    """The change that it is about; empty: none is proposed yet."""
    mitigation: str = ""
    """The mitigation that it is about, as "runbook#step"."""
    says: str
    answers: tuple[str, ...]

    @property
    def once(self) -> str:
        """The name under which its answer is written, at most once."""
        return f"answered:{self.id}"


def questions(events: Iterable[Event]) -> tuple[Question, ...]:
    """Return every question that was asked, oldest first."""
    return tuple(
        Question.model_validate(one.data["question"])
        for one in events
        if one.type == "question.asked"
    )


def answer_to(events: Iterable[Event], question: str) -> dict[str, Any] | None:
    """Return the answer to the question of that id: {"answer", "by", "how"}; None: it is open."""
    for one in events:
        if one.type == "question.answered" and one.data["question"] == question:
            return one.data
    return None


def open_question(events: Iterable[Event]) -> Question | None:
    """Return the question that waits for an answer; None where none does."""
    every = tuple(events)
    asked = questions(every)
    if not asked or any(one.type == "incident.handed_over" for one in every):
        return None
    return asked[-1] if answer_to(every, asked[-1].id) is None else None
