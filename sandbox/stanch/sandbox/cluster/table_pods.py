"""The row of a pod: what a person reads as its state, gathered from its containers."""

from typing import Any

from stanch.sandbox.cluster.times import seconds, span

_NONE = "<none>"


def pod_cells(pod: dict[str, Any], *, now: float) -> tuple[str, str, str, list[str]]:
    """Return ready, status and restarts of a pod, and the wide columns."""
    spec, status = pod["spec"], pod.get("status", {})
    statuses = status.get("containerStatuses", ())
    ready = sum(1 for item in statuses if item.get("ready"))
    word = _status(pod, ready_count=ready)
    wide = [
        status.get("podIP", _NONE),
        spec.get("nodeName", _NONE),
        status.get("nominatedNodeName", _NONE),
        _NONE,
    ]
    return f"{ready}/{len(spec.get('containers', ()))}", word, _restarts(statuses, now), wide


def _status(pod: dict[str, Any], *, ready_count: int) -> str:
    status = pod.get("status", {})
    word = status.get("reason") or status.get("phase", "Pending")
    for item in reversed(status.get("containerStatuses", ())):
        state = item.get("state", {})
        waiting, ended = state.get("waiting", {}), state.get("terminated", {})
        if waiting.get("reason"):
            word = waiting["reason"]
        elif ended:
            word = ended.get("reason") or f"ExitCode:{ended.get('exitCode', 0)}"
    if word == "Completed" and ready_count:
        word = "Running"
    if "deletionTimestamp" in pod["metadata"]:
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    return str(word)


def _restarts(statuses: Any, now: float) -> str:
    count = sum(item.get("restartCount", 0) for item in statuses)
    ends = [
        seconds(item["lastState"]["terminated"]["finishedAt"])
        for item in statuses
        if "finishedAt" in item.get("lastState", {}).get("terminated", {})
    ]
    if count and ends:
        return f"{count} ({span(now - max(ends))} ago)"
    return str(count)
