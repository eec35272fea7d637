"""A view of an incident's evidence: typed readings over what the operations brought back.

Only evidence that is "ok" is read, and of the same operation only its newest. What was
not read is None here, which the signs turn into "unknown" and never into "fine" (INV-21).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from stanch.diagnosis import objects
from stanch.diagnosis.json_reading import Json, mapping, mappings, text
from stanch.diagnosis.objects import Deployment, KubeEvent, Pod, Revision
from stanch.incident import Alert, Evidence
from stanch.tools.operations import digest_of

ERROR_LIMIT = 0.01


@dataclass(frozen=True, slots=True)
class View:
    """The evidence of one incident, seen at one moment.

    `params` are the runbook parameters that are known; without them the labels of the
    alert say which workload is meant. `error_limit` is the healthy error ratio's bound.
    """

    evidence: Sequence[Evidence]
    params: Mapping[str, str]
    alert: Alert
    now: datetime
    error_limit: float = ERROR_LIMIT
    declared: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _usable: tuple[Evidence, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Choose what is read, once."""
        newest: dict[str, Evidence] = {}
        in_order = sorted(self.evidence, key=lambda one: (one.collected_at, one.id))
        for one in in_order:
            if one.status == "ok":
                newest[digest_of(one.operation)] = one
        chosen = {id(one) for one in newest.values()}
        usable = tuple(one for one in in_order if id(one) in chosen)
        object.__setattr__(self, "_usable", usable)

    @property
    def namespace(self) -> str:
        """The namespace of the alerted workload; empty when nothing names it."""
        return self._named("namespace")

    @property
    def deployment(self) -> str:
        """The name of the alerted deployment; empty when nothing names it."""
        return self._named("deployment") or self._named("service")

    @property
    def service(self) -> str:
        """The name of the alerted service; empty when nothing names it."""
        return self._named("service") or self._named("deployment")

    @property
    def dependency(self) -> str:
        """The name of the called service that stands out; empty when none is known."""
        return self.params.get("dependency", "")

    def _named(self, name: str) -> str:
        return self.params.get(name) or self.alert.labels.get(name, "")

    def usable(self) -> tuple[Evidence, ...]:
        """Return the newest "ok" evidence of each operation, the oldest first."""
        return self._usable

    def read(self, *kinds: str) -> Iterator[Evidence]:
        """Yield the usable evidence of these kinds of operation, the newest first."""
        for one in reversed(self.usable()):
            if text(one.operation, "kind") in kinds:
                yield one

    def deployments(self) -> Mapping[str, Deployment]:
        """Return every deployment of the namespace that was read, by name, as it was last."""
        found: dict[str, Deployment] = {}
        for one, thing in self._objects("deployments"):
            name = text(thing, "metadata", "name")
            if name and name not in found:
                found[name] = objects.deployment(thing, one.id)
        return found

    def services(self) -> Mapping[str, str]:
        """Return the services that were read, each with the deployment that it leads to.

        A service whose selector fits the pods of exactly one deployment leads to that.
        """
        deployments = self.deployments()
        found: dict[str, str] = {}
        for _, thing in self._objects("services"):
            selector = mapping(thing, "spec", "selector")
            name = text(thing, "metadata", "name")
            behind = [
                one.name
                for one in deployments.values()
                if selector
                and all(one.labels.get(key) == wanted for key, wanted in selector.items())
            ]
            if name and len(behind) == 1:
                found.setdefault(name, behind[0])
        return found

    def config_maps(self) -> Mapping[str, tuple[Json, str]]:
        """Return the data of every ConfigMap that was read, with the id of its evidence."""
        found: dict[str, tuple[Json, str]] = {}
        for one, thing in self._objects("configmaps"):
            found.setdefault(text(thing, "metadata", "name"), (mapping(thing, "data"), one.id))
        return found

    def objects(self, resource: str) -> Mapping[str, tuple[Json, str]]:
        """Return every object of the resource that was read, by name, with its evidence's id.

        Of each it is the newest reading. Nothing that was read looks as nothing there is.
        """
        found: dict[str, tuple[Json, str]] = {}
        for one, thing in self._objects(resource):
            name = text(thing, "metadata", "name")
            if name:
                found.setdefault(name, (thing, one.id))
        return found

    def all_events(self) -> tuple[KubeEvent, ...] | None:
        """Return every event that was read; None when none were looked for."""
        found: dict[tuple[str, str, str, datetime | None], KubeEvent] = {}
        looked = False
        for one in self.read("kubernetes.events", "kubernetes.list", "kubernetes.describe"):
            described = one.operation["kind"] == "kubernetes.describe"
            if not described and not self._lists_events(one):
                continue
            looked = looked or not described
            for row in mappings(one.data, "events" if described else "items"):
                event = objects.event(row, one.id)
                found.setdefault((event.name, event.reason, event.message, event.first), event)
        return tuple(found.values()) if looked or found else None

    def revisions(self, deployment: str) -> tuple[Revision, ...] | None:
        """Return the revisions of a deployment, the newest first; None when not read."""
        kinds = ("kubernetes.rollout_history", "kubernetes.workload", "kubernetes.describe")
        for one in self.read(*kinds, "kubernetes.list"):
            found = _revisions_in(one, deployment)
            if found:
                return tuple(sorted(found, key=lambda r: r.number, reverse=True))
        return None

    def pods(self, deployment: str) -> tuple[Pod, ...] | None:
        """Return the pods of a deployment that are not being deleted; None when not read.

        A list that was cut short counts as read only when some pod in it fails.
        """
        for one in self.read("kubernetes.workload", "kubernetes.describe", "kubernetes.list"):
            if _lists_pods_of(one, deployment):
                key = "items" if one.operation["kind"] == "kubernetes.list" else "pods"
                pods = (objects.pod(thing, one.id) for thing in mappings(one.data, key))
                mine = tuple(p for p in pods if p.belongs_to(deployment) and not p.deleting)
                told = mine or key == "pods" or self._selects_all(one)
                # Of a list that was cut only what fails is certain: the rest may be missing.
                if told and (not one.truncated or any(p.trouble(self.now) for p in mine)):
                    return mine
        return None

    def events(self, deployment: str) -> tuple[KubeEvent, ...] | None:
        """Return the events about a deployment, its ReplicaSets and pods; None when not read."""
        mine = tuple(one for one in self.all_events() or () if is_about(one.name, deployment))
        looked = any(map(self._lists_events, self.read("kubernetes.events", "kubernetes.list")))
        return mine if looked or mine else None

    def _lists_events(self, one: Evidence) -> bool:
        return one.operation["kind"] == "kubernetes.events" or _lists(one, "events")

    def _objects(self, resource: str) -> Iterator[tuple[Evidence, Json]]:
        """Yield the objects of one resource in this namespace, the newest reading first."""
        whole = ("kubernetes.workload", "kubernetes.rollout_history", "kubernetes.rollout_status")
        for one in self.read("kubernetes.list", "kubernetes.read", "kubernetes.describe", *whole):
            kind = text(one.operation, "kind")
            things: tuple[Json, ...]
            if kind in whole:
                things = (mapping(one.data, "deployment"),) if resource == "deployments" else ()
            elif text(one.operation, "resource") != resource:
                things = ()
            elif kind == "kubernetes.list":
                things = mappings(one.data, "items")
            else:
                things = (mapping(one.data, "object"),)
            for thing in things:
                if text(thing, "metadata", "namespace") in {"", self.namespace}:
                    yield one, thing

    def _selects_all(self, one: Evidence) -> bool:
        """Say whether a list of pods names no labels, so that an empty answer means none."""
        return not one.operation.get("labels") and not one.operation.get("fields")


def is_about(name: str, deployment: str) -> bool:
    """Say whether an object's name is the deployment's, or of its ReplicaSets or pods."""
    own = re.escape(deployment)
    return re.fullmatch(rf"{own}(-[a-z0-9]{{6,10}}(-[a-z0-9]{{5}})?)?", name) is not None


def _lists(one: Evidence, resource: str) -> bool:
    return one.operation.get("kind") == "kubernetes.list" and (
        one.operation.get("resource") == resource
    )


def _lists_pods_of(one: Evidence, deployment: str) -> bool:
    if _lists(one, "pods"):
        return True
    named = one.operation.get("name") == deployment
    return named and one.operation.get("resource", "deployments") == "deployments"


def _revisions_in(one: Evidence, deployment: str) -> list[Revision]:
    kind, named = one.operation["kind"], one.operation.get("name") == deployment
    if kind == "kubernetes.rollout_history":
        rows = mappings(one.data, "revisions") if named else ()
        return [objects.listed_revision(row, one.id) for row in rows]
    if _lists(one, "replicasets"):
        things = mappings(one.data, "items")
    elif kind == "kubernetes.workload" and named:
        things = mappings(one.data, "replica_sets")
    elif named and one.operation.get("resource") == "deployments":
        things = mappings(one.data, "replicasets")
    else:
        return []
    return [objects.revision(thing, one.id) for thing in things if _is_owned(thing, deployment)]


def _is_owned(replica_set: Json, deployment: str) -> bool:
    owners = mappings(replica_set, "metadata", "ownerReferences")
    return any(o.get("kind") == "Deployment" and o.get("name") == deployment for o in owners)
