"""Running an incident: under its lock, until it is final or waits for people."""

import threading
from dataclasses import dataclass
from typing import Literal

from stanch.approvals import expire_due
from stanch.settings import Settings
from stanch.store import Store, hold

_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a run stopped, and at which question."""

    why: Literal["final", "waiting", "asked to"]
    approval: str | None = None
    doubt: str | None = None


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
