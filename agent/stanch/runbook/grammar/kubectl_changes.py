"""How `delete`, `patch` and the verbs for nodes become intents.

An intent says what is wanted; only a look at the live object makes a change of it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl_verbs as flags
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Flag
from stanch.runbook.grammar.kubectl_manual import left_to_people
from stanch.runbook.grammar.kubectl_resources import Choice, chosen, labels, refuse
from stanch.runbook.grammar.kubectl_verbs import Call, Verb
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import Param, Slot
from stanch.runbook.words import Word
from stanch.tools.operations import Effect
from stanch.tools.operations.kubernetes_names import hidden

_MARK: Final = "\ufffc"
"""Stands for a parameter while a patch is read; the scanner lets no such character through."""
_ESCAPED: Final = re.compile(r"\\.")
_FIXED: Final = frozenset({"op", "path", "from"})
"""The fields of a JSON patch that say what it does."""
_DECIDES: Final = ("policy", "effect", "confirmation")
"""How fields end (in small letters) whose value says whether something is lost."""


def delete(call: Call) -> Typed:
    """Turn `kubectl delete` into an intent."""
    grace = call.given.flags.get("grace-period")
    force = call.given.on("force") or call.given.on("now") or grace in {("0",), ("1",)}
    return Typed(kind="intent.delete", fields={**chosen(call), "force": force})


def patch(call: Call) -> Typed:
    """Turn `kubectl patch` into an intent.

    Raises:
        RefusedError: the patch is in a file, or cannot be read.
    """
    given = call.given.flags
    if "patch" not in given:
        raise RefusedError("RB026", "The patch is missing.", remedy=f"Write: {call.form}")
    found = chosen(call)
    named = [one["resource"] for one in found.get("objects", [])]
    if any(isinstance(one, str) and hidden(one) for one in named):
        refuse("A patch of a Secret would put its values on record.", "A person does that.")
    kind = given.get("type", ("strategic",))
    text = _patch(given["patch"], call.around.params)
    fields = {**found, "type": kind[0], "patch": text, "subresource": call.text("subresource")}
    return Typed(kind="intent.patch", fields=fields)


def _patch(word: Word, params: Mapping[str, Param]) -> Slot:
    """Return a patch as JSON text, with its parameters where only values stand."""
    marked = _marked(word, params)
    try:
        value = json.loads(marked)
    except (ValueError, RecursionError):
        if len(word) == 1 and isinstance(word[0], str):
            return _from_yaml(word[0])
        raise _unreadable(word) from None
    if _MARK in marked and not _only_in_values(value):
        raise RefusedError(
            "RB027",
            "A parameter stands where the patch says what it does.",
            remedy="Write keys, op and path out.",
        )
    return slots.text(word)


def _marked(word: Word, params: Mapping[str, Param]) -> str:
    """Return the text of a patch: a mark for a parameter in a string, 0 for a number outside."""
    text = ""
    for part in word:
        if isinstance(part, str):
            text += part
        elif _inside_string(text):
            text += _MARK
        elif (known := params.get(part.param)) is not None and known.type == "integer":
            text += "0"
        else:
            raise _unreadable(word)
    return text


def _inside_string(text: str) -> bool:
    return _ESCAPED.sub("", text).count('"') % 2 == 1


def _from_yaml(text: str) -> str:
    refused = RefusedError(
        "RB026", "The patch is neither JSON nor plain YAML.", remedy="Write it as JSON."
    )
    if "&" in text:
        # An anchor that is repeated can grow beyond all bounds.
        raise refused
    try:
        return json.dumps(yaml.safe_load(text))
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
        raise refused from error


def _only_in_values(value: Any) -> bool:
    match value:
        case dict():
            decides = str(value.get("path", "")).lower().endswith(_DECIDES)
            return all(
                _MARK not in key
                and not (_is_fixed(key, decides=decides) and _MARK in str(item))
                and _only_in_values(item)
                for key, item in value.items()
            )
        case list():
            return all(map(_only_in_values, value))
        case _:
            return True


def _is_fixed(key: str, *, decides: bool) -> bool:
    return key in _FIXED or key.lower().endswith(_DECIDES) or (decides and key == "value")


def _unreadable(word: Word) -> RefusedError:
    return RefusedError(
        "RB027",
        f"A parameter stands outside the strings of the patch: '{slots.shown(word)}'.",
        remedy="Put it into double quotes, or declare it as an integer.",
    )


def cordon(call: Call) -> Typed:
    """Turn `kubectl cordon` into an intent."""
    return Typed(kind="intent.cordon", fields=_nodes(call))


def uncordon(call: Call) -> Typed:
    """Turn `kubectl uncordon` into an intent."""
    return Typed(kind="intent.cordon", fields={**_nodes(call), "lift": True})


def drain(call: Call) -> Typed:
    """Turn `kubectl drain` into an intent."""
    found = _nodes(call)
    if "pod-selector" in call.given.flags or call.given.on("disable-eviction"):
        why = "it takes only some of the pods, or asks no disruption budget"
        return left_to_people(call, Effect.DESTRUCTIVE, reason=why)
    local = call.given.on("delete-emptydir-data") or call.given.on("delete-local-data")
    fields = {**found, "force": call.given.on("force"), "local_data": local}
    return Typed(kind="intent.drain", fields=fields)


def _nodes(call: Call) -> dict[str, Any]:
    picked = labels(call)
    if bool(call.rest) == bool(picked):
        raise RefusedError(
            "RB026", "Nodes are named, or chosen by labels.", remedy=f"Write: {call.form}"
        )
    if picked:
        return {"resources": ["nodes"], "labels": picked}
    names = [slots.split(word, "/")[-1] for word in call.rest]
    found = Choice((), tuple(("nodes", slots.text(name)) for name in names))
    return {"objects": found.refs()}


def taint(call: Call) -> Typed:
    """Turn `kubectl taint` into an intent."""
    words = call.rest
    at = next((i for i, word in enumerate(words) if _is_taint(word)), len(words))
    if at == len(words):
        raise RefusedError("RB026", "No taint is named.", remedy=f"Write: {call.form}")
    taints = [_taint(word) for word in words[at:]]
    return Typed(kind="intent.taint", fields={**chosen(call, words[:at]), "taints": taints})


def _is_taint(word: Word) -> bool:
    text = slots.shown(word)
    return any(sign in text for sign in "=:") or text.endswith("-")


def _taint(word: Word) -> dict[str, Any]:
    last = word[-1]
    remove = isinstance(last, str) and last.endswith("-")
    if remove:
        word = slots.glued([*word[:-1], str(last)[:-1]])
    name, *effect = slots.split(word, ":", most=1)
    key, *value = slots.split(name, "=", most=1)
    found: dict[str, Any] = {"key": slots.text(key), "remove": remove}
    if value and value[0] != ("",):
        found["value"] = slots.text(value[0])
    if effect:
        found["effect"] = slots.literal(effect[0], "The effect of a taint")
    elif not remove:
        raise RefusedError(
            "RB026", f"'{slots.shown(word)}' has no effect.", remedy="Write KEY=VALUE:NoSchedule."
        )
    return found


_GONE: Final = (
    *(flags.EVERYWHERE, flags.LABELS, flags.FIELDS, flags.ALL, flags.FILES, flags.FOLDER),
    *(flags.DEEP, flags.OUTPUT),
    Flag(name="force", switch=True),
    Flag(name="now", switch=True),
    Flag(name="grace-period"),
    Flag(name="cascade", bare="background"),
    Flag(name="wait", switch=True),
    Flag(name="timeout"),
    Flag(name="ignore-not-found", switch=True),
    Flag(name="interactive", short="i", switch=True),
)
_DRAIN: Final = (
    *("ignore-daemonsets", "delete-emptydir-data", "delete-local-data", "force"),
    "disable-eviction",
)

VERBS: Final = (
    Verb(
        words="delete",
        flags=(*_GONE, flags.DRY_RUN),
        build=delete,
        form="kubectl delete TYPE/NAME -n <namespace>",
    ),
    Verb(
        words="patch",
        flags=(
            *(*flags.PRINTED, flags.DRY_RUN, flags.FILES, flags.FOLDER, flags.DEEP),
            Flag(name="patch", short="p"),
            Flag(name="type", only=("strategic", "merge", "json")),
            Flag(name="subresource"),
            flags.FIELD_MANAGER,
        ),
        build=patch,
        form="kubectl patch TYPE/NAME --type=merge -p '{\"spec\":{}}' -n <namespace>",
    ),
    Verb(
        words="cordon",
        also=("adm cordon",),
        flags=(flags.LABELS, flags.DRY_RUN),
        build=cordon,
        form="kubectl cordon NAME",
    ),
    Verb(
        words="uncordon",
        also=("adm uncordon",),
        flags=(flags.LABELS, flags.DRY_RUN),
        build=uncordon,
        form="kubectl uncordon NAME",
    ),
    Verb(
        words="drain",
        also=("adm drain",),
        flags=(
            *(flags.LABELS, flags.DRY_RUN, flags.CHUNK),
            *(Flag(name=name, switch=True) for name in _DRAIN),
            *(Flag(name="grace-period"), Flag(name="timeout"), Flag(name="pod-selector")),
            *(Flag(name="skip-wait-for-delete-timeout"), Flag(name="ignore-errors", switch=True)),
        ),
        build=drain,
        form="kubectl drain NAME --ignore-daemonsets",
    ),
    Verb(
        words="taint",
        also=("adm taint",),
        flags=(
            *(*flags.PRINTED, flags.LABELS, flags.ALL, flags.DRY_RUN),
            Flag(name="overwrite", switch=True),
            flags.FIELD_MANAGER,
        ),
        build=taint,
        form="kubectl taint nodes NAME key=value:NoSchedule",
    ),
)
