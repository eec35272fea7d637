"""The effect of a change in the words of its record: before and after (MIT-25).

A side has {"at", "user_impact", "error_ratio", "latency", "service", "checks"}: what users
felt as a sentence, the two numbers where they are measured, how the service stood, and how
each success check stood.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from stanch.mitigation.baseline import CheckResult, Measures, pods_of, single_value
from stanch.mitigation.checks import workload_of
from stanch.tools.operations import (
    Change,
    QueryMetrics,
    Read,
    RolloutStatus,
)
from stanch.tools.operations.kubernetes_waits import WorkloadRolloutStatus

ERRORS: Final = "error-ratio"
LATENCY: Final = "latency"
SERVICE: Final = "service"
_MOST_FACTS = 4


def reads(change: Change, measures: Measures) -> dict[str, Read]:
    """Return what shows the harm and the service, whatever the runbook checks, by name."""
    found: dict[str, Read] = {}
    if measures.error_ratio is not None:
        found[ERRORS] = QueryMetrics(expression=measures.error_ratio)
    if measures.latency is not None:
        found[LATENCY] = QueryMetrics(expression=measures.latency)
    workload = workload_of(change)
    if workload is not None:
        resource, here = workload
        found[SERVICE] = (
            RolloutStatus(**here)
            if resource == "deployments"
            else WorkloadRolloutStatus(resource=resource, **here)
        )
    return found


def side(
    seen: Mapping[str, Mapping[str, Any]],
    results: Sequence[CheckResult],
    measures: Measures,
    *,
    facts: Mapping[str, Any],
    at: datetime,
) -> dict[str, Any]:
    """Return one side of the effect; `seen` is the data of `reads`, `facts` the target's."""
    ratio = single_value(seen.get(ERRORS, {}))
    wait = single_value(seen.get(LATENCY, {}))
    return {
        "at": at.isoformat(),
        "user_impact": _impact(ratio, wait, measures),
        "error_ratio": ratio,
        "latency": wait,
        "service": _service(seen.get(SERVICE), facts),
        "checks": [one.told() for one in results],
    }


def sentence(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return the effect as one sentence for a person."""
    parts = [
        f"{word} before: {before[key]}; after: {after[key]}"
        if before[key] != after[key]
        else f"{word}, as before: {after[key]}"
        for key, word in (("user_impact", "users"), ("service", "service"))
    ]
    return "; ".join(parts)


def _impact(ratio: float | None, wait: float | None, measures: Measures) -> str:
    found = []
    if ratio is not None:
        word = "below" if ratio < measures.limit else "not below"
        found.append(f"{ratio:.2%} of requests fail, {word} the limit of {measures.limit:.1%}")
    if wait is not None:
        of = f", limit {measures.latency_limit:g} s" if measures.latency_limit else ""
        found.append(f"they wait {wait:.3g} s{of}")
    return ", ".join(found) or "not measured"


def _service(workload: Mapping[str, Any] | None, facts: Mapping[str, Any]) -> str:
    thing = (workload.get("deployment") or workload.get("workload")) if workload else None
    if thing:
        ready, wanted = pods_of(thing)
        return f"{ready} of {wanted} pods ready"
    if facts.get("missing"):
        return "its target is gone"
    plain = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in facts.items()
        if isinstance(value, str | int | bool) and value not in {"", None}
    ]
    return ", ".join(plain[:_MOST_FACTS]) or "not measured"
