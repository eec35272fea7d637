"""The state of configured calls: which call a request is, and what it would change."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from stanch.settings.arguments import Value
from stanch.settings.calls import RESTORE, CallSettings
from stanch.settings.targets import Targets
from stanch.tools.clients.http.line import Line, Refused, untrusted
from stanch.tools.clients.http.reading import headers_of
from stanch.tools.clients.http.sending import Answer, Message
from stanch.tools.clients.http.servers import Server, server_of
from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations.http_call_forms import (
    Sent,
    UnfitArgumentError,
    facts_of,
    filled_path,
    matched,
)
from stanch.tools.operations.http_calls import LookAtCall
from stanch.tools.outcome import Outcome


class _Found(NamedTuple):
    name: str
    call: CallSettings
    arguments: dict[str, Value]


def look(operation: LookAtCall, line: Line, targets: Targets, deadline: Deadline) -> Outcome:
    """Return which configured call the request is, with the facts that it would change.

    Raises:
        TargetUnreachableError: what it changes could not be read.
        OperationRefusedError: the server does not let it be read.
    """
    server = server_of(targets, operation)
    settings = targets.endpoints.get(server.endpoint or "")
    calls = settings.calls if settings is not None else {}
    found = _match(operation, server, calls)
    if isinstance(found, str):
        unknown = {"endpoint": server.endpoint, "call": None, "why": found}
        return Outcome(data=unknown, text=found, duration=deadline.spent)
    facts = _read(found, server, line, deadline)
    inverses = {found.call.inverse, found.call.inverse_when_absent} - {None, RESTORE}
    data = {
        "endpoint": server.endpoint,
        "call": found.name,
        "why": "",
        "definition": found.call.model_dump(mode="json"),
        "inverses": {str(one): calls[str(one)].model_dump(mode="json") for one in inverses},
        "arguments": found.arguments,
        "facts": facts,
    }
    text = f"{found.name} at {server.title}: " + (
        json.dumps({n: facts[n] for n in found.call.read.facts}) if facts["present"] else "absent"
    )
    return Outcome(data=data, text=text, duration=deadline.spent)


def _match(
    operation: LookAtCall, server: Server, calls: Mapping[str, CallSettings]
) -> _Found | str:
    """Return the one call that the request is, or why there is none."""
    path = operation.path
    if operation.endpoint is None:
        # The path of a URL is whole; that of an endpoint stands behind the endpoint's own.
        path = path.removeprefix(server.base)
    asked = Sent(operation.asked_method, path, operation.asked_body)
    found: list[_Found] = []
    why = "the settings have no such call"
    for name, call in calls.items():
        try:
            arguments = matched(call, asked)
        except UnfitArgumentError as error:
            why = f"{name} may not be sent: {error}"
            continue
        if arguments is not None:
            found.append(_Found(name, call, arguments))
    if len(found) == 1:
        return found[0]
    names = ", ".join(one.name for one in found)
    return f"it may be any of these calls: {names}" if found else why


def _read(found: _Found, server: Server, line: Line, deadline: Deadline) -> dict[str, Any]:
    target = server.base + filled_path(found.call.read.path, found.arguments)
    asked = Message(method="GET", target=target, headers={"accept": "application/json"})
    answer = line.read(asked, server, named=None, deadline=deadline)
    if isinstance(answer, Refused):
        raise untrusted(server, answer)
    if answer.status in {401, 403}:
        raise OperationRefusedError(
            f"{server.title} answered GET {target} with {answer.status}. "
            "Its credential lacks the right to do that."
        )
    absent = answer.status == 404 and found.call.read.may_be_absent
    body = {} if absent else _json(answer)
    if body is None:
        raise TargetUnreachableError(
            f"{server.title} answered GET {target} with {answer.status}, and not with what "
            f"{found.name} changes."
        )
    etag = headers_of(answer, secrets=()).get("etag")
    return facts_of(found.call, answer.status, body, etag)


def _json(answer: Answer) -> dict[str, Any] | None:
    if answer.status != 200 or answer.truncated:
        return None
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
