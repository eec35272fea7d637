"""Taking an Argo CD application back to what it deployed before.

`argocd app rollback` is a sync to an entry of the application's history, and Argo CD
refuses it while automated sync is on: that would deploy the newest commit again at once.
The change therefore turns automated sync off and asks for the sync in one patch, and its
inverse asks for the sync to what was there and turns automated sync on again.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictBool
from typing_extensions import override

from stanch.tools.operations.base import (
    BaseIntent,
    BaseOperation,
    DnsLabel,
    DnsSubdomain,
    Effect,
    Uid,
    digest_of,
)
from stanch.tools.operations.kubernetes import ClusterRead
from stanch.tools.operations.reach import Reach

HistoryId = Annotated[int, Field(ge=0, le=2**53)]
Revision = Annotated[str, Field(min_length=1, max_length=250, pattern=r"^[^\x00-\x1f\x7f]+$")]
Revisions = Annotated[tuple[Revision, ...], Field(min_length=1, max_length=50)]
Automated = Annotated[dict[str, StrictBool], Field(max_length=8)]
"""spec.syncPolicy.automated as it stands: prune, selfHeal, allowEmpty, enabled."""

_DEPLOYED: Final = ("revision", "revisions", "source", "sources")
"""What of an entry of the history says what was deployed."""
_GOING: Final = frozenset({"Running", "Terminating"})


class ReadApplication(ClusterRead):
    """Read an application of Argo CD: data {"object": {metadata, spec, operation, status}}.

    Of its status only history, sync, health and the state of the last sync are kept, and of
    its sources only where they are: parameters may hold secrets. What is left out is bound
    by "digests": {"spec": sha256, "entries": {id: sha256}}. Without a namespace it is looked
    for in all of them.
    """

    kind: Literal["kubernetes.application"] = "kubernetes.application"
    namespace: DnsLabel | None = None
    name: DnsSubdomain

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '*'}/applications/{self.name}"

    @override
    def as_text(self) -> str:
        there = f" -n {self.namespace}" if self.namespace else " -A"
        return f"kubectl get applications.argoproj.io/{self.name}{there} -o yaml"


class RollBackApplication(BaseIntent):
    """Intent: sync an application to an entry of its history; the one before when not told."""

    kind: Literal["intent.argo_roll_back"] = "intent.argo_roll_back"
    namespace: DnsLabel | None = None
    """Where the application is, which is not where it deploys to."""
    name: DnsSubdomain
    history_id: HistoryId | None = None

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @override
    def as_text(self) -> str:
        return _command(self.name, self.history_id, self.namespace)


class ArgoRollBack(BaseOperation):
    """Sync an application to one entry of its history, with automated sync set as told."""

    kind: Literal["kubernetes.argo_roll_back"] = "kubernetes.argo_roll_back"
    namespace: DnsLabel
    name: DnsSubdomain
    uid: Uid
    destination: DnsLabel | None = None
    """The namespace that it deploys to, where it names one; bound by the digest of its spec."""
    history_id: HistoryId
    entry_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The digest of what the entry deployed: its sources and revisions."""
    revisions: Revisions
    from_revisions: Revisions
    """What is deployed when the change is planned."""
    automated_before: Automated | None = None
    automated_after: Automated | None = None

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/applications/{self.name}"

    @property
    @override
    def subject(self) -> str:
        return f"applications/{self.name}"

    @property
    @override
    def reach(self) -> Reach:
        # What is replaced is what it deploys, wherever the application itself is kept.
        where = self.destination or self.namespace
        return Reach(thing=f"applications/{self.name}", namespace=where)

    @override
    def as_text(self) -> str:
        return _command(self.name, self.history_id, self.namespace)


def observed(
    change: ArgoRollBack,
    application: Mapping[str, Any],
    digests: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the facts about an application that must still hold when `change` is sent.

    {"uid", "deleting", "busy", "automated", "spec_sha256", "deployed", "foreign", "entry"}:
    `spec_sha256` is of the spec less automated sync, `foreign` says that what is deployed is
    neither what the change goes to nor what it comes from. `digests` are those of
    `ReadApplication`, where the application is what that read gave.
    """
    digests = digests_of(application) if digests is None else digests
    metadata = application["metadata"]
    entry = digests["entries"].get(str(change.history_id))
    now = deployed(application)
    return {
        "uid": metadata["uid"],
        "deleting": metadata.get("deletionTimestamp") is not None,
        "busy": is_busy(application),
        "automated": automated_of(application),
        "spec_sha256": digests["spec"],
        "deployed": list(now),
        "foreign": now not in {change.revisions, change.from_revisions},
        "entry": {"missing": True} if entry is None else {"sha256": entry},
    }


def foretold(change: ArgoRollBack, after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts by which one knows that nobody changed an application after `change`.

    What is deployed is either of the two, for the sync itself may have failed.
    """
    facts = observed(change, after)
    left = {name: facts[name] for name in ("uid", "deleting", "automated", "spec_sha256")}
    return left | {"foreign": False}


def digests_of(application: Mapping[str, Any]) -> dict[str, Any]:
    """Return the digests of the spec and, by its id, of each entry of the history."""
    entries = {str(id_of(one)): entry_digest(one) for one in history_of(application)}
    return {"spec": spec_digest(application), "entries": entries}


def history_of(application: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return what was deployed, the oldest first."""
    found = (application.get("status") or {}).get("history") or ()
    return [one for one in found if isinstance(one, Mapping)]


def entry_of(application: Mapping[str, Any], history_id: int) -> Mapping[str, Any] | None:
    """Return the entry of the history with this id; None when there is none."""
    return next((one for one in history_of(application) if id_of(one) == history_id), None)


def id_of(entry: Mapping[str, Any]) -> int:
    """Return the id of an entry; the first has none written, and is 0."""
    found = entry.get("id", 0)
    return found if isinstance(found, int) else 0


def entry_digest(entry: Mapping[str, Any]) -> str:
    """Return the digest of what an entry deployed, not of when and by whom."""
    return digest_of({"id": id_of(entry)} | {key: entry[key] for key in _DEPLOYED if key in entry})


def revisions_of(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the revision of each source of an entry."""
    several = entry.get("revisions")
    if isinstance(several, Sequence) and several and not isinstance(several, str):
        return tuple(map(str, several))
    return (str(entry["revision"]),) if entry.get("revision") else ()


def deployed(application: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the revisions that the last sync which succeeded deployed; empty when none did."""
    history = history_of(application)
    return revisions_of(history[-1]) if history else ()


def automated_of(application: Mapping[str, Any]) -> Any:
    """Return automated sync as it is set; None when it is not."""
    return ((application.get("spec") or {}).get("syncPolicy") or {}).get("automated")


def is_automated(application: Mapping[str, Any]) -> bool:
    """Say whether automated sync is on: set, and not turned off by its own field."""
    found = automated_of(application)
    return found is not None and not (isinstance(found, Mapping) and found.get("enabled") is False)


def is_busy(application: Mapping[str, Any]) -> bool:
    """Say whether a sync is asked for, or under way."""
    state = (application.get("status") or {}).get("operationState") or {}
    return bool(application.get("operation")) or state.get("phase") in _GOING


def spec_digest(application: Mapping[str, Any]) -> str:
    """Return the digest of the application's spec without automated sync."""
    spec = dict(application.get("spec") or {})
    policy = dict(spec.pop("syncPolicy", None) or {})
    policy.pop("automated", None)
    return digest_of(spec | ({"syncPolicy": policy} if policy else {}))


_SHA: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def shortened(revisions: Sequence[str]) -> str:
    """Return revisions for a sentence, commits in their first letters."""
    return ", ".join(one[:8] if _SHA.fullmatch(one) else one for one in revisions)


def _command(name: str, history_id: int | None, namespace: str | None) -> str:
    number = "" if history_id is None else f" {history_id}"
    return f"argocd app rollback {name}{number}" + (
        f" --app-namespace {namespace}" if namespace else ""
    )
