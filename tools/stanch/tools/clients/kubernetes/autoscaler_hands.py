"""Hands that put a workload under an autoscaler, and take it out from under that one again.

The server refuses a second autoscaler of the same name; that no other one scales the workload
is looked at right before, because no precondition can say it. Deleting is tied to the UID of
the autoscaler that was seen, and that one must carry the digest of the operation that made it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from stanch.tools.clients.kubernetes import autoscaler_acts as acts
from stanch.tools.clients.kubernetes.changes import warnings_of
from stanch.tools.clients.kubernetes.facts import require_same
from stanch.tools.clients.kubernetes.objects import annotations_of, cleaned, uid_of, without_status
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations.autoscaler_changes import (
    MADE_BY,
    AutoscalerAct,
    CreateAutoscaler,
    DeleteAutoscaler,
    creation_facts,
    deletion_facts,
)
from stanch.tools.operations.workload import MARK
from stanch.tools.outcome import DryRun, Limits, Outcome

Visits: TypeAlias = Callable[[Deadline], tuple[Visit, Visit]]

_MEANING: Final = {
    "missing": "it is gone, or was not there",
    "uid": "the workload was deleted and made anew",
    "workload_uid": "the workload was deleted and made anew",
    "autoscaler_uid": "another autoscaler has its name",
    "deleting": "its deletion has begun",
    "replicas": "it is to have another number of pods",
    "name_taken": "an autoscaler of that name is there, or is no longer",
    "autoscalers": "other autoscalers scale the workload",
    "made_here": "it was not made by that operation",
    "spec_sha256": "its limits or its metric are not the same",
}


class AutoscalerHands:
    """Makes and deletes autoscalers; may be shared by many threads."""

    def __init__(self, visits: Visits, limits: Limits) -> None:
        self._visits = visits
        self._limits = limits

    def look(self, change: AutoscalerAct) -> dict[str, Any]:
        """Return the facts on which an approval rests.

        They are those of `autoscaler_changes.creation_facts` or `deletion_facts`;
        {"missing": True} when the workload, or the autoscaler to delete, is gone.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with Deadline(self._limits.seconds) as deadline:
            return _facts(change, self._visits(deadline)[0])

    def preview(self, change: AutoscalerAct, *, key: str) -> DryRun:
        """Return what the server says it would make or delete; nothing is changed.

        A refusal, also one for lack of rights, is a `DryRun` that is not accepted.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, actor = self._visits(deadline)
            if isinstance(change, DeleteAutoscaler):
                return _previewed_deletion(change, reader, actor)
            try:
                _require(change, None, reader)
                kind, _ = acts.all_of(reader, change.namespace)
                answer = acts.make(change, kind, key, actor, dry=True)
            except OperationRefusedError as error:
                return DryRun(accepted=False, note=str(error), before={}, after={})
            note = warnings_of(answer) or "The server accepts it."
            after = without_status(cleaned(answer.json()))
            return DryRun(accepted=True, note=note, before={}, after=after)

    def apply(self, change: AutoscalerAct, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Make or delete the autoscaler, once, if all is still as `observed`.

        Data {"before": object, "after": object}; {} stands for what is not there.

        Raises:
            TargetUnreachableError: nothing was sent that changes anything.
            PreconditionFailedError: something differs from `observed`; nothing was changed.
            OperationRefusedError: the cluster said no; nothing was changed.
            OutcomeUnknownError: it was sent, and no answer came, or the replicas of before
                could not be set: `probe` may tell.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, actor = self._visits(deadline)
            _require(change, observed, reader)
            before: dict[str, Any] = {}
            after: dict[str, Any] = {}
            if isinstance(change, CreateAutoscaler):
                kind, _ = acts.all_of(reader, change.namespace)
                after = cleaned(acts.make(change, kind, key, actor, dry=False).json())
            else:
                kind, found = acts.one_of(change, reader)
                if found is None:
                    raise PreconditionFailedError(f"{_named(change)} is gone: missing differs.")
                before = cleaned(found)
                acts.delete(change, kind, found, actor, dry=False)
                after = cleaned(acts.restore(change, key, reader, actor))
            return Outcome(
                data={"before": before, "after": after},
                text=f"the API server took it: {change.as_text()}",
                duration=deadline.spent,
            )

    def probe(self, change: AutoscalerAct, *, key: str) -> bool | None:
        """Say whether the autoscaler is there with the mark of `key`, or is gone.

        None when it is gone but the workload does not have the replicas of before.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, _ = self._visits(deadline)
            _, found = acts.one_of(change, reader)
            if isinstance(change, CreateAutoscaler):
                return found is not None and annotations_of(found).get(MARK) == key
            if found is not None and annotations_of(found).get(MADE_BY) == change.made_by:
                return False
            workload = acts.workload_of(change, reader)
            if workload is None or uid_of(workload) != change.workload.uid:
                return None
            marked = annotations_of(workload).get(MARK) == key
            return True if marked or _replicas(workload) == change.replicas else None


def _facts(change: AutoscalerAct, reader: Visit) -> dict[str, Any]:
    workload = acts.workload_of(change, reader)
    if isinstance(change, CreateAutoscaler):
        if workload is None:
            return {"missing": True}
        _, found = acts.all_of(reader, change.namespace)
        return creation_facts(change, workload, found)
    _, autoscaler = acts.one_of(change, reader)
    if autoscaler is None:
        return {"missing": True}
    return deletion_facts(change, workload, autoscaler)


def _require(change: AutoscalerAct, observed: Mapping[str, Any] | None, reader: Visit) -> None:
    """Return if the facts are those that were approved, and the change makes sense by them.

    Raises:
        PreconditionFailedError: something is not as it was seen, or is not what was meant.
    """
    facts = _facts(change, reader)
    if observed is not None:
        require_same(_named(change), observed, facts, _MEANING)
    wanted: dict[str, Any] = {"deleting": False}
    if isinstance(change, CreateAutoscaler):
        wanted |= {"uid": change.workload.uid, "name_taken": False, "autoscalers": []}
        wanted |= {"replicas": change.from_replicas}
    else:
        wanted |= {"workload_uid": change.workload.uid, "made_here": True}
    if facts.get("missing"):
        raise PreconditionFailedError(f"{_named(change)} is gone: missing differs.")
    require_same(_named(change), wanted, {name: facts[name] for name in wanted}, _MEANING)


def _previewed_deletion(change: DeleteAutoscaler, reader: Visit, actor: Visit) -> DryRun:
    kind, found = acts.one_of(change, reader)
    workload = acts.workload_of(change, reader)
    before: dict[str, Any] = {}
    if found is not None and workload is not None:
        state = without_status(cleaned(found))
        before = {"autoscaler": state, "replicas": _replicas(workload)}
    try:
        _require(change, None, reader)
        if found is None:
            raise PreconditionFailedError(f"{_named(change)} is gone: missing differs.")
        acts.delete(change, kind, found, actor, dry=True)
    except OperationRefusedError as error:
        return DryRun(accepted=False, note=str(error), before=before, after=before)
    note = "The server would delete it; the replicas are set afterwards."
    return DryRun(accepted=True, note=note, before=before, after={"replicas": change.replicas})


def _replicas(workload: Mapping[str, Any]) -> int:
    return int(workload["spec"].get("replicas", 1))


def _named(change: AutoscalerAct) -> str:
    if isinstance(change, CreateAutoscaler):
        return f"{change.workload.shown} in {change.namespace}"
    return f"The autoscaler {change.namespace}/{change.name}"
