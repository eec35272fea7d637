"""A shop with half an hour of history, what a colleague does to it, and what is seen of it."""

import copy
from collections.abc import Callable
from typing import Any

from stanch.sandbox import referee
from stanch.sandbox.faults import Injection, inject
from stanch.sandbox.shop.promql import Sample
from stanch.sandbox.shop.services import NAMESPACE
from stanch.sandbox.shop.shop import Shop, open_shop

NOW = 1_790_000_000.0
REVISION = "deployment.kubernetes.io/revision"


def well_shop(seed: int = 3, *, history: float = 240) -> Shop:
    """Return a shop that has been well for `history` seconds that are measured."""
    return open_shop(now=NOW, seed=seed, history=history)


class Trial:
    """One fault in one shop, and what is done about it."""

    def __init__(self, shop: Shop, fault: str, *, seed: int = 0, **params: str) -> None:
        self.shop = shop
        self.injection: Injection
        self.injection, self.mend = inject(shop, fault, seed=seed, params=params)
        self._before = referee.baseline(shop, may_change=self.injection.may_change)
        self._begun = shop.now

    def wait(self, seconds: float) -> None:
        """Let the world live on."""
        self.shop.advance(self.shop.now + seconds)

    def first_alert(self, most: float = 400.0) -> tuple[str, str]:
        """Wait for the first alert; return its name and the deployment that it names."""
        while self.shop.now < self._begun + most:
            self.wait(5)
            for rule, alert in self.shop.alerts.firing():
                return rule.name, dict(alert.labels).get("deployment", "")
        return "", ""

    @property
    def verdict(self) -> referee.Verdict:
        """What the referee says now."""
        return referee.judge(self.shop, since=self._before)

    def numbers(self, query: str) -> dict[str, float]:
        """Answer a query that leaves one label, by that label's value."""
        found = self.shop.engine.instant(query, self.shop.now)
        assert isinstance(found, list)
        samples = [one for one in found if isinstance(one, Sample)]
        return {(one.labels[0][1] if one.labels else ""): one.value for one in samples}

    def number(self, query: str) -> float:
        """Answer a query that leaves one value; 0 where it finds nothing."""
        return next(iter(self.numbers(query).values()), 0.0)

    def events(self, reason: str) -> list[str]:
        """Return the messages of the events with this reason in the shop."""
        events = self.shop.cluster.store.list("events", NAMESPACE)
        return [one["message"] for one in events if one["reason"] == reason]

    def change(self, service: str, edit: Callable[[dict[str, Any]], object]) -> None:
        """Change the spec of a deployment."""
        new = copy.deepcopy(self.shop.cluster.store.get("deployments", NAMESPACE, service))
        edit(new["spec"])
        self.shop.cluster.store.update("deployments", NAMESPACE, new)

    def scale(self, service: str, replicas: int) -> None:
        """Do what `kubectl scale` does."""
        self.change(service, lambda spec: spec.update(replicas=replicas))

    def restart(self, service: str) -> None:
        """Do what `kubectl rollout restart` does."""
        stamp = {"kubectl.kubernetes.io/restartedAt": str(self.shop.now)}

        def edit(spec: dict[str, Any]) -> None:
            spec["template"]["metadata"].setdefault("annotations", {}).update(stamp)

        self.change(service, edit)

    def undo(self, service: str) -> None:
        """Do what `kubectl rollout undo` does."""
        store = self.shop.cluster.store
        sets = store.list("replicasets", NAMESPACE, labels={"app": service})
        sets.sort(key=lambda one: int(one["metadata"]["annotations"][REVISION]))
        template = copy.deepcopy(sets[-2]["spec"]["template"])
        template["metadata"]["labels"].pop("pod-template-hash", None)
        self.change(service, lambda spec: spec.update(template=template))

    def patch(self, plural: str, name: str, spec: dict[str, Any]) -> None:
        """Do what `kubectl patch --type=merge` does."""
        self.shop.cluster.store.patch_merge(plural, NAMESPACE, name, {"spec": spec})
