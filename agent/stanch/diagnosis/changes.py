"""What was changed and when, as far as the evidence tells, and which change the trouble follows.

A release is a ReplicaSet that came; a changed setting is an object that says when it was
written last; a flag is an event of the flag service; a scale is an event of the cluster;
traffic that steps up or down is measured. A commit is only a hint: code that is in a
repository runs nowhere yet (DF-21). Secrets are never read, so neither is when they changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Literal, TypeAlias

from stanch.diagnosis import metrics
from stanch.diagnosis.calls import sources
from stanch.diagnosis.json_reading import Json, mappings, moment, text
from stanch.diagnosis.onset import Point, onset
from stanch.diagnosis.rollouts import rollout
from stanch.diagnosis.trouble import Beginning
from stanch.diagnosis.view import View

Kind: TypeAlias = Literal[
    "deploy", "restart", "config", "service", "scale", "flag", "traffic", "commit"
]

FOLLOWS = timedelta(minutes=15)
"""What a change brings shows within this time of it."""
SLACK = timedelta(seconds=20)
"""What the clocks of the cluster and of the metrics server may differ by."""
HALF = timedelta(minutes=5)
"""After so long a change is half as near to the trouble as one at the same moment."""
STEP = 0.5
"""Traffic that rises, or falls, by this part of what it was has stepped."""
_SETTLES = timedelta(minutes=5)
"""For so long after a release its rollout scales ReplicaSets."""
_OWN = "stanch"
_OBJECTS: tuple[tuple[str, Kind], ...] = (
    ("configmaps", "config"),
    ("services", "service"),
    ("networkpolicies", "service"),
    ("horizontalpodautoscalers", "scale"),
    ("resourcequotas", "scale"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: its kind, what was changed, and when."""

    kind: Kind
    subject: str
    at: datetime
    what: str
    evidence: str
    workload: str = ""
    """The deployment that it belongs to; empty when it belongs to none that is known."""

    @property
    def hint(self) -> bool:
        """Whether it only hints at a change of what runs."""
        return self.kind == "commit"


def changes(view: View) -> tuple[Change, ...]:
    """Return every change that the evidence tells of, the newest first."""
    found = (*_releases(view), *_objects(view), *_scales(view), *_flags(view))
    every = (*found, *_traffic(view), *_commits(view))
    return tuple(sorted(dict.fromkeys(every), key=lambda one: (one.at, one.subject), reverse=True))


def nearness(change: Change, began: Beginning) -> float:
    """Return how near the trouble follows a change: 1 at the same moment, 0 when it does not.

    With the lag L from the change to the first moment of trouble that was measured, it is
    2 ** (-L / HALF) for L from nothing to FOLLOWS, and nothing beyond. A change up to SLACK
    after that moment counts as one at it, because two clocks tell the two times.
    """
    lag = began.at - change.at
    if change.hint or lag < -SLACK or lag > FOLLOWS:
        return 0.0
    return float(0.5 ** (max(lag, timedelta()) / HALF))


def followed(view: View, began: Beginning) -> tuple[Change, ...]:
    """Return the changes that the trouble follows, the nearest first."""
    near = [(nearness(one, began), one) for one in changes(view)]
    near = [pair for pair in near if pair[0] > 0]
    return tuple(one for _, one in sorted(near, key=lambda pair: -pair[0]))


def used_maps(view: View, deployment: str) -> frozenset[str] | None:
    """Return the ConfigMaps that a deployment takes values from; None when it was not read."""
    seen = view.deployments().get(deployment)
    return None if seen is None else frozenset(sources(seen.template))


def _releases(view: View) -> Iterator[Change]:
    for name in dict.fromkeys((view.deployment, *view.deployments())):
        found = rollout(view, name) if name else None
        if found is None:
            continue
        images = ", ".join(one.rpartition("/")[2] for one in found.new.images)
        if found.began is not None:
            yield Change(
                kind="deploy",
                subject=f"deployments/{name}",
                at=found.began,
                what=f"{name} was released in revision {found.new.number} ({images})",
                evidence=found.evidence,
                workload=name,
            )
        if found.new.created is not None and found.new.created != found.began:
            yield Change(
                kind="restart",
                subject=f"deployments/{name}",
                at=found.new.created,
                what=f"the pods of {name} were replaced without anything new",
                evidence=found.evidence,
                workload=name,
            )


def _objects(view: View) -> Iterator[Change]:
    users = {name: used_maps(view, name) or frozenset() for name in view.deployments()}
    behind = view.services()
    for resource, kind in _OBJECTS:
        for name, (thing, evidence) in view.objects(resource).items():
            at = _written(thing)
            if at is None:
                continue
            owner = behind.get(name, "") if resource == "services" else _scaled(thing)
            if resource == "configmaps":
                taking = sorted(user for user, maps in users.items() if name in maps)
                owner = view.deployment if view.deployment in taking else "".join(taking[:1])
            yield Change(
                kind=kind,
                subject=f"{resource}/{name}",
                at=at,
                what=f"{resource}/{name} was written",
                evidence=evidence,
                workload=owner,
            )


def _written(thing: Json) -> datetime | None:
    """Return when an object was written last, by others than stanch itself."""
    times = [
        moment(one, "time")
        for one in mappings(thing, "metadata", "managedFields")
        if text(one, "manager") != _OWN
    ]
    created = moment(thing, "metadata", "creationTimestamp")
    return max((one for one in (*times, created) if one is not None), default=None)


def _scaled(thing: Json) -> str:
    if text(thing, "spec", "scaleTargetRef", "kind") != "Deployment":
        return ""
    return text(thing, "spec", "scaleTargetRef", "name")


def _scales(view: View) -> Iterator[Change]:
    """Yield what autoscalers did, and what people did outside of a rollout."""
    for event in view.all_events() or ():
        at = event.last or event.first
        if at is None or event.reason not in {"SuccessfulRescale", "ScalingReplicaSet"}:
            continue
        if event.reason == "ScalingReplicaSet":
            made = [one.created for one in view.revisions(event.name) or () if one.created]
            if not made or any(-SLACK <= at - one <= _SETTLES for one in made):
                continue
        yield Change(
            kind="scale",
            subject=f"{event.kind.lower()}s/{event.name}",
            at=at,
            what=f"{event.name} was scaled",
            evidence=event.evidence,
            workload=event.name if event.kind == "Deployment" else "",
        )


def _flags(view: View) -> Iterator[Change]:
    """Yield the events of a flag service, which tells them as Unleash does."""
    for one in view.read("http.read"):
        for row in mappings(one.data, "json", "events"):
            at, name = moment(row, "createdAt"), text(row, "featureName")
            kind = text(row, "type")
            if at is None or not name or not kind.startswith("feature-"):
                continue
            where = text(row, "environment")
            state = kind.removeprefix("feature-").removeprefix("environment-").replace("-", " ")
            yield Change(
                kind="flag",
                subject=f"flags/{name}",
                at=at,
                what=f"the flag {name} was {state}{f' in {where}' if where else ''}",
                evidence=one.id,
            )


def _traffic(view: View) -> Iterator[Change]:
    """Yield the moment at which the requests to the alerted service stepped up or down."""
    requests = metrics.requests(view, view.service)
    if requests is None:
        return
    points, evidence = requests
    usual = median(value for _, value in points)
    if len(points) < 2 or usual <= 0:
        return
    start = median(value for _, value in points[: max(3, len(points) // 5)]) or usual
    ways: tuple[tuple[str, list[Point]], ...] = (
        ("rose", [(when, value / start) for when, value in points]),
        ("fell", [(when, -value / start) for when, value in points]),
    )
    for way, series in ways:
        step = onset(series, effect=STEP)
        if step is not None:
            after = abs(step.after) * start
            yield Change(
                kind="traffic",
                subject=f"services/{view.service}",
                at=step.at,
                what=f"requests to {view.service} {way} from {start:.1f} to {after:.1f} a second",
                evidence=evidence,
                workload=view.deployment,
            )


def _commits(view: View) -> Iterator[Change]:
    for one in view.read("git.commits"):
        for row in mappings(one.data, "commits"):
            at, number = moment(row, "at"), text(row, "commit")
            if at is not None and number:
                yield Change(
                    kind="commit",
                    subject=f"commits/{number[:12]}",
                    at=at,
                    what="a commit was made, which says nothing of what runs",
                    evidence=one.id,
                )
