"""The desk: shows each question, and takes the answer of the person at this terminal.

The same question can be answered elsewhere; the desk then notices and puts it away.
"""

import os
import select
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from stanch.cli.session import Session, identity

if TYPE_CHECKING:
    from rich.console import Console

    from stanch.incident import Approval, Event, Question
    from stanch.policy import Policy

Answer = Callable[["Approval"], None]
Slow = Callable[[float | None], None]


class Desk:
    """Asks about one approval at a time."""

    def __init__(
        self,
        session: Session,
        console: "Console",
        *,
        answer: Answer | None,
        ask: bool,
        slow: Slow | None,
    ) -> None:
        self._session = session
        self._console = console
        self._answer = answer
        self._ask = ask
        self._slow = slow or _as_fast
        self._open: Approval | None = None
        self._question: Question | None = None

    @property
    def listens(self) -> bool:
        """Whether the person here is being asked at this moment."""
        return self._ask and (self._open is not None or self._question is not None)

    @property
    def doing(self) -> str:
        """What is waited for, with the time that is left; empty when nothing is."""
        if self._open is None:
            return ""
        left = (self._open.expires_at - self._session.clock.now()).total_seconds()
        return f"waiting for a decision on {self._open.id}, {max(left, 0) / 60:.0f} min left"

    def take(self, event: "Event") -> None:
        """Show the card of a new question, and answer it where somebody does."""
        if event.type == "question.asked":
            self._wonder(event)
        if event.type != "approval.requested":
            return
        approval = self._session.store.approvals.get(event.data["approval"]["id"])
        if approval.state.value != "pending":
            return
        self._card(approval)
        if self._answer is not None:
            self._answer(approval)
            return
        self._open = approval
        self._slow(1.0)
        self._forget_typed()
        self._prompt()

    def poll(self) -> None:
        """Read what the person typed, if anything."""
        if self._question is not None:
            self._poll_question(self._question)
        if self._open is None:
            return
        if self._session.store.approvals.get(self._open.id).state.value != "pending":
            if self._ask:
                self._console.print()
            self._put_away()
            return
        line = self._typed()
        if line is not None:
            self._decide(self._open, line)

    def _typed(self) -> str | None:
        """Return the line that was typed; None when there is none, or the input has ended."""
        if not self._ask or not select.select([sys.stdin], [], [], 0)[0]:
            return None
        typed = os.read(sys.stdin.fileno(), 4096)
        if not typed:
            self._ask = False
            self._console.print()
            self._prompt()
            return None
        line = typed.decode(sys.stdin.encoding or "utf-8", "replace").partition("\n")[0]
        return line.strip()

    def _forget_typed(self) -> None:
        """Forget what was typed before a question was shown: it cannot be meant for it."""
        if self._ask:
            with suppress(termios.error):
                termios.tcflush(sys.stdin, termios.TCIFLUSH)

    def _decide(self, approval: "Approval", line: str) -> None:
        from stanch.approvals import ApprovalError, abstain, approve, reject

        store, clock = self._session.store, self._session.clock
        word, _, reason = line.partition(" ")
        try:
            who = identity(self._session)
            if word.lower() in {"y", "yes", "approve"}:
                approve(store, self._policy(), clock, approval, who=who)
            elif word.lower() in {"n", "no", "reject"}:
                reject(store, self._policy(), clock, approval, who=who, reason=reason)
            elif word.lower() == "abstain":
                abstain(store, self._policy(), clock, approval, who=who, reason=reason)
            else:
                self._prompt()
                return
        except ApprovalError as error:
            self._console.print(str(error), style="red", markup=False, highlight=False)
            self._prompt()
            return
        if store.approvals.get(approval.id).state.value == "pending":
            self._console.print(_waits(self._session, approval), markup=False, highlight=False)
            self._prompt()
            return
        self._put_away()

    def _wonder(self, event: "Event") -> None:
        """Take a question that is no approval; a program leaves it to people."""
        from stanch.incident import Question
        from stanch.incident.question import PEOPLE

        question = Question.model_validate(event.data["question"])
        if self._answered(question):
            return
        if self._answer is not None:
            self._say(question, PEOPLE)
        elif self._ask:
            self._question = question
            self._slow(1.0)
            self._forget_typed()
            self._ask_question(question)

    def _poll_question(self, question: "Question") -> None:
        from stanch.approvals import ApprovalError

        if not self._answered(question):
            line = self._typed()
            if line is None:
                return
            try:
                self._say(question, line.lower())
            except ApprovalError as error:
                self._console.print(str(error), style="red", markup=False, highlight=False)
                self._ask_question(question)
                return
        self._question = None
        self._slow(None)

    def _ask_question(self, question: "Question") -> None:
        text = f"Type {' or '.join(question.answers)}"
        self._console.print(text, markup=False, highlight=False)
        self._console.print("> ", end="", markup=False, highlight=False)

    def _answered(self, question: "Question") -> bool:
        from stanch.incident import answer_to

        events = self._session.store.journal.events(question.incident)
        return answer_to(events, question.id) is not None

    def _say(self, question: "Question", word: str) -> None:
        from stanch.approvals import require_listed
        from stanch.service.deciding import answer

        policy = self._policy()
        answer(
            self._session.store,
            self._session.clock,
            question,
            word,
            who=identity(self._session),
            require=lambda who: require_listed(policy, who),
        )

    def _put_away(self) -> None:
        self._open = None
        self._slow(None)

    def _card(self, approval: "Approval") -> None:
        from stanch.cli.card import show_card

        proposal = self._session.store.records.proposal(approval.proposal)
        votes = self._session.store.votes.of(approval.id)
        show_card(self._console, proposal, approval, votes)

    def _prompt(self) -> None:
        if self._open is None:
            return
        name = self._open.id
        if self._ask:
            text = (
                f"Approve {name}? Type y, or n and the reason; or elsewhere: stanch approve {name}"
            )
            self._console.print(text, markup=False, highlight=False)
            self._console.print("> ", end="", markup=False, highlight=False)
        else:
            text = f"Waiting: stanch approve {name}, or stanch reject {name} --reason TEXT"
            self._console.print(text, markup=False, highlight=False)

    def _policy(self) -> "Policy":
        from stanch.policy import load

        return load(self._session.settings.policy_file)


def _waits(session: Session, approval: "Approval") -> str:
    """Say how many people are still missing."""
    from stanch.approvals import tally

    proposal = session.store.records.proposal(approval.proposal)
    missing = tally(session.store, proposal, approval).missing
    return f"Your answer is recorded. {approval.id} needs {missing} more to approve it."


def _as_fast(_speed: float | None) -> None:
    """Leave the speed as it is."""
