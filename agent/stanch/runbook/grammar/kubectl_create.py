"""How `create`, `apply`, `replace`, `run` and `expose` become intents."""

from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl_verbs as flags
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Flag
from stanch.runbook.grammar.kubectl_manual import left_to_people
from stanch.runbook.grammar.kubectl_resources import choice, files_of, refuse
from stanch.runbook.grammar.kubectl_verbs import Call, Verb
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import ParamRef
from stanch.runbook.words import Word
from stanch.tools.operations import Effect
from stanch.tools.operations.kubernetes_names import canonical, hidden

_TYPES: Final = frozenset(
    {
        *("clusterroles", "clusterrolebindings", "configmaps", "cronjobs", "deployments"),
        *("ingresses", "jobs", "namespaces", "poddisruptionbudgets", "priorityclasses"),
        *("quota", "resourcequotas", "roles", "rolebindings", "secret", "services"),
        *(
            "serviceaccounts",
            "project",
            "route",
            "imagestream",
            "imagestreamtag",
            "deploymentconfig",
        ),
    }
)
"""What `kubectl create` and `oc create` make of words."""


def create(call: Call) -> Typed:
    """Turn `kubectl create` into an intent.

    Raises:
        RefusedError: it would mint a token, or makes what is not known.
    """
    if _files(call):
        return _applied(call, "create")
    if not call.rest:
        raise RefusedError("RB026", "Nothing is to be created.", remedy=f"Write: {call.form}")
    kind = canonical(slots.literal(call.rest[0], "The resource"))
    if kind == "token":
        refuse("A token is a credential; stanch makes none.", "A person does that.")
    if kind not in _TYPES:
        refuse(f"'kubectl create {kind}' is not known.", f"Write: {call.form}")
    if call.given.after and not hidden(kind):
        why = "it runs a program of its own in the cluster"
        return left_to_people(call, Effect.DESTRUCTIVE, reason=why, script=True)
    secret = hidden(kind)
    words = [slots.text(word) for word in call.rest[1:]]
    for name, values in call.given.several.items():
        if name in _UNSAID:
            continue
        words += [slots.text(_said(name, value, secret=secret)) for value in values]
    fields = {"resource": kind, "words": words, "namespace": call.text("namespace")}
    return Typed(kind="intent.create", fields=fields)


def _said(name: str, value: Word, *, secret: bool) -> Word:
    """Return a flag as one word; of a Secret only the key of a value."""
    if not secret:
        return slots.glued([f"--{name}=", *value])
    key, *rest = slots.split(value, "=", most=1)
    # Only these flags have a key before the sign; in a password it is a character.
    keyed = name in _KEYED and rest
    return slots.glued([f"--{name}=", *key, "=..."]) if keyed else (f"--{name}=...",)


def apply(call: Call) -> Typed:
    """Turn `kubectl apply` into an intent."""
    return _applied(call, "apply")


def replace(call: Call) -> Typed:
    """Turn `kubectl replace` into an intent."""
    return _applied(call, "replace")


def reconcile(call: Call) -> Typed:
    """Turn `kubectl auth reconcile` into an intent."""
    return _applied(call, "apply")


def _applied(call: Call, verb: str) -> Typed:
    files = files_of(call)
    if not files or call.rest:
        raise RefusedError("RB026", "One manifest is named with -f.", remedy=f"Write: {call.form}")
    force = call.given.on("force") or "grace-period" in call.given.flags
    removes = any(call.given.on(name) for name in ("remove-extra-permissions", "prune"))
    fields: dict[str, Any] = {
        "verb": verb,
        "files": files,
        "folder": "kustomize" in call.given.flags,
        "namespace": call.text("namespace"),
        "prune": removes or call.given.on("remove-extra-subjects"),
        "force": force,
    }
    return Typed(kind="intent.apply", fields=fields)


def _files(call: Call) -> bool:
    return bool({"filename", "kustomize"} & call.given.flags.keys())


def run(call: Call) -> Typed:
    """Turn `kubectl run` into an intent; what an image does with a command, nobody knows."""
    if not call.rest or "image" not in call.given.flags:
        raise RefusedError("RB026", "A name and an image are missing.", remedy=call.form)
    given = call.given
    after = (*call.rest[1:], *(given.after or ()))
    open_ended = bool(after) or any(
        given.on(name) or name in given.flags
        for name in ("stdin", "tty", "attach", "overrides", "privileged")
    )
    return Typed(
        kind="intent.manual",
        fields={
            "program": call.program,
            "words": [slots.text(word) for word in call.words],
            "reason": "it starts a pod that nothing describes",
            "worst": "destructive" if open_ended else "mutate",
            "script": open_ended,
        },
    )


def expose(call: Call) -> Typed:
    """Turn `kubectl expose` into an intent: a new service for what exists."""
    if call.rest:
        choice(call.rest, call.form)
    words: list[Any] = [slots.text(word) for word in call.rest]
    for name, values in call.given.several.items():
        if name not in _UNSAID:
            words += [slots.text(slots.glued([f"--{name}=", *value])) for value in values]
    fields = {"resource": "services", "words": words, "namespace": call.text("namespace")}
    if not any(isinstance(word, (str, ParamRef)) or word for word in words):
        raise RefusedError("RB026", "Nothing is to be exposed.", remedy=f"Write: {call.form}")
    return Typed(kind="intent.create", fields=fields)


_KEYED: Final = frozenset({"from-literal", "from-file"})
"""The flags for the values of a Secret that name the key, too."""
_UNSAID: Final = frozenset(
    {"namespace", "context", "request-timeout", "output", "template", "record"}
)
_FROM_FILES: Final = (
    *(*flags.PRINTED, flags.FILES, flags.FOLDER, flags.DEEP, flags.DRY_RUN, flags.FIELD_MANAGER),
    *(Flag(name="save-config", switch=True), Flag(name="validate", bare="true")),
    *(flags.LABELS, Flag(name="windows-line-endings", switch=True)),
)
_MADE: Final = (
    *("from-literal", "from-file", "from-env-file", "image", "verb", "resource", "role"),
    *("resource-name", "user", "group", "serviceaccount", "clusterrole", "tcp", "port", "from"),
    *("rule", "class", "annotation", "hard", "scopes", "schedule", "restart", "replicas", "type"),
    *("min-available", "max-unavailable", "value", "description", "docker-server"),
    *("docker-username", "docker-password", "docker-email", "cert", "key", "external-name"),
    *("node-port", "clusterip", "default-backend", "aggregation-rule", "non-resource-url"),
    *("preemption-policy", "display-name", "service", "hostname", "path", "insecure-policy"),
    *("ca-cert", "dest-ca-cert", "wildcard-policy"),
)

VERBS: Final = (
    Verb(
        words="create",
        flags=(
            *(*_FROM_FILES, Flag(name="edit", switch=True, only=("false",))),
            *(Flag(name=name, many=True) for name in _MADE),
            *(Flag(name="append-hash", switch=True), Flag(name="global-default", switch=True)),
        ),
        build=create,
        form="kubectl create -f FILE",
        passes=True,
    ),
    Verb(
        words="apply",
        flags=(
            *(*_FROM_FILES, flags.ALL, Flag(name="prune", switch=True)),
            *(Flag(name="force", switch=True), Flag(name="server-side", switch=True)),
            *(Flag(name="force-conflicts", switch=True), Flag(name="overwrite", switch=True)),
            *(Flag(name="prune-whitelist", many=True), Flag(name="prune-allowlist", many=True)),
            *(Flag(name="wait", switch=True), Flag(name="timeout"), Flag(name="grace-period")),
            *(Flag(name="cascade", bare="background"), Flag(name="applyset")),
            Flag(name="openapi-patch", switch=True),
        ),
        build=apply,
        form="kubectl apply -f FILE",
    ),
    Verb(
        words="replace",
        flags=(
            *(*_FROM_FILES, Flag(name="force", switch=True), Flag(name="grace-period")),
            *(Flag(name="cascade", bare="background"), Flag(name="timeout")),
            *(Flag(name="wait", switch=True), Flag(name="subresource")),
        ),
        build=replace,
        form="kubectl replace -f FILE",
    ),
    Verb(
        words="auth reconcile",
        flags=(
            *_FROM_FILES,
            Flag(name="remove-extra-permissions", switch=True),
            Flag(name="remove-extra-subjects", switch=True),
        ),
        build=reconcile,
        form="kubectl auth reconcile -f FILE",
    ),
    Verb(
        words="run",
        flags=(
            *(*flags.PRINTED, flags.DRY_RUN, flags.FIELD_MANAGER),
            *(Flag(name="image"), Flag(name="restart"), Flag(name="labels", short="l")),
            *(Flag(name="env", many=True), Flag(name="port"), Flag(name="overrides")),
            *(Flag(name="override-type"), Flag(name="image-pull-policy"), Flag(name="limits")),
            *(
                Flag(name="requests"),
                Flag(name="serviceaccount"),
                Flag(name="annotations", many=True),
            ),
            *(Flag(name="rm", switch=True), Flag(name="attach", switch=True)),
            *(Flag(name="stdin", short="i", switch=True), Flag(name="tty", short="t", switch=True)),
            *(Flag(name="quiet", short="q", switch=True), Flag(name="command", switch=True)),
            *(Flag(name="expose", switch=True), Flag(name="privileged", switch=True)),
            *(Flag(name="leave-stdin-open", switch=True), Flag(name="pod-running-timeout")),
            *(Flag(name="generator"), Flag(name="replicas"), Flag(name="schedule")),
        ),
        build=run,
        form="kubectl run NAME --image=IMAGE",
        passes=True,
    ),
    Verb(
        words="expose",
        flags=(
            *(*_FROM_FILES, Flag(name="port"), Flag(name="target-port"), Flag(name="name")),
            *(Flag(name="type"), Flag(name="protocol"), Flag(name="external-ip")),
            *(Flag(name="labels"), Flag(name="cluster-ip"), Flag(name="session-affinity")),
            *(Flag(name="load-balancer-ip"), Flag(name="generator"), Flag(name="hostname")),
            *(Flag(name="path"), Flag(name="overrides")),
        ),
        build=expose,
        form="kubectl expose deployment NAME --port=80",
    ),
)
