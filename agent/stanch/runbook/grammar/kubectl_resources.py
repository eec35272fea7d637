"""The resources of kubectl: by which names they go, and which of them are never read."""

from typing import Final, NoReturn

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.model import Slot
from stanch.runbook.words import Word

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "pods": ("po", "pod", "pods"),
    "deployments": ("deploy", "deployment", "deployments", "deployment.apps", "deployments.apps"),
    "replicasets": ("rs", "replicaset", "replicasets", "replicaset.apps", "replicasets.apps"),
    "services": ("svc", "service", "services"),
    "endpoints": ("ep", "endpoints"),
    "configmaps": ("cm", "configmap", "configmaps"),
    "events": ("ev", "event", "events"),
    "horizontalpodautoscalers": ("hpa", "horizontalpodautoscaler", "horizontalpodautoscalers"),
    "nodes": ("no", "node", "nodes"),
    "namespaces": ("ns", "namespace", "namespaces"),
}
KINDS: Final[dict[str, str]] = {
    "pods": "Pod",
    "deployments": "Deployment",
    "replicasets": "ReplicaSet",
    "services": "Service",
    "endpoints": "Endpoints",
    "configmaps": "ConfigMap",
    "horizontalpodautoscalers": "HorizontalPodAutoscaler",
    "nodes": "Node",
    "namespaces": "Namespace",
}
_BY_ALIAS: Final = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
_SECRETS: Final = frozenset({"secret", "secrets"})


def resource(word: Word) -> str:
    """Return the plural name of the resource that `word` names.

    Raises:
        RefusedError: it is a parameter, a list, a secret, or unknown.
    """
    name = slots.literal(word, "The resource")
    if name in _BY_ALIAS:
        return _BY_ALIAS[name]
    if _SECRETS & set(name.lower().split(",")):
        _refuse("Secrets are never read.", "Look at what refers to them, for instance the pods.")
    if "," in name:
        _refuse(f"'{name}' names several resources.", "Write one command for each of them.")
    if name == "all":
        _refuse("'all' is not one resource.", "Write one command for each resource.")
    nearest = _BY_ALIAS.get(name.lower())
    known = f"Write {nearest}." if nearest else f"Known: {', '.join(ALIASES)}."
    raise RefusedError("RB024", f"'{name}' is not a resource that stanch knows.", remedy=known)


def resource_and_name(words: tuple[Word, ...], form: str) -> tuple[str, Slot]:
    """Return the resource and the name of `TYPE NAME` or `TYPE/NAME`; no name is None.

    Raises:
        RefusedError: there is no resource, more than one name, or a part of one.
    """
    if not words:
        raise RefusedError("RB026", "No resource is named.", remedy=f"Write: {form}")
    first, *others = words
    kind, *names = slots.split(first, "/", most=1)
    found = resource(kind)
    names += others
    if not names:
        return found, None
    if len(names) > 1 or len(slots.split(names[0], "/")) > 1:
        raise RefusedError(
            "RB026", "More than one object is named.", remedy=f"Write one command each: {form}"
        )
    name = slots.whole(names[0], "The name")
    if name == "":
        raise RefusedError("RB026", "The name is empty.", remedy=f"Write: {form}")
    return found, name


def deployment(words: tuple[Word, ...], form: str) -> Slot:
    """Return the name of the deployment that `words` name.

    Raises:
        RefusedError: they name nothing, or anything else.
    """
    found, name = resource_and_name(words, form)
    if found != "deployments":
        _refuse(f"This command is for deployments, not {found}.", f"Write: {form}")
    if name is None:
        raise RefusedError("RB026", "No deployment is named.", remedy=f"Write: {form}")
    return name


def _refuse(message: str, remedy: str) -> NoReturn:
    raise RefusedError("RB024", message, remedy=remedy)
