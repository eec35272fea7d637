"""The grammar of argocd: its rollback is an intent, and all else is for a person to run."""

from collections.abc import Collection
from typing import Any, Final

from stanch.runbook.grammar import foreign, slots
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.words import Word

_ROLL_BACK: Final = ("app", "rollback")
_NAMESPACE: Final = ("--app-namespace", "-N")
_IDLE: Final = ("--timeout",)
"""Flags that say how long the command itself waits."""


class _Grammar:
    programs: Collection[str] = frozenset({"argocd"})

    def read(self, program: str, words: tuple[Word, ...], around: Surroundings) -> Typed:
        fields = _roll_back(words)
        if fields is None:
            return foreign.GRAMMAR.read(program, words, around)
        return Typed(kind="intent.argo_roll_back", fields=fields)


def _roll_back(words: tuple[Word, ...]) -> dict[str, Any] | None:
    """Return the fields of the intent; None when it is no plain rollback.

    With other flags (`--prune`, `--dry-run`, another server) it does more, or elsewhere.
    """
    if tuple(map(slots.shown, words[:2])) != _ROLL_BACK:
        return None
    named: list[Word] = []
    fields: dict[str, Any] = {}
    left = list(words[2:])
    while left:
        word = left.pop(0)
        flag, sign, _ = slots.shown(word).partition("=")
        if not flag.startswith("-"):
            named.append(word)
            continue
        if flag not in (*_NAMESPACE, *_IDLE) or not (sign or left):
            return None
        value = slots.split(word, "=", most=1)[1] if sign else left.pop(0)
        if flag in _NAMESPACE:
            fields["namespace"] = slots.whole(value, "The namespace of the application")
    if not 1 <= len(named) <= 2:
        return None
    name = slots.split(named[0], "/", most=1)
    if len(name) > 1:
        # NAMESPACE/NAME is how Argo CD prints an application.
        fields["namespace"] = slots.whole(name[0], "The namespace of the application")
    fields["name"] = slots.whole(name[-1], "The name of the application")
    if len(named) > 1:
        fields["history_id"] = slots.number(named[1], "The id in the history")
    return fields


GRAMMAR = _Grammar()
