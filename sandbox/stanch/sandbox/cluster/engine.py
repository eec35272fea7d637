"""The engine of the practice cluster: its objects, its controllers and its simulated time.

Nothing happens by itself: `advance` carries the controllers and the lives of the containers
to a given moment, in one thread and in an order that depends on the seed alone.
"""

import heapq
import itertools
import math
import random
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeAlias

from stanch.sandbox.cluster import roles
from stanch.sandbox.cluster.argo import Argo
from stanch.sandbox.cluster.autoscalers import Autoscalers
from stanch.sandbox.cluster.budgets import Budgets
from stanch.sandbox.cluster.daemonsets import DaemonSets
from stanch.sandbox.cluster.deployments import Deployments
from stanch.sandbox.cluster.endpoints import Endpoints
from stanch.sandbox.cluster.events import Recorder
from stanch.sandbox.cluster.eviction import Eviction
from stanch.sandbox.cluster.garbage import Garbage
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.kubelet import Kubelet
from stanch.sandbox.cluster.logs import Logs
from stanch.sandbox.cluster.nodes import Nodes
from stanch.sandbox.cluster.pace import LIFELIKE, Pace
from stanch.sandbox.cluster.pages import Pages
from stanch.sandbox.cluster.programs import Behaviour, Programs, TagPrograms, Usage
from stanch.sandbox.cluster.quotas import Quotas
from stanch.sandbox.cluster.replicasets import ReplicaSets
from stanch.sandbox.cluster.scheduler import Scheduler
from stanch.sandbox.cluster.statefulsets import StatefulSets
from stanch.sandbox.cluster.store import Store

__all__ = ["Behaviour", "Cluster", "Programs", "Usage"]

Key: TypeAlias = tuple[str, str]
_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_EVENT_CLEANING = 60.0
_TOO_MANY = 200_000


class Controller(Protocol):
    """Keeps one kind of object in the state that it asks for."""

    def keys(self, change: Change) -> Iterable[Key]:
        """Return namespace and name of the objects that must be looked at after `change`."""
        ...

    def reconcile(self, namespace: str, name: str) -> None:
        """Bring one object, which may be gone, one step nearer to what it asks for."""
        ...


class Cluster:
    """A practice cluster with nodes and the usual namespaces, at a moment of simulated time."""

    def __init__(
        self,
        *,
        now: float,
        seed: int = 0,
        programs: Programs | None = None,
        pace: Pace = LIFELIKE,
    ) -> None:
        self.now = now
        self.pace = pace
        self.random = random.Random(f"cluster {seed}")  # noqa: S311  # jitter, not secrets
        self.store = Store(now=lambda: self.now, seed=seed)
        self.logs = Logs()
        self.events = Recorder(self.store)
        self.pages = Pages(self.store)
        self.programs: Programs = programs or TagPrograms()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._dirty: dict[int, dict[Key, None]] = {}
        self._looks: dict[tuple[int, str, str], float] = {}
        self.nodes = Nodes(self)
        self.kubelet = Kubelet(self)
        self.eviction = Eviction(self)
        self._controllers: tuple[Controller, ...] = (
            # In this order they are asked, so that a Deployment sees settled ReplicaSets.
            Garbage(self),
            roles.Settlement(self),
            Scheduler(self),
            self.kubelet,
            Quotas(self),
            ReplicaSets(self),
            StatefulSets(self),
            DaemonSets(self),
            Budgets(self),
            Endpoints(self),
            Deployments(self),
            Autoscalers(self),
            Argo(self),
        )
        self._dirty = {index: {} for index in range(len(self._controllers))}
        self.store.journal.listen(self._changed)
        for name in _NAMESPACES:
            self.store.create("namespaces", "", {"metadata": {"name": name}})
        roles.add(self.store)
        self.nodes.register()
        self.at(now + _EVENT_CLEANING, self._clean_events)
        self.advance(now)

    def at(self, due: float, action: Callable[[], None]) -> None:
        """Run `action` when the simulated time reaches `due` (Unix seconds)."""
        heapq.heappush(self._due, (due, next(self._order), action))

    @property
    def next_due(self) -> float:
        """When something is next to happen by itself, in Unix seconds of simulated time."""
        return self._due[0][0] if self._due else math.inf

    def advance(self, until: float) -> None:
        """Run everything that happens up to the simulated time `until` (Unix seconds)."""
        self._settle()
        while self._due and self._due[0][0] <= until:
            moment = self._due[0][0]
            self.now = max(self.now, moment)
            # The controllers look once at all that one moment brings: with hundreds of pods
            # in step, one count of them instead of hundreds.
            while self._due and self._due[0][0] == moment:
                _, _, action = heapq.heappop(self._due)
                action()
            self._settle()
        self.now = max(self.now, until)

    def usage(self, pod: dict[str, Any]) -> list[tuple[str, Usage]]:
        """Return what each running container of a pod uses now."""
        running = {
            item["name"]
            for item in pod.get("status", {}).get("containerStatuses", ())
            if "running" in item.get("state", {})
        }
        return [
            (container["name"], self.programs.usage(self, pod, container))
            for container in pod["spec"]["containers"]
            if container["name"] in running
        ]

    def look_again(self, controller: type[Controller], key: Key, *, at: float) -> None:
        """Let a controller look at an object again at the simulated time `at`."""
        index = next(i for i, item in enumerate(self._controllers) if type(item) is controller)
        wanted = (index, *key)
        if self._looks.get(wanted) == at:
            return
        self._looks[wanted] = at

        def look() -> None:
            if self._looks.get(wanted) == at:
                del self._looks[wanted]
                self._dirty[index][key] = None

        self.at(at, look)

    def _changed(self, change: Change) -> None:
        for index, controller in enumerate(self._controllers):
            for namespace, name in controller.keys(change):
                self._dirty[index][namespace, name] = None

    def _settle(self) -> None:
        steps = 0
        while (index := next((i for i, keys in self._dirty.items() if keys), None)) is not None:
            key = next(iter(self._dirty[index]))
            del self._dirty[index][key]
            self._controllers[index].reconcile(*key)
            steps += 1
            if steps > _TOO_MANY:
                raise RuntimeError(f"the controllers do not come to rest: {key} is due again")

    def _clean_events(self) -> None:
        self.events.forget_old()
        self.at(self.now + _EVENT_CLEANING, self._clean_events)
