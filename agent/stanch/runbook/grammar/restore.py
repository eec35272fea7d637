"""The grammar of `stanch restore`: putting configuration back, for which kubectl has no verb."""

from collections.abc import Collection
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Allowed, Flag
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.words import Word

_FORM: Final = "stanch restore configmap/NAME -n <namespace> [--from configmap/EARLIER]"
_FORM_OF_SECRETS: Final = "stanch restore secret/NAME -n <namespace> --from secret/EARLIER"
_FLAGS: Final = (Flag(name="namespace", short="n"), Flag(name="from"))
_CONFIG_MAP: Final = frozenset({"configmap", "configmaps", "cm"})
_SECRET: Final = frozenset({"secret", "secrets"})


class _Grammar:
    programs: Collection[str] = frozenset({"stanch"})

    def read(self, program: str, words: tuple[Word, ...], around: Surroundings) -> Typed:
        del program, around
        if not words or slots.shown(words[0]) != "restore":
            raise _unreadable("Of stanch's own commands a runbook has only restore.", _FORM)
        allowed = Allowed(verb="stanch restore", flags=_FLAGS, refused={})
        given = allowed.read(words[1:])
        if len(given.rest) != 1 or given.after is not None:
            raise _unreadable("One object is restored at a time.", _FORM)
        kind, name = _named(given.rest[0])
        secret = kind in _SECRET
        form = _FORM_OF_SECRETS if secret else _FORM
        if "namespace" not in given.flags:
            raise _unreadable("The namespace is missing.", form)
        fields: dict[str, Any] = {
            "namespace": slots.whole(given.flags["namespace"], "The namespace"),
            "name": slots.whole(name, "The name"),
        }
        if "from" in given.flags:
            other, source = _named(given.flags["from"])
            if (other in _SECRET) is not secret:
                raise _unreadable("An object is restored from one of its own kind.", form)
            fields["from_name"] = slots.whole(source, "The name of the earlier one")
        elif secret:
            raise _unreadable("No earlier secret is named.", form)
        return Typed(
            kind="intent.restore_secret" if secret else "intent.restore_config_map", fields=fields
        )


def _named(word: Word) -> tuple[str, Word]:
    kind, *name = slots.split(word, "/", most=1)
    text = slots.literal(kind, "What is restored").lower()
    if text not in _CONFIG_MAP | _SECRET or not name or name[0] == ("",):
        raise _unreadable(f"'{slots.shown(word)}' is no configmap/NAME or secret/NAME.", _FORM)
    return text, name[0]


def _unreadable(message: str, form: str) -> RefusedError:
    return RefusedError("RB026", message, remedy=f"Write: {form}")


GRAMMAR = _Grammar()
