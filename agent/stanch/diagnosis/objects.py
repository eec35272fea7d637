"""Kubernetes objects as typed facts, made from the API's JSON that stands in evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from stanch.diagnosis.json_reading import Json, at, mapping, mappings, moment, text, whole
from stanch.tools.operations import workload

HASH = "pod-template-hash"
PULL_REASONS = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
)
SETTING_REASONS = frozenset({"CreateContainerConfigError"})
CRASH_REASONS = frozenset({"CrashLoopBackOff", "RunContainerError", "CreateContainerError"})
GRACE = timedelta(seconds=60)
"""How long a pod may be unready after its start before that counts as failing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a container's last run ended."""

    reason: str
    exit_code: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerFacts:
    """The state of one container of a pod."""

    name: str
    ready: bool
    restarts: int
    waiting: str
    """Why it waits; empty when it does not."""
    ending: Ending | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One pod."""

    name: str
    labels: Mapping[str, str]
    replica_set: str
    created: datetime | None
    phase: str
    ready: bool
    unready_since: datetime | None
    scheduled: bool | None
    deleting: bool
    containers: tuple[ContainerFacts, ...]
    evidence: str

    @property
    def restarts(self) -> int:
        """The restarts of all its containers."""
        return sum(one.restarts for one in self.containers)

    @property
    def waiting(self) -> frozenset[str]:
        """Why its containers wait."""
        return frozenset(one.waiting for one in self.containers if one.waiting)

    @property
    def endings(self) -> tuple[Ending, ...]:
        """How the earlier runs of its containers ended, as far as they are known."""
        return tuple(one.ending for one in self.containers if one.ending is not None)

    def belongs_to(self, deployment: str) -> bool:
        """Say whether the pod is one of the deployment's, by the name of its ReplicaSet."""
        if self.replica_set:
            return self.replica_set.rpartition("-")[0] == deployment
        return self.labels.get("app") == deployment

    def trouble(self, now: datetime) -> str:
        """Return in a word why the pod fails; empty when it does not, or just starts."""
        bad = self.waiting & (PULL_REASONS | SETTING_REASONS | CRASH_REASONS)
        if bad:
            return min(bad)
        if self.phase == "Failed":
            return "Failed"
        since = self.unready_since or self.created
        if self.ready or since is None:
            return ""
        if self.restarts and self.endings:
            return "restarting"
        return "not ready" if now - since > GRACE else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision of a deployment: a ReplicaSet and its pod template."""

    number: int
    replica_set: str
    created: datetime | None
    images: tuple[str, ...]
    replicas: int
    ready: int
    template: Json
    evidence: str

    @property
    def versions(self) -> frozenset[str]:
        """The tags of its images: what metrics call the version."""
        tags = (image.partition("@")[0].rpartition("/")[2] for image in self.images)
        return frozenset(tag.partition(":")[2] for tag in tags if ":" in tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One deployment: what it should be, and how far it is."""

    name: str
    labels: Mapping[str, str]
    """The labels of its pods."""
    replicas: int
    available: int
    template: Json
    progressing: tuple[str, str]
    """Status and reason of the condition Progressing; empty when it has none."""
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeEvent:
    """One event of the cluster."""

    first: datetime | None
    last: datetime | None
    reason: str
    message: str
    kind: str
    name: str
    count: int
    evidence: str


def pod(thing: Json, evidence: str) -> Pod:
    """Read a pod."""
    status = mapping(thing, "status")
    conditions = {text(one, "type"): one for one in mappings(status, "conditions")}
    ready = conditions.get("Ready", {})
    scheduled = text(conditions.get("PodScheduled", {}), "status")
    owners = mappings(thing, "metadata", "ownerReferences")
    states = (
        *mappings(status, "initContainerStatuses"),
        *mappings(status, "containerStatuses"),
    )
    return Pod(
        name=text(thing, "metadata", "name"),
        labels=_labels(mapping(thing, "metadata", "labels")),
        replica_set=next((text(o, "name") for o in owners if o.get("kind") == "ReplicaSet"), ""),
        created=moment(thing, "metadata", "creationTimestamp"),
        phase=text(status, "phase"),
        ready=text(ready, "status") == "True",
        unready_since=moment(ready, "lastTransitionTime"),
        scheduled={"True": True, "False": False}.get(scheduled),
        deleting=at(thing, "metadata", "deletionTimestamp") is not None,
        containers=tuple(_container(one) for one in states),
        evidence=evidence,
    )


def _container(status: Json) -> ContainerFacts:
    last = mapping(status, "state", "terminated") or mapping(status, "lastState", "terminated")
    ending = Ending(
        reason=text(last, "reason"),
        exit_code=whole(last, "exitCode"),
        at=moment(last, "finishedAt"),
    )
    return ContainerFacts(
        name=text(status, "name"),
        ready=at(status, "ready") is True,
        restarts=whole(status, "restartCount") or 0,
        waiting=text(status, "state", "waiting", "reason"),
        ending=ending if last else None,
    )


def deployment(thing: Json, evidence: str) -> Deployment:
    """Read a deployment."""
    conditions = mappings(thing, "status", "conditions")
    progressing = next((one for one in conditions if one.get("type") == "Progressing"), {})
    replicas = whole(thing, "spec", "replicas")
    return Deployment(
        name=text(thing, "metadata", "name"),
        labels=_labels(mapping(thing, "spec", "template", "metadata", "labels")),
        replicas=1 if replicas is None else replicas,
        available=whole(thing, "status", "availableReplicas") or 0,
        template=mapping(thing, "spec", "template"),
        progressing=(text(progressing, "status"), text(progressing, "reason")),
        evidence=evidence,
    )


def revision(replica_set: Json, evidence: str) -> Revision:
    """Read a ReplicaSet as the revision that it keeps."""
    template = mapping(replica_set, "spec", "template")
    return Revision(
        number=workload.revision({"metadata": mapping(replica_set, "metadata")}),
        replica_set=text(replica_set, "metadata", "name"),
        created=moment(replica_set, "metadata", "creationTimestamp"),
        images=tuple(text(one, "image") for one in mappings(template, "spec", "containers")),
        replicas=whole(replica_set, "spec", "replicas") or 0,
        ready=whole(replica_set, "status", "readyReplicas") or 0,
        template=template,
        evidence=evidence,
    )


def listed_revision(row: Json, evidence: str) -> Revision:
    """Read one row of a rollout history."""
    template = mapping(row, "template")
    return Revision(
        number=whole(row, "revision") or 0,
        replica_set=text(row, "replica_set"),
        created=moment(row, "created"),
        images=tuple(text(one, "image") for one in mappings(template, "spec", "containers")),
        replicas=whole(row, "replicas") or 0,
        ready=whole(row, "ready") or 0,
        template=template,
        evidence=evidence,
    )


def event(thing: Json, evidence: str) -> KubeEvent:
    """Read an event, of the old kind or the new."""
    about = mapping(thing, "involvedObject") or mapping(thing, "regarding")
    series = mapping(thing, "series")
    once = moment(thing, "eventTime") or moment(thing, "metadata", "creationTimestamp")
    first = moment(thing, "firstTimestamp") or moment(thing, "deprecatedFirstTimestamp") or once
    last = moment(thing, "lastTimestamp") or moment(series, "lastObservedTime") or first
    return KubeEvent(
        first=first,
        last=last,
        reason=text(thing, "reason"),
        message=text(thing, "message") or text(thing, "note"),
        kind=text(about, "kind"),
        name=text(about, "name"),
        count=whole(thing, "count") or whole(series, "count") or 1,
        evidence=evidence,
    )


def _labels(thing: Json) -> Mapping[str, str]:
    return {key: value for key, value in thing.items() if isinstance(value, str)}
