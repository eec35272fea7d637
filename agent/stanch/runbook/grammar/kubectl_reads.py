"""How the reading verbs of kubectl become templates of operations."""

from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import selectors, slots
from stanch.runbook.grammar.arguments import Arguments
from stanch.runbook.grammar.kubectl_resources import (
    KINDS,
    deployment,
    resource,
    resource_and_name,
)
from stanch.runbook.model import Slot
from stanch.tools.operations.kubernetes import CLUSTER_SCOPED

Fields = tuple[str, dict[str, Any]]
"""The kind of an operation or intent, and its fields."""

_EVENT_FIELDS: Final = {
    "involvedObject.kind": "about_kind",
    "involvedObject.name": "about_name",
    "type": "warnings_only",
}


def namespace(given: Arguments, form: str) -> Slot:
    """Return the one namespace that is named.

    Raises:
        RefusedError: none is named, or all are.
    """
    if given.on("all-namespaces"):
        raise RefusedError(
            "RB025", "This command works in one namespace, not in all.", remedy=f"Write: {form}"
        )
    if "namespace" not in given.flags:
        raise RefusedError(
            "RB025",
            "No namespace is named, and stanch never assumes one.",
            remedy=f"Write: {form}",
        )
    return slots.whole(given.flags["namespace"], "The namespace")


def _scope(resource: str, given: Arguments, form: str) -> Slot:
    """Return the namespace to read in; None for all of them."""
    if resource in CLUSTER_SCOPED:
        if "namespace" in given.flags or given.on("all-namespaces"):
            raise RefusedError(
                "RB025",
                f"{resource.capitalize()} are in no namespace.",
                remedy="Leave out -n and -A.",
            )
        return None
    if given.on("all-namespaces") and "namespace" not in given.flags:
        return None
    if given.on("all-namespaces"):
        raise RefusedError("RB025", "Both -n and -A are given.", remedy="Keep one of them.")
    return namespace(given, f"{form} (or -A for all namespaces)")


def get(given: Arguments, form: str) -> Fields:
    """Turn `kubectl get` into a list or into the read of one object."""
    resource, name = resource_and_name(given.rest, form)
    where = _scope(resource, given, form)
    if name is None:
        return _listed(resource, where, given)
    if given.on("all-namespaces"):
        raise RefusedError(
            "RB025", "One object is read from one namespace.", remedy="Write -n instead of -A."
        )
    if {"selector", "field-selector"} & given.flags.keys():
        raise RefusedError("RB026", "A name and a selector are given.", remedy="Keep one of them.")
    return "kubernetes.read", {"resource": resource, "namespace": where, "name": name}


def _listed(resource: str, where: Slot, given: Arguments) -> Fields:
    labels, fields = _labels(given), []
    if "field-selector" in given.flags:
        fields = selectors.fields(given.flags["field-selector"])
    if resource == "events" and where is not None and not labels:
        about = _about(fields)
        if about is not None:
            return "kubernetes.events", {"namespace": where, **about}
    listed = {"resource": resource, "namespace": where, "labels": labels, "fields": fields}
    return "kubernetes.list", listed


def _about(fields: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return what a field selector for events asks, if the operation for events can say it."""
    about: dict[str, Any] = {}
    for field in fields:
        name = _EVENT_FIELDS.get(field["path"])
        if name is None or name in about or field["operator"] != "=":
            return None
        about[name] = field["value"]
    if about.setdefault("warnings_only", False) not in (False, "Warning"):
        return None
    about["warnings_only"] = bool(about["warnings_only"])
    return about if ("about_kind" in about) == ("about_name" in about) else None


def describe(given: Arguments, form: str) -> Fields:
    """Turn `kubectl describe` of one object into an operation."""
    resource, name = resource_and_name(given.rest, form)
    if name is None:
        raise RefusedError(
            "RB026",
            "One object is described at a time, and none is named.",
            remedy=f"Write: {form} - or list them: kubectl get {resource} -n <namespace>",
        )
    where = None if resource in CLUSTER_SCOPED else namespace(given, form)
    if where is None:
        _scope(resource, given, form)
    return "kubernetes.describe", {"resource": resource, "namespace": where, "name": name}


def logs(given: Arguments, form: str) -> Fields:
    """Turn `kubectl logs` of a pod, of a deployment or of selected pods into an operation."""
    found: dict[str, Any] = {"namespace": namespace(given, form)}
    if given.rest:
        found |= _log_source(given, form)
    labels = _labels(given)
    if labels:
        found["labels"] = labels
    if len({"pod", "deployment", "labels"} & found.keys()) != 1:
        raise RefusedError(
            "RB026",
            "Logs are read from exactly one of a pod, a deployment or labels.",
            remedy=f"Write: {form}",
        )
    if "container" in given.flags:
        found["container"] = slots.whole(given.flags["container"], "The container")
    if "tail" in given.flags:
        found["tail"] = slots.number(given.flags["tail"], "--tail")
    if "since" in given.flags:
        since = slots.literal(given.flags["since"], "--since")
        found["since_seconds"] = slots.seconds(since, "--since")
    if given.on("previous"):
        found["previous"] = True
    return "kubernetes.logs", found


def _log_source(given: Arguments, form: str) -> dict[str, Slot]:
    first, *others = given.rest
    kind, *names = slots.split(first, "/", most=1)
    if others:
        raise RefusedError(
            "RB026", "Logs are read from one source.", remedy=f"Name a container with -c: {form}"
        )
    if not names:
        return {"pod": slots.whole(first, "The name of the pod")}
    found, name = resource_and_name(given.rest, form)
    if found not in {"pods", "deployments"}:
        raise RefusedError(
            "RB024", f"Logs are not read from {slots.shown(kind)}/.", remedy=f"Write: {form}"
        )
    return {found.removesuffix("s"): name}


def events(given: Arguments, form: str) -> Fields:
    """Turn `kubectl events` into an operation."""
    if given.rest:
        raise RefusedError("RB026", "events takes no names.", remedy=f"Write: {form}")
    about: dict[str, Any] = {}
    if "for" in given.flags:
        kind, *name = slots.split(given.flags["for"], "/", most=1)
        if not name or name[0] == ("",):
            raise RefusedError("RB026", "--for names no object.", remedy="Write --for pod/NAME.")
        plural = resource((slots.literal(kind, "The kind in --for").lower(),))
        if plural not in KINDS:
            raise RefusedError("RB024", f"{plural} have no events.", remedy="Name another kind.")
        about = {"about_kind": KINDS[plural], "about_name": slots.whole(name[0], "The name")}
    warnings = given.flags.get("types") == ("Warning",)
    where = _scope("events", given, form)
    if where is not None:
        return "kubernetes.events", {"namespace": where, **about, "warnings_only": warnings}
    asked = {"involvedObject.kind": about.get("about_kind")}
    asked |= {"involvedObject.name": about.get("about_name")}
    asked |= {"type": "Warning" if warnings else None}
    fields = [
        {"path": path, "operator": "=", "value": value}
        for path, value in asked.items()
        if value is not None
    ]
    return "kubernetes.list", {"resource": "events", "namespace": None, "fields": fields}


def rollout_status(given: Arguments, form: str) -> Fields:
    """Turn `kubectl rollout status` into one look, without waiting."""
    fields = {"name": deployment(given.rest, form), "namespace": namespace(given, form)}
    return "kubernetes.rollout_status", fields


def rollout_history(given: Arguments, form: str) -> Fields:
    """Turn `kubectl rollout history` into the list of all revisions."""
    fields = {"name": deployment(given.rest, form), "namespace": namespace(given, form)}
    return "kubernetes.rollout_history", fields


def top_pods(given: Arguments, form: str) -> Fields:
    """Turn `kubectl top pods` into an operation."""
    if given.rest:
        raise RefusedError("RB026", "Pods are chosen by labels here.", remedy=f"Write: {form}")
    return "kubernetes.top_pods", {"namespace": namespace(given, form), "labels": _labels(given)}


def top_nodes(given: Arguments, form: str) -> Fields:
    """Turn `kubectl top nodes` into an operation."""
    if given.rest:
        raise RefusedError("RB026", "All nodes are read at once.", remedy=f"Write: {form}")
    return "kubernetes.top_nodes", {}


def _labels(given: Arguments) -> list[dict[str, Any]]:
    return selectors.labels(given.flags["selector"]) if "selector" in given.flags else []
