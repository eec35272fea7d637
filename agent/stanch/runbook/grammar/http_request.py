"""Requests: what curl and wget were told becomes a read, an intent, or a person's task."""

import re
from typing import Any, Final

from stanch.runbook.fill import fill, names
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.http_url import Draft, slot
from stanch.runbook.grammar.slots import shown
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.words import Word
from stanch.tools.operations import Effect
from stanch.tools.operations.http_effects import (
    Request,
    effect_of,
    unsafe_read,
    unsafe_request,
)
from stanch.tools.operations.http_secrets import hook_in, looks_like_credential

_NOWHERE: Final = frozenset({"-", "/dev/null", "/dev/stdout", "/dev/stderr"})
_FILE: Final = re.compile(r"(?:\./|/tmp/|/var/tmp/)?[A-Za-z0-9_][A-Za-z0-9_.-]*")
_USER: Final = re.compile(r"(?:^|//)[^/\s]*:[^/\s]*@")
"""A name and a password before an address."""
_TEXT: Final = "Its text holds a credential in clear."
_STAND_IN: Final = "a-0"


def typed(draft: Draft) -> Typed:
    """Return the request as a read when it is one, and as an intent otherwise.

    Raises:
        RefusedError: it is not one that is ever sent.
    """
    fields = fields_of(draft)
    effect = effect_of_draft(draft)
    shapes = [fields.get("path", "/"), *(value for _, value in draft.query)]
    if any(isinstance(text, str) and looks_like_credential(text) for text in shapes):
        raise RefusedError("RB035", _TEXT, remedy="Declare a parameter for it.")
    return Typed(kind="http.read" if effect is Effect.OBSERVE else "intent.http", fields=fields)


def by_hand(program: str, words: tuple[Word, ...], draft: Draft, reason: str) -> Typed:
    """Return the request as one that a person sends; `reason` says why.

    Raises:
        RefusedError: it is not one that is ever sent, or its text holds a credential.
    """
    effect = effect_of_draft(draft)
    return _manual(program, words, draft, reason=reason, worst=effect)


def download(program: str, words: tuple[Word, ...], draft: Draft) -> Typed:
    """Return a request whose answer becomes a file, which only a person may write."""
    effect = max(effect_of_draft(draft), Effect.MUTATE)
    return _manual(program, words, draft, reason="it writes a file", worst=effect)


def by_its_address(program: str, words: tuple[Word, ...], draft: Draft) -> Typed | None:
    """Return a request to an address that is itself a credential, which only a person knows.

    Its path is masked. None when the address is not of that kind.
    """
    fields = fields_of(draft)
    filled = fill(fields, dict.fromkeys(names(fields), _STAND_IN))
    if not hook_in(filled.get("host", ""), filled.get("path", "/")):
        return None
    masked = tuple(_without_path(word, filled.get("host", "")) for word in words)
    worst = max(effect_of_draft(draft), Effect.MUTATE)
    reason = "whoever knows its address may use it"
    return _manual(program, masked, draft, reason=reason, worst=worst)


def _without_path(word: Word, host: str) -> Word:
    text = shown(word)
    found = re.search(rf"{re.escape(host)}(?::[0-9]+)?/", text) if host else None
    return (f"{text[: found.end()]}***",) if found else word


def is_discarded(word: Word) -> bool:
    """Return whether an answer that goes to `word` stays in memory.

    Raises:
        RefusedError: it would become a file in a place where it can do harm.
    """
    text = shown(word)
    if text in _NOWHERE:
        return True
    if len(word) == 1 and isinstance(word[0], str) and _FILE.fullmatch(text):
        return False
    raise RefusedError(
        "RB035",
        f"The answer would be written to '{text}'.",
        remedy="Leave the file out: the answer is kept as evidence.",
    )


def fields_of(draft: Draft) -> dict[str, Any]:
    """Return the fields of the request that are not as they usually are."""
    fields = dict(draft.fields)
    if draft.query:
        fields["query"] = draft.query
    if draft.headers:
        fields["headers"] = draft.headers
    if draft.credential is not None:
        fields["credential"] = draft.credential
    return fields


def effect_of_draft(draft: Draft) -> Effect:
    """Return the worst that the request can do; its parameters are taken for plain words.

    A value that says more is judged when the parameter gets it: the model refuses a read
    that acts.

    Raises:
        RefusedError: it is not one that is ever sent.
    """
    fields = fields_of(draft)
    filled = fill(fields, dict.fromkeys(names(fields), _STAND_IN))
    try:
        request = Request(
            filled.get("method", "GET"),
            filled.get("path", "/"),
            [(key, value) for key, value in filled.get("query", [])],
            [(key, value) for key, value in filled.get("headers", [])],
            filled.get("body"),
            [(key, value) for key, value in filled.get("form", [])],
            filled.get("host", ""),
        )
        effect = effect_of(request)
        reason = unsafe_request(request)
        if reason is None and effect is Effect.OBSERVE:
            reason = unsafe_read(request)
    except ValueError as error:
        reason, effect = str(error), Effect.DESTRUCTIVE
    if reason is not None:
        raise RefusedError(
            "RB035",
            f"The request is not sent: {reason}.",
            remedy="Ask for /health, /metrics or another address that only tells of itself.",
        )
    return effect


def _manual(
    program: str, words: tuple[Word, ...], draft: Draft, *, reason: str, worst: Effect
) -> Typed:
    said = [shown(word) for word in words]
    if draft.credential is not None or any(
        _USER.search(text) or looks_like_credential(text) for text in said
    ):
        raise RefusedError(
            "RB035",
            f"A credential would be sent, and {reason}.",
            remedy="Ask the server directly, with its own credential.",
        )
    fields: dict[str, Any] = {
        "program": program,
        "words": [slot(word) for word in words],
        "reason": reason,
    }
    if worst is Effect.OBSERVE:
        return Typed(kind="manual.read", fields=fields)
    return Typed(kind="intent.manual", fields={**fields, "worst": worst.word})
