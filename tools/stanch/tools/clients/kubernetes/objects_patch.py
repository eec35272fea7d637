"""Hands for the fields of any one object: look, try it dry, patch once, tell afterwards.

It does for `PatchObject` what `changes` does for Deployments, by the same means: one JSON
patch in which the conditions, the deed and the mark of its operation stand together.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from stanch.tools.clients.kubernetes.changes import FIELD_MANAGER, ROUNDS, warnings_of
from stanch.tools.clients.kubernetes.kinds import (
    AUTOSCALERS,
    DEPLOYMENTS,
    KINDS,
    OLD_AUTOSCALERS,
    Kind,
)
from stanch.tools.clients.kubernetes.objects import annotations_of, cleaned, uid_of, without_status
from stanch.tools.clients.kubernetes.objects_patch_body import (
    altered,
    compare,
    named,
    patch_for,
    permit,
)
from stanch.tools.clients.kubernetes.patches import Patch
from stanch.tools.clients.kubernetes.requests import Answer, RefusalError, Request, refusal
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.clients.patience import Deadline, NoAnswerError
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
)
from stanch.tools.operations.object_patch import PatchObject, observed
from stanch.tools.operations.workload import MARK
from stanch.tools.outcome import DryRun, Limits, Outcome

Visits: TypeAlias = Callable[[Deadline], tuple[Visit, Visit]]
"""Gives the visit that reads and the one that acts, under one deadline."""

_PATCHED: Final[Mapping[str, Kind]] = {
    "services": KINDS["services"],
    "configmaps": KINDS["configmaps"],
    "horizontalpodautoscalers": AUTOSCALERS,
    "resourcequotas": Kind("resourcequotas", name="ResourceQuota"),
    "ingresses": Kind("ingresses", "networking.k8s.io", name="Ingress"),
    "networkpolicies": Kind("networkpolicies", "networking.k8s.io", name="NetworkPolicy"),
    "nodes": KINDS["nodes"],
    "deployments": DEPLOYMENTS,
    "statefulsets": Kind("statefulsets", "apps", name="StatefulSet"),
    "daemonsets": Kind("daemonsets", "apps", name="DaemonSet"),
}
"""Written out, so that a change needs no discovery; no Secrets."""


class ObjectHands:
    """Changes fields of objects; may be shared by many threads."""

    def __init__(self, visits: Visits, limits: Limits) -> None:
        self._visits = visits
        self._limits = limits

    def look(self, change: PatchObject) -> dict[str, Any]:
        """Return the facts about the object on which an approval rests.

        They are those of `object_patch.observed`; {"missing": True} when it is gone.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, _ = self._visits(deadline)
            return _facts(change, _find(change, reader)[1], reader)

    def preview(self, change: PatchObject, *, key: str) -> DryRun:
        """Return what the server says the patch would do; nothing is changed.

        A refusal, also one for lack of rights, is a `DryRun` that is not accepted.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, actor = self._visits(deadline)
            before: dict[str, Any] = {}
            try:
                seen = _find(change, reader)[1]
                before = {} if seen is None else _state(seen)
                patched = _Patching(change, key, None, dry=True).run(reader, actor)
            except OperationRefusedError as error:
                return DryRun(accepted=False, note=str(error), before=before, after=before)
            before, after = _state(patched.before), _state(patched.after)
            if words := altered(change, patched.after):
                return DryRun(accepted=False, note=words, before=before, after=before)
            note = warnings_of(patched.answer) or "The server accepts it."
            return DryRun(accepted=True, note=note, before=before, after=after)

    def apply(self, change: PatchObject, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Patch the object, once, if it is still as `observed`; mark it with `key`.

        Data {"before": object, "after": object}.

        Raises:
            TargetUnreachableError: nothing was sent that changes anything.
            PreconditionFailedError: the object differs from `observed`; nothing was changed.
            OperationRefusedError: the cluster said no; nothing was changed.
            OutcomeUnknownError: it was sent, and no answer came: `probe` may tell.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, actor = self._visits(deadline)
            patched = _Patching(change, key, observed, dry=False).run(reader, actor)
            return Outcome(
                data={"before": cleaned(patched.before), "after": cleaned(patched.after)},
                text=f"the API server took it: {change.as_text()}",
                duration=deadline.spent,
            )

    def probe(self, change: PatchObject, *, key: str) -> bool | None:
        """Say whether the object carries the mark of `key`; None when it is gone.

        A later operation replaces the mark, so ask before another one runs on the object.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, _ = self._visits(deadline)
            thing = _find(change, reader)[1]
            if thing is None or uid_of(thing) != change.uid:
                return None
            return annotations_of(thing).get(MARK) == key


@dataclass(frozen=True, slots=True)
class _Patched:
    before: dict[str, Any]
    after: dict[str, Any]
    answer: Answer


@dataclass(frozen=True, slots=True)
class _Patching:
    """One change on its way to the server."""

    change: PatchObject
    key: str
    facts: Mapping[str, Any] | None
    dry: bool

    def run(self, reader: Visit, actor: Visit) -> _Patched:
        """Patch the object, anew on its next version while only other parts of it move."""
        refused: RefusalError | None = None
        version = None
        for _ in range(ROUNDS):
            kind, seen = _find(self.change, reader)
            thing = self._permitted(seen, reader)
            if refused is not None and version == thing["metadata"]["resourceVersion"]:
                # Nothing moved, so the tests held and the server minds the patch itself.
                raise refused
            version = thing["metadata"]["resourceVersion"]
            request = self._request(kind, patch_for(self.change, thing, key=self.key), actor)
            answer = actor.change(request)
            if answer.good:
                return _Patched(thing, self._after(answer, request), answer)
            refused = refusal(answer, request, actor.door.who)
            if answer.status not in {409, 422}:
                raise refused
        raise OperationRefusedError(
            f"{named(self.change)} changed {ROUNDS} times while it was being patched, and "
            f"nothing was done. The server's last words: {refused}"
        )

    def _permitted(self, seen: dict[str, Any] | None, reader: Visit) -> dict[str, Any]:
        now = _facts(self.change, seen, reader)
        if self.facts is not None:
            compare(self.change, self.facts, now)
        if dead := [name for name, ready in now.get("ready", {}).items() if not ready]:
            raise PreconditionFailedError(
                f"No pod behind service {dead[0]} is ready, and no traffic is led there: "
                "ready differs."
            )
        if seen is None:
            raise PreconditionFailedError(f"{named(self.change)} is gone: missing differs.")
        permit(self.change, seen)
        return seen

    def _request(self, kind: Kind, patch: Patch, actor: Visit) -> Request:
        # The server gives up when we do: a patch that it takes up later, after somebody
        # looked whether it ran, would be the worst of outcomes.
        query = {
            "fieldManager": FIELD_MANAGER,
            "timeout": f"{max(math.ceil(actor.deadline.left), 1)}s",
        }
        return Request(
            verb="patch",
            kind=kind,
            namespace=self.change.namespace,
            name=self.change.name,
            query=query | ({"dryRun": "All"} if self.dry else {}),
            body=patch,
        )

    def _after(self, answer: Answer, request: Request) -> dict[str, Any]:
        try:
            after = answer.json()
            observed(self.change, after)
        except (ValueError, KeyError) as error:
            kind = NoAnswerError if self.dry else OutcomeUnknownError
            raise kind(
                f"The patch of {request.thing} was answered with {answer.status}, "
                "but the answer is no such object."
            ) from error
        return after


def _find(change: PatchObject, visit: Visit) -> tuple[Kind, dict[str, Any] | None]:
    kind = _PATCHED[change.resource]
    found = visit.find(kind, change.namespace, change.name)
    if found is None and kind is AUTOSCALERS:
        # Clusters before 1.23 know autoscalers only in their first version.
        old = visit.find(OLD_AUTOSCALERS, change.namespace, change.name)
        return (OLD_AUTOSCALERS, old) if old is not None else (kind, None)
    return kind, found


def _facts(change: PatchObject, thing: Mapping[str, Any] | None, visit: Visit) -> dict[str, Any]:
    if thing is None:
        return {"missing": True}
    ready = {name: _is_ready(name, change.namespace, visit) for name in change.behind}
    return observed(change, thing) | ({"ready": ready} if ready else {})


def _is_ready(service: str, namespace: str | None, visit: Visit) -> bool:
    """Say whether a pod behind the Service is ready."""
    found = visit.find(KINDS["endpoints"], namespace, service) or {}
    return any(subset.get("addresses") for subset in found.get("subsets") or ())


def _state(thing: dict[str, Any]) -> dict[str, Any]:
    return without_status(cleaned(thing))
