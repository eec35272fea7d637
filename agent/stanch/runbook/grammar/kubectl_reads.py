"""How `get` and `describe` become templates of operations, and `-o` a view."""

from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl_verbs as flags
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Flag
from stanch.runbook.grammar.kubectl_manual import left_to_people
from stanch.runbook.grammar.kubectl_resources import Choice, choice, fields, labels, scope
from stanch.runbook.grammar.kubectl_verbs import Call, Verb
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import Slot
from stanch.runbook.words import Word
from stanch.tools.operations import Effect

_EVENT_FIELDS: Final = {
    "involvedObject.kind": "about_kind",
    "involvedObject.name": "about_name",
    "type": "warnings_only",
}
_PLAIN: Final = {
    "wide": "wide",
    "name": "name",
    "json": "json",
    "yaml": "yaml",
    "kyaml": "yaml",
}
_METRICS: Final = "/apis/metrics.k8s.io/v1beta1"
_OF_SERVER: Final = (
    *(f"/{check}{more}" for check in ("healthz", "livez", "readyz") for more in ("", "?verbose")),
    *("/readyz/etcd", "/livez/etcd", "/healthz/etcd", "/version", "/api", "/apis"),
    *(_METRICS, f"{_METRICS}/nodes", f"{_METRICS}/pods"),
    *("/apis/custom.metrics.k8s.io/v1beta1", "/apis/external.metrics.k8s.io/v1beta1"),
)
"""The addresses that `get --raw` may name; any other may do anything."""
_TEMPLATES: Final = frozenset({"go-template", "template"})
_EXPRESSIONS: Final = {
    "jsonpath": "jsonpath",
    "jsonpath-as-json": "jsonpath",
    "custom-columns": "custom-columns",
}


def get(call: Call) -> Typed:
    """Turn `kubectl get` into a list, or into the read of named objects."""
    if "raw" in call.given.flags:
        return _of_server(call)
    found = choice(call.rest, call.form)
    where = scope(found, call)
    shown = view(call)
    if not found.objects:
        return _listed(found, where, call, shown)
    if {"selector", "field-selector"} & call.given.flags.keys():
        raise RefusedError("RB026", "A name and a selector are given.", remedy="Keep one of them.")
    if len(found.objects) > 1:
        several = {"objects": found.refs(), "namespace": where}
        return Typed(kind="kubernetes.read_several", fields=several, view=shown)
    resource, name = found.objects[0]
    if call.everywhere and not found.cluster_wide:
        # No command reads a name in all namespaces; a list of that name is what is meant.
        by_name = [{"path": "metadata.name", "operator": "=", "value": name}]
        listed = {"resource": resource, "namespace": None, "labels": [], "fields": by_name}
        return Typed(kind="kubernetes.list", fields=listed, view=shown)
    one = {"resource": resource, "namespace": where, "name": name}
    return Typed(kind="kubernetes.read", fields=one, view=shown)


def _of_server(call: Call) -> Typed:
    """`get --raw`: one of the addresses at which the server tells how it is."""
    if call.rest or call.given.flags.keys() - {"raw", "context", "request-timeout", "namespace"}:
        raise RefusedError(
            "RB026",
            "--raw stands beside something else.",
            remedy="Write: kubectl get --raw /readyz",
        )
    return left_to_people(call, Effect.OBSERVE)


def _listed(found: Choice, where: Slot, call: Call, shown: dict[str, Any] | None) -> Typed:
    by_labels, by_fields = labels(call), fields(call)
    listed: dict[str, Any] = {"namespace": where, "labels": by_labels, "fields": by_fields}
    if len(found.resources) > 1:
        listed["resources"] = list(found.resources)
        return Typed(kind="kubernetes.list_several", fields=listed, view=shown)
    [resource] = found.resources
    if resource == "events" and where is not None and not by_labels:
        about = _about(by_fields)
        if about is not None:
            return Typed(kind="kubernetes.events", fields={"namespace": where, **about}, view=shown)
    return Typed(kind="kubernetes.list", fields={"resource": resource, **listed}, view=shown)


def _about(by_fields: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return what a field selector for events asks, if the operation for events can say it."""
    about: dict[str, Any] = {}
    for field in by_fields:
        name = _EVENT_FIELDS.get(field["path"])
        if name is None or name in about or field["operator"] != "=":
            return None
        about[name] = field["value"]
    if about.setdefault("warnings_only", False) not in {False, "Warning"}:
        return None
    about["warnings_only"] = bool(about["warnings_only"])
    return about


def describe(call: Call) -> Typed:
    """Turn `kubectl describe` into the read of objects with what belongs to them."""
    found = choice(call.rest, call.form)
    where = scope(found, call)
    by_labels = labels(call)
    if len(found.objects) == 1 and not by_labels:
        resource, name = found.objects[0]
        one = {"resource": resource, "namespace": where, "name": name}
        return Typed(kind="kubernetes.describe", fields=one)
    if found.objects and by_labels:
        raise RefusedError("RB026", "A name and a selector are given.", remedy="Keep one of them.")
    several = {
        "objects": found.refs(),
        "resources": list(found.resources),
        "namespace": where,
        "labels": by_labels,
    }
    return Typed(kind="kubernetes.describe_several", fields=several)


def view(call: Call) -> dict[str, Any] | None:
    """Return how the answer is to be printed; None when nothing says so.

    Raises:
        RefusedError: the format is unknown, or reads a local file.
    """
    given = call.given
    found: dict[str, Any] = {}
    if "output" in given.flags:
        found |= _format(given.flags["output"], given.flags.get("template"))
    if given.on("no-headers"):
        found["headers"] = False
    if given.on("show-labels"):
        found["labels"] = True
    if call.everywhere:
        found["namespaces"] = True
    if "sort-by" in given.flags:
        found["sort_by"] = slots.text(given.flags["sort-by"])
    return found or None


def _format(word: Word, template: Word | None) -> dict[str, Any]:
    text = str(word[0]) if isinstance(word[0], str) else ""
    name, equals, _ = text.partition("=")
    if len(word) == 1 and text in _PLAIN:
        return {"format": _PLAIN[text]}
    rest = text[len(name) + 1 :]
    inline: Word | None = ((rest, *word[1:]) if rest else word[1:]) if equals else template
    if name in _TEMPLATES and inline:
        # A Go template only prints; the whole answer is kept, and shown as a table.
        return {}
    if name in _EXPRESSIONS and inline:
        return {"format": _EXPRESSIONS[name], "expression": slots.text(inline)}
    why = "it reads a local file" if "file" in name else "it is no format"
    raise RefusedError(
        "RB023",
        f"-o cannot be '{slots.shown(word)}': {why}.",
        remedy="It may be: wide, json, yaml, name, jsonpath=..., custom-columns=...",
    )


VERBS: Final = (
    Verb(
        words="get",
        flags=(
            *(flags.EVERYWHERE, flags.LABELS, flags.FIELDS, flags.OUTPUT, flags.SORT, flags.BARE),
            *(flags.CHUNK, flags.TEMPLATE, flags.ALLOW_MISSING, flags.SHOW_MANAGED),
            Flag(name="raw", only=_OF_SERVER),
            Flag(name="show-labels", switch=True),
            Flag(name="watch", short="w", bare="true", only=("false",)),
            Flag(name="show-kind", switch=True),
            Flag(name="label-columns", short="L", many=True),
            Flag(name="ignore-not-found", switch=True),
            Flag(name="server-print", switch=True),
            Flag(name="subresource", only=("status",)),
        ),
        build=get,
        form="kubectl get TYPE [NAME] -n <namespace>",
    ),
    Verb(
        words="describe",
        flags=(
            *(flags.EVERYWHERE, flags.LABELS, flags.CHUNK),
            Flag(name="show-events", switch=True),
        ),
        build=describe,
        form="kubectl describe TYPE/NAME -n <namespace>",
    ),
)
