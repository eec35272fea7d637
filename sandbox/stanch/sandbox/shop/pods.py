"""Pods as the shop sees them: plain facts read from the API objects."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_QUANTITY = re.compile(r"([0-9.]+)([A-Za-z]*)")
_UNITS = {
    "": 1.0,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "Ki": 1024.0,
    "Mi": 1024.0**2,
    "Gi": 1024.0**3,
}


@dataclass(frozen=True, slots=True)
class PodView:
    """One pod of one service."""

    name: str
    uid: str
    service: str
    image: str
    version: str
    restarts: int
    running_since: float | None
    """Unix seconds; None while the container does not run."""
    ready: bool

    @property
    def life(self) -> tuple[str, int]:
        """The identity of the running program: a restart makes another one."""
        return self.uid, self.restarts


def views(pods: Iterable[dict[str, Any]]) -> list[PodView]:
    """Return the pods that belong to a service, by their label `app`."""
    return [view(pod) for pod in pods if (pod["metadata"].get("labels") or {}).get("app")]


def view(pod: dict[str, Any]) -> PodView:
    """Return the facts of `pod`."""
    meta, status = pod["metadata"], pod.get("status") or {}
    first: dict[str, Any] = next(iter(status.get("containerStatuses") or []), {})
    started = ((first.get("state") or {}).get("running") or {}).get("startedAt")
    image = pod["spec"]["containers"][0]["image"]
    conditions = status.get("conditions") or []
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return PodView(
        name=meta["name"],
        uid=meta["uid"],
        service=meta["labels"]["app"],
        image=image,
        version=image.rpartition(":")[2],
        restarts=first.get("restartCount", 0),
        running_since=None if started is None else seconds(started),
        ready=ready and "deletionTimestamp" not in meta,
    )


def seconds(text: str) -> float:
    """Return the Unix seconds of an API time."""
    return datetime.fromisoformat(text).timestamp()


def memory_limit(container: dict[str, Any]) -> float:
    """Return the memory limit of `container` in bytes; infinite when it has none."""
    limits = (container.get("resources") or {}).get("limits") or {}
    text = limits.get("memory")
    return quantity(str(text)) if text is not None else float("inf")


def probed_port(container: dict[str, Any]) -> int | None:
    """Return the port that the readiness probe asks by HTTP; None when it asks none."""
    asked = ((container.get("readinessProbe") or {}).get("httpGet") or {}).get("port")
    if isinstance(asked, str):
        named: dict[str, int] = {
            port.get("name"): port["containerPort"] for port in container.get("ports") or ()
        }
        return named.get(asked, 0)
    return asked if isinstance(asked, int) else None


def cpu_limit(container: dict[str, Any]) -> float:
    """Return the processors that `container` may use; infinite when it has no limit."""
    limits = (container.get("resources") or {}).get("limits") or {}
    text = limits.get("cpu")
    return quantity(str(text)) if text is not None else float("inf")


def quantity(text: str) -> float:
    """Return the number that a Kubernetes quantity such as 250m or 128Mi stands for.

    Raises:
        ValueError: it is not a quantity, or in a unit that the shop does not use.
    """
    found = _QUANTITY.fullmatch(text)
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"{text!r} is not a quantity")
    return float(found[1]) * _UNITS[found[2]]
