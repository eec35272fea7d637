"""Forms of configured calls: arguments into the places of a template, and out of a request.

A value is percent-encoded in a path and JSON in a body; it never becomes syntax.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from stanch.settings.arguments import Value
from stanch.settings.calls import SLOT, CallSettings
from stanch.tools.operations.http_calls import VERSION


class UnfitArgumentError(ValueError):
    """A request is a configured call, but one of its values may not stand there; says why."""


class Sent(NamedTuple):
    """The request that a call with its arguments is."""

    method: str
    path: str
    body: str | None


def accepted(call: CallSettings, arguments: Mapping[str, object]) -> dict[str, Value]:
    """Return the arguments, each held to its type.

    Raises:
        UnfitArgumentError: one is missing, is not one of the call's, or does not fit.
    """
    if wrong := sorted(call.arguments.keys() ^ arguments.keys()):
        raise UnfitArgumentError(f"<{wrong[0]}> is not given, or is none of its arguments")
    found: dict[str, Value] = {}
    for name, value in arguments.items():
        try:
            found[name] = call.arguments[name].taken(value)
        except ValueError as error:
            raise UnfitArgumentError(f"<{name}>: {error}") from None
    return found


def sent(call: CallSettings, arguments: Mapping[str, Value]) -> Sent:
    """Return the request that `call` with these arguments is."""
    body = None
    if call.body is not None:
        body = json.dumps(filled(call.template, arguments), ensure_ascii=True)
    return Sent(call.method, filled_path(call.path, arguments), body)


def filled_path(template: str, arguments: Mapping[str, Value]) -> str:
    """Return a path with the arguments in it, so that none of them spans more than its place."""
    return SLOT.sub(lambda found: quote(str(arguments[found[1]]), safe=""), template)


def filled_text(template: str, arguments: Mapping[str, Value]) -> str:
    """Return a sentence with the arguments in it."""
    return SLOT.sub(lambda found: str(arguments[found[1]]), template)


def filled(template: Any, arguments: Mapping[str, Value]) -> Any:
    """Return a JSON value with the arguments in it; a text that is one place keeps its type."""
    match template:
        case str():
            whole = SLOT.fullmatch(template)
            return arguments[whole[1]] if whole else filled_text(template, arguments)
        case dict():
            return {key: filled(value, arguments) for key, value in template.items()}
        case list():
            return [filled(value, arguments) for value in template]
        case _:
            return template


def matched(call: CallSettings, asked: Sent) -> dict[str, Value] | None:
    """Return the arguments with which `asked` is this call; None when it is another request.

    Raises:
        UnfitArgumentError: it is this call, and one of its values may not stand there.
    """
    found: dict[str, object] = {}
    if asked.method != call.method or not _path_fits(call.path, asked.path, found):
        return None
    if (call.body is None) != (not asked.body):
        return None
    if call.body is not None:
        try:
            body = json.loads(asked.body or "")
        except (ValueError, RecursionError):
            return None
        if not _fits(call.template, body, found):
            return None
    return accepted(call, found)


def _path_fits(template: str, path: str, found: dict[str, object]) -> bool:
    names = SLOT.findall(template)
    pieces = [re.escape(piece) for piece in SLOT.split(template)[::2]]
    match = re.fullmatch("([^/]+)".join(pieces), path)
    if match is None:
        return False
    texts = [unquote(text) for text in match.groups()]
    return all(_same(name, text, found) for name, text in zip(names, texts, strict=True))


def _fits(template: Any, value: Any, found: dict[str, object]) -> bool:
    match template:
        case str():
            return isinstance(value, str | int) and _text_fits(template, value, found)
        case dict():
            return (
                isinstance(value, dict)
                and value.keys() == template.keys()
                and all(_fits(one, value[key], found) for key, one in template.items())
            )
        case list():
            return (
                isinstance(value, list)
                and len(value) == len(template)
                and all(_fits(*pair, found) for pair in zip(template, value, strict=True))
            )
        case _:
            return type(value) is type(template) and value == template


def _text_fits(template: str, value: str | int, found: dict[str, object]) -> bool:
    whole = SLOT.fullmatch(template)
    if whole is not None:
        return _same(whole[1], value, found)
    if not isinstance(value, str):
        return False
    pieces = [re.escape(piece) for piece in SLOT.split(template)[::2]]
    match = re.fullmatch("(.+)".join(pieces), value, re.DOTALL)
    names = SLOT.findall(template)
    return match is not None and all(
        _same(name, text, found) for name, text in zip(names, match.groups(), strict=True)
    )


def _same(name: str, value: object, found: dict[str, object]) -> bool:
    """Keep a value; one that stands in two places must be the same in both."""
    return str(found.setdefault(name, value)) == str(value)


def facts_of(call: CallSettings, status: int, body: Any, etag: str | None = None) -> dict[str, Any]:
    """Return the facts in an answer to the read of a call.

    {"present": bool, the call's own facts, "version": ETag}; a value that the answer does not
    have is None.
    """
    there = status != 404
    facts: dict[str, Any] = {"present": there}
    for name, pointer in call.read.facts.items():
        facts[name] = _at(body, pointer) if there else None
    if call.precondition == "etag":
        facts[VERSION] = etag
    return facts


def after(call: CallSettings, arguments: Mapping[str, Value]) -> dict[str, Any]:
    """Return the facts that a call sets."""
    if call.leaves == "absent":
        return {"present": False, **dict.fromkeys(call.read.facts)}
    return {"present": True, **{n: filled(value, arguments) for n, value in call.sets.items()}}


def strong(etag: object) -> bool:
    """Say whether a change can be bound to an ETag: a weak one may stand for several states."""
    return isinstance(etag, str) and len(etag) > 2 and etag.startswith('"') and etag.endswith('"')


def _at(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to; None where there is nothing."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            inside = re.fullmatch(r"0|[1-9][0-9]{0,8}", key) and int(key) < len(value)
            value = value[int(key)] if inside else None
        else:
            return None
    return value
