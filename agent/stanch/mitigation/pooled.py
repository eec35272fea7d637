"""Changes of deployments with pools of connections: refused where the database has no room.

It stands around the strategy that plans the change, whichever it is, and does the sum of
`pools` on what comes out: more pods, larger pools, or higher limits of an autoscaler.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from stanch.mitigation.pools import Demand, Pool, require_room, room_of, slots_look
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen, Strategy
from stanch.tools.operations import InspectWorkload, PatchObject, Read, ScaleDeployment
from stanch.tools.operations.autoscaler_changes import CreateAutoscaler
from stanch.tools.operations.kubernetes_choice import ChangeChosen
from stanch.tools.operations.kubernetes_names import canonical

_ENV = re.compile(r"/spec/template/spec/containers/([0-9]+)/env/([0-9]+)/value")


class Pooled:
    """Plans as another strategy does, and holds its plan against the room of the databases."""

    def __init__(self, inner: Strategy, pools: Sequence[Pool]) -> None:
        self._inner = inner
        self._pools = pools
        self.intents = inner.intents

    def looks(self, intent: Any) -> Mapping[str, Read]:
        """Return the looks of the strategy, and those at each pool and its database."""
        found: dict[str, Read] = dict(self._inner.looks(intent))
        for at, pool in enumerate(self._pools):
            look = InspectWorkload(namespace=pool.namespace, name=pool.deployment)
            found |= {f"pool-{at}": look, f"slots-{at}": slots_look(pool)}
        return found

    def plan(self, intent: Any, seen: Seen, *, now: datetime) -> Plan:
        """Return the plan of the strategy, if the connections that it allows fit.

        Raises:
            CannotPlanError: they would not, or the strategy has none.
        """
        made = self._inner.plan(intent, seen, now=now)
        more = []
        for at, pool in enumerate(self._pools):
            deployment = seen[f"pool-{at}"]["deployment"]
            before = _now(pool, deployment)
            after = _after(pool, deployment, made.operation, before, seen)
            if after is not None:
                more.append(require_room(pool, before, after, room_of(seen[f"slots-{at}"], pool)))
        return replace(made, touches=(*made.touches, *more))

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the strategy foretells."""
        return self._inner.foretold(change, after)


def pools_of(intent: Any, pools: Sequence[Pool]) -> tuple[Pool, ...]:
    """Return the pools that a change by `intent` could touch."""
    namespace = getattr(intent, "namespace", None)
    if isinstance(intent, ChangeChosen):
        found = {(canonical(one.resource), one.name) for one in intent.objects}
    else:
        found = {("deployments", str(getattr(intent, "name", "")))}
    # An autoscaler says only itself which deployment is its own.
    any_ = any(resource == "horizontalpodautoscalers" for resource, _ in found)
    return tuple(
        pool
        for pool in pools
        if pool.namespace == namespace and (any_ or ("deployments", pool.deployment) in found)
    )


def _now(pool: Pool, deployment: Mapping[str, Any]) -> Demand:
    sizes = _sizes(pool, deployment)
    pods = int(deployment["spec"].get("replicas", 1))
    return Demand(pods=pods, size=sum(sizes.values()), pairs=pool.pairs)


def _sizes(pool: Pool, deployment: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """Return the size of the pool in each place of the deployment that says one.

    Raises:
        CannotPlanError: none does, or it is no number.
    """
    found = {}
    containers = deployment["spec"]["template"]["spec"]["containers"]
    for at, container in enumerate(containers):
        for place, one in enumerate(container.get("env") or ()):
            if one["name"] == pool.variable:
                found[str(at), str(place)] = _number(pool, one.get("value"))
    if not found:
        raise CannotPlanError(
            f"the settings say that {pool.variable} is the size of the pools of "
            f"{pool.deployment}, and none of its containers has it: mend [pools] in stanch.toml"
        )
    return found


def _number(pool: Pool, value: Any) -> int:
    text = str(value or "")
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise CannotPlanError(
            f"{pool.variable} of {pool.deployment} is '{text[:20]}' and no number of connections"
        )
    return int(text)


def _after(
    pool: Pool, deployment: Mapping[str, Any], change: Any, before: Demand, seen: Seen
) -> Demand | None:
    """Return the demand that the change leads to at its worst; None when it touches no pool."""
    if isinstance(change, ScaleDeployment):
        same = (change.namespace, change.name) == (pool.namespace, pool.deployment)
        return replace(before, pods=change.replicas) if same else None
    if isinstance(change, CreateAutoscaler):
        of = (change.workload.resource, change.namespace, change.workload.name)
        same = of == ("deployments", pool.namespace, pool.deployment)
        return replace(before, pods=max(before.pods, change.most)) if same else None
    if not isinstance(change, PatchObject):
        return None
    if change.resource == "horizontalpodautoscalers":
        return _autoscaled(pool, change, before, seen)
    if (change.resource, change.name) != ("deployments", pool.deployment):
        return None
    pods, sizes, replaced = before.pods, _sizes(pool, deployment), False
    for one in change.changes:
        place = _ENV.fullmatch(one.path)
        if one.path == "/spec/replicas":
            pods = int(one.after)
        replaced = replaced or (one.path.startswith("/spec/template/") and not one.stays)
        if place is not None and place.groups() in sizes:
            sizes[place[1], place[2]] = _number(pool, one.after)
    after = replace(before, pods=pods, size=sum(sizes.values()))
    if not replaced:
        return after
    return replace(after, beside=_surge(deployment, pods), size_before=before.size)


def _autoscaled(pool: Pool, change: PatchObject, before: Demand, seen: Seen) -> Demand | None:
    target = seen["target"]
    scalers = [target["object"]] if "object" in target else target.get("autoscalers", ())
    for one in scalers:
        wanted = one["spec"].get("scaleTargetRef") or {}
        if one["metadata"]["name"] == change.name and wanted.get("name") == pool.deployment:
            limits = [int(at.after) for at in change.changes if at.path.endswith("Replicas")]
            return replace(before, pods=max([before.pods, *limits]))
    return None


def _surge(deployment: Mapping[str, Any], pods: int) -> int:
    """Return how many pods may run beside the wanted ones while they are replaced."""
    strategy = deployment["spec"].get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return 0
    most = str((strategy.get("rollingUpdate") or {}).get("maxSurge", "25%"))
    if most.endswith("%"):
        return math.ceil(pods * int(most[:-1]) / 100)
    return int(most)
