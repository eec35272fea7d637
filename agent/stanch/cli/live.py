"""Running an incident in this terminal: the run in a thread, the view and the questions here."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from stanch.cli.desk import Answer, Desk, Slow
from stanch.cli.session import Session
from stanch.cli.terminal import person, speaks_unicode

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from stanch.incident import Event
    from stanch.service.running import Stopped

_TICK = 0.1
_FAREWELL_SECONDS = 30


class InterruptError(click.ClickException):
    """A person stopped the run with Ctrl-C."""


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
    asks = wait and answer is None and person()
    desk = Desk(session, console, answer=answer, ask=asks, slow=slow)
    run = _Run(session, incident, wait=wait)
    view = View(console)
    spinner = _Spinner(console)
    try:
        for event in run.events():
            if event is not None:
                view.show(event)
                if event.type == "approval.requested":
                    # The moving line would wipe the prompt away.
                    spinner.say("")
                desk.take(event)
                continue
            spinner.say("" if desk.listens else desk.doing or view.doing)
            desk.poll()
    except KeyboardInterrupt:
        spinner.say("stopping, once no change is on its way")
        run.stop()
        raise InterruptError(
            f"stopped; nothing is lost: `stanch resume {incident}` goes on"
        ) from None
    finally:
        spinner.say("")
    return run.result()


class _Spinner:
    """The last line of a terminal, which says what goes on; nothing in a pipe."""

    def __init__(self, console: "Console") -> None:
        self._status: Status | None = None
        if console.is_terminal:
            spinner = "dots" if speaks_unicode() else "line"
            self._status = console.status("", spinner=spinner)
        self._shown = ""

    def say(self, text: str) -> None:
        """Show `text`; nothing at all when it is empty."""
        if self._status is None or text == self._shown:
            return
        from rich.text import Text

        if text:
            self._status.update(Text(text, style="dim", no_wrap=True, overflow="ellipsis"))
            self._status.start()
        else:
            self._status.stop()
        self._shown = text


class _Run:
    """The run of an incident in a thread of its own."""

    def __init__(self, session: Session, incident: str, *, wait: bool) -> None:
        self._session = session
        self._incident = incident
        self._wait = wait
        self._stop = threading.Event()
        # Not the thread's own end: after a Ctrl-C during join() a second join() may not wait.
        self._ended = threading.Event()
        self._stopped: Stopped | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name=f"run-{incident}", daemon=True)

    def events(self) -> "Iterator[Event | None]":
        """Start, and yield each event as it is journaled; None whenever there is a pause."""
        self._thread.start()
        seen = 0
        while True:
            ended = self._ended.is_set()
            for event in self._session.store.journal.events(self._incident, after=seen):
                seen = event.seq
                yield event
            if ended:
                return
            yield None
            self._ended.wait(_TICK)

    def stop(self) -> None:
        """Ask the run to stop, and wait for it if a change is on its way to a target.

        At any other moment it may be left where it is: what it has recorded stands.
        """
        self._stop.set()
        for _ in range(_FAREWELL_SECONDS):
            if self._ended.wait(1.0) or not self._sends():
                return

    def _sends(self) -> bool:
        """Say whether a change was sent whose outcome is not journaled yet."""
        for event in reversed(self._session.store.journal.events(self._incident)):
            if event.type.startswith("mitigation."):
                return event.type == "mitigation.started"
        return False

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
        finally:
            self._ended.set()
