"""What a change of an object's fields affects, in sentences: its blast radius; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stanch.mitigation.strategy import Seen
from stanch.tools.operations.object_patch import PatchObject, steps

_ENV = ("configMapRef", "configMapKeyRef")


def touches(change: PatchObject, thing: Mapping[str, Any], seen: Seen) -> tuple[str, ...]:
    """Return one sentence for each thing that the change affects."""
    rest = "no other object is changed"
    match change.resource:
        case "services":
            return (*_service(change, seen), rest)
        case "configmaps":
            return (*_config_map(change, seen), rest)
        case "horizontalpodautoscalers":
            return (*_autoscaler(change, thing), rest)
        case "resourcequotas":
            return (*_quota(change, thing), rest)
        case "nodes":
            return (*_node(change, thing), rest)
        case "deployments" | "statefulsets" | "daemonsets":
            return (*_workload(change, thing), rest)
        case _:
            return (f"whatever {change.subject} stands for, from the next moment on", rest)


def _service(change: PatchObject, seen: Seen) -> Iterator[str]:
    items = seen.get("endpoints", {}).get("items") or ()
    subsets = [one for item in items for one in item.get("subsets") or ()]
    ready = sum(len(one.get("addresses") or ()) for one in subsets)
    yield f"all clients of service {change.name} in the whole cluster, at once"
    yield f"{ready} pods stand behind it now; afterwards those that its new fields lead to"


def _config_map(change: PatchObject, seen: Seen) -> Iterator[str]:
    users = [
        one
        for one in seen.get("deployments", {}).get("items") or ()
        if change.name in set(_maps(one["spec"]["template"].get("spec") or {}))
    ]
    pods = sum(int(one.get("status", {}).get("replicas") or 0) for one in users)
    names = ", ".join(sorted(one["metadata"]["name"] for one in users)) or "no deployment"
    yield f"{names} with {pods} pods take values from config map {change.name}"
    mounted = [one for one in users if change.name in set(_mounted(one["spec"]["template"]))]
    if mounted:
        yield "pods that mount it see the new values within about a minute, without a restart"
    if len(mounted) < len(users):
        yield "pods that take their environment from it see nothing of it until they restart"


def _maps(spec: Mapping[str, Any]) -> Iterator[str]:
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        for source in container.get("envFrom") or ():
            yield str((source.get("configMapRef") or {}).get("name"))
        for variable in container.get("env") or ():
            reference = (variable.get("valueFrom") or {}).get("configMapKeyRef") or {}
            yield str(reference.get("name"))
    yield from _mounted({"spec": spec})


def _mounted(template: Mapping[str, Any]) -> Iterator[str]:
    for volume in (template.get("spec") or {}).get("volumes") or ():
        yield str((volume.get("configMap") or {}).get("name"))
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield str((source.get("configMap") or {}).get("name"))


def _autoscaler(change: PatchObject, thing: Mapping[str, Any]) -> Iterator[str]:
    spec, status = thing["spec"], thing.get("status") or {}
    target = spec.get("scaleTargetRef") or {}
    whom = f"{str(target.get('kind', 'workload')).lower()} {target.get('name', 'behind it')}"
    running = int(status.get("currentReplicas") or 0)
    now = {name: spec.get(name) for name in ("minReplicas", "maxReplicas")}
    after = {**now, **{steps(one.path)[-1]: one.after for one in change.changes}}
    yield (
        f"{whom} with {running} pods: the autoscaler keeps {_range(after)} pods "
        f"in place of {_range(now)}"
    )
    least = int(after["minReplicas"] or 1)
    if least > running:
        yield f"at least {least - running} pods are added at once"
    most = int(after["maxReplicas"] or 0)
    if most < running:
        yield f"{running - most} pods are removed"


def _range(bounds: Mapping[str, Any]) -> str:
    return f"{bounds['minReplicas'] or 1} to {bounds['maxReplicas']}"


def _quota(change: PatchObject, thing: Mapping[str, Any]) -> Iterator[str]:
    used = (thing.get("status") or {}).get("used") or {}
    yield f"everything that is created in the namespace {change.namespace} from now on"
    for one in change.changes:
        name = steps(one.path)[-1]
        if name != "hard" and not one.stays:
            was = one.before if one.before is not None else "unlimited"
            to = one.after if one.after is not None else "unlimited"
            yield f"{name}: {used.get(name, 'none')} in use, {was} allowed now, {to} afterwards"


def _node(change: PatchObject, thing: Mapping[str, Any]) -> Iterator[str]:
    off = change.changes[0].after is True
    room = ((thing.get("status") or {}).get("allocatable") or {}).get("pods", "its")
    yield f"the pods on node {change.name} stay as they are; none is evicted"
    if off:
        yield f"no new pod is placed there: the other nodes have to take {room} pods' room"
    else:
        yield f"new pods are placed there again, up to {room} in all"


def _workload(change: PatchObject, thing: Mapping[str, Any]) -> Iterator[str]:
    pods = int((thing.get("status") or {}).get("replicas") or 0)
    if any(one.path.startswith("/spec/template/") and not one.stays for one in change.changes):
        yield f"the {pods} pods of {change.subject} are replaced, as its strategy says"
    else:
        yield f"the {pods} pods of {change.subject} stay as they are"


def fields_in_words(changes: Sequence[Any]) -> str:
    """Return what changes, short enough for a title."""
    moved = [one for one in changes if not one.stays]
    said = [f"{'.'.join(_short(one.path))} {_from_to(one)}" for one in moved[:3]]
    more = f" and {len(moved) - 3} more" if len(moved) > 3 else ""
    return ", ".join(said) + more


def _short(path: str) -> tuple[str, ...]:
    names = steps(path)
    return names[1:] if names[0] in {"spec", "data"} and len(names) > 1 else names


def _from_to(one: Any) -> str:
    if one.after is None:
        return "removed"
    to = _value(one.after)
    return f"set to {to}" if one.before is None else f"from {_value(one.before)} to {to}"


def _value(value: Any) -> str:
    text = str(value)
    return text if isinstance(value, int | str) and len(text) <= 40 and "\n" not in text else "..."
