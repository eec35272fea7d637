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
_KINDS = ("deployments", "services", "configmaps", "secrets", "serviceaccounts")


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
    culprit: str = ""
    """The deployment whose template and ConfigMaps may change without remark."""


def baseline(shop: Shop, *, culprit: str = "") -> Baseline:
    """Return what the shop consists of now."""
    found = {
        (kind, one["metadata"]["name"]): one
        for kind in _KINDS
        for one in shop.cluster.store.list(kind, NAMESPACE)
    }
    return Baseline(found, culprit)


def judge(shop: Shop, *, since: Baseline) -> Verdict:
    """Return the verdict on `shop` as it is now, given what it was."""
    ratios = {name: shop.traffic.error_ratio(name, since=shop.now - WINDOW) for name in SERVICES}
    reasons = [*_capacity(shop), *_errors(ratios)]
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
    now = baseline(shop).objects
    changes = [f"deleted: {kind}/{name}" for kind, name in since.objects if (kind, name) not in now]
    for (kind, name), one in now.items():
        before = since.objects.get((kind, name))
        if before is None:
            changes.append(f"created: {kind}/{name}")
        elif before["metadata"]["uid"] != one["metadata"]["uid"]:
            changes.append(f"deleted and created again: {kind}/{name}")
        elif kind == "deployments":
            changes += _deployment_changes(before, one, culprit=since.culprit == name)
        elif _content(before) != _content(one) and not _own_config(one, since.culprit):
            changes.append(f"changed: {kind}/{name}")
    if not any(n["metadata"]["name"] == NAMESPACE for n in shop.cluster.store.list("namespaces")):
        changes.append(f"deleted: namespaces/{NAMESPACE}")
    return sorted(changes)


def _own_config(one: Mapping[str, Any], culprit: str) -> bool:
    """Tell whether this is a ConfigMap of the deployment that the cure may change."""
    labels = one["metadata"].get("labels") or {}
    return "data" in one and bool(culprit) and labels.get("app") == culprit


def _content(one: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one.get(key) for key in ("data", "spec", "stringData", "type")}


def _deployment_changes(
    before: dict[str, Any], after: dict[str, Any], *, culprit: bool
) -> list[str]:
    name = after["metadata"]["name"]
    changes = []
    old, new = before["spec"], after["spec"]
    if old.get("replicas") != new.get("replicas"):
        changes.append(
            f"replicas changed: deployments/{name} from {old.get('replicas')}"
            f" to {new.get('replicas')}"
        )
    rest = {"replicas", "template"} if culprit else {"replicas"}
    fields = (set(old) | set(new)) - rest
    changed = sorted(field for field in fields if old.get(field) != new.get(field))
    if changed:
        changes.append(f"changed: deployments/{name} ({', '.join(changed)})")
    return changes
