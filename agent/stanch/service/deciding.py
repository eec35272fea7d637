"""Deciding: a named person's answer to a question of the graph that is no approval."""

from collections.abc import Callable

from stanch.approvals import ApprovalError, Identity, legible
from stanch.clock import Clock
from stanch.incident import Actor, Proposal, Question, answer_to, open_question
from stanch.store import Entry, Store

Require = Callable[[Identity], None]
"""Raises when the person may not decide about changes."""


def open_of(store: Store, incident: str) -> Question:
    """Return the question of the incident that waits for an answer.

    Raises:
        ApprovalError: none does.
    """
    found = open_question(store.journal.events(incident))
    if found is None:
        raise ApprovalError(
            f"{incident} asks nothing that `stanch decide` could answer; `stanch pending` lists "
            "the approvals that wait"
        )
    return found


def open_questions(store: Store) -> tuple[Question, ...]:
    """Return the questions of all incidents that are not over, the newest incident's first."""
    found = (
        open_question(store.journal.events(one.id))
        for one in store.records.all_incidents()
        if not one.status.final
    )
    return tuple(one for one in found if one is not None)


def require_approver(proposal: Proposal, who: Identity) -> None:
    """Make sure that who decides about a change could also have approved it.

    Raises:
        ApprovalError: the change has approvers, and `who` is none of them.
    """
    named = proposal.needs.approvers
    if named and who.name not in named:
        raise ApprovalError(
            f"{who.name} ({who.how}) may not decide about {proposal.id}; its approvers are "
            f"{', '.join(named)}"
        )


def answer(
    store: Store,
    clock: Clock,
    question: Question,
    word: str,
    *,
    who: Identity,
    require: Require,
    note: str = "",
) -> Question:
    """Record the answer `word` of `who`; the first answer to a question counts.

    Raises:
        ApprovalError: `who` may not decide about changes, the word is no answer to it, or
            somebody else was first.
    """
    require(who)
    if question.proposal:
        require_approver(store.records.proposal(question.proposal), who)
    if word not in question.answers:
        raise ApprovalError(
            f"'{word}' is no answer to: {question.says} It may be {', '.join(question.answers)}"
        )
    facts = {
        "question": question.id,
        "about": question.about,
        "proposal": question.proposal,
        "answer": word,
        "by": who.name,
        "how": who.how,
        "note": legible(note),
    }
    entry = Entry(
        at=clock.now(),
        incident=question.incident,
        actor=Actor(kind="human", id=who.name),
        phase=store.records.incident(question.incident).phase.value,
        type="question.answered",
        data=facts,
        once=question.once,
    )
    store.journal.append(entry)
    counted = answer_to(store.journal.events(question.incident), question.id)
    if counted is None or (counted["by"], counted["answer"]) != (who.name, word):
        by, said = ("somebody", "") if counted is None else (counted["by"], counted["answer"])
        raise ApprovalError(f"{by} was first and answered '{said}'; that answer counts")
    return question
