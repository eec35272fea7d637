"""One exact change of some fields of one Kubernetes object, and the facts it rests on; pure.

It states every field with the value that was there and the one that comes, so that the
digest stands for the whole of it, and its way back is the same with the two exchanged.
Which fields may be named is a closed list for each resource: none of them says which
program runs, whose rights it has, or where traffic leaves the cluster.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, DnsLabel, DnsSubdomain, Effect, Frozen, Uid
from stanch.tools.operations.evictions import SCALED, WorkloadOf
from stanch.tools.operations.patch_values import tells_credential, wrong_variable
from stanch.tools.operations.reach import Reach, Size

Resource = Literal[
    "services",
    "configmaps",
    "horizontalpodautoscalers",
    "resourcequotas",
    "ingresses",
    "networkpolicies",
    "nodes",
    "deployments",
    "statefulsets",
    "daemonsets",
]

_WORKLOAD: Final = (
    r"/spec/(minReadySeconds|progressDeadlineSeconds|revisionHistoryLimit)"
    r"|/spec/template/spec/(initContainers|containers)/\d+/"
    r"(name|((resources|livenessProbe|readinessProbe|startupProbe)(/.+)?)|env/\d+/(name|value))"
)
_FIELDS: Final[Mapping[str, re.Pattern[str]]] = {
    resource: re.compile(pattern)
    for resource, pattern in {
        "services": r"/spec/(selector(/[^/]+)?|publishNotReadyAddresses|sessionAffinity"
        r"|ports/\d+/(name|port|targetPort|appProtocol))",
        "configmaps": r"/data(/[^/]+)?",
        "horizontalpodautoscalers": r"/spec/(minReplicas|maxReplicas|(metrics|behavior)(/.+)?"
        r"|scaleTargetRef/(kind|name))",
        "resourcequotas": r"/spec/hard(/[^/]+)?",
        "ingresses": r"/spec/(rules|tls|defaultBackend)(/.+)?"
        r"|/metadata/annotations/nginx\.ingress\.kubernetes\.io~1canary-weight",
        "networkpolicies": r"/spec/(podSelector|ingress|egress|policyTypes)(/.+)?",
        "nodes": r"/spec/unschedulable",
        "deployments": _WORKLOAD,
        "statefulsets": _WORKLOAD,
        "daemonsets": _WORKLOAD,
    }.items()
}
_PROBE: Final = re.compile(r"/spec/template/.*/(?:liveness|readiness|startup)Probe(/.+)?")
_RUNS: Final = ("exec", "host")
"""Parts of a probe that say which program runs, or whom the node asks in place of the pod."""
_MOST: Final = "/spec/maxReplicas"
_SIZES: Final = ("/spec/minReplicas", _MOST)
"""Fields of an autoscaler that set how many pods there are."""
CANARY_WEIGHT: Final = "nginx.ingress.kubernetes.io/canary-weight"
"""The one annotation that may be patched: how much of the traffic a canary Ingress gets."""
_CANARY_PATH: Final = "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-weight"
_WEIGHT: Final = re.compile(r"0|[1-9][0-9]?|100")
_TARGET: Final = "/spec/scaleTargetRef/"
MISSING: Final = object()
"""What `value_at` gives where nothing stands: JSON's null is something else."""


class FieldChange(Frozen):
    """One field by its JSON pointer; None stands for a field that is not there.

    With the same value before and after it changes nothing, and is a condition: an item of
    a list is named by its place, and this says that it is still the item that was meant.
    """

    path: Annotated[str, Field(pattern=r"^(/[^\x00-\x1f]*)+$", max_length=1000)]
    before: Any = None
    after: Any = None

    @property
    def stays(self) -> bool:
        """Whether it is a condition only."""
        return same(self.before, self.after)


class PatchObject(BaseOperation):
    """Set fields of one object that still have the values that were seen."""

    kind: Literal["kubernetes.patch"] = "kubernetes.patch"
    resource: Resource
    namespace: DnsLabel | None = None
    """None for what has no namespace, such as a node."""
    name: DnsSubdomain
    uid: Uid
    changes: Annotated[tuple[FieldChange, ...], Field(min_length=1, max_length=64)]
    behind: Annotated[tuple[DnsLabel, ...], Field(max_length=20)] = ()
    """Of an Ingress: the Services to which it leads traffic, each with a ready pod behind it."""

    @model_validator(mode="after")
    def _can_be_put_back(self) -> "PatchObject":
        if (self.namespace is None) != (self.resource == "nodes"):
            raise ValueError("an object has a namespace, unless it is a node")
        paths = [one.path for one in self.changes]
        for path in paths:
            if _FIELDS[self.resource].fullmatch(path) is None:
                raise ValueError(f"{path} of {self.resource} is not a field that may be patched")
            if any(
                path == other or path.startswith(f"{other}/") for other in _without(paths, path)
            ):
                raise ValueError(f"{path} is named twice, or lies in another field that is")
        if all(one.stays for one in self.changes):
            raise ValueError("no field is changed")
        if self.behind and self.resource != "ingresses":
            raise ValueError("only an Ingress leads traffic to Services")
        if wrong := next(filter(None, map(self._runs, self.changes)), None):
            raise ValueError(wrong)
        return self

    def _runs(self, one: FieldChange) -> str | None:
        """Return why a change would say which program runs, or tell a secret; None for neither."""
        if one.stays:
            return None
        if one.path == _CANARY_PATH and not (
            isinstance(one.after, str) and _WEIGHT.fullmatch(one.after)
        ):
            # The way back of a weight that was not there is no weight, which is taken away.
            return None if one.after is None else f"{one.path} is a weight between 0 and 100"
        if one.path.startswith(_TARGET):
            return f"{one.path} says which workload is scaled, and is a condition only"
        if found := _PROBE.fullmatch(one.path):
            below = steps(found[1] or "")
            if any(
                _parts(one.before, below, part) != _parts(one.after, below, part) for part in _RUNS
            ):
                return f"{one.path} says which program runs, or whom the node asks"
        if tells_credential(one.before, one.after):
            # Not its value: an error is told, too.
            return f"{one.path} holds a credential, which is on no record"
        return self._of_variable(one)

    def _of_variable(self, one: FieldChange) -> str | None:
        """Return why a variable of a container is not to be changed; None when it may be."""
        if re.fullmatch(r".*/env/\d+/name", one.path):
            return f"{one.path} gives a value to another variable, and is not to be patched"
        if not re.fullmatch(r".*/env/\d+/value", one.path):
            return None
        name = one.path.removesuffix("value") + "name"
        named = next((other.after for other in self.changes if other.path == name), None)
        if not isinstance(named, str):
            return f"{one.path} needs {name} beside it, so that it is the variable that is meant"
        return wrong_variable(named, one.before, one.after)

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace or '-'}/{self.resource}/{self.name}"

    @property
    @override
    def subject(self) -> str:
        return f"{self.resource}/{self.name}"

    @property
    @override
    def reach(self) -> Reach:
        for one in self.changes:
            if one.path in _SIZES and one.after is not None and not _is_number(one.after):
                raise AssertionError(f"{one.path} is to be a number")
        sizes = tuple(
            Size(
                name=one.path.rpartition("/")[2],
                # How many pods run now is not the least that there may be: no factor of it counts.
                before=one.before if _is_number(one.before) and one.path == _MOST else None,
                after=one.after,
            )
            for one in self.changes
            if one.path in _SIZES and not one.stays and _is_number(one.after)
        )
        sizes += tuple(
            Size(name="canary-weight", before=_weight(one.before), after=_weight(one.after) or 0)
            for one in self.changes
            if one.path == _CANARY_PATH
        )
        scaled = self.workload
        return Reach(
            thing=f"{self.resource}/{self.name}",
            behind=(f"{scaled.resource}/{scaled.name}",) if scaled is not None else (),
            namespace=self.namespace,
            node=self.name if self.resource == "nodes" else None,
            sizes=sizes,
        )

    @override
    def as_text(self) -> str:
        where = f" -n {self.namespace}" if self.namespace else ""
        fields = ", ".join(
            f"{one.path}: {one.before!r} to {one.after!r}" for one in self.changes if not one.stays
        )
        return f"kubectl patch {self.resource}/{self.name}{where} ({fields})"

    @property
    def workload(self) -> "WorkloadOf | None":
        """The workload that a changed autoscaler scales, where the change says which it is."""
        named = {one.path: one.after for one in self.changes if one.path.startswith(_TARGET)}
        resource = SCALED.get(str(named.get(f"{_TARGET}kind")))
        name = named.get(f"{_TARGET}name")
        if resource is None or name is None:
            return None
        return WorkloadOf.model_validate({"resource": resource, "name": name})

    @property
    def inverse(self) -> "PatchObject":
        """The same change the other way; what was there before may be as dead as it was."""
        turned = tuple(
            one.model_copy(update={"before": one.after, "after": one.before})
            for one in self.changes
        )
        return self.model_copy(update={"changes": turned, "behind": ()})


def observed(change: PatchObject, thing: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts about the object that must still hold when `change` is sent.

    {"uid", "deleting"} and by the path of each field {"value": ...} or {"missing": True}.
    """
    metadata = thing["metadata"]
    facts: dict[str, Any] = {
        "uid": metadata["uid"],
        "deleting": metadata.get("deletionTimestamp") is not None,
    }
    for one in change.changes:
        value = value_at(thing, one.path)
        facts[one.path] = {"missing": True} if value is MISSING else {"value": value}
    return facts


def wanted(field: FieldChange) -> dict[str, Any]:
    """Return the fact about a field that `observed` gives while nobody has changed it."""
    return {"missing": True} if field.before is None else {"value": field.before}


def value_at(thing: Any, path: str) -> Any:
    """Return what stands at a JSON pointer; MISSING where nothing does."""
    for step in steps(path):
        match thing:
            case Mapping() if step in thing:
                thing = thing[step]
            case list() if re.fullmatch(r"0|[1-9][0-9]*", step) and int(step) < len(thing):
                thing = thing[int(step)]
            case _:
                return MISSING
    return thing


def steps(path: str) -> tuple[str, ...]:
    """Return the names on the way of a JSON pointer, in their own letters."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:])


def pointer(*names: str | int) -> str:
    """Return the JSON pointer that leads over `names`."""
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


def same(left: Any, right: Any) -> bool:
    """Say whether two values are the same JSON: true is not 1."""
    match left, right:
        case dict(), dict():
            return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
        case list() | tuple(), list() | tuple():
            return len(left) == len(right) and all(map(same, left, right))
        case _:
            return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)


def _weight(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and _WEIGHT.fullmatch(value) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _parts(value: Any, below: tuple[str, ...], name: str) -> list[str]:
    """Return all that stands under `name` in a part of a probe, which lies at `below` in it."""
    found = [repr(value)] if name in below else []
    if isinstance(value, Mapping):
        for key, inner in sorted(value.items()):
            found += [repr(inner)] if key == name else _parts(inner, (), name)
    elif isinstance(value, list | tuple):
        for inner in value:
            found += _parts(inner, (), name)
    return found


def _without(paths: list[str], one: str) -> list[str]:
    left = list(paths)
    left.remove(one)
    return left
