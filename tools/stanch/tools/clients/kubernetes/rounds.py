"""Patching an object that moves: anew on its next version, and never twice.

A patch that names the version it was made for lands on that version or not at all, so
that a refusal for a version that has passed leaves nothing in doubt.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from stanch.tools.clients.kubernetes.changes import FIELD_MANAGER, ROUNDS
from stanch.tools.clients.kubernetes.kinds import Kind
from stanch.tools.clients.kubernetes.patches import Patch
from stanch.tools.clients.kubernetes.requests import Answer, RefusalError, Request, refusal
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.errors import OperationRefusedError


def patched(
    request: Callable[[Patch], Request],
    actor: Visit,
    *,
    current: Callable[[], dict[str, Any]],
    body: Callable[[dict[str, Any]], Patch],
) -> tuple[dict[str, Any], Answer]:
    """Send the patch that `body` makes for the `current` object; return that and the answer.

    Raises:
        TargetUnreachableError: nothing was sent that changes anything.
        PreconditionFailedError: `current` says that the object is not the one that is meant.
        OperationRefusedError: the server said no, or the object did not come to rest.
        OutcomeUnknownError: it was sent, and no answer came.
    """
    refused: RefusalError | None = None
    version = None
    for _ in range(ROUNDS):
        thing = current()
        if refused is not None and version == thing["metadata"]["resourceVersion"]:
            # Nothing moved, so the tests held and the server minds the patch itself.
            raise refused
        version = thing["metadata"]["resourceVersion"]
        sent = request(body(thing))
        answer = actor.change(sent)
        if answer.good:
            return thing, answer
        refused = refusal(answer, sent, actor.door.who)
        if answer.status not in {409, 422}:
            raise refused
    raise OperationRefusedError(
        f"The object changed {ROUNDS} times while it was being patched, and nothing was done. "
        f"The server's last words: {refused}"
    )


def patch_request(
    place: tuple[Kind, str | None, str], body: Patch, actor: Visit, *, dry: bool
) -> Request:
    """Return the request that patches the object at `place` (kind, namespace, name).

    The server gives up when we do: a patch that it takes up later, after somebody looked
    whether it ran, would be the worst of outcomes.
    """
    kind, namespace, name = place
    query = {"fieldManager": FIELD_MANAGER, "timeout": f"{max(math.ceil(actor.deadline.left), 1)}s"}
    return Request(
        verb="patch",
        kind=kind,
        namespace=namespace,
        name=name,
        query=query | ({"dryRun": "All"} if dry else {}),
        body=body,
    )


def marked(thing: Mapping[str, Any], name: str, value: str) -> dict[str, Any]:
    """Return the step of a patch that sets one annotation and leaves the others alone.

    `add` replaces a member that is there, and makes one that is not.
    """
    annotations = thing["metadata"].get("annotations")
    if annotations is None:
        return {"op": "add", "path": "/metadata/annotations", "value": {name: value}}
    path = f"/metadata/annotations/{name.replace('~', '~0').replace('/', '~1')}"
    return {"op": "add", "path": path, "value": value}
