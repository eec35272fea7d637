"""The strategy of `kubectl set resources` and `set env`: parts of a workload's containers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final

from stanch.mitigation.owners import OWNER
from stanch.mitigation.patches import plan_of, the_one
from stanch.mitigation.patches_reading import changes_of
from stanch.mitigation.resources import told
from stanch.mitigation.sets_touches import measured, of_new_template
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import InspectSet, InspectWorkload, Read
from stanch.tools.operations.kubernetes_intents import SetField
from stanch.tools.operations.object_patch import observed
from stanch.tools.operations.owner import InspectOwner
from stanch.tools.operations.patch_values import SECRET_VARIABLE

_WORKLOADS: Final = frozenset({"deployments", "statefulsets", "daemonsets"})


class Settings:
    """Sets requests, limits and plain environment values of one workload."""

    intents = (SetField,)

    def looks(self, intent: SetField) -> Mapping[str, Read]:
        """Return the looks at the workload and at its owner."""
        resource, namespace, name = the_one(intent)
        if resource not in _WORKLOADS or namespace is None:
            raise CannotPlanError(f"`kubectl set` of {resource} is left to people")
        if intent.part not in {"resources", "env"}:
            why = " (a new image is a release; going back is `kubectl rollout undo`)"
            also = why if intent.part == "image" else ""
            raise CannotPlanError(f"`kubectl set {intent.part}` is left to people{also}")
        place = {"namespace": namespace, "name": name}
        owner = InspectOwner(resource=resource, **place)
        if resource == "deployments":
            return {"target": InspectWorkload(**place), OWNER: owner}
        return {"target": InspectSet.model_validate({"resource": resource, **place}), OWNER: owner}

    def plan(self, intent: SetField, seen: Seen, *, now: datetime) -> Plan:
        """Return the change of the fields of the workload's containers."""
        del now
        resource, look = the_one(intent)[0], seen["target"]
        workload = look["deployment" if resource == "deployments" else "workload"]
        if workload["spec"].get("paused"):
            raise CannotPlanError("its rollout is paused; resume it first")
        said = dict(_said(intent.values))
        containers = _chosen(workload, said.pop("--containers", "*"))
        read = _resources if intent.part == "resources" else _environment
        patch = [{"name": one["name"], **read(said, one)} for one in containers]
        whole = {"spec": {"template": {"spec": {"containers": patch}}}}
        changes = changes_of(whole, "strategic", workload)
        made = plan_of(resource, workload, changes, seen=seen)
        made = replace(made, touches=(*told(workload, changes), *made.touches))
        if resource == "deployments":
            return made
        more = of_new_template(resource, workload, look["pods"])
        pods = measured(resource, workload)
        return replace(
            made, touches=(*made.touches, *more), ready=pods["ready"], capacity=pods["capacity"]
        )

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the identity of the workload and the fields as they will be."""
        return observed(change, after)


def _said(values: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield name and value of each word; without a value, the name alone takes one away."""
    for word in values:
        name, sign, value = word.partition("=")
        if not sign:
            raise CannotPlanError(f"'{word}' takes something away, which is left to people")
        yield name, value


def _chosen(deployment: Mapping[str, Any], pattern: str) -> Sequence[Mapping[str, Any]]:
    containers = deployment["spec"]["template"]["spec"]["containers"]
    chosen = [one for one in containers if fnmatchcase(one["name"], pattern)]
    if not chosen:
        raise CannotPlanError(f"it has no container {pattern}")
    return chosen


def _resources(said: Mapping[str, str], container: Mapping[str, Any]) -> dict[str, Any]:
    del container
    wanted: dict[str, dict[str, str]] = {}
    for flag, text in said.items():
        if flag not in {"--limits", "--requests"}:
            raise CannotPlanError(f"'{flag}' is left to people")
        wanted[flag.removeprefix("--")] = dict(_amounts(text))
    return {"resources": wanted}


def _amounts(text: str) -> Iterator[tuple[str, str]]:
    for one in text.split(","):
        name, sign, value = one.partition("=")
        if not sign or name not in {"cpu", "memory"}:
            raise CannotPlanError(f"'{one}' is neither cpu= nor memory=")
        yield name, value


def _environment(said: Mapping[str, str], container: Mapping[str, Any]) -> dict[str, Any]:
    plain = {one["name"] for one in container.get("env") or () if "valueFrom" not in one}
    for name in said:
        if name.startswith("--") or SECRET_VARIABLE.search(name):
            raise CannotPlanError(f"{name} may be a secret, or is from elsewhere: by hand")
        if name not in plain:
            raise CannotPlanError(
                f"container {container['name']} has no plain {name} that could be changed"
            )
    return {"env": [{"name": name, "value": value} for name, value in said.items()]}
