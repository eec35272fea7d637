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

    from stanch.incident import Approval, Event
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

    @property
    def listens(self) -> bool:
        """Whether the person here is being asked at this moment."""
        return self._ask and self._open is not None

    @property
    def doing(self) -> str:
        """What is waited for, with the time that is left; empty when nothing is."""
        if self._open is None:
            return ""
        left = (self._open.expires_at - self._session.clock.now()).total_seconds()
        return f"waiting for a decision on {self._open.id}, {max(left, 0) / 60:.0f} min left"

    def take(self, event: "Event") -> None:
        """Show the card of a new question, and answer it where somebody does."""
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
        if self._ask:
            # What was typed before the card was there cannot be meant for it.
            with suppress(termios.error):
                termios.tcflush(sys.stdin, termios.TCIFLUSH)
        self._prompt()

    def poll(self) -> None:
        """Read what the person typed, if anything."""
        if self._open is None:
            return
        if self._session.store.approvals.get(self._open.id).state.value != "pending":
            if self._ask:
                self._console.print()
            self._put_away()
            return
        if not self._ask or not select.select([sys.stdin], [], [], 0)[0]:
            return
        typed = os.read(sys.stdin.fileno(), 4096)
        if not typed:
            self._ask = False
            self._console.print()
            self._prompt()
            return
        line = typed.decode(sys.stdin.encoding or "utf-8", "replace").partition("\n")[0]
        self._decide(self._open, line.strip())

    def _decide(self, approval: "Approval", line: str) -> None:
        from stanch.approvals import ApprovalError, approve, reject

        store, clock = self._session.store, self._session.clock
        word, _, reason = line.partition(" ")
        who = identity(self._session)
        try:
            if word.lower() in {"y", "yes", "approve"}:
                approve(store, self._policy(), clock, approval, who=who)
            elif word.lower() in {"n", "no", "reject"}:
                reject(store, self._policy(), clock, approval, who=who, reason=reason)
            else:
                self._prompt()
                return
        except ApprovalError as error:
            self._console.print(str(error), style="red", markup=False, highlight=False)
            self._prompt()
            return
        self._put_away()

    def _put_away(self) -> None:
        self._open = None
        self._slow(None)

    def _card(self, approval: "Approval") -> None:
        from stanch.cli.card import show_card

        proposal = self._session.store.records.proposal(approval.proposal)
        show_card(self._console, proposal, approval, self._policy().approval.people)

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


def _as_fast(_speed: float | None) -> None:
    """Leave the speed as it is."""
