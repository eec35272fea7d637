"""What a change of a stateful set or daemon set affects, and what may hold it up; pure.

A stateful set with the policy OrderedReady waits for every pod to be ready before it goes on,
also when its template was put back: a pod that never becomes ready has to be deleted by a
person, or nothing moves.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stanch.tools.operations.controller_revisions import is_of

_Thing = Mapping[str, Any]


def strategy_of(workload: _Thing) -> str:
    """Return how the set replaces its pods: RollingUpdate or OnDelete."""
    return str((workload["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate"))


def is_ready(pod: _Thing) -> bool:
    """Say whether a pod takes traffic."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def measured(resource: str, workload: _Thing) -> dict[str, int]:
    """Return how many pods are ready, and how many are wanted, as a plan keeps them."""
    status = workload.get("status") or {}
    if resource == "daemonsets":
        return {
            "ready": int(status.get("numberReady") or 0),
            "capacity": int(status.get("desiredNumberScheduled") or 0),
        }
    return {
        "ready": int(status.get("readyReplicas") or 0),
        "capacity": int(workload["spec"].get("replicas", 1)),
    }


def of_replacing(
    resource: str, workload: _Thing, pods: Sequence[_Thing], back: _Thing | None
) -> tuple[str, ...]:
    """Return what the replacement of the pods affects; `back` is the revision to go back to."""
    told = _of_daemons if resource == "daemonsets" else _of_numbered
    return (*told(workload, pods, back), "no other object is changed")


def of_scaling(workload: _Thing, pods: Sequence[_Thing], wanted: int) -> tuple[str, ...]:
    """Return what another number of replicas affects."""
    now = int(workload["spec"].get("replicas", 1))
    moved = f"{abs(wanted - now)} pods are {'added' if wanted > now else 'removed'}"
    which = "after the last one" if wanted > now else "beginning with the highest number"
    sentences = [f"{moved}, {which}"]
    if workload["spec"].get("volumeClaimTemplates"):
        kept = "each gets a volume of its own" if wanted > now else "their volumes stay"
        sentences.append(kept)
    return (*sentences, *_stuck(workload, pods, None))


def of_new_template(resource: str, workload: _Thing, pods: Sequence[_Thing]) -> tuple[str, ...]:
    """Return what keeps a new template from its pods, beside what any workload has of it."""
    if strategy_of(workload) == "OnDelete":
        return (_waits(f"{resource}/{workload['metadata']['name']}"),)
    return tuple(_stuck(workload, pods, None)) if resource == "statefulsets" else ()


def _of_daemons(workload: _Thing, pods: Sequence[_Thing], back: _Thing | None) -> Iterator[str]:
    name = workload["metadata"]["name"]
    if strategy_of(workload) == "OnDelete":
        yield _waits(f"daemon set {name}")
        return
    rolling = (workload["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    surge = rolling.get("maxSurge") or 0
    yield f"the {len(_others(pods, back))} pods of daemon set {name} are replaced, node by node"
    if surge not in {0, "0%"}:
        yield f"at most {surge} nodes run a new pod beside the old one at a time"
    else:
        yield f"at most {rolling.get('maxUnavailable', 1)} nodes are without one at a time"
    yield "a pod that is not available is replaced at once, whatever the others do"


def _of_numbered(workload: _Thing, pods: Sequence[_Thing], back: _Thing | None) -> Iterator[str]:
    name = workload["metadata"]["name"]
    if strategy_of(workload) == "OnDelete":
        yield _waits(f"stateful set {name}")
        return
    rolling = (workload["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    yield (
        f"the {len(_others(pods, back))} pods of stateful set {name} are replaced one after the "
        "other, from the highest number down, each when the one before is ready"
    )
    if partition := rolling.get("partition") or 0:
        yield (
            f"its partition is {partition}: the pods with a lower number stay at the revision "
            "that they have"
        )
    yield from _stuck(workload, pods, back)


def _waits(what: str) -> str:
    return (
        f"the strategy of {what} is OnDelete: no pod is replaced until somebody deletes it, "
        "and only then does it get the template"
    )


def _others(pods: Sequence[_Thing], back: _Thing | None) -> list[_Thing]:
    return [pod for pod in pods if back is None or not is_of(pod, back)]


def _stuck(workload: _Thing, pods: Sequence[_Thing], back: _Thing | None) -> Iterator[str]:
    """Yield who has to be deleted by hand, because the set waits for it for ever."""
    if workload["spec"].get("podManagementPolicy", "OrderedReady") != "OrderedReady":
        return
    metadata = workload["metadata"]
    sick = sorted(
        str(pod["metadata"]["name"])
        for pod in _others(pods, back)
        if not is_ready(pod) and not pod["metadata"].get("deletionTimestamp")
    )
    if sick:
        are, them = ("is", "it") if len(sick) == 1 else ("are", "them")
        yield (
            f"RISK: {', '.join(sick)} {are} not ready, and stateful set {metadata['name']} "
            f"(OrderedReady) waits for {them} before it replaces any pod: once this is done, a "
            f"person has to run `kubectl delete pod {' '.join(sick)} -n {metadata['namespace']}`, "
            "or nothing moves"
        )
