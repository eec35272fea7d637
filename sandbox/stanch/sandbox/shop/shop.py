"""The shop as a whole: a cluster with four services, their traffic, metrics and alerts.

`advance` is the only way of time: it runs the cluster to each scrape, lets the pods answer
their requests, and takes the scrape. The same seed and the same calls give the same world.
"""

import math
import random
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.shop import images, names_objects, objects, rules
from stanch.sandbox.shop.alerts import AlertBook
from stanch.sandbox.shop.app_logs import AppLogs
from stanch.sandbox.shop.app_metrics import Counters
from stanch.sandbox.shop.demand import Demand
from stanch.sandbox.shop.kube_metrics import ClusterMetrics
from stanch.sandbox.shop.machines import Machines
from stanch.sandbox.shop.memory import Memory
from stanch.sandbox.shop.names import Names
from stanch.sandbox.shop.node_memory import NodeMemory
from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.pods import PodView, view
from stanch.sandbox.shop.policies import Policies
from stanch.sandbox.shop.ports import Ports
from stanch.sandbox.shop.processors import Processors
from stanch.sandbox.shop.programs import ShopPrograms
from stanch.sandbox.shop.promql import Engine
from stanch.sandbox.shop.registry import Registry
from stanch.sandbox.shop.room import Room
from stanch.sandbox.shop.series import SeriesStore
from stanch.sandbox.shop.services import NAMESPACE, SERVICES, Service
from stanch.sandbox.shop.traffic import Traffic

SCRAPE = 5.0
"""Simulated seconds between two scrapes."""
SETTLED = 180.0
"""Simulated seconds after which a good release has rolled out."""
HISTORY = 45 * 60.0
"""Simulated seconds of healthy metrics before the shop opens."""
WATCHED = 5 * 60.0
"""The last simulated seconds of them, in which the rules of the alerts are evaluated."""


class Shop:
    """One practice production."""

    def __init__(self, *, now: float, seed: int = 0) -> None:
        """Make an empty world at the Unix time `now`; `open_shop` makes a living one."""
        chance = random.Random(f"shop {seed}")  # noqa: S311  # a rehearsal, not a secret
        self.registry = images.stocked()
        self.programs = ShopPrograms(self.registry)
        self.cluster = Cluster(now=now, seed=seed, programs=self.programs)
        self.series = SeriesStore()
        self.engine = Engine(self.series)
        self.alerts = AlertBook(self.engine, rules.standard())
        self.traffic = Traffic(self.registry, chance)
        self._counters = Counters(self.series, chance)
        self._cluster_metrics = ClusterMetrics(self.series, self.programs)
        self._logs = AppLogs(self.cluster.logs, chance)
        self._views: dict[str, tuple[dict[str, Any], PodView]] = {}
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._next_tick = now + SCRAPE
        self.parts: dict[str, Part] = {}
        self.demand = Demand(self)
        for law in (self.demand, Processors(self), Memory(self), Room(self), NodeMemory(self)):
            self.add(law)
        self.machines = Machines(self)
        ways = Ports(self), Policies(self), Names(self, seed=seed), Registry(self)
        for part in (self.machines, *ways):
            self.add(part)

    @property
    def now(self) -> float:
        """The simulated time reached so far, in Unix seconds."""
        return self.cluster.now

    @property
    def pending(self) -> bool:
        """Whether something is still to happen by `later`."""
        return bool(self._later)

    def advance(self, until: float) -> None:
        """Let the world live on until the Unix time `until`."""
        while self._next_tick <= until:
            self._reach(self._next_tick)
            self._tick(self._next_tick)
            self._next_tick += SCRAPE
        self._reach(until)

    def skip(self, until: float) -> None:
        """Let the cluster live on until `until` without traffic and scrapes, as before opening.

        Once its rollouts are over, a quiet cluster does nothing but beat, so the middle of a
        long time is left out.
        """
        self.cluster.advance(min(until, self.now + SETTLED))
        self.cluster.now = max(self.now, until - SETTLED)
        self.cluster.advance(until)
        self._next_tick = until + SCRAPE

    def add(self, part: Part) -> None:
        """Let a part that has started take part in the world."""
        self.parts[part.name] = part
        self.traffic.influences.extend(part.influences())
        for rule in part.rules():
            self.alerts.add(rule)

    def later(self, at: float, act: Callable[[], None]) -> None:
        """Do `act` when the simulated time reaches `at`."""
        self._later.append((at, act))
        self._later.sort(key=lambda entry: entry[0])

    def wedge(self, service: str, message: str) -> None:
        """Let the programs of `service` that run now fail with `message` until they end."""
        self.traffic.wedge(service, self.pods(), message=message)

    def pods(self) -> list[PodView]:
        """Return the pods of the shop's services, by name."""
        found: dict[str, tuple[dict[str, Any], PodView]] = {}
        for pod in self.cluster.store.list("pods", NAMESPACE):
            if (pod["metadata"].get("labels") or {}).get("app") not in SERVICES:
                continue
            uid = pod["metadata"]["uid"]
            known = self._views.get(uid)
            found[uid] = known if known is not None and known[0] is pod else (pod, view(pod))
        self._views = found
        return [
            replace(one, ready=False, running_since=None)
            if self.machines.is_gone(pod["spec"].get("nodeName", ""))
            else one
            for pod, one in found.values()
        ]

    def load(self) -> dict[str, float]:
        """Return the requests per second that each service answered in the last tick."""
        found = dict.fromkeys(SERVICES, 0.0)
        for pod in self.pods():
            found[pod.service] += self.programs.load.get(pod.uid, 0.0)
        return found

    def _reach(self, until: float) -> None:
        while self._later and self._later[0][0] <= until:
            at, act = self._later.pop(0)
            self.cluster.advance(max(at, self.cluster.now))
            act()
        if until > self.cluster.now:
            self.cluster.advance(until)

    def _tick(self, at: float) -> None:
        for part in self.parts.values():
            part.tick(at)
        pods = self.pods()
        answers = self.traffic.tick(pods, at, seconds=SCRAPE)
        routes: dict[str, dict[str, float]] = {}
        for one in answers:
            routes.setdefault(one.pod.uid, {})[one.route.path] = one.requests / SCRAPE
        self.programs.routes = routes
        self.programs.load = {uid: math.fsum(rates.values()) for uid, rates in routes.items()}
        counted = [(one, self._counters.count(one)) for one in answers]
        self._logs.write(counted, start=at - SCRAPE, end=at)
        samples = [*self._counters.scrape(pods), *self._cluster_metrics.scrape(self.cluster, at)]
        for part in self.parts.values():
            samples.extend(part.scrape(self.series, at))
        samples.extend(
            (self.series.series("ALERTS", {"alertstate": one["state"], **one["labels"]}), 1.0)
            for one in self.alerts.alerts()
        )
        self.series.scrape(at, samples)
        self.alerts.tick(at)


def open_shop(*, now: float, seed: int = 0, history: float = HISTORY) -> Shop:
    """Return a shop that has been well for a long time at the Unix time `now`.

    Its releases of the last days are in the rollout history; metrics and logs go back
    `history` seconds.
    """
    plan = sorted(
        (now - release.hours_ago * 3600, service.name, release.version)
        for service in SERVICES.values()
        for release in service.releases
    )
    shop = Shop(now=plan[0][0] - 60, seed=seed)
    shop.cluster.store.create("namespaces", "", objects.namespace())
    for kind, one in names_objects.every():
        shop.cluster.store.create(kind, names_objects.SPACE, one)
    for service in SERVICES.values():
        store = shop.cluster.store
        store.create("configmaps", NAMESPACE, objects.config_map(service))
        store.create("services", NAMESPACE, objects.service_object(service))
        if service.database:
            login = objects.secret(service, secrets.token_urlsafe(18))
            store.create("secrets", NAMESPACE, login)
    for at, name, version in plan:
        shop.skip(at)
        _roll_out(shop, SERVICES[name], version)
    shop.skip(now - history)
    # No rule asks for longer, and evaluating them all the way is a third of the work.
    shop.alerts.since = now - WATCHED
    shop.advance(now)
    return shop


def _roll_out(shop: Shop, service: Service, version: str) -> None:
    store = shop.cluster.store
    wanted = objects.deployment(service, version)
    if version == service.releases[0].version:
        store.create("deployments", NAMESPACE, wanted)
        return
    before = store.get("deployments", NAMESPACE, service.name)["metadata"]
    annotations = {**before.get("annotations", {}), **wanted["metadata"]["annotations"]}
    store.patch_merge(
        "deployments",
        NAMESPACE,
        service.name,
        {"metadata": {"annotations": annotations}, "spec": wanted["spec"]},
    )
