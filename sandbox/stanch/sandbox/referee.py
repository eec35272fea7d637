"""The referee: says whether production is well, by the truth of the model.

It does not ask the API or the metrics, and nobody who works on the incident can ask it:
it is for whoever watches a rehearsal.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from stanch.sandbox.shop.services import NAMESPACE, SERVICES
from stanch.sandbox.shop.shop import Shop

WINDOW = 30.0
"""Simulated seconds over which the error ratio is taken."""
LIMIT = 0.01
"""The true error ratio of every service must be below this."""
_KINDS = (
    *("deployments", "services", "configmaps", "secrets", "serviceaccounts"),
    *("horizontalpodautoscalers", "resourcequotas"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether production is well, and what speaks against it."""

    well: bool
    reasons: tuple[str, ...]
    error_ratios: Mapping[str, float]
    unexpected: tuple[str, ...]
    """Changes since the fault that its cure does not need."""

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as plain JSON data."""
        plain = asdict(self)
        return {**plain, "error_ratios": dict(self.error_ratios)}


@dataclass(frozen=True, slots=True)
class Baseline:
    """The objects of the shop at one moment."""

    objects: Mapping[tuple[str, str], dict[str, Any]]
    parts: Mapping[str, Any]
    may_change: frozenset[tuple[str, str]] = frozenset()
    """What the right cure changes, by kind and name: no remark is made of it."""


def baseline(shop: Shop, *, may_change: frozenset[tuple[str, str]] = frozenset()) -> Baseline:
    """Return what the world consists of now."""
    parts = {name: part.baseline() for name, part in shop.parts.items()}
    return Baseline(_objects(shop), parts, may_change)


def _objects(shop: Shop) -> dict[tuple[str, str], dict[str, Any]]:
    found = {
        (kind, one["metadata"]["name"]): one
        for kind in _KINDS
        for one in shop.cluster.store.list(kind, NAMESPACE)
    }
    return found | {
        ("nodes", one["metadata"]["name"]): one for one in shop.cluster.store.list("nodes")
    }


def judge(shop: Shop, *, since: Baseline) -> Verdict:
    """Return the verdict on `shop` as it is now, given what it was."""
    ratios = {name: shop.traffic.error_ratio(name, since=shop.now - WINDOW) for name in SERVICES}
    reasons = [*_capacity(shop), *_errors(ratios)]
    for part in shop.parts.values():
        reasons += part.reasons()
    return Verdict(not reasons, tuple(reasons), ratios, tuple(_changes(shop, since)))


def _errors(ratios: Mapping[str, float]) -> list[str]:
    return [
        f"{name}: {ratio:.1%} of the requests of the last {WINDOW:.0f} s failed"
        for name, ratio in ratios.items()
        if ratio >= LIMIT
    ]


def _capacity(shop: Shop) -> list[str]:
    """Return what is missing in deployments and in pods that can answer."""
    deployments = {
        one["metadata"]["name"]: one for one in shop.cluster.store.list("deployments", NAMESPACE)
    }
    pods = shop.pods()
    reasons: list[str] = []
    for service in SERVICES.values():
        deployment = deployments.get(service.name)
        if deployment is None:
            reasons.append(f"{service.name}: the deployment is gone")
            continue
        wanted = deployment["spec"].get("replicas", 1)
        if wanted < service.replicas:
            reasons.append(f"{service.name}: scaled to {wanted}, needs {service.replicas}")
        status = deployment.get("status") or {}
        available, updated = (status.get(f"{key}Replicas", 0) for key in ("available", "updated"))
        if available < wanted or updated < wanted:
            reasons.append(
                f"{service.name}: {available} of {wanted} pods available,"
                f" {updated} of the newest revision"
            )
        sound = [
            pod
            for pod in pods
            if pod.service == service.name and pod.ready and not shop.traffic.is_wedged(pod)
        ]
        if len(sound) < service.replicas:
            reasons.append(f"{service.name}: {len(sound)} of {service.replicas} pods can answer")
    return reasons


def _changes(shop: Shop, since: Baseline) -> list[str]:
    now, allowed = _objects(shop), since.may_change
    gone = since.objects.keys() - now.keys() - allowed
    changes = [f"deleted: {kind}/{name}" for kind, name in gone]
    for (kind, name), one in now.items():
        before = since.objects.get((kind, name))
        if before is None:
            if (kind, name) not in allowed:
                changes.append(f"created: {kind}/{name}")
        elif before["metadata"]["uid"] != one["metadata"]["uid"]:
            changes.append(f"deleted and created again: {kind}/{name}")
        elif kind == "deployments":
            found = _deployment_changes(before, one, own=(kind, name) in allowed)
            if ("scales", name) in allowed and _grew(before, one):
                found = [text for text in found if not text.startswith("replicas changed")]
            changes += found
        elif _content(before) != _content(one) and (kind, name) not in allowed:
            changes.append(f"changed: {kind}/{name}")
    if not any(n["metadata"]["name"] == NAMESPACE for n in shop.cluster.store.list("namespaces")):
        changes.append(f"deleted: namespaces/{NAMESPACE}")
    for name, part in shop.parts.items():
        changes += part.changes(since.parts.get(name), allowed)
    return sorted(changes)


def _grew(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return int(after["spec"].get("replicas", 1)) >= int(before["spec"].get("replicas", 1))


def _content(one: Mapping[str, Any]) -> dict[str, Any]:
    if one.get("kind") == "Node":
        spec = one.get("spec") or {}
        # The taints of a silent node are its controller's doing.
        return {"unschedulable": spec.get("unschedulable", False)}
    return {key: one.get(key) for key in ("data", "spec", "stringData", "type")}


def _deployment_changes(before: dict[str, Any], after: dict[str, Any], *, own: bool) -> list[str]:
    name = after["metadata"]["name"]
    changes = []
    old, new = before["spec"], after["spec"]
    if old.get("replicas") != new.get("replicas"):
        changes.append(
            f"replicas changed: deployments/{name} from {old.get('replicas')}"
            f" to {new.get('replicas')}"
        )
    rest = {"replicas", "template"} if own else {"replicas"}
    fields = (set(old) | set(new)) - rest
    changed = sorted(field for field in fields if old.get(field) != new.get(field))
    if changed:
        changes.append(f"changed: deployments/{name} ({', '.join(changed)})")
    return changes
