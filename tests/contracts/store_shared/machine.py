"""One machine that shares a store: a process that is told what to do, line by line.

Started as `python -m tests.contracts.store_shared.machine FILE`, with its settings as JSON.
Each line on standard input is a command as JSON, and is answered by one line of JSON. It
can be told to stop itself (SIGSTOP) at a point of the sending of a change.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stanch.approvals import Identity, approve
from stanch.clock import Clock
from stanch.executor.record import ChangeRecord
from stanch.incident import Alert
from stanch.policy import load
from stanch.service.opening import open_incident
from stanch.service.running import prepare, run
from stanch.settings import Settings
from stanch.store import Store, StoreError, verify
from stanch.tools.clients.kubernetes import KubernetesClient

STOPS: dict[str, tuple[type, str]] = {
    "before the intent": (ChangeRecord, "begin"),
    "after the intent": (ChangeRecord, "_confirm"),
    "before the change is sent": (KubernetesClient, "apply"),
    "after the change is sent": (ChangeRecord, "end"),
}


def main(file: Path) -> None:
    """Do what standard input says until it ends."""
    given = json.loads(file.read_text(encoding="utf-8"))
    settings = Settings.model_validate(given["settings"])
    store = Store(
        settings.home,
        audit_key=given["key"],
        url=settings.store_url,
        lease_seconds=given["lease_seconds"],
    )
    here = Machine(settings, store)
    # A lease of the tests is shorter than what these imports take.
    prepare(settings)
    _say({"ready": os.getpid()})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            _say(getattr(here, command.pop("do"))(**command))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is told
            known = "StoreError" if isinstance(error, StoreError) else ""
            _say({"error": type(error).__name__, "text": str(error), "known": known})
    store.close()


class Machine:
    """The commands."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._clock = Clock(settings.clock)

    def open(self, alert: dict[str, Any]) -> dict[str, Any]:
        made = Alert.model_validate(alert)
        return {"incident": open_incident(self._store, self._clock, made, by="ann").incident.id}

    def go(self, incident: str) -> dict[str, Any]:
        stopped = run(self._settings, self._store, incident, wait=False)
        return {"why": stopped.why, "approval": stopped.approval, "doubt": stopped.doubt}

    def approve(self, approval: str) -> dict[str, Any]:
        policy = load(self._settings.policy_file)
        asked = self._store.approvals.get(approval)
        who = Identity("ann", "test")
        decided = approve(self._store, policy, self._clock, asked, who=who)
        return {"state": decided.state.value, "by": decided.decided_by}

    def hold(self, name: str) -> dict[str, Any]:
        with self._store.hold(name) as lease:
            return {"token": lease.token}

    def stop_at(self, point: str) -> dict[str, Any]:
        """Stop this process when it comes to the point for the first time."""
        owner, name = STOPS[point]
        method: Callable[..., Any] = getattr(owner, name)
        armed = [True]

        def stopping(*args: Any, **more: Any) -> Any:
            if armed:
                armed.clear()
                os.kill(os.getpid(), signal.SIGSTOP)
            return method(*args, **more)

        setattr(owner, name, stopping)
        return {"stops": point}

    def pretend_elsewhere(self) -> dict[str, Any]:
        """Be of another machine, of which this one cannot see whether a process lives."""
        from stanch.store import owner

        there = owner.me().model_copy(update={"host": "elsewhere", "boot": "another"})
        owner._owner.cache_clear()
        setattr(owner, "_owner", lambda _: there)  # noqa: B010 - in this process alone
        return {"owner": str(owner.me())}

    def audit(self) -> dict[str, Any]:
        return {"faults": verify(self._store.database).faults}


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
