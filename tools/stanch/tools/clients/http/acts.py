"""Acts: how a flag is switched and a weight is set, whatever the server is.

Each kind of server says how its state is read and which request changes it. The order is
the same for all: look, compare with what was seen, send once, look again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stanch.settings.targets import Targets
from stanch.tools.clients.http.balancer import Balancer
from stanch.tools.clients.http.configured import Configured
from stanch.tools.clients.http.dialect import Dialect, Shown
from stanch.tools.clients.http.flagd import Flagd
from stanch.tools.clients.http.launchdarkly import LaunchDarkly
from stanch.tools.clients.http.line import Line, Refused, merged, untrusted
from stanch.tools.clients.http.reading import headers_of, masked
from stanch.tools.clients.http.sending import Answer, Message
from stanch.tools.clients.http.servers import Server, credential_header, server_for_change
from stanch.tools.clients.http.unleash import Unleash
from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
    ToolError,
)
from stanch.tools.operations.http_acts import HttpAct, SetWeight, SwitchFlag
from stanch.tools.operations.http_calls import VERSION, MakeCall
from stanch.tools.outcome import DryRun, Outcome

_WORDS = 300
_JSON = {"content-type": "application/json", "accept": "application/json"}
_Change = HttpAct | MakeCall


@dataclass(frozen=True, slots=True)
class _Scene:
    """One change and the server that it is made at."""

    change: _Change
    server: Server
    dialect: Dialect
    line: Line
    deadline: Deadline
    secrets: tuple[str, ...] = ()
    """What must not be told again, whatever the server says."""

    def see(self) -> tuple[dict[str, Any], Shown]:
        """Return the facts about the target, and the whole answer."""
        asked = self.dialect.question(self.change)
        answer = self.line.read(
            self._framed(asked), self.server, named=None, deadline=self.deadline
        )
        if isinstance(answer, Refused):
            raise untrusted(self.server, answer)
        if answer.status not in {200, 404}:
            raise _refusal(self, answer, asked)
        body = _object(answer) if answer.status == 200 else {}
        if body is None:
            raise TargetUnreachableError(
                f"{self.server.title} did not answer {asked.target} with a JSON object. "
                f"Is it a {self.server.kind}?"
            )
        shown = Shown(answer.status, body, headers_of(answer, secrets=()))
        return self.dialect.found(self.change, shown), shown

    def ask(self, asked: Message) -> Any:
        """Return what the server says beside the target.

        Raises:
            ToolError: it says nothing that can be read.
        """
        answer = self.line.read(
            self._framed(asked), self.server, named=None, deadline=self.deadline
        )
        if isinstance(answer, Refused):
            raise untrusted(self.server, answer)
        if answer.status != 200:
            raise _refusal(self, answer, asked)
        return _value(answer)

    def send(self, order: Message, key: str) -> Answer:
        framed = self._framed(order)
        marked = Message(
            method=framed.method,
            target=framed.target,
            headers=merged(framed.headers, {"x-request-id": key, "idempotency-key": key}),
            body=framed.body,
        )
        return self.line.change(marked, self.server, deadline=self.deadline)

    def _framed(self, message: Message) -> Message:
        return Message(
            method=message.method,
            target=self.server.base + message.target,
            headers=merged(_JSON, message.headers),
            body=message.body,
        )


def look(change: _Change, line: Line, targets: Targets, deadline: Deadline) -> dict[str, Any]:
    """Return the facts about the target of a change."""
    return _scene(change, line, targets, deadline).see()[0]


def preview(change: _Change, line: Line, targets: Targets, deadline: Deadline) -> DryRun:
    """Return the facts before and after; the server itself cannot try it."""
    scene = _scene(change, line, targets, deadline)
    facts = scene.see()[0]
    reason = scene.dialect.cannot or _unfit(scene, facts)
    if reason:
        return DryRun(accepted=False, note=reason, before=facts, after=facts, tried=False)
    return DryRun(
        accepted=True,
        note=f"{scene.server.title} cannot try a change; what is shown is foretold.",
        # A version counts the changes, and nobody can foretell how.
        before=_unversioned(facts),
        after=_unversioned(scene.dialect.wanted(change, facts)),
        tried=False,
    )


def apply(
    change: _Change,
    line: Line,
    targets: Targets,
    deadline: Deadline,
    *,
    key: str,
    observed: Mapping[str, Any],
) -> Outcome:
    """Make the change once, if the target is as `observed`; return {"before", "after"}."""
    scene = _scene(change, line, targets, deadline)
    if scene.dialect.cannot:
        raise OperationRefusedError(scene.dialect.cannot)
    before, shown = scene.see()
    if before != dict(observed):
        raise PreconditionFailedError(
            f"{change.subject} is not as it was seen: {_drift(observed, before)}."
        )
    if reason := _unfit(scene, before):
        raise PreconditionFailedError(reason)
    order = scene.dialect.order(change, shown, key)
    answer = scene.send(order, key)
    if not 200 <= answer.status < 300:
        raise _refusal(scene, answer, order, changes=True)
    after = _seen_again(scene)
    wanted = _unversioned(scene.dialect.wanted(change, before))
    there = after is not None and _unversioned(after) == wanted
    note = "" if there else ", and does not show it yet"
    return Outcome(
        data={"before": before, "after": after},
        text=f"{scene.server.title} accepted it ({answer.status}){note}",
        duration=deadline.spent,
    )


def probe(change: _Change, line: Line, targets: Targets, deadline: Deadline) -> bool | None:
    """Say whether the target is as the change leaves it; None when it is gone."""
    scene = _scene(change, line, targets, deadline)
    facts = scene.see()[0]
    if facts.get("missing"):
        return None
    return _unversioned(facts) == _unversioned(scene.dialect.wanted(change, facts))


def _scene(change: _Change, line: Line, targets: Targets, deadline: Deadline) -> _Scene:
    server = server_for_change(targets, change.endpoint)
    dialect: Dialect
    match change, server.kind:
        case MakeCall(), _:
            dialect = Configured.of(change, targets)
        case SwitchFlag(), "unleash":
            dialect = Unleash()
        case SwitchFlag(), "launchdarkly":
            dialect = LaunchDarkly()
        case SwitchFlag(), "flagd" | "ofrep":
            dialect = Flagd(server.kind)
        case SetWeight(), "load-balancer":
            dialect = Balancer()
        case _:
            raise TargetUnreachableError(
                f"{server.title} is of the kind '{server.kind}', where stanch does not know "
                f"how to {change.as_text()}: set `kind` in its table"
            )
    # What must not be sent to it is found before anything is asked.
    _, secrets = credential_header(targets, server, None)
    return _Scene(change, server, dialect, line, deadline, secrets)


def _unfit(scene: _Scene, facts: Mapping[str, Any]) -> str | None:
    if facts.get("missing"):
        return f"{scene.change.subject} is not there."
    return scene.dialect.unfit(scene.change, facts) or scene.dialect.barred(scene.change, scene.ask)


def _unversioned(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != VERSION}


def _seen_again(scene: _Scene) -> dict[str, Any] | None:
    try:
        return scene.see()[0]
    except ToolError:
        # The change was accepted; that it cannot be looked at now says nothing of it.
        return None


def _drift(observed: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    if now.get("missing"):
        return "it is gone"
    names = sorted(n for n in observed.keys() | now.keys() if observed.get(n) != now.get(n))
    return "; ".join(f"{n} was {observed.get(n)!r} and is {now.get(n)!r}" for n in names)


def _refusal(scene: _Scene, answer: Answer, sent: Message, *, changes: bool = False) -> ToolError:
    """Return the error for an answer that is not the wanted one."""
    server = scene.server
    body = masked(answer.body.decode(errors="replace"), scene.secrets).strip()
    words = "" if body.startswith("<") else f": {' '.join(body.split())[:_WORDS]}"
    message = f"{server.title} answered {sent.method} {sent.target} with {answer.status}{words}"
    if answer.status in {401, 403}:
        return OperationRefusedError(f"{message}. Its credential lacks the right to do that.")
    if answer.status in {409, 412}:
        return PreconditionFailedError(f"{message}. Somebody else changed it meanwhile.")
    if changes and not 400 <= answer.status < 500:
        # A gateway may have given up on a server that went on, and a server that has done it
        # may point to where that is seen.
        return OutcomeUnknownError(f"{message}. Whether it was done is not known.")
    return OperationRefusedError(f"{message}.")


def _object(answer: Answer) -> dict[str, Any] | None:
    value = _value(answer)
    return value if isinstance(value, dict) else None


def _value(answer: Answer) -> Any:
    """Return what a body says in JSON; None when it is cut off or says something else."""
    if answer.truncated:
        return None
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
