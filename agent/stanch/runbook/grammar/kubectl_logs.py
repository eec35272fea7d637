"""How `logs`, `events` and `top` become templates of operations."""

from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl_verbs as flags
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Flag
from stanch.runbook.grammar.kubectl_manual import left_to_people
from stanch.runbook.grammar.kubectl_reads import view
from stanch.runbook.grammar.kubectl_resources import Choice, labels, one_object, refuse, resource
from stanch.runbook.grammar.kubectl_resources import scope as scope_of
from stanch.runbook.grammar.kubectl_verbs import Call, Verb
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import Slot
from stanch.runbook.words import Word
from stanch.tools.operations import Effect
from stanch.tools.operations.kubernetes_names import BUILT_IN, canonical

_OWNERS: Final = frozenset(
    {
        *("statefulsets", "daemonsets", "replicasets", "jobs", "replicationcontrollers"),
        *("services", "cronjobs", "deploymentconfigs", "deploymentconfig", "dc"),
    }
)
"""What has pods of its own, beside deployments."""
_BUILDS: Final = frozenset({"build", "builds", "bc", "buildconfig", "buildconfigs"})


def logs(call: Call) -> Typed:
    """Turn `kubectl logs` of a pod, of a workload or of selected pods into an operation."""
    given = call.given
    if call.program == "oc" and call.rest and _of_build(call.rest[0]):
        return left_to_people(call, Effect.OBSERVE)
    found: dict[str, Any] = {"namespace": call.namespace, **_source(call)}
    if given.on("all-containers"):
        found["all_containers"] = True
    elif "container" in given.flags:
        found["container"] = call.text("container")
    # The last of all lines is asked for by -1; no more than the most are ever read.
    if given.flags.get("tail", ("-1",)) == ("-1",):
        found |= {"tail": 100_000} if "tail" in given.flags else {}
    else:
        found["tail"] = slots.number(given.flags["tail"], "--tail")
    if "since" in given.flags:
        found["since_seconds"] = slots.duration(given.flags["since"], "--since")
    if "since-time" in given.flags:
        found["since_time"] = call.text("since-time")
    if given.on("previous"):
        found["previous"] = True
    return Typed(kind="kubernetes.logs", fields=found)


def _of_build(word: Word) -> bool:
    kind, *name = slots.split(word, "/")
    return len(name) == 1 and name[0] != ("",) and slots.shown(kind) in _BUILDS


def _source(call: Call) -> dict[str, Any]:
    chosen = labels(call)
    if bool(chosen) == bool(call.rest):
        raise RefusedError(
            "RB026",
            "Logs are read from exactly one of a pod, a workload or labels.",
            remedy=f"Write: {call.form}",
        )
    if chosen:
        return {"labels": chosen}
    first, *others = call.rest
    container: dict[str, Slot] = {}
    if others:
        container = {"container": _container(call)}
    if len(slots.split(first, "/")) == 1:
        return {"pod": slots.text(first), **container}
    kind, name = one_object((first,), call.form)
    if kind == "pods":
        return {"pod": name, **container}
    if kind == "deployments":
        return {"deployment": name, **container}
    if kind not in _OWNERS:
        refuse(f"Logs are not read from {slots.shown(first)}.", f"Write: {call.form}")
    return {"owner": {"resource": kind, "name": name}, **container}


def _container(call: Call) -> Slot:
    first, *others = call.rest
    is_kind = isinstance(first[0], str) and canonical(first[0]) in BUILT_IN
    if len(others) > 1 or is_kind or {"container", "all-containers"} & call.given.flags.keys():
        raise RefusedError(
            "RB026",
            "Logs are read from one source.",
            remedy=f"Write TYPE/NAME as one word, and a container with -c: {call.form}",
        )
    return slots.text(others[0])


def events(call: Call) -> Typed:
    """Turn `kubectl events` into an operation."""
    if call.rest:
        raise RefusedError("RB026", "events takes no names.", remedy=f"Write: {call.form}")
    about = _about(call)
    warnings = call.given.flags.get("types") == ("Warning",)
    where = scope_of(Choice(("events",)), call)
    shown = view(call)
    if where is not None:
        found = {"namespace": where, **about, "warnings_only": warnings}
        return Typed(kind="kubernetes.events", fields=found, view=shown)
    asked = {"involvedObject.kind": about.get("about_kind")}
    asked |= {"involvedObject.name": about.get("about_name")}
    asked |= {"type": "Warning" if warnings else None}
    by_fields = [
        {"path": path, "operator": "=", "value": value}
        for path, value in asked.items()
        if value is not None
    ]
    listed = {"resource": "events", "namespace": None, "fields": by_fields}
    return Typed(kind="kubernetes.list", fields=listed, view=shown)


def _about(call: Call) -> dict[str, Any]:
    if "for" not in call.given.flags:
        return {}
    kind, *name = slots.split(call.given.flags["for"], "/", most=1)
    if not name or name[0] == ("",):
        raise RefusedError("RB026", "--for names no object.", remedy="Write --for pod/NAME.")
    plural = resource(kind)
    if plural == "events":
        raise RefusedError("RB024", "events have no events.", remedy="Name another kind.")
    known = BUILT_IN.get(plural) if isinstance(plural, str) else None
    found: dict[str, Any] = {"about_name": slots.text(name[0])}
    return found if known is None else {"about_kind": known.kind, **found}


def top_pods(call: Call) -> Typed:
    """Turn `kubectl top pods` into an operation."""
    found: dict[str, Any] = {"namespace": scope_of(Choice(("pods",)), call)}
    found |= _one_or_labels(call)
    return Typed(kind="kubernetes.top_pods", fields=found, view=view(call))


def top_nodes(call: Call) -> Typed:
    """Turn `kubectl top nodes` into an operation."""
    return Typed(kind="kubernetes.top_nodes", fields=_one_or_labels(call), view=view(call))


def _one_or_labels(call: Call) -> dict[str, Any]:
    if len(call.rest) > 1 or (call.rest and "selector" in call.given.flags):
        raise RefusedError(
            "RB026", "One is named, or they are chosen by labels.", remedy=f"Write: {call.form}"
        )
    if call.rest:
        return {"name": slots.text(call.rest[0])}
    return {"labels": labels(call)}


_TOP: Final = (
    *(flags.LABELS, flags.SORT, flags.BARE),
    Flag(name="use-protocol-buffers", switch=True),
    Flag(name="show-capacity", switch=True),
    Flag(name="show-swap", switch=True),
)

VERBS: Final = (
    Verb(
        words="logs",
        flags=(
            *(flags.LABELS, flags.CONTAINER, Flag(name="tail"), Flag(name="since")),
            Flag(name="since-time"),
            Flag(name="limit-bytes"),
            Flag(name="max-log-requests"),
            Flag(name="pod-running-timeout"),
            Flag(name="all-containers", switch=True),
            Flag(name="all-pods", switch=True),
            Flag(name="ignore-errors", switch=True),
            Flag(name="previous", short="p", switch=True),
            Flag(name="timestamps", switch=True),
            Flag(name="prefix", switch=True),
            Flag(name="follow", short="f", bare="true", only=("false",)),
        ),
        build=logs,
        form="kubectl logs deployment/NAME -n <namespace>",
    ),
    Verb(
        words="events",
        flags=(
            *(flags.EVERYWHERE, flags.OUTPUT, flags.BARE, Flag(name="for"), flags.SORT),
            flags.CHUNK,
            Flag(name="types", only=("Warning", "Normal,Warning", "Warning,Normal")),
        ),
        build=events,
        form="kubectl events -n <namespace>",
    ),
    Verb(
        words="top pods",
        also=("top pod", "top po", "adm top pods", "adm top pod", "adm top po"),
        flags=(
            *(flags.EVERYWHERE, *_TOP, Flag(name="containers", switch=True)),
            Flag(name="sum", switch=True),
        ),
        build=top_pods,
        form="kubectl top pods -n <namespace> [-l SELECTOR]",
    ),
    Verb(
        words="top nodes",
        also=("top node", "top no", "adm top nodes", "adm top node", "adm top no"),
        flags=_TOP,
        build=top_nodes,
        form="kubectl top nodes",
    ),
)
