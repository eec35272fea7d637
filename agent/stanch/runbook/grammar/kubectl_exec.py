"""How `exec`, `rsh`, `debug` and `cp` become operations and intents.

The program that runs in the container is read by its own grammar; the effect is that of
the program.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, get_args

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl_verbs as flags
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Flag
from stanch.runbook.grammar.kubectl_resources import one_object, refuse
from stanch.runbook.grammar.kubectl_verbs import Call, Verb
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.words import Word
from stanch.tools.operations.exec import InnerChange, InnerRead

_READS: Final = frozenset(model.model_fields["kind"].default for model in get_args(InnerRead))
_CHANGES: Final = frozenset(model.model_fields["kind"].default for model in get_args(InnerChange))
_HAS_PODS: Final = frozenset(
    {
        *("pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "services"),
        *("replicationcontrollers", "deploymentconfigs", "deploymentconfig", "dc"),
    }
)


def execute(call: Call) -> Typed:
    """Turn `kubectl exec` into an operation or an intent, by what runs inside."""
    if not call.rest:
        raise RefusedError("RB026", "No pod is named.", remedy=f"Write: {call.form}")
    pod, *inner = call.rest
    if call.given.after is not None:
        if inner:
            raise RefusedError("RB026", "More than one pod is named.", remedy=call.form)
        inner = list(call.given.after)
    if not inner:
        raise RefusedError("RB026", "No command for the pod.", remedy=f"Write: {call.form}")
    return _inside(call, pod, tuple(inner))


def remote_shell(call: Call) -> Typed:
    """Turn `oc rsh` into an operation or an intent; without a command it is a shell."""
    if not call.rest:
        raise RefusedError("RB026", "No pod is named.", remedy=f"Write: {call.form}")
    pod, *inner = call.rest
    inner += call.given.after or ()
    if inner[:1] == [("--",)]:
        del inner[0]
    if not inner:
        return _wrapped(call, pod, _session("sh", (), "it opens a shell in a container"))
    return _inside(call, pod, tuple(inner))


def debug(call: Call) -> Typed:
    """Turn `kubectl debug` into an intent: it leaves a container or a pod behind."""
    words = [slots.text(word) for word in call.words]
    # Words that nobody but the far side reads are kept as they stand.
    return Typed(
        kind="intent.manual",
        fields={
            "program": call.program,
            "words": words,
            "reason": "it starts a container with the rights of a node or of a pod",
            "worst": "destructive",
            "script": True,
        },
    )


def copy(call: Call) -> Typed:
    """Turn `kubectl cp` into an intent: into a pod it overwrites, out of one it writes here."""
    if len(call.rest) != 2:
        raise RefusedError("RB026", "Two places are named.", remedy=f"Write: {call.form}")
    into = ":" in slots.shown(call.rest[1])
    if into == (":" in slots.shown(call.rest[0])):
        raise RefusedError("RB026", "One of the places is in a pod.", remedy=call.form)
    words = [slots.text(word) for word in call.words]
    reason = "it writes files into a container" if into else "it writes local files"
    return Typed(
        kind="intent.manual",
        fields={
            "program": call.program,
            "words": words,
            "reason": reason,
            "worst": "destructive" if into else "mutate",
        },
    )


def _inside(call: Call, pod: Word, inner: tuple[Word, ...]) -> Typed:
    around = replace(call.around, inside="container")
    found = call.around.read(inner, around)
    if found.kind.startswith("intent.") and found.kind not in _CHANGES:
        # A command for another target, from within a container: with whose rights, nobody knows.
        why = "it acts from within a container, with the rights of that"
        return _wrapped(call, pod, _session(slots.shown(inner[0]), inner[1:], why))
    if found.kind not in _READS | _CHANGES:
        raise RefusedError(
            "RB036",
            f"'{slots.shown(inner[0])}' is no command for a container.",
            remedy="Run it from here.",
        )
    return _wrapped(call, pod, found)


def _session(program: str, words: Sequence[Word], reason: str) -> Typed:
    return Typed(
        kind="intent.manual",
        fields={
            "program": program,
            "words": [slots.text(word) for word in words],
            "reason": reason,
            "worst": "destructive",
            "script": True,
        },
    )


def _wrapped(call: Call, pod: Word, inner: Typed) -> Typed:
    fields: dict[str, Any] = {"namespace": call.namespace, "inner": _fields(inner)}
    if len(slots.split(pod, "/")) > 1:
        kind, name = one_object((pod,), call.form)
        if kind not in _HAS_PODS:
            refuse(f"'{slots.shown(pod)}' has no containers.", f"Write: {call.form}")
        fields |= {"resource": kind, "name": name}
    else:
        fields["name"] = slots.text(pod)
    if "container" in call.given.flags:
        fields["container"] = call.text("container")
    kind = "intent.exec" if inner.kind in _CHANGES else "kubernetes.exec"
    return Typed(kind=kind, fields=fields)


def _fields(inner: Typed) -> dict[str, Any]:
    return {"kind": inner.kind, **inner.fields}


_TERMINAL: Final = (
    Flag(name="stdin", short="i", switch=True),
    Flag(name="tty", short="t", switch=True),
    Flag(name="quiet", short="q", switch=True),
    Flag(name="pod-running-timeout"),
)

VERBS: Final = (
    Verb(
        words="exec",
        flags=(flags.CONTAINER, *_TERMINAL),
        build=execute,
        form="kubectl exec POD -n <namespace> -- df -h",
        passes=True,
    ),
    Verb(
        words="rsh",
        flags=(
            *(flags.CONTAINER, Flag(name="tty", short="t", switch=True)),
            *(
                Flag(name="no-tty", short="T", switch=True),
                Flag(name="shell"),
                Flag(name="timeout"),
            ),
        ),
        build=remote_shell,
        form="oc rsh -n <namespace> POD df -h",
        leading=True,
        passes=True,
    ),
    Verb(
        words="debug",
        flags=(
            *(flags.CONTAINER, *_TERMINAL, flags.FILES),
            *(Flag(name="image"), Flag(name="target"), Flag(name="copy-to"), Flag(name="profile")),
            *(Flag(name="share-processes", switch=True), Flag(name="same-node", switch=True)),
            *(Flag(name="attach", switch=True), Flag(name="replace", switch=True)),
            *(Flag(name="set-image"), Flag(name="env", many=True), Flag(name="image-pull-policy")),
            *(Flag(name="as-root", switch=True), Flag(name="as-user"), Flag(name="node-name")),
            *(Flag(name="to-namespace"), Flag(name="keep-labels", switch=True)),
            *(Flag(name="arguments-only", switch=True), Flag(name="custom")),
            *(Flag(name="one-container", switch=True), Flag(name="preserve-pod", switch=True)),
        ),
        build=debug,
        form="kubectl debug POD --image=IMAGE -- df -h",
        passes=True,
    ),
    Verb(
        words="cp",
        flags=(flags.CONTAINER, Flag(name="no-preserve", switch=True), Flag(name="retries")),
        build=copy,
        form="kubectl cp POD:/PATH FILE -n <namespace>",
    ),
)
