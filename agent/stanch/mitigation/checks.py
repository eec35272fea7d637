"""The success checks of a change: what must hold afterwards, and whether it does.

A check compares with the baseline that was taken before the change. A workload that has
fewer pods than before has not been cured by having nothing left that can fail.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from stanch.incident import Check
from stanch.tools.operations import (
    InspectWorkload,
    KubernetesChange,
    QueryMetrics,
    RolloutStatus,
    ScaleDeployment,
)

_STARTING = {"", "ContainerCreating", "PodInitializing"}
"""What a container that is well may wait for; every other reason is a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """Whether a check holds at one moment; None when it could not be read."""

    name: str
    holds: bool | None
    text: str


def build_checks(
    names: Sequence[str],
    change: KubernetesChange,
    *,
    capacity: int,
    error_ratio: str | None,
    limit: float,
) -> tuple[Check, ...]:
    """Return the checks called `names` for `change`.

    `capacity` is how many pods must at least be ready, `error_ratio` the PromQL of the
    harm and `limit` the ratio below which it is over.
    """
    checks: list[Check] = []
    for name in names:
        match name:
            case "rollout-complete":
                says = f"the rollout of {change.name} is complete"
                status = RolloutStatus(namespace=change.namespace, name=change.name)
                checks.append(Check(name=name, says=says, operation=status, kind=name))
            case "capacity-kept":
                least = change.replicas if isinstance(change, ScaleDeployment) else capacity
                says = f"{change.name} has all its wanted pods ready, and not fewer than {least}"
                look = InspectWorkload(namespace=change.namespace, name=change.name)
                checks.append(Check(name=name, says=says, operation=look, kind=name, limit=least))
            case "restarts-stopped":
                says = f"no container of {change.name} waits in a crash or pull back-off"
                look = InspectWorkload(namespace=change.namespace, name=change.name)
                checks.append(Check(name=name, says=says, operation=look, kind=name))
            case "error-ratio-recovered" if error_ratio is not None:
                says = f"the error ratio is below {limit:.1%}"
                query = QueryMetrics(expression=error_ratio)
                checks.append(Check(name=name, says=says, operation=query, kind=name, limit=limit))
            case _:
                raise ValueError(f"no check is called {name}, or it has nothing to measure")
    return tuple(checks)


def judge_check(check: Check, data: Mapping[str, Any]) -> CheckResult:
    """Say whether `check` holds, by the data of its operation; empty data: not read."""
    if not data:
        return CheckResult(name=check.name, holds=None, text="could not be read")
    match check.kind:
        case "rollout-complete":
            return _result(check, data["state"] == "complete", str(data["message"]))
        case "capacity-kept":
            return _capacity(check, data)
        case "restarts-stopped":
            if not data["pods"]:
                return _result(check, False, "there are no pods")
            waiting = _waiting(data["pods"])
            return _result(check, not waiting, ", ".join(waiting) or "no container waits")
        case "error-ratio-recovered":
            ratio = single_value(data)
            if ratio is None:
                return CheckResult(name=check.name, holds=None, text="no error ratio is measured")
            return _result(check, ratio < (check.limit or 0), f"error ratio {ratio:.2%}")
        case _:
            assert_never(check.kind)


def single_value(data: Mapping[str, Any]) -> float | None:
    """Return the one number of an instant query; None when there is none or it is no number."""
    result = data.get("result") or []
    if len(result) != 1:
        return None
    value = float(result[0]["value"][1])
    return value if math.isfinite(value) else None


def _result(check: Check, holds: bool, text: str) -> CheckResult:  # noqa: FBT001 - the verdict
    return CheckResult(name=check.name, holds=holds, text=text)


def _capacity(check: Check, data: Mapping[str, Any]) -> CheckResult:
    deployment = data["deployment"]
    wanted = int(deployment["spec"].get("replicas", 1))
    ready = int(deployment.get("status", {}).get("readyReplicas") or 0)
    least = int(check.limit or 0)
    seen = deployment.get("status", {}).get("observedGeneration", 0)
    current = seen >= deployment.get("metadata", {}).get("generation", 0)
    holds = current and wanted > 0 and ready >= wanted and ready >= least
    return _result(check, holds, f"{ready} of {wanted} pods ready")


def _waiting(pods: Sequence[Mapping[str, Any]]) -> list[str]:
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
