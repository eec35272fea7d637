"""What a verb is that is understood and left to people.

Each line of the tables in `kubectl_plugins` and `kubectl_oc` is a verb, the worst it does,
and its flags: `name` is a switch, `name=` takes a value, `x/name` has the short form -x.
A flag may raise the effect, and so may a name behind the verb.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Flag
from stanch.runbook.grammar.kubectl_verbs import Call, Verb
from stanch.runbook.grammar.typed import Typed
from stanch.tools.operations import Effect

OBSERVE, MUTATE, DESTRUCTIVE = Effect.OBSERVE, Effect.MUTATE, Effect.DESTRUCTIVE


_GATHERS: Final = "/usr/bin/gather"
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

    def build(self, call: Call) -> Typed:
        """Return the verb as a command for people, with its effect."""
        worst = self.worst
        if self.named is not None and call.rest:
            worst = max(worst, self.named)
        for name, effect in self.raised.items():
            value = call.given.flags.get(name)
            if value is not None and value != ("false",):
                worst = max(worst, effect)
        script = self.open_ended
        if call.given.after and not slots.shown(call.given.after[0]).startswith(_GATHERS):
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
