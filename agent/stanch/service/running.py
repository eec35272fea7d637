"""Running an incident: under its lock, until it is final or waits for people."""

import threading
from dataclasses import dataclass
from typing import Literal

from stanch.approvals import expire_due
from stanch.clock import Clock
from stanch.incident import Actor
from stanch.runbook.folder import Folder
from stanch.settings import Settings
from stanch.store import Entry, Store, hold

_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a run stopped, and at which question."""

    why: Literal["final", "waiting", "asked to"]
    approval: str | None = None
    doubt: str | None = None


def prepare() -> None:
    """Import what a run needs, for a caller that has something to wait for anyway."""
    from stanch.executor.clients import load  # noqa: PLC0415 - the clients are heavy
    from stanch.graph import drive, opening  # noqa: F401, PLC0415 - LangGraph is heavy

    load()


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
        hold(settings.home, incident),
        opened(settings, store, known.runbooks, incident=incident) as context,
        saver(context) as checkpoints,
    ):
        _tell_left_out(store, context.clock, incident, known)
        drive = Drive(context, checkpoints, incident)
        while True:
            expire_due(store, context.clock, incident)
            parked = drive.go()
            if parked is None:
                return Stopped("final")
            if not wait:
                return Stopped("waiting", parked.approval, parked.doubt)
            if stop.wait(_POLL_SECONDS):
                return Stopped("asked to", parked.approval, parked.doubt)


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
