"""Hands for evictions: look, try it dry, ask once, and tell afterwards whether the pod went.

The Eviction API asks the disruption budgets; a plain deletion would not. It is told the UID
of the pod, so that a namesake that was made meanwhile is left alone.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from stanch.tools.clients.kubernetes.facts import require_same
from stanch.tools.clients.kubernetes.kinds import PODS, Kind
from stanch.tools.clients.kubernetes.objects import cleaned, uid_of, without_status
from stanch.tools.clients.kubernetes.requests import Answer, Request, refusal
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations.evictions import EvictPod, evicted_facts
from stanch.tools.outcome import DryRun, Limits, Outcome

Visits: TypeAlias = Callable[[Deadline], tuple[Visit, Visit]]

_MEANING: Final = {
    "missing": "it is gone, or was not there",
    "uid": "another pod has its name",
    "deleting": "its deletion has begun",
    "node": "it is on another node",
    "controller_uid": "something else makes its replacement, or nothing does",
    "loses": "other volumes of its own would end with it",
    "ended": "it has ended by itself",
}
_CORE: Final = Kind("")
_CONFLICT, _TOO_MANY = 409, 429


class EvictionHands:
    """Evicts pods; may be shared by many threads."""

    def __init__(self, visits: Visits, limits: Limits) -> None:
        self._visits = visits
        self._limits = limits

    def look(self, change: EvictPod) -> dict[str, Any]:
        """Return the facts about the pod on which an approval rests.

        They are those of `evictions.evicted_facts`; {"missing": True} when it is gone.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, _ = self._visits(deadline)
            return _facts(reader.find(PODS, change.namespace, change.name))

    def preview(self, change: EvictPod, *, key: str) -> DryRun:  # noqa: ARG002 - it leaves no mark
        """Return whether the server would evict the pod now; nothing is evicted.

        A refusal, also that of a budget, is a `DryRun` that is not accepted.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, actor = self._visits(deadline)
            pod = reader.find(PODS, change.namespace, change.name)
            before = {} if pod is None else without_status(cleaned(pod))
            try:
                self._send(change, None, reader, actor, dry=True)
            except OperationRefusedError as error:
                return DryRun(accepted=False, note=str(error), before=before, after=before)
            note = "The server would evict it now: no budget stands against it."
            return DryRun(accepted=True, note=note, before=before, after={})

    def apply(self, change: EvictPod, *, key: str, observed: Mapping[str, Any]) -> Outcome:  # noqa: ARG002 - as above
        """Evict the pod, once, if it is still as `observed`.

        Data {"before": object, "after": {}}. The pod goes within its grace period.

        Raises:
            TargetUnreachableError: nothing was sent that changes anything.
            PreconditionFailedError: the pod differs from `observed`; nothing was changed.
            OperationRefusedError: a budget allows no disruption now, or the cluster said no;
                nothing was changed.
            OutcomeUnknownError: it was sent, and no answer came: `probe` may tell.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, actor = self._visits(deadline)
            before = self._send(change, observed, reader, actor, dry=False)
            return Outcome(
                data={"before": cleaned(before), "after": {}},
                text=f"the API server took the eviction of pod {change.name} on {change.node}",
                duration=deadline.spent,
            )

    def probe(self, change: EvictPod, *, key: str) -> bool | None:  # noqa: ARG002 - as above
        """Say whether the very pod has gone or is going; nothing tells who sent it away.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with Deadline(self._limits.seconds) as deadline:
            reader, _ = self._visits(deadline)
            pod = reader.find(PODS, change.namespace, change.name)
            if pod is None or uid_of(pod) != change.uid:
                return True
            return pod["metadata"].get("deletionTimestamp") is not None

    def _send(
        self,
        change: EvictPod,
        facts: Mapping[str, Any] | None,
        reader: Visit,
        actor: Visit,
        *,
        dry: bool,
    ) -> dict[str, Any]:
        pod = reader.find(PODS, change.namespace, change.name)
        if facts is not None:
            require_same(_named(change), facts, _facts(pod), _MEANING)
        found = _permitted(change, pod)
        request = _request(change, _version(reader), actor.deadline.left, dry=dry)
        answer = actor.change(request)
        if answer.good:
            return found
        if answer.status == _TOO_MANY and (words := _budget_words(answer)):
            raise OperationRefusedError(
                f"Pod {change.namespace}/{change.name} was not evicted: {words}"
            )
        refused = refusal(answer, request, actor.door.who)
        if answer.status == _CONFLICT:
            raise PreconditionFailedError(str(refused))
        raise refused


def _permitted(change: EvictPod, pod: dict[str, Any] | None) -> dict[str, Any]:
    """Return the pod if it is the one that is meant and something replaces it."""
    if pod is None:
        raise PreconditionFailedError(f"{_named(change)} is gone: missing differs.")
    facts = evicted_facts(pod)
    wanted = {
        "uid": change.uid,
        "deleting": False,
        "node": change.node,
        "controller_uid": change.controller.uid,
        "loses": sorted(change.loses),
    }
    require_same(_named(change), wanted, {name: facts[name] for name in wanted}, _MEANING)
    return pod


def _request(change: EvictPod, version: str, left: float, *, dry: bool) -> Request:
    options: dict[str, Any] = {"preconditions": {"uid": change.uid}}
    query = {"timeout": f"{max(math.ceil(left), 1)}s"}
    return Request(
        verb="create",
        kind=PODS,
        namespace=change.namespace,
        name=change.name,
        subresource="eviction",
        query=query | ({"dryRun": "All"} if dry else {}),
        body={
            "apiVersion": version,
            "kind": "Eviction",
            "metadata": {"name": change.name, "namespace": change.namespace},
            "deleteOptions": options | ({"dryRun": ["All"]} if dry else {}),
        },
    )


def _version(visit: Visit) -> str:
    """Return the version of an Eviction that the server takes; older ones know no v1.

    Raises:
        OperationRefusedError: it knows no evictions at all.
    """
    listed = visit.read_json(Request(verb="get", kind=_CORE, namespace=None, address="/api/v1"))
    for one in listed.get("resources") or ():
        if one.get("name") == "pods/eviction":
            return f"{one.get('group') or 'policy'}/{one.get('version') or 'v1beta1'}"
    raise OperationRefusedError("The cluster serves no evictions; a person has to delete the pod.")


def _budget_words(answer: Answer) -> str:
    """Return why a budget stands against the eviction; empty when it is not a budget."""
    try:
        causes = (answer.json().get("details") or {}).get("causes") or ()
    except ValueError:
        return ""
    said = [str(one.get("message")) for one in causes if one.get("reason") == "DisruptionBudget"]
    if not said:
        return ""
    name = said[0].removeprefix("The disruption budget ").partition(" ")[0]
    return f"the budget {name} allows no disruption now ({said[0].rstrip('.')})."


def _facts(pod: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"missing": True} if pod is None else evicted_facts(pod)


def _named(change: EvictPod) -> str:
    return f"Pod {change.namespace}/{change.name}"
