"""The columns of a pod: how many containers are ready, its state in a word, its restarts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stanch.tools.views.table import moment, since

Thing = Mapping[str, Any]


def ready(pod: Thing) -> str:
    """Return how many containers are ready, of how many."""
    started = _restartable(pod)
    statuses = [*_statuses(pod, "containerStatuses"), *_started(pod, started)]
    count = sum(1 for status in statuses if status.get("ready"))
    return f"{count}/{len(pod.get('spec', {}).get('containers', [])) + len(started)}"


def status(pod: Thing) -> str:
    """Return the state of a pod in one word, the most telling one of its containers'."""
    phase = pod.get("status", {})
    reason = str(phase.get("reason") or phase.get("phase") or "Unknown")
    waiting = _initializing(pod)
    reason = _of_containers(pod, reason) if waiting is None else waiting
    if pod.get("metadata", {}).get("deletionTimestamp"):
        return "Unknown" if phase.get("reason") == "NodeLost" else "Terminating"
    return reason


def restarts(pod: Thing, now: datetime) -> str:
    """Return how often containers were restarted, and how long ago the last one was."""
    statuses = _statuses(pod, "containerStatuses")
    if _initializing(pod) is not None:
        statuses = _statuses(pod, "initContainerStatuses")
    else:
        statuses = [*statuses, *_started(pod, _restartable(pod))]
    count = sum(int(one.get("restartCount", 0)) for one in statuses)
    ends = [
        end
        for one in statuses
        if moment(end := one.get("lastState", {}).get("terminated", {}).get("finishedAt"))
    ]
    if not count or not ends:
        return str(count)
    return f"{count} ({since(max(ends, key=str), now)} ago)"


def _of_containers(pod: Thing, reason: str) -> str:
    running = False
    for one in reversed(_statuses(pod, "containerStatuses")):
        state = one.get("state", {})
        waiting, ended = state.get("waiting", {}), state.get("terminated")
        if waiting.get("reason"):
            reason = waiting["reason"]
        elif ended is not None:
            reason = _ended(ended)
        elif one.get("ready") and "running" in state:
            running = True
    if reason == "Completed" and running:
        return "Running" if _is_ready(pod) else "NotReady"
    return reason


def _initializing(pod: Thing) -> str | None:
    """Return the state of the first init container that is not done; None when all are."""
    started = _restartable(pod)
    total = len(pod.get("spec", {}).get("initContainers", []))
    for at, one in enumerate(_statuses(pod, "initContainerStatuses")):
        state = one.get("state", {})
        ended, waiting = state.get("terminated"), state.get("waiting", {})
        if ended is not None and ended.get("exitCode") == 0:
            continue
        if one.get("name") in started and one.get("started"):
            continue
        if ended is not None:
            return f"Init:{_ended(ended)}"
        if waiting.get("reason") not in {None, "", "PodInitializing"}:
            return f"Init:{waiting['reason']}"
        return f"Init:{at}/{total}"
    return None


def _ended(ended: Thing) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    if ended.get("signal"):
        return f"Signal:{ended['signal']}"
    return f"ExitCode:{ended.get('exitCode', 0)}"


def _is_ready(pod: Thing) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    return any((c.get("type"), c.get("status")) == ("Ready", "True") for c in conditions)


def _restartable(pod: Thing) -> set[str]:
    """Return the names of the init containers that go on running beside the others."""
    found = pod.get("spec", {}).get("initContainers") or []
    return {str(c.get("name")) for c in found if c.get("restartPolicy") == "Always"}


def _started(pod: Thing, names: set[str]) -> list[Thing]:
    return [s for s in _statuses(pod, "initContainerStatuses") if s.get("name") in names]


def _statuses(pod: Thing, which: str) -> list[Thing]:
    return list(pod.get("status", {}).get(which) or [])
