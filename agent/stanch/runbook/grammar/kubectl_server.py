"""How the verbs that ask the API server about itself become templates of operations."""

from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl_verbs as flags
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Flag
from stanch.runbook.grammar.kubectl_manual import left_to_people
from stanch.runbook.grammar.kubectl_reads import view
from stanch.runbook.grammar.kubectl_resources import choice, labels, scope
from stanch.runbook.grammar.kubectl_verbs import Call, Verb
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import Slot
from stanch.tools.operations import Effect

_OF_CONFIG: Final = ("show-server", "show-console", "show-context")
_CLUSTER_SERVICES: Final = {
    "resource": "services",
    "namespace": "kube-system",
    "labels": [{"key": "kubernetes.io/cluster-service", "operator": "=", "values": ["true"]}],
    "fields": [],
}
"""What `kubectl cluster-info` lists."""


def version(call: Call) -> Typed:
    """Turn `kubectl version` into an operation."""
    _nothing_else(call)
    return Typed(kind="kubernetes.version", fields={})


def api_versions(call: Call) -> Typed:
    """Turn `kubectl api-versions` into an operation."""
    _nothing_else(call)
    return Typed(kind="kubernetes.api_versions", fields={})


def api_resources(call: Call) -> Typed:
    """Turn `kubectl api-resources` into an operation."""
    _nothing_else(call)
    found: dict[str, Any] = {"group": call.text("api-group")}
    if "namespaced" in call.given.flags:
        found["namespaced"] = call.given.on("namespaced")
    if "verbs" in call.given.flags:
        verbs = slots.literal(call.given.flags["verbs"], "--verbs")
        found["verbs"] = verbs.split(",")
    return Typed(kind="kubernetes.api_resources", fields=found, view=view(call))


def cluster_info(call: Call) -> Typed:
    """Turn `kubectl cluster-info` into the list that it prints."""
    _nothing_else(call)
    return Typed(kind="kubernetes.list", fields=dict(_CLUSTER_SERVICES))


def whoami(call: Call) -> Typed:
    """Turn `kubectl auth whoami` into an operation."""
    _nothing_else(call)
    if any(call.given.on(name) for name in _OF_CONFIG):
        return left_to_people(call, Effect.OBSERVE, reason="it reads the local kubeconfig")
    return Typed(kind="kubernetes.whoami", fields={})


def can_i(call: Call) -> Typed:
    """Turn `kubectl auth can-i` into a question; --as only says about whom it is asked."""
    given = call.given
    found: dict[str, Any] = {"namespace": None if call.everywhere else call.namespace}
    if given.on("list"):
        _nothing_else(call)
        found["list_all"] = True
    elif 2 <= len(call.rest) <= 3:
        verb, resource, *name = (slots.text(word) for word in call.rest)
        found |= {"verb": verb, "resource": resource}
        if name:
            parts = [*call.rest[1], "/", *call.rest[2]]
            found["resource"] = slots.text(slots.glued(parts))
    else:
        raise RefusedError("RB026", "A verb and a resource are asked for.", remedy=call.form)
    found |= {"subresource": call.text("subresource"), "user": call.text("as")}
    groups = [slots.text(word) for word in given.several.get("as-group", ())]
    return Typed(kind="kubernetes.can_i", fields={**found, "groups": groups})


def wait(call: Call) -> Typed:
    """Turn `kubectl wait` into looks until its condition holds or its time is up."""
    given = call.given
    if "for" not in given.flags:
        raise RefusedError("RB026", "--for is missing.", remedy=f"Write: {call.form}")
    found = choice(call.rest, call.form)
    by_labels = labels(call)
    fields: dict[str, Any] = {"namespace": scope(found, call), "condition": _condition(call)}
    if "timeout" in given.flags:
        timeout = slots.literal(given.flags["timeout"], "--timeout")
        fields["seconds"] = 0 if timeout == "0" else slots.seconds(timeout, "--timeout")
    if found.objects and not by_labels and not given.on("all"):
        return Typed(kind="kubernetes.wait", fields={**fields, "objects": found.refs()})
    if len(found.resources) != 1 or not (by_labels or given.on("all")):
        raise RefusedError(
            "RB026", "What is waited for is not named.", remedy=f"Write: {call.form}"
        )
    fields |= {"resource": found.resources[0], "labels": by_labels}
    return Typed(kind="kubernetes.wait", fields=fields)


def _condition(call: Call) -> Slot:
    word = call.given.flags["for"]
    if len(word) == 1 and isinstance(word[0], str) and word[0].startswith("jsonpath="):
        # Quotes inside the braces are kubectl's own and mean nothing.
        return word[0].replace("'", "").replace('"', "")
    return slots.text(word)


def _nothing_else(call: Call) -> None:
    if call.rest:
        raise RefusedError(
            "RB026",
            f"'{slots.shown(call.rest[0])}' is one word too many.",
            remedy=f"Write: {call.form}",
        )


VERBS: Final = (
    Verb(
        words="version",
        flags=(flags.OUTPUT, Flag(name="short", switch=True), Flag(name="client", switch=True)),
        build=version,
        form="kubectl version",
    ),
    Verb(
        words="cluster-info",
        flags=(),
        build=cluster_info,
        form="kubectl cluster-info",
    ),
    Verb(
        words="api-versions",
        flags=(),
        build=api_versions,
        form="kubectl api-versions",
    ),
    Verb(
        words="api-resources",
        flags=(
            *(flags.OUTPUT, flags.BARE, flags.SORT, Flag(name="api-group"), Flag(name="verbs")),
            Flag(name="namespaced", switch=True),
            Flag(name="cached", switch=True),
            Flag(name="categories"),
        ),
        build=api_resources,
        form="kubectl api-resources",
    ),
    Verb(
        words="auth whoami",
        flags=(flags.OUTPUT,),
        build=whoami,
        form="kubectl auth whoami",
    ),
    Verb(
        words="whoami",
        flags=(
            *(Flag(name="show-server", switch=True), Flag(name="show-console", switch=True)),
            Flag(name="show-context", short="c", switch=True),
        ),
        build=whoami,
        form="oc whoami",
    ),
    Verb(
        words="auth can-i",
        flags=(
            *(flags.EVERYWHERE, flags.BARE, Flag(name="list", switch=True)),
            Flag(name="quiet", short="q", switch=True),
            Flag(name="subresource"),
            Flag(name="as"),
            Flag(name="as-group", many=True),
        ),
        build=can_i,
        form="kubectl auth can-i VERB TYPE -n <namespace>",
    ),
    Verb(
        words="wait",
        flags=(
            *(flags.EVERYWHERE, flags.LABELS, flags.ALL, flags.OUTPUT),
            Flag(name="for"),
            Flag(name="timeout"),
        ),
        build=wait,
        form="kubectl wait pod/NAME --for=condition=Ready --timeout=60s -n <namespace>",
    ),
)
