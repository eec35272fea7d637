"""What the newest rollout of a deployment changed, and when it began."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from stanch.diagnosis.json_reading import Json, mapping, mappings, text
from stanch.diagnosis.objects import HASH, Revision
from stanch.diagnosis.view import View
from stanch.tools.operations.workload import MARK, bare_template

_MARKS = frozenset({"kubectl.kubernetes.io/restartedAt", MARK})
_SETTINGS = ("env", "envFrom", "args", "command", "volumeMounts")
_FACTORS = {
    "": 1.0,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """The newest release of a deployment, and the revision before it.

    A restart makes a revision, but releases nothing: the revisions that it adds count as
    part of the release that they repeat.
    """

    new: Revision
    old: Revision | None
    replica_sets: frozenset[str]
    """All that run the newest release."""
    began: datetime | None
    """None when the release came back to an older ReplicaSet and no pod tells when."""
    evidence: str

    @property
    def images(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The images before and after, or None when they are the same."""
        if self.old is None or self.old.images == self.new.images:
            return None
        return self.old.images, self.new.images

    @property
    def settings(self) -> tuple[str, ...]:
        """Where the configuration differs: environment, sources of it, volumes, arguments."""
        if self.old is None:
            return ()
        old, new = _containers(self.old.template), _containers(self.new.template)
        changed = [
            f"{name}.{field}"
            for name in old.keys() & new.keys()
            for field in _SETTINGS
            if (old[name].get(field) or []) != (new[name].get(field) or [])
        ]
        if _volumes(self.old.template) != _volumes(self.new.template):
            changed.append("volumes")
        return tuple(sorted(changed))

    @property
    def lowered_memory(self) -> tuple[tuple[str, str, str], ...]:
        """Containers whose memory limit went down: name, limit before, limit after."""
        if self.old is None:
            return ()
        old, new = _containers(self.old.template), _containers(self.new.template)
        pairs = [(name, _limit(old[name]), _limit(new[name])) for name in old.keys() & new.keys()]
        return tuple(
            sorted((n, a or "none", b) for n, a, b in pairs if b and _bytes(b) < _bytes(a))
        )


def rollout(view: View, deployment: str) -> Rollout | None:
    """Return the newest rollout of `deployment`, or None when its revisions were not read."""
    revisions = view.revisions(deployment)
    if not revisions:
        return None
    substance = _substance(revisions[0].template)
    same = tuple(takewhile(lambda one: _substance(one.template) == substance, revisions))
    older = revisions[len(same) :]
    return Rollout(
        new=revisions[0],
        old=older[0] if older else None,
        replica_sets=frozenset(one.replica_set for one in same),
        began=_began(view, deployment, same=same, older=older),
        evidence=revisions[0].evidence,
    )


def _began(
    view: View, deployment: str, *, same: tuple[Revision, ...], older: tuple[Revision, ...]
) -> datetime | None:
    """Return when the release that the revisions `same` repeat began to be rolled out.

    That is when its first ReplicaSet was made, unless a rollback brought an old one back:
    then the ReplicaSet is older than the one before, and only the pods tell the time.
    """
    first = same[-1]
    others = [one.created for one in older if one.created is not None]
    if first.created is None or all(first.created >= one for one in others):
        return first.created
    names = {one.replica_set for one in same}
    pods = view.pods(deployment) or ()
    times = [p.created for p in pods if p.replica_set in names and p.created is not None]
    return min(times, default=None)


def _substance(template: Json) -> dict[str, Any]:
    """Return what a template runs, without the marks of restarts."""
    bare = bare_template(copy.deepcopy(dict(template)))
    metadata = bare.get("metadata") or {}
    kept = {k: v for k, v in (metadata.get("annotations") or {}).items() if k not in _MARKS}
    labels = {k: v for k, v in (metadata.get("labels") or {}).items() if k != HASH}
    return {"spec": bare.get("spec"), "annotations": kept, "labels": labels}


def _containers(template: Json) -> Mapping[str, Json]:
    return {text(one, "name"): one for one in mappings(template, "spec", "containers")}


def _volumes(template: Json) -> list[Json]:
    volumes = mappings(template, "spec", "volumes")
    return [one for one in volumes if "configMap" in one or "secret" in one]


def _limit(container: Json) -> str:
    found = mapping(container, "resources", "limits").get("memory")
    return "" if found is None else str(found)


def _bytes(quantity: str) -> float:
    """Return a Kubernetes quantity as a number; without one there is no limit."""
    number = quantity.rstrip("KMGTikm")
    try:
        return float(number) * _FACTORS[quantity[len(number) :]]
    except (ValueError, KeyError):
        return float("inf")
