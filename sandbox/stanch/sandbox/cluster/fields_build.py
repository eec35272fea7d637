"""Write `fields.json`, the table of the fields of every served kind.

The table is read off the models of the official Python client, which are generated from
the API's own description. Run `python -m stanch.sandbox.cluster.fields_build` when a newer
client brings newer fields; `schema.py` reads the result.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOTS = {
    "Namespace": "V1Namespace",
    "Node": "V1Node",
    "Pod": "V1Pod",
    "Service": "V1Service",
    "Endpoints": "V1Endpoints",
    "ConfigMap": "V1ConfigMap",
    "Secret": "V1Secret",
    "ServiceAccount": "V1ServiceAccount",
    "Event": "CoreV1Event",
    "PersistentVolumeClaim": "V1PersistentVolumeClaim",
    "ResourceQuota": "V1ResourceQuota",
    "LimitRange": "V1LimitRange",
    "Deployment": "V1Deployment",
    "ReplicaSet": "V1ReplicaSet",
    "HorizontalPodAutoscaler": "V2HorizontalPodAutoscaler",
    "StatefulSet": "V1StatefulSet",
    "DaemonSet": "V1DaemonSet",
    "ControllerRevision": "V1ControllerRevision",
    "Job": "V1Job",
    "CronJob": "V1CronJob",
    "ClusterRole": "V1ClusterRole",
    "ClusterRoleBinding": "V1ClusterRoleBinding",
    "RoleBinding": "V1RoleBinding",
    "Lease": "V1Lease",
    "EndpointSlice": "V1EndpointSlice",
    "NetworkPolicy": "V1NetworkPolicy",
    "Ingress": "V1Ingress",
    "PodDisruptionBudget": "V1PodDisruptionBudget",
}

_QUANTITIES = {
    ("V1ResourceRequirements", "limits"),
    ("V1ResourceRequirements", "requests"),
    ("V1VolumeResourceRequirements", "limits"),
    ("V1VolumeResourceRequirements", "requests"),
    ("V1NodeStatus", "capacity"),
    ("V1NodeStatus", "allocatable"),
    ("V1ResourceQuotaSpec", "hard"),
    ("V1EmptyDirVolumeSource", "sizeLimit"),
    ("V2MetricTarget", "value"),
    ("V2MetricTarget", "averageValue"),
    ("V2MetricValueStatus", "value"),
    ("V2MetricValueStatus", "averageValue"),
    ("V1ResourceFieldSelector", "divisor"),
}
_INT_OR_STRING = {
    ("V1RollingUpdateDeployment", "maxSurge"),
    ("V1RollingUpdateDeployment", "maxUnavailable"),
    ("V1RollingUpdateStatefulSetStrategy", "maxUnavailable"),
    ("V1RollingUpdateDaemonSet", "maxSurge"),
    ("V1RollingUpdateDaemonSet", "maxUnavailable"),
    ("V1PodDisruptionBudgetSpec", "minAvailable"),
    ("V1PodDisruptionBudgetSpec", "maxUnavailable"),
    ("V1HTTPGetAction", "port"),
    ("V1TCPSocketAction", "port"),
    ("V1ServicePort", "targetPort"),
    ("V1NetworkPolicyPort", "port"),
}
_SCALARS = {"str": "str", "int": "int", "bool": "bool", "float": "float", "object": "any"}


def _short(model: str) -> str:
    """Name a type as the API does: the client prefixes the version."""
    return next((kind for kind, name in ROOTS.items() if name == model), model)


def _spec(model: str, field: str, type_name: str) -> str:
    if (model, field) in _INT_OR_STRING:
        return "intstr"
    leaf = "quantity" if (model, field) in _QUANTITIES else ""
    if match := re.fullmatch(r"List\[(.+)\]", type_name):
        return f"[{_spec(model, '', match[1])}]"
    if match := re.fullmatch(r"Dict\[str, (.+)\]", type_name):
        return "{" + (leaf or _spec(model, "", match[1])) + "}"
    if leaf:
        return leaf
    if type_name in {"datetime", "date"}:
        return "str"
    return _SCALARS.get(type_name) or _short(type_name)


def table() -> dict[str, dict[str, str]]:
    """Return the fields of every type that a served kind can contain."""
    from kubernetes.client import models  # noqa: PLC0415  # a second and a half to import

    found: dict[str, dict[str, str]] = {}
    todo = list(ROOTS.values())
    while todo:
        model = todo.pop()
        if _short(model) in found:
            continue
        cls: Any = getattr(models, model)
        fields: dict[str, str] = {}
        for attribute, type_name in cls.openapi_types.items():
            field = cls.attribute_map[attribute]
            fields[field] = _spec(model, field, type_name)
            todo += [name for name in re.findall(r"\w+", type_name) if hasattr(models, name)]
        found[_short(model)] = dict(sorted(fields.items()))
    return dict(sorted(found.items()))


def main() -> None:
    """Write the table beside this module."""
    path = Path(__file__).with_name("fields.json")
    lines = (f" {json.dumps(name)}: {json.dumps(fields)}" for name, fields in table().items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
