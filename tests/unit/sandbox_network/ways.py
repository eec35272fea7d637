"""A small way to break a shop, and to change it as a person or an executor would."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from stanch.sandbox import referee
from stanch.sandbox.faults import Injection, inject
from stanch.sandbox.shop.promql import Sample
from stanch.sandbox.shop.services import NAMESPACE
from stanch.sandbox.shop.shop import Shop, open_shop

NOW = 1_790_000_000.0
REVISION = "deployment.kubernetes.io/revision"


@dataclass(slots=True)
class Broken:
    """A shop with one fault in it."""

    shop: Shop
    injection: Injection
    mend: Callable[[], None] | None
    before: referee.Baseline

    def live(self, seconds: float) -> None:
        self.shop.advance(self.shop.now + seconds)

    def verdict(self) -> referee.Verdict:
        return referee.judge(self.shop, since=self.before)

    def firing(self) -> set[str]:
        return {rule.name for rule, _ in self.shop.alerts.firing()}

    def labels(self, alert: str) -> list[Mapping[str, str]]:
        return [dict(one.labels) for rule, one in self.shop.alerts.firing() if rule.name == alert]


def broken(
    fault: str,
    *,
    seed: int = 0,
    params: Mapping[str, str] = MappingProxyType({}),
    seconds: float = 240,
) -> Broken:
    shop = open_shop(now=NOW, seed=3, history=120)
    injection, mend = inject(shop, fault, seed=seed, params=params)
    before = referee.baseline(shop, may_change=injection.may_change)
    shop.advance(shop.now + seconds)
    return Broken(shop, injection, mend, before)


def numbers(shop: Shop, query: str) -> dict[str, float]:
    """Answer a query that leaves one label, by that label's value."""
    found = shop.engine.instant(query, shop.now)
    assert isinstance(found, list)
    samples = [one for one in found if isinstance(one, Sample)]
    return {(one.labels[0][1] if one.labels else ""): one.value for one in samples}


def log(shop: Shop, service: str) -> str:
    lines: list[str] = []
    for pod in shop.cluster.store.list("pods", NAMESPACE, labels={"app": service}):
        life = shop.cluster.logs.current(pod["metadata"]["uid"], service)
        lines += [line for _, line in life.lines] if life else []
    return "\n".join(lines)


def events(shop: Shop) -> str:
    return "\n".join(one["message"] for one in shop.cluster.store.list("events", NAMESPACE))


def change(
    shop: Shop,
    kind: str,
    name: str,
    edit: Callable[[dict[str, Any]], object],
    *,
    space: str = NAMESPACE,
) -> None:
    new = copy.deepcopy(shop.cluster.store.get(kind, space, name))
    edit(new)
    shop.cluster.store.update(kind, space, new)


def undo(shop: Shop, service: str) -> None:
    """Do what `kubectl rollout undo` does."""
    sets = shop.cluster.store.list("replicasets", NAMESPACE, labels={"app": service})
    sets.sort(key=lambda one: int(one["metadata"]["annotations"][REVISION]))
    template = copy.deepcopy(sets[-2]["spec"]["template"])
    template["metadata"]["labels"].pop("pod-template-hash", None)
    change(shop, "deployments", service, lambda one: one["spec"].update(template=template))


def restart(shop: Shop, service: str) -> None:
    """Do what `kubectl rollout restart` does."""

    def stamp(one: dict[str, Any]) -> None:
        annotations = one["spec"]["template"]["metadata"].setdefault("annotations", {})
        annotations["kubectl.kubernetes.io/restartedAt"] = "2026-09-21T00:00:00Z"

    change(shop, "deployments", service, stamp)


def scale(shop: Shop, service: str, replicas: int) -> None:
    change(shop, "deployments", service, lambda one: one["spec"].update(replicas=replicas))


def cordon(shop: Shop, node: str) -> None:
    change(shop, "nodes", node, lambda one: one["spec"].update(unschedulable=True), space="")


def move_pods(shop: Shop, node: str) -> None:
    """Delete the shop's pods on a node, one after the other, as a person does."""
    store = shop.cluster.store
    for pod in store.list("pods", NAMESPACE):
        if pod["spec"].get("nodeName") == node:
            store.delete("pods", NAMESPACE, pod["metadata"]["name"])
            shop.advance(shop.now + 15)


def retarget(shop: Shop, service: str, port: int | str) -> None:
    """Do what `kubectl patch service` does to its first port."""
    change(shop, "services", service, lambda one: one["spec"]["ports"][0].update(targetPort=port))
