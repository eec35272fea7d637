"""Rollouts that the evidence shows: which revision of what came when, and what it altered.

The evidence is that of `kubernetes.rollout_history` and `kubernetes.workload`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stanch.incident import Evidence
from stanch.report.spans import moment, whole
from stanch.tools.operations.workload import bare_template, images, revision

_TELLING = ("image", "limits", "requests", "configMap", "configMapRef", "replicas")
"""Fields whose values are worth printing; of any other field only its place is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One revision of a deployment and how it differs from the revision before it."""

    namespace: str
    deployment: str
    revision: int
    replica_set: str
    at: datetime
    images: tuple[str, ...]
    images_before: tuple[str, ...]
    altered: tuple[str, ...]
    evidence: str
    first: bool
    """Whether no earlier revision is known: the deployment's creation, not a release."""

    @property
    def text(self) -> str:
        """The rollout in one sentence without its full stop."""
        what = f"`{self.deployment}` was rolled out to revision {self.revision}"
        return f"{what}: {self.change}" if self.change else what

    @property
    def change(self) -> str:
        """What the revision altered; empty when the evidence does not show it."""
        if self.images != self.images_before and self.images_before:
            return f"image `{_names(self.images_before)}` to `{_names(self.images)}`"
        return "; ".join(self.altered[:3])


def rollouts(evidence: Mapping[str, Evidence]) -> tuple[Rollout, ...]:
    """Return each rollout once, the oldest first, as the earliest evidence of it has it."""
    found: dict[str, Rollout] = {}
    for one in sorted(evidence.values(), key=lambda item: item.collected_at):
        if one.status == "ok":
            for rollout in _in(one):
                found.setdefault(rollout.replica_set, rollout)
    return tuple(sorted(found.values(), key=lambda rollout: (rollout.at, rollout.revision)))


def _in(one: Evidence) -> Iterator[Rollout]:
    rows = sorted(_revisions(one.data), key=lambda row: row["revision"])
    meta = (one.data.get("deployment") or {}).get("metadata") or {}
    for number, row in enumerate(rows):
        at = moment(row["created"])
        if at is None:
            continue
        before = rows[number - 1] if number else None
        yield Rollout(
            namespace=meta.get("namespace") or "",
            deployment=meta.get("name") or one.operation.get("name") or "",
            revision=row["revision"],
            replica_set=row["replica_set"],
            at=whole(at),
            images=row["images"],
            images_before=before["images"] if before else (),
            altered=_altered(before["template"], row["template"]) if before else (),
            evidence=one.id,
            first=before is None,
        )


def _revisions(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Read both shapes: a rollout history's rows, and a workload's ReplicaSets."""
    for row in data.get("revisions") or ():
        yield {
            "revision": int(row.get("revision") or 0),
            "created": row.get("created"),
            "replica_set": row.get("replica_set") or "",
            "images": tuple(row.get("images") or ()),
            "template": row.get("template") or {},
        }
    for thing in data.get("replica_sets") or ():
        template = (thing.get("spec") or {}).get("template") or {}
        yield {
            "revision": revision(thing),
            "created": thing["metadata"].get("creationTimestamp"),
            "replica_set": thing["metadata"].get("name", ""),
            "images": images(template),
            "template": template,
        }


def _altered(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, ...]:
    """Name the fields of the pod template that differ, the telling ones with their values."""
    old, new = dict(leaves(bare_template(before))), dict(leaves(bare_template(after)))
    places = [p for p in (*old, *(p for p in new if p not in old)) if old.get(p) != new.get(p)]
    return tuple(_difference(p, old.get(p), new.get(p)) for p in places if "annotations" not in p)


def _difference(place: str, before: object, after: object) -> str:
    short = place.removeprefix("spec.")
    if any(word in place for word in _TELLING):
        shown = [f"`{value}`" if value is not None else "nothing" for value in (before, after)]
        return f"`{short}` from {shown[0]} to {shown[1]}"
    return f"`{short}` altered"


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Walk any JSON: each value with its place; list items go by their name, or by number."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from leaves(value[key], f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            name = item.get("name", number) if isinstance(item, dict) else number
            yield from leaves(item, f"{place}[{name}]")
    else:
        yield place, value


def _names(images_: tuple[str, ...]) -> str:
    return ", ".join(image.rpartition("/")[2] for image in images_)
