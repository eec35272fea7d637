"""Flags that make something else of a command, whatever its verb: only tried, only helped.

A change that is only tried changes nothing, where that is certain: the flag is written
out and stands once, and nothing beside it is fetched, shown or removed.
"""

import re
from typing import Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl_refused, slots
from stanch.runbook.grammar.kubectl_manual import AFAR, left_to_people
from stanch.runbook.grammar.kubectl_resources import Resource, refuse
from stanch.runbook.grammar.kubectl_verbs import Call
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import ParamRef
from stanch.runbook.words import Word
from stanch.tools.operations import Effect
from stanch.tools.operations.kubernetes_names import canonical, hidden

_RISKY: Final = ("force", "rm", "attach", "stdin", "tty", "replace")
_OUTSIDE: Final = re.compile(r"(^|=)[/~]|(^|[/=])\.\.(/|$)")
"""A file that does not belong to the folder that people work in."""
_FETCHED: Final = ("filename", "kustomize")
_SHOWN: Final = ("from-file", "from-env-file")
_QUIET: Final = frozenset({("name",), ("wide",)})


def help_of(call: Call) -> Typed:
    """Return a command that only prints what its verb is for.

    Raises:
        RefusedError: values of a Secret stand in it.
    """
    _check_said(call)
    return left_to_people(call, Effect.OBSERVE, reason="it prints a help text")


def as_flagged(typed: Typed, call: Call) -> Typed:
    """Return what was typed, unless a flag makes something else of it.

    Raises:
        RefusedError: a flag makes a read of it that is never done.
    """
    given, change = call.given, typed.kind.startswith("intent.")
    if "kubeconfig" in given.flags:
        if not change:
            raise RefusedError(
                "RB023",
                f"--kubeconfig is refused: {kubectl_refused.FLAGS['--kubeconfig']}.",
                remedy="Leave it out.",
            )
        _check_said(call)
        why = "it names another kubeconfig, which may even run a program"
        return left_to_people(call, Effect.DESTRUCTIVE, reason=why)
    if not change:
        return typed
    secret = any(isinstance(one, ParamRef) or hidden(one) for one in _resources(typed))
    if secret and typed.kind != "intent.create" and _prints(call):
        refuse("The output would print the values of a Secret.", "Leave out -o, or write -o name.")
    if _only_tried(call) and not secret:
        return left_to_people(call, Effect.OBSERVE, reason="it only tries the change")
    return typed


def _only_tried(call: Call) -> bool:
    given = call.given
    value = given.flags.get("dry-run", ())
    if len(value) != 1 or value[0] not in {"client", "server"} or any(map(given.on, _RISKY)):
        return False
    return not _any(call, _FETCHED, AFAR) and not _any(call, _SHOWN, _OUTSIDE)


def _any(call: Call, flags: tuple[str, ...], pattern: re.Pattern[str]) -> bool:
    words: list[Word] = [word for name in flags for word in call.given.several.get(name, ())]
    return any(len(word) > 1 or pattern.search(slots.shown(word)) is not None for word in words)


def _prints(call: Call) -> bool:
    flags = call.given.flags
    return "template" in flags or flags.get("output", ("name",)) not in _QUIET


def _resources(typed: Typed) -> list[Resource]:
    fields = typed.fields
    made = [fields["resource"]] if "resource" in fields else []
    named = [one["resource"] for one in fields.get("objects") or ()]
    return [*made, *named, *(fields.get("resources") or ())]


def _check_said(call: Call) -> None:
    """Make sure that the words can be kept as they stand: no values of a Secret are in them."""
    first = call.rest[0] if call.rest else ("",)
    if call.form.startswith("kubectl create") and hidden(canonical(slots.shown(first))):
        refuse("The values of a Secret would be put on record.", "Leave the other flags out.")
