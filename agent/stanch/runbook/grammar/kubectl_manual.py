"""What a verb is that is understood and left to people.

Each line of the tables in `kubectl_plugins` and `kubectl_oc` is a verb, the worst it does,
and its flags: `name` is a switch, `name=` takes a value, `x/name` has the short form -x.
A flag may raise the effect, and so may a name behind the verb.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Flag
from stanch.runbook.grammar.kubectl_resources import choice, refuse
from stanch.runbook.grammar.kubectl_verbs import Call, Verb
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import ParamRef
from stanch.tools.operations import Effect

OBSERVE, MUTATE, DESTRUCTIVE = Effect.OBSERVE, Effect.MUTATE, Effect.DESTRUCTIVE


AFAR: Final = re.compile(r"://|::|^git@|^[^/.]+\.[^/]+/")
"""An address: what it holds is fetched by other programs, before anybody has seen it."""
_GATHERS: Final = re.compile(r"/usr/bin/gather[a-z0-9_]{0,40}")
"""How the programs of a must-gather image are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    """One verb that a person carries out."""

    words: str
    worst: Effect
    flags: str = ""
    raised: Mapping[str, Effect] = field(default_factory=dict)
    """The effect by flag, where that is higher."""
    named: Effect | None = None
    """The effect when something is named behind the verb."""
    open_ended: bool = False
    """Whether it runs what nobody can foresee."""
    shows: bool = False
    """Whether it prints or keeps the objects that are named, so that they cannot be Secrets."""
    fetches: bool = False
    """Whether a name can be an address, which other programs fetch."""

    def build(self, call: Call) -> Typed:
        """Return the verb as a command for people, with its effect."""
        worst = self.worst
        if self.shows and call.rest:
            check_shown(call)
        if self.fetches:
            _check_near(call)
        if self.named is not None and call.rest:
            worst = max(worst, self.named)
        for name, effect in self.raised.items():
            value = call.given.flags.get(name)
            if value is not None and value != ("false",):
                worst = max(worst, effect)
        script = self.open_ended
        if call.given.after and not _GATHERS.fullmatch(slots.shown(call.given.after[0])):
            worst, script = DESTRUCTIVE, True
        return left_to_people(call, worst, script=script)

    def verb(self) -> Verb:
        """Return the verb as the table of kubectl has it."""
        return Verb(
            words=self.words,
            flags=tuple(map(_flag, self.flags.split())),
            build=self.build,
            form=f"kubectl {self.words}",
            passes=self.words == "adm must-gather",
        )


def check_shown(call: Call) -> None:
    """Make sure that what the call names is known not to be a Secret.

    Raises:
        RefusedError: it is one, or a parameter says what it is.
    """
    if any(isinstance(one, ParamRef) for one in choice(call.rest, call.form).kinds):
        refuse("The resource cannot be a parameter here.", f"Write it out: {call.form}")


def _check_near(call: Call) -> None:
    given = call.given.several
    words = [*call.rest, *given.get("filename", ()), *given.get("kustomize", ())]
    if any(AFAR.search(slots.shown(word)) for word in words):
        raise RefusedError(
            "RB026",
            "What is at an address is fetched before anybody has seen it.",
            remedy="Download it, look at it, and name the file.",
        )


def left_to_people(
    call: Call, worst: Effect, *, reason: str = "there is no client for it", script: bool = False
) -> Typed:
    """Return the call as a command that a person carries out."""
    fields: dict[str, Any] = {
        "program": call.program,
        "words": [slots.text(word) for word in call.words],
        "reason": reason,
    }
    if worst is OBSERVE:
        return Typed(kind="manual.read", fields=fields)
    return Typed(kind="intent.manual", fields={**fields, "worst": worst.word, "script": script})


def _flag(text: str) -> Flag:
    short, slash, name = text.partition("/")
    if not slash:
        short, name = "", text
    return Flag(name=name.removesuffix("="), short=short, switch=not name.endswith("="), many=True)
