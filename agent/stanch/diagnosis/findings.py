"""Findings: values that the evidence gives for parameters of a runbook.

A runbook asks for one with `from: finding.NAME`. The value is always the name of an
object that stands in the evidence, or a number; never a word taken from a log.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stanch.diagnosis import logs, metrics
from stanch.diagnosis.calls import Callee, calls
from stanch.diagnosis.json_reading import Json, mappings, real, text, whole
from stanch.diagnosis.logs import Failure
from stanch.diagnosis.view import View

NAMED_SHARE = 0.5
"""The part of a workload's error lines that must name a service to point at it."""
LEAST_LINES = 5
_DEPTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A derived value, with the reason for it and the ids of its evidence."""

    name: str
    value: str
    because: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a called service."""

    callee: Callee
    weight: float
    because: str
    evidence: tuple[str, ...]


def failing_dependency(view: View) -> Finding | None:
    """Name the deployment behind the called service that fails; None when none stands out.

    The chain of calls is followed: where the failing service itself calls a failing one,
    the last of them is named.
    """
    at, fault = view.deployment, None
    passed = {at}
    for _ in range(_DEPTH):
        further = worst_callee(view, at, needs_own_fault=fault is not None)
        if further is None or further.callee.deployment in passed:
            break
        fault, at = further, further.callee.deployment
        passed.add(at)
    if fault is None:
        return None
    return Finding(
        name="failing-dependency", value=at, because=fault.because, evidence=fault.evidence
    )


def worst_callee(view: View, deployment: str, *, needs_own_fault: bool = False) -> Fault | None:
    """Return what is wrong with the worst service that `deployment` calls.

    None when nothing is, and when two are equally bad. `needs_own_fault` leaves out a
    service that is only named in the caller's log.
    """
    called = calls(view, deployment)
    if called is None:
        return None
    faults = [
        fault
        for callee in called.callees
        if (fault := _fault(view, deployment, callee=callee)) is not None
        and (fault.weight >= 1 or not needs_own_fault)
    ]
    faults.sort(key=lambda fault: fault.weight, reverse=True)
    if not faults or (len(faults) > 1 and faults[0].weight == faults[1].weight):
        return None
    return faults[0]


def own_ratio(view: View, service: str) -> tuple[float, str] | None:
    """Return the error ratio of a service now, with its evidence; None when not measured."""
    series = metrics.error_ratio(view, service)
    if series is not None and series.last is not None:
        return series.last, series.evidence
    counted = metrics.counts(view, "service")
    if counted is None or service not in counted:
        return None
    latest = counted[service].ratio(counted[service].busy()[-3:])
    return None if latest is None else (latest, counted[service].evidence)


def _fault(view: View, caller: str, *, callee: Callee) -> Fault | None:
    """Return what is wrong with `callee`: its error ratio, its pods, its caller's log."""
    weight, reasons, evidence = 0.0, [], list(callee.evidence)
    ratio = own_ratio(view, callee.service)
    if ratio is not None and ratio[0] >= view.error_limit:
        weight += 1 + min(ratio[0], 1.0)
        reasons.append(f"it fails {ratio[0]:.1%} of its own requests")
        evidence.append(ratio[1])
    seen = view.deployments().get(callee.deployment)
    if seen is not None and seen.available < seen.replicas:
        weight += 1
        reasons.append(f"{seen.available} of its {seen.replicas} replicas are available")
        evidence.append(seen.evidence)
    share, sources = named_share(view, caller, service=callee.service)
    if share >= NAMED_SHARE:
        weight += share / 2
        reasons.append(f"{share:.0%} of the error lines of {caller} name it")
        evidence += sources
    if not reasons:
        return None
    because = f"{caller} calls {callee.service} ({callee.setting}), and {', '.join(reasons)}."
    return Fault(
        callee=callee,
        weight=weight,
        because=because,
        evidence=tuple(dict.fromkeys(evidence)),
    )


def named_share(view: View, deployment: str, *, service: str) -> tuple[float, tuple[str, ...]]:
    """Return the part of a deployment's error lines that tell of a failed call of `service`.

    Too few error lines to judge by count as none.
    """
    errors = [line for line in logs.lines(view, deployment) or () if line.is_error]
    if len(errors) < LEAST_LINES:
        return 0.0, ()
    failed = [line for line in errors if Failure.CALL.fits(line.text)]
    named = [line for line in failed if logs.names(line.text, service)]
    return len(named) / len(errors), logs.evidence_of(errors)


def two_more_replicas(view: View) -> Finding | None:
    """Return two more than the replicas that the alerted deployment asks for now (MIT-06)."""
    seen = view.deployments().get(view.deployment)
    if seen is None:
        return None
    return Finding(
        name="two-more-replicas",
        value=str(seen.replicas + 2),
        because=f"{seen.name} asks for {seen.replicas} replicas.",
        evidence=(seen.evidence,),
    )


def raised_maximum(view: View) -> Finding | None:
    """Return a higher upper limit for the autoscaler that runs as many pods as it may.

    It is half as much again as the load asks for by the autoscaler's own measurements,
    because pods that are overloaded show less than what is asked of them; but at least half
    as much again as the limit is now, and at most twice that. None for one that has room.
    """
    found = _chosen(
        view,
        "horizontalpodautoscalers",
        named=view.params.get("autoscaler") or view.alert.labels.get("horizontalpodautoscaler", ""),
        fits=lambda one: text(one, "spec", "scaleTargetRef", "name") == view.deployment,
    )
    if found is None:
        return None
    scaler, evidence = found
    limit = whole(scaler, "spec", "maxReplicas")
    runs = whole(scaler, "status", "currentReplicas")
    if not limit or runs is None or runs < limit:
        return None
    asked = _asked_by_load(scaler, runs)
    value = max(math.ceil(limit * 1.5), min(2 * limit, math.ceil((asked or 0) * 1.5)))
    load = f", and its load asks for {asked}" if asked else ""
    name = text(scaler, "metadata", "name")
    because = f"{name} runs {runs} pods and may run {limit}{load}."
    return Finding(name="raised-maximum", value=str(value), because=because, evidence=(evidence,))


def _asked_by_load(scaler: Json, runs: int) -> int | None:
    """Return how many pods would bring the busiest measured resource to its target."""
    targets: dict[tuple[str, str], float] = {}
    for metric in mappings(scaler, "spec", "metrics"):
        target = real(metric, "resource", "target", "averageUtilization")
        if target:
            targets[text(metric, "type"), text(metric, "resource", "name")] = target
    asked = [
        math.ceil(runs * used / targets[key])
        for metric in mappings(scaler, "status", "currentMetrics")
        if (key := (text(metric, "type"), text(metric, "resource", "name"))) in targets
        and (used := real(metric, "resource", "current", "averageUtilization")) is not None
    ]
    return max(asked, default=None)


def raised_quota(view: View) -> Finding | None:
    """Return how many pods the used-up quota should allow: those there are and are missing.

    To them comes room for the surge of a rollout, a quarter of what the deployments ask
    for, and one. None for a quota that has room, or is not about the number of pods.
    """
    found = _chosen(
        view,
        "resourcequotas",
        named=view.params.get("quota") or view.alert.labels.get("resourcequota", ""),
        fits=lambda one: whole(one, "status", "hard", "pods") is not None,
    )
    if found is None:
        return None
    quota, evidence = found
    used, hard = whole(quota, "status", "used", "pods"), whole(quota, "status", "hard", "pods")
    if used is None or hard is None or used < hard:
        return None
    seen = view.objects("deployments")
    wanted = {name: whole(one, "spec", "replicas") or 0 for name, (one, _) in seen.items()}
    missing = sum(
        max(0, wanted[name] - (whole(one, "status", "replicas") or 0))
        for name, (one, _) in seen.items()
    )
    spare = math.ceil(sum(wanted.values()) / 4) + 1
    name = text(quota, "metadata", "name")
    return Finding(
        name="raised-quota",
        value=str(used + missing + spare),
        because=f"{name} allows {hard} pods, {used} are there, {missing} are missing, "
        f"and a rollout needs room for up to {spare} more.",
        evidence=tuple(dict.fromkeys((evidence, *(source for _, source in seen.values())))),
    )


def _chosen(
    view: View, resource: str, *, named: str, fits: Callable[[Json], bool]
) -> tuple[Json, str] | None:
    """Return the object that is `named`, or else the only one that fits; with its evidence."""
    things = view.objects(resource)
    if named:
        return things.get(named)
    fitting = [(thing, source) for thing, source in things.values() if fits(thing)]
    return fitting[0] if len(fitting) == 1 else None


FINDINGS: Mapping[str, Callable[[View], Finding | None]] = MappingProxyType(
    {
        "failing-dependency": failing_dependency,
        "raised-maximum": raised_maximum,
        "raised-quota": raised_quota,
        "two-more-replicas": two_more_replicas,
    }
)
"""Every finding by its name."""


def find(view: View) -> tuple[Finding, ...]:
    """Return every finding that the evidence gives."""
    found = (derive(view) for derive in FINDINGS.values())
    return tuple(one for one in found if one is not None)
