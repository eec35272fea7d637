"""How `label`, `annotate` and `set` become intents."""

from collections.abc import Callable
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl_verbs as flags
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Flag
from stanch.runbook.grammar.kubectl_manual import check_shown, left_to_people
from stanch.runbook.grammar.kubectl_resources import chosen, refuse
from stanch.runbook.grammar.kubectl_verbs import Call, Verb
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.words import Word
from stanch.tools.operations import Effect
from stanch.tools.operations.kubernetes_names import hidden


def label(call: Call) -> Typed:
    """Turn `kubectl label` into an intent."""
    return Typed(kind="intent.label", fields=_marks(call))


def annotate(call: Call) -> Typed:
    """Turn `kubectl annotate` into an intent."""
    return Typed(kind="intent.annotate", fields=_marks(call))


def _marks(call: Call) -> dict[str, Any]:
    objects = tuple(word for word in call.rest if not _is_mark(word))
    marks = [word for word in call.rest if _is_mark(word)]
    if not marks:
        raise RefusedError("RB026", "Nothing is to be set.", remedy=f"Write: {call.form}")
    assign: list[dict[str, Any]] = []
    remove: list[Any] = []
    for word in marks:
        key, *value = slots.split(word, "=", most=1)
        if value:
            assign.append({"key": slots.text(key), "value": slots.text(value[0])})
        else:
            remove.append(slots.text(slots.glued([*word[:-1], str(word[-1])[:-1]])))
    return {**chosen(call, objects), "assign": assign, "remove": remove}


def _is_mark(word: Word) -> bool:
    text = slots.shown(word)
    return "=" in text or text.endswith("-")


def _set(part: str) -> Callable[[Call], Typed]:
    def build(call: Call) -> Typed:
        objects = tuple(word for word in call.rest if not _is_mark(word))
        values = [slots.text(word) for word in call.rest if _is_mark(word)]
        if call.given.on("list"):
            return _listed(call, changes=bool(values))
        for name, given in call.given.several.items():
            if name in _SAID:
                values += [slots.text(slots.glued([f"--{name}=", *word])) for word in given]
        fields = chosen(call, objects)
        named = (one["resource"] for one in fields.get("objects", ()))
        if any(isinstance(one, str) and hidden(one) for one in named):
            refuse("The values of a Secret would be put on record.", "A person does that.")
        return Typed(kind="intent.set", fields={**fields, "part": part, "values": values})

    return build


def _listed(call: Call, *, changes: bool) -> Typed:
    """`set env --list`: it prints the environment, unless something is set beside it."""
    if changes or {"env", "from"} & call.given.flags.keys():
        raise RefusedError(
            "RB026", "--list stands beside what is to be set.", remedy="Keep one of them."
        )
    if call.rest:
        check_shown(call)
    return left_to_people(call, Effect.OBSERVE)


def _subject(call: Call) -> Typed:
    """`set serviceaccount TYPE NAME ACCOUNT` and `set data TYPE NAME`: the words as they are."""
    *objects, last = call.rest or ((" ",),)
    if len(objects) < 1:
        raise RefusedError("RB026", "No object is named.", remedy=f"Write: {call.form}")
    fields = {**chosen(call, tuple(objects)), "part": "serviceaccount"}
    return Typed(kind="intent.set", fields={**fields, "values": [slots.text(last)]})


_SAID: Final = frozenset({"limits", "requests", "from", "env", "containers", "keys", "prefix"})
"""The flags of `set` that say what is set."""
_CHOSEN: Final = (
    *(*flags.PRINTED, flags.LABELS, flags.ALL, flags.FILES, flags.FOLDER, flags.DEEP),
    *(flags.DRY_RUN, flags.FIELD_MANAGER, Flag(name="local", switch=True)),
)
_MARKS: Final = (
    *(*_CHOSEN, flags.EVERYWHERE, flags.FIELDS),
    Flag(name="overwrite", switch=True),
    Flag(name="resource-version"),
)
_PARTS: Final = (
    ("image", ()),
    (
        "env",
        (
            *(Flag(name="env", short="e", many=True), Flag(name="from"), Flag(name="keys")),
            *(Flag(name="containers", short="c"), Flag(name="prefix")),
            *(Flag(name="overwrite", switch=True), Flag(name="list", switch=True)),
        ),
    ),
    (
        "resources",
        (Flag(name="limits"), Flag(name="requests"), Flag(name="containers", short="c")),
    ),
)

VERBS: Final = (
    Verb(
        words="label",
        flags=_MARKS,
        build=label,
        form="kubectl label TYPE/NAME key=value -n <namespace>",
    ),
    Verb(
        words="annotate",
        flags=_MARKS,
        build=annotate,
        form="kubectl annotate TYPE/NAME key=value -n <namespace>",
    ),
    *(
        Verb(
            words=f"set {part}",
            flags=(*_CHOSEN, *more),
            build=_set(part),
            form=f"kubectl set {part} deployment/NAME NAME=VALUE -n <namespace>",
        )
        for part, more in _PARTS
    ),
    Verb(
        words="set serviceaccount",
        also=("set sa",),
        flags=_CHOSEN,
        build=_subject,
        form="kubectl set serviceaccount deployment/NAME ACCOUNT -n <namespace>",
    ),
)
