"""Where traffic goes after a change of a Service or an Ingress (MIT-09); pure.

Traffic is never led to a Service behind which no pod is ready: that would turn a part of
the errors into all of them.
"""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from stanch.mitigation.strategy import CannotPlanError, Seen
from stanch.tools.operations import FieldChange, ListObjects, Read
from stanch.tools.operations.object_patch import CANARY_WEIGHT, steps

_CANARY: Final = "nginx.ingress.kubernetes.io/canary"
_WHOLE: Final = 100


def looks(resource: str, namespace: str, patch: str) -> Mapping[str, Read]:
    """Return the looks that show where traffic would go, as far as the patch moves it."""
    if resource == "services" and _leads_elsewhere(json.loads(patch)):
        return {"pods": ListObjects(resource="pods", namespace=namespace)}
    if resource != "ingresses":
        return {}
    return ingress_looks(namespace, weighs=CANARY_WEIGHT in patch.replace("~1", "/"))


def ingress_looks(namespace: str, *, weighs: bool) -> Mapping[str, Read]:
    """Return the looks at what stands behind Services, and at the Ingresses beside this one."""
    found: dict[str, Read] = {"endpoints": ListObjects(resource="endpoints", namespace=namespace)}
    if weighs:
        found["ingresses"] = ListObjects(resource="ingresses", namespace=namespace)
    return found


def check(
    resource: str, thing: Mapping[str, Any], changes: Sequence[FieldChange], *, seen: Seen
) -> tuple[str, ...]:
    """Return where traffic goes after the changes, one sentence each.

    Raises:
        CannotPlanError: it would go where no pod is ready.
    """
    after = changed(thing, changes)
    match resource:
        case "services":
            return tuple(_service(thing, after, seen))
        case "ingresses":
            return (*_backends(thing, after, seen), *_weight(thing, after, seen))
        case _:
            return ()


def led_to(
    resource: str, thing: Mapping[str, Any], changes: Sequence[FieldChange], *, seen: Seen
) -> tuple[str, ...]:
    """Return the Services to which the changes lead more traffic; none but of an Ingress."""
    if resource != "ingresses":
        return ()
    after = changed(thing, changes)
    found = set(services_of(after)) - set(services_of(thing))
    was, now = _weight_of(thing), _weight_of(after)
    if was != now:
        found |= set(services_of(after)) if now > 0 else set()
        found |= _beside(after, seen) if now < _WHOLE else set()
    return tuple(sorted(found))


def changed(thing: Mapping[str, Any], changes: Sequence[FieldChange]) -> dict[str, Any]:
    """Return the object as it is with the changes made."""
    after: dict[str, Any] = copy.deepcopy(dict(thing))
    for one in changes:
        *way, last = steps(one.path)
        place: Any = after
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if isinstance(place, list):
            place[int(last)] = one.after
        elif one.after is None:
            place.pop(last, None)
        else:
            place[last] = one.after
    return after


def _leads_elsewhere(patch: Any) -> bool:
    """Say whether a patch of a Service names other labels, or a port by its name."""
    match patch:
        case dict():
            path = str(patch.get("path", ""))
            named = path.endswith("/targetPort") and isinstance(patch.get("value"), str)
            return (
                named
                or path.startswith("/spec/selector")
                or "selector" in patch
                or isinstance(patch.get("targetPort"), str)
                or any(map(_leads_elsewhere, patch.values()))
            )
        case list():
            return any(map(_leads_elsewhere, patch))
        case _:
            return False


def _service(before: Mapping[str, Any], after: Mapping[str, Any], seen: Seen) -> Iterator[str]:
    if "pods" not in seen:
        return
    name = after["metadata"]["name"]
    selector = after["spec"].get("selector") or {}
    if not selector:
        raise CannotPlanError(f"service {name} would have no selector, and nobody behind it")
    pods = [
        one
        for one in seen["pods"].get("items") or ()
        if selector.items() <= (one["metadata"].get("labels") or {}).items() and _is_ready(one)
    ]
    labels = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    moves = selector != (before["spec"].get("selector") or {})
    if moves and not pods:
        raise CannotPlanError(f"no ready pod has the labels {labels}: service {name} would be dead")
    for port in after["spec"].get("ports") or ():
        target = port.get("targetPort")
        named = isinstance(target, str) and not target.isdecimal()
        if named and pods and not any(target in set(_port_names(pod)) for pod in pods):
            raise CannotPlanError(f"no ready pod behind service {name} has a port called {target}")
    if moves:
        yield f"its traffic goes to the {len(pods)} ready pods with {labels}"


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
    return ready and not pod["metadata"].get("deletionTimestamp")


def _port_names(pod: Mapping[str, Any]) -> Iterator[str]:
    for container in (pod.get("spec") or {}).get("containers") or ():
        for port in container.get("ports") or ():
            yield str(port.get("name", ""))


def _backends(before: Mapping[str, Any], after: Mapping[str, Any], seen: Seen) -> Iterator[str]:
    new = sorted(set(services_of(after)) - set(services_of(before)))
    left = sorted(set(services_of(before)) - set(services_of(after)))
    for name in new:
        yield f"traffic goes to service {name} with {_ready(name, seen)} ready pods behind it"
    for name in left:
        yield f"service {name} gets nothing from this ingress any more"


def _weight(before: Mapping[str, Any], after: Mapping[str, Any], seen: Seen) -> Iterator[str]:
    was, now = _weight_of(before), _weight_of(after)
    if was == now:
        return
    if (after["metadata"].get("annotations") or {}).get(_CANARY) != "true":
        raise CannotPlanError(f"the ingress has no annotation {_CANARY}, so that no weight counts")
    mine = sorted(set(services_of(after)))
    others = sorted(_beside(after, seen))
    if not others:
        raise CannotPlanError(
            "no other ingress has the same host and path, and the rest of the traffic would go "
            "nowhere"
        )
    if now > 0:
        behind = ", ".join(f"{name} ({_ready(name, seen)} ready pods)" for name in mine)
        yield f"{now} % of the new requests go to {behind}, where it was {was} %"
    if now < _WHOLE:
        behind = ", ".join(f"{name} ({_ready(name, seen)} ready pods)" for name in others)
        yield f"the other {_WHOLE - now} % go to {behind}"


def _weight_of(ingress: Mapping[str, Any]) -> int:
    text = (ingress["metadata"].get("annotations") or {}).get(CANARY_WEIGHT, "0")
    return int(text) if text.isdecimal() else 0


def _beside(ingress: Mapping[str, Any], seen: Seen) -> set[str]:
    """Return the Services to which the rest of a canary's traffic goes."""
    mine = set(_routes(ingress))
    return {
        name
        for one in (seen.get("ingresses") or {}).get("items") or ()
        if one["metadata"]["name"] != ingress["metadata"]["name"]
        and (one["metadata"].get("annotations") or {}).get(_CANARY) != "true"
        and mine & set(_routes(one))
        for name in services_of(one)
    }


def _routes(ingress: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for rule in ingress["spec"].get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            yield str(rule.get("host", "")), str(path.get("path", "/"))


def services_of(ingress: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the Services that an Ingress leads to."""
    spec = ingress["spec"]
    backends = [spec.get("defaultBackend") or {}]
    for rule in spec.get("rules") or ():
        backends += [
            path.get("backend") or {} for path in (rule.get("http") or {}).get("paths") or ()
        ]
    for one in backends:
        if name := (one.get("service") or {}).get("name"):
            yield str(name)


def _ready(service: str, seen: Seen) -> int:
    """Return how many addresses are ready behind a Service.

    Raises:
        CannotPlanError: there is none.
    """
    items = (seen.get("endpoints") or {}).get("items") or ()
    mine = next((one for one in items if one["metadata"]["name"] == service), None)
    subsets = (mine or {}).get("subsets") or ()
    count = sum(len(one.get("addresses") or ()) for one in subsets)
    if not count:
        raise CannotPlanError(f"no pod behind service {service} is ready; no traffic is sent there")
    return count
