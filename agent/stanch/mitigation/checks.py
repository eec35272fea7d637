"""The success checks of a change: what must hold afterwards, and by which read it is seen.

Whether a check holds is judged in `judging`, against the baseline.
"""

from collections.abc import Sequence
from typing import Literal, cast, get_args

from stanch.incident import Check
from stanch.mitigation.baseline import Measures, firing_query
from stanch.mitigation.flag_checks import FLAG_CHECK, flag_check
from stanch.tools.operations import (
    Change,
    InspectSet,
    InspectWorkload,
    ListObjects,
    QueryMetrics,
    Read,
    RolloutStatus,
)
from stanch.tools.operations.kubernetes_waits import WorkloadRolloutStatus

HARM = frozenset({"error-ratio-recovered", "latency-recovered", "alert-silent", "signs-cleared"})
"""The checks that ask whether the trouble is over, and not only whether the change is well."""

Workload = Literal["deployments", "statefulsets", "daemonsets"]
"""The resources whose rollout and whose pods are checked."""


def build_checks(
    names: Sequence[str],
    change: Change,
    *,
    capacity: int,
    error_ratio: str | None,
    limit: float,
    measures: Measures | None = None,
) -> tuple[Check, ...]:
    """Return the checks called `names` for `change`.

    `capacity` is how many pods must at least be ready, `error_ratio` the PromQL of the
    harm and `limit` the ratio below which it is over; `measures` says what else is measured.

    Raises:
        ValueError: one of them cannot be checked of this change; says which.
    """
    found = measures or Measures(error_ratio=error_ratio, limit=limit)
    checks: list[Check] = []
    for name in names:
        made = _of_harm(name, found) or _of_any(name, change, found)
        checks.append(made or _of_workload(name, change, capacity))
    return tuple(checks)


def _of_harm(name: str, found: Measures) -> Check | None:
    match name:
        case "error-ratio-recovered" if found.error_ratio is not None:
            says = f"the error ratio is below {found.limit:.1%}"
            query = QueryMetrics(expression=found.error_ratio)
            return Check(name=name, says=says, operation=query, kind=name, limit=found.limit)
        case "harm-not-worse" if found.error_ratio is not None:
            says = "the error ratio is no higher than before the change"
            query = QueryMetrics(expression=found.error_ratio)
            return Check(name=name, says=says, operation=query, kind=name, limit=found.limit)
        case "latency-recovered" if found.latency is not None:
            most = found.latency_limit
            says = (
                f"users wait less than {most:g} s" if most else "users wait no longer than before"
            )
            query = QueryMetrics(expression=found.latency)
            return Check(name=name, says=says, operation=query, kind=name, limit=most)
        case "alert-silent" if found.alert is not None:
            query = QueryMetrics(expression=firing_query(found.alert))
            says = f"the alert {found.alert.get('alertname', '')} does not fire any more"
            return Check(name=name, says=says, operation=query, kind=name)
        case "no-new-alerts" if found.alert is not None:
            query = QueryMetrics(expression=firing_query({}))
            says = "no alert fires that did not fire before the change"
            return Check(name=name, says=says, operation=query, kind=name)
        case _:
            return None


def _of_any(name: str, change: Change, found: Measures) -> Check | None:
    if name == FLAG_CHECK:
        return flag_check(change)
    if name == "change-holds" and found.target is not None:
        says = f"{change.subject} is read back as the change left it"
        return Check(name=name, says=says, operation=found.target, kind=name)
    namespace = change.reach.namespace
    if name == "no-new-failures" and namespace is not None:
        look = ListObjects(resource="pods", namespace=namespace)
        says = f"nothing in {namespace} has failing pods that had none before the change"
        return Check(name=name, says=says, operation=look, kind=name)
    return None


def _of_workload(name: str, change: Change, capacity: int) -> Check:
    found = workload_of(change)
    if found is None:
        raise ValueError(f"{name} cannot be checked of {change.subject}")
    resource, here = found
    subject = here["name"]
    deployed = resource == "deployments"
    status: Read = (
        RolloutStatus(**here) if deployed else WorkloadRolloutStatus(resource=resource, **here)
    )
    match name:
        case "rollout-complete":
            says = f"the rollout of {subject} is complete"
            return Check(name=name, says=says, operation=status, kind=name)
        case "capacity-kept":
            least = {one.name: one.after for one in change.reach.sizes}.get("replicas", capacity)
            says = f"{subject} has all its wanted pods ready, and not fewer than {least}"
            look = InspectWorkload(**here) if deployed else status
            return Check(name=name, says=says, operation=look, kind=name, limit=least)
        case "restarts-stopped":
            says = f"no container of {subject} waits in a crash or pull back-off"
            pods = InspectWorkload(**here) if deployed else InspectSet(resource=resource, **here)
            return Check(name=name, says=says, operation=pods, kind=name)
        case _:
            raise ValueError(f"no check is called {name}, or it has nothing to measure")


def workload_of(change: Change) -> tuple[Workload, dict[str, str]] | None:
    """Return the resource, and namespace and name, of the workload whose pods a change is about."""
    reach = change.reach
    resource, _, name = reach.thing.partition("/")
    of_pod = getattr(change, "workload", None)
    if of_pod is not None:
        # An evicted pod is gone for good; whether all is well is seen at what makes the next.
        resource, name = of_pod.resource, of_pod.name
    if reach.namespace is None or resource not in get_args(Workload):
        return None
    return cast("Workload", resource), {"namespace": reach.namespace, "name": name}
