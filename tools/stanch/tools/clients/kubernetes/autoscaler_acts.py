"""The requests that make an autoscaler, and that delete it and set the replicas of before.

Two requests are needed for the way back, and nothing joins them: what is left undone when
the second one fails is said, and a person has to look.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.kinds import AUTOSCALERS, OLD_AUTOSCALERS, WORKLOADS, Kind
from stanch.tools.clients.kubernetes.objects import annotations_of, uid_of
from stanch.tools.clients.kubernetes.requests import Answer, NotFoundError, Request, refusal
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
)
from stanch.tools.operations.autoscaler_changes import (
    AutoscalerAct,
    CreateAutoscaler,
    DeleteAutoscaler,
)
from stanch.tools.operations.workload import MARK

Json = dict[str, Any]

_ROUNDS: Final = 8
_CONFLICT: Final = 409
_ROOM: Final = 64 * 1024 * 1024
_MANAGER: Final = "stanch"


def all_of(visit: Visit, namespace: str) -> tuple[Kind, list[Json]]:
    """Return all autoscalers of a namespace, and the version in which they are served.

    Raises:
        OperationRefusedError: there are too many to look through.
    """
    cap = Cap(_ROOM)
    kind = AUTOSCALERS
    try:
        found = cap.first(visit.items(AUTOSCALERS, namespace, cap=cap))
    except NotFoundError:
        # Clusters before 1.23 know autoscalers only in their first version.
        kind = OLD_AUTOSCALERS
        found = cap.first(visit.items(OLD_AUTOSCALERS, namespace, cap=cap))
    if cap.truncated:
        raise OperationRefusedError(f"There are too many autoscalers in {namespace} to look at.")
    return kind, found


def one_of(change: AutoscalerAct, visit: Visit) -> tuple[Kind, Json | None]:
    """Return the autoscaler of the name of the change, and the version that it is served in."""
    found = visit.find(AUTOSCALERS, change.namespace, change.name)
    if found is not None:
        return AUTOSCALERS, found
    old = visit.find(OLD_AUTOSCALERS, change.namespace, change.name)
    return (AUTOSCALERS, None) if old is None else (OLD_AUTOSCALERS, old)


def workload_of(change: AutoscalerAct, visit: Visit) -> Json | None:
    """Return the workload that is scaled, as the API has it."""
    return visit.find(WORKLOADS[change.workload.resource], change.namespace, change.workload.name)


def make(change: CreateAutoscaler, kind: Kind, key: str, actor: Visit, *, dry: bool) -> Answer:
    """Have the server make the autoscaler, and return its good answer.

    Raises:
        PreconditionFailedError: its name was taken meanwhile; nothing was made.
        OperationRefusedError: the server said no.
        OutcomeUnknownError: it was sent, and no answer came.
    """
    body = _body(change, kind, key)
    request = Request(
        verb="create",
        kind=kind,
        namespace=change.namespace,
        query=_query(actor, dry=dry) | {"fieldManager": _MANAGER},
        body=body,
    )
    answer = actor.change(request)
    if answer.good:
        _read(answer, request, dry=dry)
        return answer
    refused = refusal(answer, request, actor.door.who)
    if answer.status == _CONFLICT:
        raise PreconditionFailedError(f"The name of the autoscaler was taken: {refused}")
    raise refused


def delete(
    change: DeleteAutoscaler, kind: Kind, autoscaler: Json, actor: Visit, *, dry: bool
) -> None:
    """Have the server delete the very autoscaler that was seen.

    Raises:
        PreconditionFailedError: it is another one by now; nothing was deleted.
        OperationRefusedError: the server said no.
        OutcomeUnknownError: it was sent, and no answer came.
    """
    options: Json = {"preconditions": {"uid": uid_of(autoscaler)}}
    request = Request(
        verb="delete",
        kind=kind,
        namespace=change.namespace,
        name=change.name,
        query=_query(actor, dry=dry),
        body=options | ({"dryRun": ["All"]} if dry else {}),
    )
    answer = actor.change(request)
    if answer.good:
        return
    refused = refusal(answer, request, actor.door.who)
    if answer.status in {_CONFLICT, 404}:
        raise PreconditionFailedError(str(refused))
    raise refused


def restore(change: DeleteAutoscaler, key: str, reader: Visit, actor: Visit) -> Json:
    """Set the replicas of before, with the mark of the operation; return the workload.

    Raises:
        OutcomeUnknownError: the autoscaler is gone, and the replicas are not as before.
    """
    try:
        return _scaled(change, key, reader, actor)
    except OutcomeUnknownError:
        raise
    except Exception as error:
        raise OutcomeUnknownError(
            f"The autoscaler {change.name} was deleted, but {change.workload.shown} "
            f"does not have its {change.replicas} replicas of before: {error}"
        ) from error


def _scaled(change: DeleteAutoscaler, key: str, reader: Visit, actor: Visit) -> Json:
    refused: OperationRefusedError | None = None
    for _ in range(_ROUNDS):
        thing = workload_of(change, reader)
        if thing is None or uid_of(thing) != change.workload.uid:
            raise PreconditionFailedError("it is gone, or was made anew.")
        request = Request(
            verb="patch",
            kind=WORKLOADS[change.workload.resource],
            namespace=change.namespace,
            name=change.workload.name,
            query=_query(actor, dry=False) | {"fieldManager": _MANAGER},
            body=_patch(change, thing, key),
        )
        answer = actor.change(request)
        if answer.good:
            return answer.json()
        refused = refusal(answer, request, actor.door.who)
        if answer.status not in {_CONFLICT, 422}:
            break
    raise refused or AssertionError("no round was made")


def _patch(change: DeleteAutoscaler, thing: Json, key: str) -> list[Json]:
    version = thing["metadata"]["resourceVersion"]
    annotations = dict(annotations_of(thing)) | {MARK: key}
    return [
        {"op": "test", "path": "/metadata/uid", "value": change.workload.uid},
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "replace", "path": "/spec/replicas", "value": change.replicas},
        {"op": "add", "path": "/metadata/annotations", "value": annotations},
    ]


def _query(actor: Visit, *, dry: bool) -> dict[str, str]:
    # The server gives up when we do, so that nothing is taken up after somebody looked.
    query = {"timeout": f"{max(math.ceil(actor.deadline.left), 1)}s"}
    return query | ({"dryRun": "All"} if dry else {})


def _body(change: CreateAutoscaler, kind: Kind, key: str) -> Json:
    body = change.body
    metadata = body["metadata"]
    marked = {**metadata, "annotations": {**metadata["annotations"], MARK: key}}
    spec: Mapping[str, Any] = body["spec"]
    if kind is OLD_AUTOSCALERS:
        kept = {name: value for name, value in spec.items() if name != "metrics"}
        spec = {**kept, "targetCPUUtilizationPercentage": change.cpu}
    return {**body, "apiVersion": kind.api_version, "metadata": marked, "spec": dict(spec)}


def _read(answer: Answer, request: Request, *, dry: bool) -> None:
    try:
        good = isinstance(answer.json()["metadata"]["uid"], str)
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        kind = NoAnswerError if dry else OutcomeUnknownError
        raise kind(f"The creation of {request.thing} was answered with no such object.")
