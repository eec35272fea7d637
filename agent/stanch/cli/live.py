"""Running an incident in this terminal: the run in a thread, the view and the questions here."""

import select
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from stanch.cli.session import Session

if TYPE_CHECKING:
    from rich.console import Console

    from stanch.approvals import Identity
    from stanch.incident import Approval, Event
    from stanch.policy import Policy
    from stanch.service.running import Stopped

_TICK = 0.1
_FAREWELL_SECONDS = 30
Answer = Callable[["Approval"], None]
Slow = Callable[[float | None], None]


def live(
    session: Session,
    incident: str,
    *,
    wait: bool,
    answer: Answer | None = None,
    slow: Slow | None = None,
) -> "Stopped":
    """Run `incident` and show it; return why the run stopped.

    With `answer`, each question is answered by it as soon as it is asked; else the person
    at this terminal is asked, when there is one and `wait` is set. `slow` is called with
    1.0 when a person is asked, and with None when they have answered.

    Raises:
        StoreError and the other foreseen errors: as the run itself.
    """
    from rich.console import Console

    from stanch.cli.view import View

    console = Console()
    desk = _Desk(session, console, answer=answer, ask=wait and sys.stdin.isatty(), slow=slow)
    run = _Run(session, incident, wait=wait)
    view = View(console)
    try:
        with console.status("starting") if console.is_terminal else nullcontext() as spinner:
            for event in run.events():
                if event is not None:
                    view.show(event)
                    desk.take(event)
                    continue
                if spinner is not None:
                    spinner.update(_doing(view.running, desk))
                desk.poll()
    except KeyboardInterrupt:
        run.stop()
        raise click.ClickException(
            f"stopped; nothing is lost: `stanch resume {incident}` goes on"
        ) from None
    return run.result()


class _Run:
    """The run of an incident in a thread of its own."""

    def __init__(self, session: Session, incident: str, *, wait: bool) -> None:
        self._session = session
        self._incident = incident
        self._wait = wait
        self._stop = threading.Event()
        self._stopped: Stopped | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name=f"run-{incident}", daemon=True)

    def events(self) -> "Iterator[Event | None]":
        """Start, and yield each event as it is journaled; None whenever there is a pause."""
        self._thread.start()
        seen = 0
        while True:
            alive = self._thread.is_alive()
            for event in self._session.store.journal.events(self._incident, after=seen):
                seen = event.seq
                yield event
            if not alive:
                return
            yield None
            self._thread.join(_TICK)

    def stop(self) -> None:
        """Ask the run to stop, and wait until it has come to a point where it can."""
        self._stop.set()
        self._thread.join(_FAREWELL_SECONDS)

    def result(self) -> "Stopped":
        """Return why the run stopped, or raise what ended it."""
        if self._error is not None:
            raise self._error
        if self._stopped is None:
            raise click.ClickException(
                f"the run of {self._incident} ended without a word; resume it"
            )
        return self._stopped

    def _work(self) -> None:
        from stanch.service.running import run

        try:
            self._stopped = run(
                self._session.settings,
                self._session.store,
                self._incident,
                wait=self._wait,
                stop=self._stop,
            )
        except Exception as error:  # noqa: BLE001 - raised again in the main thread
            self._error = error


class _Desk:
    """Asks the person at this terminal, while the same question can be answered elsewhere."""

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
        self.open: str | None = None

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
        else:
            self.open = approval.id
            self._slow(1.0)
            self._prompt()

    def poll(self) -> None:
        """Read what the person typed, if anything."""
        if self.open is None:
            return
        if self._session.store.approvals.get(self.open).state.value != "pending":
            self.open = None
            self._slow(None)
            return
        if not self._ask or not select.select([sys.stdin], [], [], 0)[0]:
            return
        line = sys.stdin.readline()
        if not line:
            self._ask = False
            return
        self._decide(self.open, line.strip())

    def _decide(self, name: str, line: str) -> None:
        from stanch.approvals import ApprovalError, approve, reject

        store, clock = self._session.store, self._session.clock
        approval = store.approvals.get(name)
        policy = self._policy()
        word, _, reason = line.partition(" ")
        try:
            if word.lower() in {"y", "yes", "approve"}:
                approve(store, policy, clock, approval, who=identity(self._session))
            elif word.lower() in {"n", "no", "reject"}:
                who = identity(self._session)
                reject(store, policy, clock, approval, who=who, reason=reason)
            else:
                self._prompt()
        except ApprovalError as error:
            self._console.print(str(error), style="red", markup=False)
            self._prompt()

    def _card(self, approval: "Approval") -> None:
        from stanch.cli.card import show_card

        proposal = self._session.store.records.proposal(approval.proposal)
        show_card(self._console, proposal, approval, self._policy().approval.people)

    def _prompt(self) -> None:
        if self._ask:
            self._console.print(
                f"Type `y` to approve {self.open}, or `n REASON` to reject it. "
                f"Elsewhere: stanch approve {self.open}",
                markup=False,
            )
        else:
            self._console.print(
                f"Waiting for a decision: stanch approve {self.open}, "
                f"or stanch reject {self.open} --reason TEXT",
                markup=False,
            )

    def _policy(self) -> "Policy":
        from stanch.policy import load

        return load(self._session.settings.policy_file)


def _as_fast(_speed: float | None) -> None:
    """Leave the speed as it is."""


def identity(session: Session, how: str = "operating system user") -> "Identity":
    """Return who sits at this terminal, by the operating system."""
    from stanch.approvals import Identity

    return Identity(session.settings.user, how)


def _doing(running: tuple[str, ...], desk: _Desk) -> str:
    if desk.open is not None:
        return f"waiting for a decision on {desk.open}"
    if running:
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        return f"running {running[0]}{more}"
    return "working"
