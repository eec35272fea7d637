"""Hands for applications of Argo CD: look, try it dry, ask for the sync once, tell afterwards.

What `argocd app rollback` does through Argo CD's own server is done through the API server:
the field `operation` of the application is set, and the controller takes it from there.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from stanch.tools.clients.kubernetes.argo_body import compare, patch_for, permit
from stanch.tools.clients.kubernetes.changes import warnings_of
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.objects import annotations_of, cleaned, uid_of
from stanch.tools.clients.kubernetes.objects_patch import Visits
from stanch.tools.clients.kubernetes.owner import APPLICATIONS, application
from stanch.tools.clients.kubernetes.patches import Patch
from stanch.tools.clients.kubernetes.requests import Answer, Request
from stanch.tools.clients.kubernetes.rounds import patch_request, patched
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.clients.patience import Deadline, NoAnswerError
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
)
from stanch.tools.operations.argo import (
    ArgoRollBack,
    ReadApplication,
    digests_of,
    history_of,
    observed,
)
from stanch.tools.operations.workload import MARK
from stanch.tools.outcome import DryRun, Limits, Outcome

_STATE: Final = ("phase", "message", "startedAt", "finishedAt")
_ENTRY: Final = ("id", "revision", "revisions", "deployedAt", "initiatedBy")
_SPEC: Final = ("project", "destination", "syncPolicy", "revisionHistoryLimit")
_SHOWN_SOURCE: Final = ("repoURL", "path", "chart", "targetRevision", "ref")
"""What of a source is shown: its parameters may hold secrets, and stay those of the entry."""


def read_application(operation: ReadApplication, visit: Visit) -> Found:
    """Return an application with its history."""
    found = application(operation.name, operation.namespace, visit)
    narrow = narrowed(found)
    count = len((narrow.get("status") or {}).get("history") or ())
    text = f"application {operation.name} with {count} deployments in its history"
    return Found({"object": narrow, "digests": digests_of(found)}, text)


def narrowed(thing: dict[str, Any]) -> dict[str, Any]:
    """Return what of an application its rollback rests on: no resources and no parameters."""
    found = cleaned(thing)
    spec, status = found.get("spec") or {}, found.get("status") or {}
    asked = (found.get("operation") or {}).get("sync") or {}
    kept: dict[str, Any] = {
        "history": [_kept(one, _ENTRY) for one in history_of(found)],
        "operationState": _picked(status.get("operationState") or {}, _STATE),
        "sync": _picked(status.get("sync") or {}, ("status", "revision", "revisions")),
        "health": status.get("health") or {},
    }
    return {
        **_picked(found, ("apiVersion", "kind", "metadata")),
        "spec": _kept(spec, _SPEC),
        **({"operation": {"sync": _kept(asked, _ENTRY)}} if found.get("operation") else {}),
        "status": kept,
    }


def _picked(thing: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: thing[name] for name in names if name in thing}


def _kept(thing: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return these fields of a part that has sources, and of the sources where they are."""
    found = _picked(thing, names)
    if thing.get("source"):
        found["source"] = _source(thing["source"])
    if thing.get("sources"):
        found["sources"] = [_source(one) for one in thing["sources"]]
    return found


class ArgoHands:
    """Rolls applications of Argo CD back; may be shared by many threads."""

    def __init__(self, visits: Visits, limits: Limits) -> None:
        self._visits = visits
        self._limits = limits

    def look(self, change: ArgoRollBack) -> dict[str, Any]:
        """Return the facts of `argo.observed`; {"missing": True} when the application is gone.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, _ = self._visits(deadline)
            return _facts(change, _find(change, reader))

    def preview(self, change: ArgoRollBack, *, key: str) -> DryRun:
        """Return what the server says the patch would do; nothing is changed.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, actor = self._visits(deadline)
            before: dict[str, Any] = {}
            try:
                seen = _find(change, reader)
                before = {} if seen is None else _shown(seen)
                thing, after, answer = _send(change, key, None, visits=(reader, actor), dry=True)
            except OperationRefusedError as error:
                return DryRun(accepted=False, note=str(error), before=before, after=before)
            note = warnings_of(answer) or "The server accepts it; the sync itself is Argo CD's."
            return DryRun(accepted=True, note=note, before=_shown(thing), after=_shown(after))

    def apply(self, change: ArgoRollBack, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Ask for the sync, once, if the application is still as `observed`; mark it with `key`.

        Data {"before": object, "after": object}, without the parameters of the sources.

        Raises:
            TargetUnreachableError: nothing was sent that changes anything.
            PreconditionFailedError: it differs from `observed`; nothing was changed.
            OperationRefusedError: the cluster said no; nothing was changed.
            OutcomeUnknownError: it was sent, and no answer came: `probe` may tell.
        """
        with Deadline(self._limits.seconds) as deadline:
            visits = self._visits(deadline)
            thing, after, _ = _send(change, key, observed, visits=visits, dry=False)
            return Outcome(
                data={"before": _shown(thing), "after": _shown(after)},
                text=f"the API server took it, and Argo CD syncs: {change.as_text()}",
                duration=deadline.spent,
            )

    def probe(self, change: ArgoRollBack, *, key: str) -> bool | None:
        """Say whether the application carries the mark of `key`; None when it is gone.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, _ = self._visits(deadline)
            thing = _find(change, reader)
            if thing is None or uid_of(thing) != change.uid:
                return None
            return annotations_of(thing).get(MARK) == key


def _find(change: ArgoRollBack, visit: Visit) -> dict[str, Any] | None:
    return visit.find(APPLICATIONS, change.namespace, change.name)


def _facts(change: ArgoRollBack, thing: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"missing": True} if thing is None else observed(change, thing)


def _send(
    change: ArgoRollBack,
    key: str,
    facts: Mapping[str, Any] | None,
    *,
    visits: tuple[Visit, Visit],
    dry: bool,
) -> tuple[dict[str, Any], dict[str, Any], Answer]:
    """Patch the application, anew while only its status moves; return it before and after."""
    reader, actor = visits

    def current() -> dict[str, Any]:
        seen = _find(change, reader)
        if facts is not None:
            compare(change, facts, _facts(change, seen))
        if seen is None:
            raise PreconditionFailedError(
                f"Application {change.namespace}/{change.name} is gone: missing differs."
            )
        permit(change, seen)
        return seen

    def request(body: Patch) -> Request:
        place = (APPLICATIONS, change.namespace, change.name)
        return patch_request(place, body, actor, dry=dry)

    thing, answer = patched(request, actor, current=current, body=partial(patch_for, change, key))
    return thing, _after(change, answer, dry=dry), answer


def _after(change: ArgoRollBack, answer: Answer, *, dry: bool) -> dict[str, Any]:
    try:
        after = answer.json()
        observed(change, after)
    except (ValueError, KeyError) as error:
        kind = NoAnswerError if dry else OutcomeUnknownError
        raise kind(
            f"The patch of application {change.name} was answered with {answer.status}, "
            "but the answer is no application."
        ) from error
    return after


def _shown(thing: dict[str, Any]) -> dict[str, Any]:
    """Return the identity, the spec and the sync that is asked for."""
    found = cleaned(thing)
    sync = dict((found.get("operation") or {}).get("sync") or {})
    if "source" in sync:
        sync["source"] = _source(sync["source"])
    if "sources" in sync:
        sync["sources"] = [_source(one) for one in sync["sources"]]
    metadata = {
        key: found["metadata"][key]
        for key in ("name", "namespace", "uid", "annotations")
        if key in found["metadata"]
    }
    asked = {"operation": {**found["operation"], "sync": sync}} if sync else {}
    return {"metadata": metadata, "spec": found.get("spec") or {}, **asked}


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    return _picked(source, _SHOWN_SOURCE)
