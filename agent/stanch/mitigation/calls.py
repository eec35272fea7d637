"""Configured calls: a request that the settings know becomes an exact change (MIT-14, MIT-15).

What a runbook asks for is the request itself, as one would type it. The look finds the
call in the settings that it is; a request that is none of them is left to people.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.settings.arguments import Value
from stanch.settings.calls import RESTORE, CallSettings, restored
from stanch.tools.operations import HttpIntent, LookAtCall, MakeCall, Read
from stanch.tools.operations.http_call_forms import (
    UnfitArgumentError,
    accepted,
    after,
    filled_path,
    filled_text,
    sent,
)
from stanch.tools.operations.http_calls import VERSION, definition_of, foretold

_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Calls:
    """Makes one call of the settings; the way back is the one that its table names."""

    intents = (HttpIntent,)

    def looks(self, intent: HttpIntent) -> Mapping[str, Read]:
        """Return the look at what the request changes, if the settings know it.

        Raises:
            CannotPlanError: no call of the settings can look like it.
        """
        if intent.method not in _METHODS or intent.query or intent.form:
            raise _unknown(intent)
        try:
            look = LookAtCall(
                scheme=intent.scheme,
                host=intent.host,
                port=intent.port,
                endpoint=intent.endpoint,
                path=intent.path,
                asked_method=intent.method,
                asked_body=intent.body,
            )
        except ValidationError as error:
            raise _unknown(intent) from error
        return {"target": look}

    def plan(self, intent: HttpIntent, seen: Seen, *, now: datetime) -> Plan:
        """Return the exact call with what it changes as it was seen.

        Raises:
            CannotPlanError: it is none of the settings, one of its values may not be sent,
                or what it would change is so already.
        """
        del now
        look = seen["target"]
        name = look.get("call")
        if not isinstance(name, str):
            raise _unknown(intent, str(look.get("why") or ""))
        call = CallSettings.model_validate(look["definition"])
        facts = dict(look["facts"])
        before = {fact: value for fact, value in facts.items() if fact != VERSION}
        arguments = _accepted(call, look["arguments"])
        back, note = _inverse(name, call, look, arguments, before)
        undone_by = back[0] if back is not None else None
        place = str(look["endpoint"])
        change = _made(place, name, call, arguments, before=before, undone_by=undone_by)
        if foretold(change, before) == before:
            raise CannotPlanError(f"{change.does}: it is so already")
        inverse = None
        if back is not None:
            left = foretold(change, before)
            inverse = _made(place, *back, before=left, undone_by=name)
        return Plan(
            title=_title(change.does),
            operation=change,
            observed=facts,
            inverse=inverse,
            inverse_note=note,
            touches=_touches(change, call, arguments),
        )

    def foretold(self, change: MakeCall, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts after the call; the version that they get nobody can foretell."""
        return foretold(change, after)


def _inverse(
    name: str,
    call: CallSettings,
    look: Mapping[str, Any],
    arguments: Mapping[str, Value],
    before: Mapping[str, Any],
) -> tuple[tuple[str, CallSettings, dict[str, Value]] | None, str]:
    """Return the call that takes this one back, with its arguments, and a sentence about it."""
    wanted = call.inverse if before["present"] else call.inverse_when_absent
    if wanted is None:
        was = "was there" if before["present"] else "was not there"
        return None, f"the settings name no call that takes {name} back where the thing {was}"
    if wanted == RESTORE:
        old = {**arguments, **{arg: before[fact] for arg, fact in restored(call).items()}}
        try:
            values = accepted(call, old)
        except UnfitArgumentError as error:
            return None, f"what was there before is nothing that {name} can set: {error}"
        return (name, call, values), "sets what was there before: " + filled_text(call.does, values)
    back = CallSettings.model_validate(look["inverses"][wanted])
    values = _accepted(back, {one: arguments[one] for one in back.arguments})
    if {**before, **after(call, arguments), **after(back, values)} != before:
        return None, f"{wanted} would not bring back what was there before"
    return (wanted, back, values), filled_text(back.does, values)


def _made(
    place: str,
    name: str,
    call: CallSettings,
    arguments: Mapping[str, Value],
    *,
    before: Mapping[str, Any],
    undone_by: str | None,
) -> MakeCall:
    request = sent(call, arguments)
    fields: dict[str, Any] = {
        "endpoint": place,
        "call": name,
        "does": filled_text(call.does, arguments),
        "arguments": tuple(sorted(arguments.items())),
        "method": call.method,
        "path": request.path,
        "body": request.body,
        "place": filled_path(call.read.path, arguments),
        "before": dict(before),
        "after": after(call, arguments),
        "definition": definition_of(call),
        "undone_by": undone_by,
    }
    try:
        return MakeCall(**fields)
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise CannotPlanError(f"the call {name} of the settings cannot be shown: {why}") from error


def _accepted(call: CallSettings, arguments: Mapping[str, Any]) -> dict[str, Value]:
    try:
        return accepted(call, arguments)
    except UnfitArgumentError as error:
        raise CannotPlanError(str(error)) from error


def _touches(
    change: MakeCall, call: CallSettings, arguments: Mapping[str, Value]
) -> tuple[str, ...]:
    sentences = [f"{change.endpoint} {change.does}"]
    if call.loses:
        sentences.append(filled_text(call.loses, arguments))
    body = f" with {change.body}" if change.body else ""
    sentences.append(f"what is sent is {change.method} {change.path}{body}, and nothing else")
    return tuple(sentences)


def _title(does: str) -> str:
    return does[:1].upper() + does[1:]


def _unknown(intent: HttpIntent, why: str = "") -> CannotPlanError:
    because = f" ({why})" if why else ""
    return CannotPlanError(
        f"stanch has no way to preview, check and undo this request{because}; a person can run "
        f"`{intent.as_text()}`"
    )
