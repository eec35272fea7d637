"""The baseline: what was measured before a change, and how what comes after compares.

A change is blamed for what began to fail after it, and credited with what stopped failing;
neither can be told without a reading that was taken before (MIT-25, MIT-26).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_STARTING = {"", "ContainerCreating", "PodInitializing"}
"""What a container that is well may wait for; every other reason is a failure."""
_OF_ALERT = (
    *("namespace", "deployment", "statefulset", "daemonset", "service", "job", "instance"),
    *("pod", "container", "node", "host", "nodename", "datname", "database", "queue", "topic"),
)
"""Labels that name what an alert is about; others may be added on its way to us."""
_NOT_OF_ALERT = frozenset({"__name__", "alertstate"})
_MOST_NAMED = 5
NEAR = 1.1
"""How far above the baseline a value may lie to count as no worse: measuring is not exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """Whether a check holds at one moment; None when it could not be read."""

    name: str
    holds: bool | None
    text: str
    value: float | None = None
    """The number that was measured, where the check has one."""
    failing: tuple[str, ...] = ()
    """What fails at this moment, by names that a replaced pod keeps."""

    def told(self) -> dict[str, Any]:
        """Return it as the JSON of the journal and of a proposal's baseline."""
        said: dict[str, Any] = {"name": self.name, "holds": self.holds, "text": self.text}
        if self.value is not None:
            said["value"] = self.value
        if self.failing:
            said["failing"] = list(self.failing)
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How the harm of one incident is measured, and where its target is looked at."""

    error_ratio: str | None = None
    limit: float = 0.0
    latency: str | None = None
    latency_limit: float | None = None
    alert: Mapping[str, str] | None = None
    """The labels of the alert; None where no metrics server tells which alerts fire."""
    target: Any = None
    """The read that shows the target as it is; None where there is none."""


def result_of(told: Mapping[str, Any]) -> CheckResult:
    """Return the reading that `told` has written down."""
    return CheckResult(
        name=str(told["name"]),
        holds=told["holds"],
        text=str(told["text"]),
        value=told.get("value"),
        failing=tuple(told.get("failing", ())),
    )


def firing_query(labels: Mapping[str, str]) -> str:
    """Return the PromQL that has a sample while the alert with these labels fires."""
    named = {name: labels[name] for name in ("alertname", *_OF_ALERT) if labels.get(name)}
    wanted = {"alertstate": "firing", **named}
    return f"ALERTS{{{','.join(f'{k}={_quoted(v)}' for k, v in wanted.items())}}}"


def single_value(data: Mapping[str, Any]) -> float | None:
    """Return the one number of an instant query; None when there is none or it is no number."""
    result = data.get("result") or []
    if len(result) != 1:
        return None
    value = float(result[0]["value"][1])
    return value if math.isfinite(value) else None


def latency(
    name: str, data: Mapping[str, Any], limit: float | None, before: CheckResult | None
) -> CheckResult:
    """Say whether users wait no longer than the limit, or else than before the change."""
    value = single_value(data)
    if value is None:
        return CheckResult(name=name, holds=None, text="no latency is measured")
    text = f"latency {value:.3g} s"
    if limit is not None:
        return CheckResult(name=name, holds=value < limit, text=text, value=value)
    if before is None or before.value is None:
        text += ", and none was measured before the change"
        return CheckResult(name=name, holds=None, text=text, value=value)
    holds = value <= before.value * NEAR
    return CheckResult(
        name=name, holds=holds, text=f"{text}, {before.value:.3g} s before", value=value
    )


def not_worse(
    name: str, data: Mapping[str, Any], limit: float, before: CheckResult | None
) -> CheckResult:
    """Say whether the error ratio is below its limit, or else no higher than before."""
    ratio = single_value(data)
    if ratio is None:
        return CheckResult(name=name, holds=None, text="no error ratio is measured")
    text = f"error ratio {ratio:.2%}"
    if ratio < limit:
        return CheckResult(name=name, holds=True, text=text, value=ratio)
    if before is None or before.value is None:
        text += ", and none was measured before the change"
        return CheckResult(name=name, holds=None, text=text, value=ratio)
    return CheckResult(
        name=name,
        holds=ratio <= before.value * NEAR,
        text=f"{text}, {before.value:.2%} before",
        value=ratio,
    )


def silent(name: str, data: Mapping[str, Any]) -> CheckResult:
    """Say whether no sample of the alert fires."""
    firing = len(data.get("result") or [])
    text = f"{firing} series of the alert fire" if firing else "the alert does not fire"
    return CheckResult(name=name, holds=not firing, text=text, value=float(firing))


def nothing_new(
    name: str, failing: Iterable[str], before: CheckResult | None, word: str
) -> CheckResult:
    """Say whether nothing fails that did not fail before the change.

    Without a reading from before nobody knows what is new, unless nothing fails at all.
    """
    now = tuple(sorted(set(failing)))
    if not now:
        return CheckResult(name=name, holds=True, text=f"no {word}")
    if before is None or (before.holds is None and not before.failing):
        text = f"{word}: {_some(now)}; what failed before the change was not read"
        return CheckResult(name=name, holds=None, text=text, failing=now)
    new = tuple(one for one in now if one not in before.failing)
    text = f"new {word}: {_some(new)}" if new else f"no new {word}; as before: {_some(now)}"
    return CheckResult(name=name, holds=not new, text=text, failing=now)


def alerts(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the alerts that fire, by name and labels."""
    found = []
    for one in data.get("result") or []:
        labels = {k: v for k, v in one.get("metric", {}).items() if k not in _NOT_OF_ALERT}
        named = labels.pop("alertname", "alert")
        found.append(f"{named}{{{','.join(f'{k}={v}' for k, v in sorted(labels.items()))}}}")
    return tuple(found)


def pods_of(workload: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many pods of a workload are ready, and how many it wants."""
    spec, status = workload.get("spec") or {}, workload.get("status") or {}
    if "desiredNumberScheduled" in status:
        return int(status.get("numberReady") or 0), int(status["desiredNumberScheduled"])
    return int(status.get("readyReplicas") or 0), int(spec.get("replicas", 1))


def failing_pods(pods: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return what has a failing pod: its owner, whose name outlives that of the pod."""
    return tuple(
        dict.fromkeys(
            _owner(pod)
            for pod in pods
            if not pod["metadata"].get("deletionTimestamp")
            and (pod.get("status", {}).get("phase") == "Failed" or waiting([pod]))
        )
    )


def waiting(pods: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the containers that wait for something else than to start, with the reason."""
    found = []
    for pod in pods:
        if pod["metadata"].get("deletionTimestamp"):
            continue
        found_in = pod.get("status", {})
        statuses = [
            *(found_in.get("initContainerStatuses") or []),
            *(found_in.get("containerStatuses") or []),
        ]
        for status in statuses:
            reason = ((status.get("state") or {}).get("waiting") or {}).get("reason", "")
            if reason not in _STARTING:
                found.append(f"{pod['metadata']['name']}: {reason}")
    return found


def _owner(pod: Mapping[str, Any]) -> str:
    metadata = pod["metadata"]
    for one in metadata.get("ownerReferences") or []:
        if one.get("controller"):
            hashed = (metadata.get("labels") or {}).get("pod-template-hash")
            if one["kind"] == "ReplicaSet" and hashed:
                return f"deployments/{str(one['name']).removesuffix(f'-{hashed}')}"
            return f"{str(one['kind']).lower()}s/{one['name']}"
    return f"pods/{metadata['name']}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
