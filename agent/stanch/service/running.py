"""Running an incident: under its lock, until it is final or waits for people."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from stanch.approvals import expire_due, supersede
from stanch.clock import Clock
from stanch.incident import Actor, ApprovalState, Proposal
from stanch.runbook.folder import Folder
from stanch.settings import Settings
from stanch.store import Entry, Store

_POLL_SECONDS = 0.2
_DRIFT_SECONDS = 5.0
"""How often the target of an open question is looked at while a run waits."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a run stopped, and at which question."""

    why: Literal["final", "waiting", "asked to"]
    approval: str | None = None
    doubt: str | None = None
    question: str | None = None


def prepare(settings: Settings | None = None) -> None:
    """Import what a run needs, for a caller that has something to wait for anyway.

    With `settings`, also what their targets need.
    """
    from stanch.executor.clients import load  # noqa: PLC0415 - the clients are heavy
    from stanch.graph import drive, opening  # noqa: F401, PLC0415 - LangGraph is heavy

    load(settings)


def run(
    settings: Settings,
    store: Store,
    incident: str,
    *,
    wait: bool,
    stop: threading.Event | None = None,
) -> Stopped:
    """Move the incident on until it is final; at a question, wait for the answer or stop.

    Raises:
        ConflictError: another process is moving this incident.
        StoreError, PolicyError, SettingsError, ClockError: it cannot go on; resume it later.
    """
    from stanch.graph.drive import Drive, saver  # noqa: PLC0415 - LangGraph is heavy
    from stanch.graph.opening import opened  # noqa: PLC0415 - LangGraph is heavy
    from stanch.service.runbooks import runbooks  # noqa: PLC0415 - only runs need them

    stop = stop or threading.Event()
    known = runbooks(settings)
    with (
        store.hold(incident),
        opened(settings, store, known.runbooks, incident=incident) as context,
        saver(context) as checkpoints,
    ):
        _tell_left_out(store, context.clock, incident, known)
        drive = Drive(context, checkpoints, incident)
        watch = _Watch(store, context.clock, context.executor.drifted)
        while True:
            expire_due(store, context.clock, incident)
            watch.look(incident)
            parked = drive.go()
            if parked is None:
                return Stopped("final")
            if not wait:
                return Stopped("waiting", parked.approval, parked.doubt, parked.question)
            if stop.wait(_POLL_SECONDS):
                return Stopped("asked to", parked.approval, parked.doubt, parked.question)


class _Watch:
    """Looks after the targets of what people are asked about, and voids what has drifted.

    Nobody is to think about a change whose ground is gone: it is void at once, with the
    reason, and a fresh proposal is made.
    """

    def __init__(
        self, store: Store, clock: Clock, drifted: Callable[[Proposal], str | None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._drifted = drifted
        self._looked = time.monotonic()

    def look(self, incident: str) -> None:
        """Look at the targets of the open questions, unless that was done a moment ago."""
        if time.monotonic() - self._looked < _DRIFT_SECONDS:
            return
        for one in self._store.approvals.all(incident=incident):
            if one.state is ApprovalState.PENDING:
                reason = self._drifted(self._store.records.proposal(one.proposal))
                if reason is not None:
                    supersede(self._store, self._clock, one, reason=reason)
        self._looked = time.monotonic()


def _tell_left_out(store: Store, clock: Clock, incident: str, folder: Folder) -> None:
    """Note once for each runbook that cannot be used that the incident is run without it."""
    phase = store.records.incident(incident).phase.value
    store.journal.append(
        *(
            Entry(
                at=clock.now(),
                incident=incident,
                actor=Actor(kind="system", id="runbooks"),
                phase=phase,
                type="notice",
                data={"text": f"the runbook {name} is left out: {error.findings[0]}"},
                once=f"left-out:{name}",
            )
            for name, error in folder.errors.items()
        )
    )
