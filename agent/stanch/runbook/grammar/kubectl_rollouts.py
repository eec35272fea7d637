"""How `rollout`, `scale` and `autoscale` become templates of operations and intents.

A deployment that is named alone has intents of its own, which stanch can carry out.
"""

from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl_verbs as flags
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Flag
from stanch.runbook.grammar.kubectl_manual import left_to_people
from stanch.runbook.grammar.kubectl_resources import chosen, one_object, refuse
from stanch.runbook.grammar.kubectl_verbs import Call, Verb
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import Slot
from stanch.runbook.words import Word
from stanch.tools.operations import Effect

_ROLLING: Final = frozenset({"statefulsets", "daemonsets"})


def status(call: Call) -> Typed:
    """Turn `kubectl rollout status` into one look, without waiting."""
    return _look(call, "rollout_status")


def history(call: Call) -> Typed:
    """Turn `kubectl rollout history` into the list of all revisions."""
    return _look(call, "rollout_history")


def _look(call: Call, what: str) -> Typed:
    kind, name = one_object(call.rest, call.form)
    found: dict[str, Any] = {"name": name, "namespace": call.namespace}
    if kind == "deployments":
        return Typed(kind=f"kubernetes.{what}", fields=found)
    if kind not in _ROLLING:
        refuse(f"{_shown(kind)} do not roll out.", f"Write: {call.form}")
    return Typed(kind=f"kubernetes.workload_{what}", fields={"resource": kind, **found})


def undo(call: Call) -> Typed:
    """Turn `kubectl rollout undo` into an intent."""
    revision: dict[str, Slot] = {}
    if "to-revision" in call.given.flags:
        revision["to_revision"] = slots.number(call.given.flags["to-revision"], "--to-revision")
    alone = _deployment(call)
    if alone is not None:
        return Typed(kind="intent.undo_rollout", fields={**alone, **revision})
    fields = {"action": "undo", **chosen(call), **revision}
    return Typed(kind="intent.rollout", fields=fields)


def restart(call: Call) -> Typed:
    """Turn `kubectl rollout restart` into an intent."""
    alone = _deployment(call)
    if alone is not None:
        return Typed(kind="intent.restart", fields=alone)
    return Typed(kind="intent.rollout", fields={"action": "restart", **chosen(call)})


def pause(call: Call) -> Typed:
    """Turn `kubectl rollout pause` into an intent."""
    return Typed(kind="intent.rollout", fields={"action": "pause", **chosen(call)})


def resume(call: Call) -> Typed:
    """Turn `kubectl rollout resume` into an intent."""
    return Typed(kind="intent.rollout", fields={"action": "resume", **chosen(call)})


def scale(call: Call) -> Typed:
    """Turn `kubectl scale` into an intent."""
    if "replicas" not in call.given.flags:
        raise RefusedError(
            "RB026", "The number of replicas is missing.", remedy=f"Write: {call.form}"
        )
    replicas = slots.number(call.given.flags["replicas"], "--replicas")
    wanted: dict[str, Slot] = {"replicas": replicas}
    if "current-replicas" in call.given.flags:
        current = call.given.flags["current-replicas"]
        wanted["current"] = slots.number(current, "--current-replicas")
    alone = _deployment(call)
    if alone is not None:
        return Typed(kind="intent.scale", fields={**alone, **wanted})
    return Typed(kind="intent.scale_objects", fields={**chosen(call), **wanted})


def autoscale(call: Call) -> Typed:
    """Turn `kubectl autoscale` into an intent."""
    given = call.given.flags
    if "max" not in given:
        raise RefusedError("RB026", "--max is missing.", remedy=f"Write: {call.form}")
    fields = {**chosen(call), "most": slots.number(given["max"], "--max")}
    if "memory" in given or not _is_share(given.get("cpu")):
        why = "it follows an amount or the memory, and not a share of the CPU"
        return left_to_people(call, Effect.MUTATE, reason=why)
    if "min" in given:
        fields["least"] = slots.number(given["min"], "--min")
    if "cpu-percent" in given:
        fields["cpu"] = slots.number(given["cpu-percent"], "--cpu-percent")
    if "cpu" in given:
        share = slots.glued([*given["cpu"][:-1], str(given["cpu"][-1]).removesuffix("%")])
        fields["cpu"] = slots.number(share, "--cpu")
    if "name" in given:
        fields["named"] = slots.text(given["name"])
    return Typed(kind="intent.autoscale", fields=fields)


def _is_share(word: Word | None) -> bool:
    """Say whether a target is given in per cent; without the sign it is an amount of CPU."""
    return word is None or (isinstance(word[-1], str) and word[-1].endswith("%"))


def _deployment(call: Call) -> dict[str, Slot] | None:
    """Return name and namespace of the one deployment that is named, if that is all."""
    found = chosen(call)
    objects = found.get("objects") or []
    if len(objects) != 1 or objects[0]["resource"] != "deployments" or found["everywhere"]:
        return None
    return {"name": objects[0]["name"], "namespace": found["namespace"]}


def _shown(kind: object) -> str:
    return kind.capitalize() if isinstance(kind, str) else "Objects of that type"


_MANY: Final = (flags.LABELS, flags.FILES, flags.FOLDER, flags.DEEP, flags.FIELD_MANAGER)
_NO_OUTPUT: Final = (*flags.PRINTED, *_MANY)

VERBS: Final = (
    Verb(
        words="rollout status",
        flags=(Flag(name="timeout"), Flag(name="watch", short="w", switch=True)),
        build=status,
        form="kubectl rollout status deployment/NAME -n <namespace>",
    ),
    Verb(
        words="rollout history",
        flags=(flags.OUTPUT, flags.TEMPLATE, Flag(name="revision")),
        build=history,
        form="kubectl rollout history deployment/NAME -n <namespace>",
    ),
    Verb(
        words="rollout undo",
        flags=(*_NO_OUTPUT, Flag(name="to-revision")),
        build=undo,
        form="kubectl rollout undo deployment/NAME -n <namespace>",
    ),
    Verb(
        words="rollout restart",
        flags=_NO_OUTPUT,
        build=restart,
        form="kubectl rollout restart deployment/NAME -n <namespace>",
    ),
    Verb(
        words="rollout pause",
        flags=_NO_OUTPUT,
        build=pause,
        form="kubectl rollout pause deployment/NAME -n <namespace>",
    ),
    Verb(
        words="rollout resume",
        flags=_NO_OUTPUT,
        build=resume,
        form="kubectl rollout resume deployment/NAME -n <namespace>",
    ),
    Verb(
        words="scale",
        flags=(
            *(*_NO_OUTPUT, flags.ALL, flags.DRY_RUN, Flag(name="replicas"), Flag(name="timeout")),
            Flag(name="current-replicas"),
        ),
        build=scale,
        form="kubectl scale deployment/NAME --replicas=3 -n <namespace>",
    ),
    Verb(
        words="autoscale",
        flags=(
            *_NO_OUTPUT,
            *(Flag(name="min"), Flag(name="max"), Flag(name="cpu-percent"), Flag(name="name")),
            *(Flag(name="cpu"), Flag(name="memory")),
        ),
        build=autoscale,
        form="kubectl autoscale deployment/NAME --max=5 -n <namespace>",
    ),
)
