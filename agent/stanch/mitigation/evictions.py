"""Which pods of a node are evicted, in which order, and why some are left; pure.

A drain is one change per pod: each is looked at, approved and verified by itself. So the
order is the plan: what serves nobody goes first, and what its budget does not let go waits.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stanch.mitigation.label_selectors import selects
from stanch.tools.operations.evictions import ENDED, MIRROR, controller_of, local_volumes

_RANKS: Final = {"ReplicaSet": 0, "StatefulSet": 2, "Job": 3}
"""The order of pods by what controls them; others stand between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A pod that is not evicted, and why."""

    namespace: str
    name: str
    why: str
    blocks: bool
    """Whether the node is not drained while it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """The pods of a node that are evicted, in order, and those that are left."""

    evict: tuple[Mapping[str, Any], ...]
    left: tuple[Left, ...]


def drain_of(
    pods: Sequence[Mapping[str, Any]],
    budgets: Sequence[Mapping[str, Any]],
    *,
    local_data: bool = False,
) -> Drain:
    """Return what becomes of the pods of a node.

    `local_data`: whether pods go whose own volumes, such as emptyDir, are lost with them.
    """
    left = [one for pod in pods if (one := _left(pod, local_data=local_data)) is not None]
    names = {(one.namespace, one.name) for one in left}
    going = [pod for pod in pods if _placed(pod) not in names]
    ordered = sorted(going, key=lambda pod: _rank(pod, budgets))
    return Drain(evict=tuple(ordered), left=tuple(left))


def budgets_of(
    pod: Mapping[str, Any], budgets: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the budgets that protect a pod."""
    labels = pod["metadata"].get("labels") or {}
    return [
        one
        for one in budgets
        if one["metadata"]["namespace"] == pod["metadata"]["namespace"]
        and selects(one["spec"].get("selector"), labels)
    ]


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Say whether a pod takes traffic."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _left(pod: Mapping[str, Any], *, local_data: bool) -> Left | None:
    namespace, name = _placed(pod)
    for why, blocks in _reasons(pod, local_data=local_data):
        return Left(namespace=namespace, name=name, why=why, blocks=blocks)
    return None


def _reasons(pod: Mapping[str, Any], *, local_data: bool) -> Iterator[tuple[str, bool]]:
    controller = controller_of(pod)
    volumes = ", ".join(local_volumes(pod))
    if MIRROR in (pod["metadata"].get("annotations") or {}):
        yield "the node runs it by itself (a mirror pod)", False
    if controller is not None and controller["kind"] == "DaemonSet":
        yield "its daemon set runs one on every node, also on this one", False
    if pod["metadata"].get("deletionTimestamp"):
        yield "it is going already", True
    if (pod.get("status") or {}).get("phase") in ENDED:
        yield "it has ended by itself", False
    if controller is None:
        yield "nothing would make another one (no controller owns it)", True
    if volumes and not local_data:
        yield f"what is in its volumes {volumes} would be lost (they end with it)", True


def _rank(pod: Mapping[str, Any], budgets: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    controller = controller_of(pod)
    kind = controller["kind"] if controller is not None else ""
    namespace, name = _placed(pod)
    number = re.search(r"-(\d+)$", name) if kind == "StatefulSet" else None
    waits = any(
        int((one.get("status") or {}).get("disruptionsAllowed") or 0) <= 0
        for one in budgets_of(pod, budgets)
    )
    # Of a stateful set the highest number goes first, as when it is scaled down.
    return (
        is_ready(pod),
        waits,
        _RANKS.get(kind, 1),
        namespace,
        name[: number.start()] if number else name,
        -int(number[1]) if number else 0,
    )


def _placed(pod: Mapping[str, Any]) -> tuple[str, str]:
    return str(pod["metadata"]["namespace"]), str(pod["metadata"]["name"])
