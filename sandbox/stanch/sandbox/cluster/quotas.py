"""Resource quotas: what a namespace may have at most, and what is refused beyond it.

`admit` refuses an object that would go beyond a quota, in the words of the API server;
`Quotas` counts what is used, as the controller that keeps the status of the quotas.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.kinds import Kind, stored
from stanch.sandbox.cluster.quantities import canonical, value
from stanch.sandbox.cluster.status import ApiError

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key
    from stanch.sandbox.cluster.store import Store

_PLURAL = "resourcequotas"
_COUNTED = frozenset(
    (
        *("configmaps", "persistentvolumeclaims", "pods", "resourcequotas"),
        *("secrets", "services"),
    )
)
"""What a quota may count by its bare name; anything else is counted as count/NAME."""
_MEASURED = ("cpu", "memory", "ephemeral-storage")

_ROUNDING = 1 + 1e-9
"""Sums of thousandths are not exact: 0.002 and 0.561 are a little more than 0.563."""


def admit(store: "Store", kind: Kind, obj: Mapping[str, Any]) -> None:
    """Raise the refusal of a new object that a quota of its namespace has no room for.

    Raises:
        ApiError: it would exceed a quota (403).
    """
    if not kind.namespaced or kind.plural in {"events", "leases", _PLURAL}:
        return
    namespace = obj["metadata"]["namespace"]
    for quota in store.list(_PLURAL, namespace):
        hard: Mapping[str, str] = quota.get("spec", {}).get("hard", {})
        asked = {name: need for name in hard if (need := _need(kind.plural, obj, name)) > 0}
        used = {name: _used(store, namespace, name) for name in asked}
        over = sorted(
            name for name in asked if used[name] + asked[name] > value(hard[name]) * _ROUNDING
        )
        if over:
            raise _exceeded(kind, obj, quota["metadata"]["name"], over, asked, used, hard)


def _exceeded(
    kind: Kind,
    obj: Mapping[str, Any],
    quota: str,
    over: list[str],
    asked: Mapping[str, float],
    used: Mapping[str, float],
    hard: Mapping[str, str],
) -> ApiError:
    def listed(amounts: Mapping[str, str]) -> str:
        return ",".join(f"{name}={amounts[name]}" for name in over)

    name = obj["metadata"].get("name", "")
    text = (
        f'{kind.qualified} "{name}" is forbidden: exceeded quota: {quota},'
        f" requested: {listed({one: _shown(one, asked[one]) for one in over})},"
        f" used: {listed({one: _shown(one, used[one]) for one in over})},"
        f" limited: {listed({one: canonical(str(hard[one])) for one in over})}"
    )
    details = {"name": name, "group": kind.group, "kind": kind.plural}
    details = {key: text for key, text in details.items() if text}
    return ApiError(403, "Forbidden", message=text, details=details)


def _shown(resource: str, amount: float) -> str:
    """Write an amount in the unit that the API server writes it in."""
    kind = resource.rpartition(".")[2]
    if kind == "cpu":
        return canonical(f"{round(amount * 1000)}m")
    if kind in {"memory", "ephemeral-storage"} and amount % 1024 == 0:
        return canonical(f"{int(amount // 1024)}Ki")
    return canonical(str(round(amount)))


def _used(store: "Store", namespace: str, resource: str) -> float:
    """Return how much of a quota's resource the objects of a namespace use."""
    plural = _plural_of(resource)
    return sum(_need(plural, one, resource) for one in store.list(plural, namespace))


def _plural_of(resource: str) -> str:
    """Return whose objects count against a quota's resource."""
    name = resource.removeprefix("count/").partition(".")[0]
    if resource.startswith("count/") or name in _COUNTED:
        try:
            return stored(name).plural
        except KeyError:
            return "pods"
    return "pods"


def _need(plural: str, obj: Mapping[str, Any], resource: str) -> float:
    """Return how much of a quota's resource one object takes."""
    if _plural_of(resource) != plural:
        return 0.0
    if plural == "pods" and obj.get("status", {}).get("phase") in {"Succeeded", "Failed"}:
        return 0.0
    if resource.startswith("count/") or resource in _COUNTED:
        return 1.0
    side, dot, measured = resource.partition(".")
    if not dot:
        side, measured = "requests", resource
    if side not in {"requests", "limits"} or measured not in _MEASURED:
        return 0.0
    return sum(
        value(container.get("resources", {}).get(side, {}).get(measured, "0"))
        for container in obj["spec"].get("containers", ())
    )


class Quotas:
    """Keeps in the status of every quota what is allowed and what is used."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the quotas that count what was changed."""
        metadata = change.new["metadata"]
        namespace = metadata.get("namespace", "")
        if change.plural == _PLURAL:
            return [] if change.action == "DELETED" else [(namespace, metadata["name"])]
        if not namespace or change.plural in {"events", "leases"}:
            return []
        quotas = self._cluster.store.list(_PLURAL, namespace)
        return [(namespace, quota["metadata"]["name"]) for quota in quotas]

    def reconcile(self, namespace: str, name: str) -> None:
        """Count what one quota is about."""
        quota = self._cluster.store.find(_PLURAL, namespace, name)
        if quota is None:
            return
        hard = quota.get("spec", {}).get("hard", {})
        store = self._cluster.store
        used = {one: _shown(one, _used(store, namespace, one)) for one in hard}
        status = {"hard": {one: canonical(str(text)) for one, text in hard.items()}, "used": used}
        store.replace(_PLURAL, {**quota, "status": status})
