"""Making a change: look, try it dry, do it once, and tell afterwards whether it was done."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.autoscaler_acts import all_of
from stanch.tools.clients.kubernetes.kinds import (
    DEPLOYMENTS,
    REPLICA_SETS,
    REVISIONS,
    WORKLOADS,
    Kind,
)
from stanch.tools.clients.kubernetes.logs import replica_sets_of
from stanch.tools.clients.kubernetes.objects import annotations_of, cleaned, uid_of, without_status
from stanch.tools.clients.kubernetes.patches import Patch, WorkloadChange, patch_for, permit
from stanch.tools.clients.kubernetes.requests import Answer, RefusalError, Request, refusal
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
)
from stanch.tools.operations import (
    RollBackDeployment,
    RollBackSet,
    ScaleDeployment,
    ScaleSet,
    SetChange,
)
from stanch.tools.operations.autoscaler_changes import scales
from stanch.tools.operations.controller_revisions import set_facts
from stanch.tools.operations.workload import MARK, observed, template_digest
from stanch.tools.outcome import DryRun

ROUNDS = 8
"""How often a patch is made anew because the object moved meanwhile."""
FIELD_MANAGER = "stanch"
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')
_MEANING = {
    "missing": "it is gone, or was not there",
    "uid": "it was deleted and made anew",
    "deleting": "its deletion has begun, or had",
    "replicas": "it is to have another number of pods",
    "autoscalers": "an autoscaler sets its replicas, and would undo the scale",
    "spec_sha256": "its image or another part of its spec is not the same",
    "replica_set.missing": "the ReplicaSet to go back to is gone",
    "replica_set.uid": "the ReplicaSet to go back to was made anew",
    "replica_set.template_sha256": "the ReplicaSet to go back to has another template",
    "controller_revision.missing": "the ControllerRevision to go back to is gone",
    "controller_revision.uid": "the ControllerRevision to go back to was made anew",
    "controller_revision.data_sha256": "the ControllerRevision to go back to holds other data",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """The target of a change as it is now."""

    thing: dict[str, Any] | None
    earlier: dict[str, Any] | None = None
    """The ReplicaSet or ControllerRevision to go back to."""
    autoscalers: tuple[str, ...] = ()
    """Those that set the replicas of what is to be scaled: a scale is planned only without."""

    def facts(self, change: WorkloadChange) -> dict[str, Any]:
        """Return what must still hold when the change is made."""
        if self.thing is None:
            return {"missing": True}
        if isinstance(change, SetChange):
            facts = set_facts(change, self.thing, self.earlier)
        else:
            facts = observed(self.thing)
        if isinstance(change, RollBackDeployment):
            facts["replica_set"] = _replica_set_facts(self.earlier)
        return facts | ({"autoscalers": list(self.autoscalers)} if self.autoscalers else {})


def look(change: WorkloadChange, visit: Visit) -> Seen:
    """Return the target of the change as it is now."""
    thing = visit.find(_kind(change), change.namespace, change.name)
    if thing is None:
        return Seen(None)
    match change:
        case RollBackDeployment():
            return Seen(thing, visit.find(REPLICA_SETS, change.namespace, change.replica_set))
        case RollBackSet():
            return Seen(thing, visit.find(REVISIONS, change.namespace, change.controller_revision))
        case ScaleDeployment() | ScaleSet():
            resource = change.resource if isinstance(change, ScaleSet) else "deployments"
            every = all_of(visit, change.namespace)[1]
            mine = [one for one in every if scales(one, resource, change.name)]
            return Seen(thing, autoscalers=tuple(sorted(one["metadata"]["name"] for one in mine)))
        case _:
            return Seen(thing)


def preview(change: WorkloadChange, key: str, *, reader: Visit, actor: Visit) -> DryRun:
    """Return what the server says the change would do."""
    before: dict[str, Any] = {}
    seen = look(change, reader)
    if seen.thing is not None:
        before = without_status(cleaned(seen.thing))
    try:
        patched = _Patching(change, key, None, dry=True).run(reader, actor)
    except OperationRefusedError as error:
        return DryRun(accepted=False, note=str(error), before=before, after=before)
    return DryRun(
        accepted=True,
        note=warnings_of(patched.answer) or "The server accepts it.",
        before=without_status(cleaned(patched.before)),
        after=without_status(cleaned(patched.after)),
    )


def apply(
    change: WorkloadChange, key: str, *, facts: Mapping[str, Any], reader: Visit, actor: Visit
) -> dict[str, Any]:
    """Make the change if its target is still as `facts` say; return {"before", "after"}."""
    patched = _Patching(change, key, facts, dry=False).run(reader, actor)
    return {"before": cleaned(patched.before), "after": cleaned(patched.after)}


def probe(change: WorkloadChange, key: str, visit: Visit) -> bool | None:
    """Say whether the target carries the mark of `key`; None when that cannot be known.

    A roll back by hand replaces a deployment's annotations, but the controller has
    copied them to the ReplicaSet of that time, so a mark is looked for there too.
    """
    thing = visit.find(_kind(change), change.namespace, change.name)
    if thing is None or uid_of(thing) != change.uid:
        return None
    if annotations_of(thing).get(MARK) == key:
        return True
    if isinstance(change, SetChange):
        return False
    replica_sets = replica_sets_of(thing, visit, Cap(64 * 1024 * 1024))
    return any(annotations_of(item).get(MARK) == key for item in replica_sets)


@dataclass(frozen=True, slots=True)
class _Patched:
    before: dict[str, Any]
    after: dict[str, Any]
    answer: Answer


@dataclass(frozen=True, slots=True)
class _Patching:
    """One change on its way to the server."""

    change: WorkloadChange
    key: str
    facts: Mapping[str, Any] | None
    dry: bool

    def run(self, reader: Visit, actor: Visit) -> _Patched:
        """Patch the target, anew on its next version while only its status moves."""
        refused: RefusalError | None = None
        version = None
        for _ in range(ROUNDS):
            seen = look(self.change, reader)
            thing = self._current(seen)
            if refused is not None and version == thing["metadata"]["resourceVersion"]:
                # Nothing moved, so the test held and the server minds the patch itself.
                raise refused
            version = thing["metadata"]["resourceVersion"]
            patch = patch_for(self.change, thing, earlier=seen.earlier, key=self.key)
            request = self._request(patch, actor)
            answer = actor.change(request)
            if answer.good:
                return _Patched(thing, self._after(answer, request), answer)
            refused = refusal(answer, request, actor.door.who)
            if answer.status not in {409, 422}:
                raise refused
        raise OperationRefusedError(
            f"{_named(self.change)} changed {ROUNDS} times "
            f"while it was being patched, and nothing was done. The server's last words: {refused}"
        )

    def _current(self, seen: Seen) -> dict[str, Any]:
        change = self.change
        if self.facts is not None:
            _compare(change, self.facts, seen.facts(change))
        if seen.thing is None:
            raise PreconditionFailedError(f"{_named(change)} is gone: missing differs.")
        if seen.autoscalers:
            raise PreconditionFailedError(
                f"{_named(change)} has its replicas from {', '.join(seen.autoscalers)}: "
                "autoscalers differs."
            )
        permit(change, seen.thing, seen.earlier)
        return seen.thing

    def _request(self, patch: Patch, actor: Visit) -> Request:
        # The server gives up at the same time as we do: a patch that it takes up later,
        # after somebody looked whether it ran, would be the worst of outcomes.
        query = {
            "fieldManager": FIELD_MANAGER,
            "timeout": f"{max(math.ceil(actor.deadline.left), 1)}s",
        }
        return Request(
            verb="patch",
            kind=_kind(self.change),
            namespace=self.change.namespace,
            name=self.change.name,
            query=query | ({"dryRun": "All"} if self.dry else {}),
            body=patch,
        )

    def _after(self, answer: Answer, request: Request) -> dict[str, Any]:
        try:
            after = answer.json()
            observed(after)
        except (ValueError, KeyError) as error:
            kind = NoAnswerError if self.dry else OutcomeUnknownError
            raise kind(
                f"The patch of {request.thing} was answered with {answer.status}, "
                f"but the answer is no {_kind(self.change).name}."
            ) from error
        return after


def _compare(change: WorkloadChange, then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    before, after = _flat(then), _flat(now)
    names = sorted(before.keys() | after.keys())
    names = [name for name in names if before.get(name) != after.get(name)]
    if "missing" in names:
        names = ["missing"]
    if not names:
        return
    differences = "; ".join(f"{name} ({_MEANING.get(name, 'not the same')})" for name in names)
    raise PreconditionFailedError(
        f"{_named(change)} is not as it was seen. What differs: {differences}."
    )


def _kind(change: WorkloadChange) -> Kind:
    return WORKLOADS[change.resource] if isinstance(change, SetChange) else DEPLOYMENTS


def _named(change: WorkloadChange) -> str:
    return f"{_kind(change).name} {change.namespace}/{change.name}"


def _flat(facts: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in facts.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _replica_set_facts(replica_set: dict[str, Any] | None) -> dict[str, Any]:
    if replica_set is None:
        return {"missing": True}
    template = replica_set["spec"]["template"]
    return {"uid": uid_of(replica_set), "template_sha256": template_digest(template)}


def warnings_of(answer: Answer) -> str:
    """Return what stands in the server's Warning headers, one sentence after the other."""
    return " ".join(_WARNING.findall(answer.headers.get("Warning") or ""))
