"""The rules that an object must keep beyond its field types, in the words of the API server."""

import re
from typing import Any, TypeAlias

from stanch.sandbox.cluster import quantities, selectors
from stanch.sandbox.cluster.kinds import Kind
from stanch.sandbox.cluster.status import ApiError, invalid

Causes: TypeAlias = list[tuple[str, str, str]]

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?")
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', "
    "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
    "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex "
    "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_NAMED_BY_LABEL = {"namespaces", "services"}
# What may change in a pod that exists: the rest of its spec is fixed at creation.
_POD_MUTABLE = ("activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations")

_SET_MUTABLE = {
    *("replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit"),
    *("persistentVolumeClaimRetentionPolicy", "minReadySeconds"),
}


def check(kind: Kind, obj: dict[str, Any], *, old: dict[str, Any] | None = None) -> None:
    """Check a completed object, and that a change of `old` is allowed.

    Raises:
        ApiError: the object breaks a rule (422).
    """
    causes = _metadata(kind, obj["metadata"])
    spec = obj.get("spec", {})
    match kind.plural:
        case "deployments" | "replicasets" | "daemonsets":
            causes += _workload(kind, spec, old=old)
        case "statefulsets":
            causes += _workload(kind, spec, old=old) + _stateful_change(spec, old)
        case "poddisruptionbudgets":
            causes += _budget(spec)
        case "pods":
            causes += _pod_spec(spec, path="spec")
            causes += _pod_change(obj, old)
        case "services":
            causes += _service(spec, old)
        case "configmaps" | "secrets":
            causes += _data_keys(obj)
        case "horizontalpodautoscalers":
            causes += _autoscaler(spec)
        case _:
            pass
    if causes:
        raise invalid(kind, obj["metadata"].get("name", ""), causes=causes)


def refuse(kind: Kind, name: str, *, field: str, value: Any, why: str) -> ApiError:
    """Return the refusal of one value."""
    return invalid(kind, name, causes=[_bad(field, value, why)])


def _required(field: str, why: str = "") -> tuple[str, str, str]:
    return field, "FieldValueRequired", "Required value" + (f": {why}" if why else "")


def _bad(field: str, value: Any, why: str) -> tuple[str, str, str]:
    shown = f'"{value}"' if isinstance(value, str) else value
    return field, "FieldValueInvalid", f"Invalid value: {shown}: {why}"


def _unsupported(field: str, value: str, allowed: tuple[str, ...]) -> tuple[str, str, str]:
    listed = ", ".join(f'"{word}"' for word in allowed)
    text = f'Unsupported value: "{value}": supported values: {listed}'
    return field, "FieldValueNotSupported", text


def _metadata(kind: Kind, metadata: dict[str, Any]) -> Causes:
    causes: Causes = []
    name = metadata.get("name", "")
    if not name:
        causes.append(_required("metadata.name", "name or generateName is required"))
    elif kind.plural in _NAMED_BY_LABEL:
        if not _LABEL.fullmatch(name):
            causes.append(_bad("metadata.name", name, _LABEL_RULE))
    elif not _SUBDOMAIN.fullmatch(name) or len(name) > 253:
        causes.append(_bad("metadata.name", name, _SUBDOMAIN_RULE))
    for value in metadata.get("labels", {}).values():
        if len(value) > 63 or not _LABEL_VALUE.fullmatch(value):
            why = "a valid label must be an empty string or consist of alphanumeric characters, "
            why += "'-', '_' or '.', and must start and end with an alphanumeric character"
            causes.append(_bad("metadata.labels", value, why))
    return causes + [
        _bad(f"metadata.ownerReferences.{field}", "", "must not be empty")
        for reference in metadata.get("ownerReferences", ())
        for field in ("apiVersion", "kind", "name", "uid")
        if not reference.get(field)
    ]


def _workload(kind: Kind, spec: dict[str, Any], *, old: dict[str, Any] | None) -> Causes:
    causes: Causes = []
    if spec.get("replicas", 1) < 0:
        why = "must be greater than or equal to 0"
        causes.append(_bad("spec.replicas", spec["replicas"], why))
    selector = spec.get("selector")
    labels = spec["template"]["metadata"].get("labels", {})
    if selector is None:
        causes.append(_required("spec.selector"))
    elif not (selector.get("matchLabels") or selector.get("matchExpressions")):
        why = f"empty selector is invalid for {kind.singular}"
        causes.append(_bad("spec.selector", "{}", why))
    elif broken := _expressions(selector):
        causes += broken
    elif not selectors.object_selector(selector)(labels):
        why = "`selector` does not match template `labels`"
        causes.append(_bad("spec.template.metadata.labels", labels, why))
    if old is not None and selector != old["spec"].get("selector"):
        causes.append(_bad("spec.selector", selector, "field is immutable"))
    causes += _pod_spec(spec["template"]["spec"], path="spec.template.spec")
    policy = spec["template"]["spec"].get("restartPolicy", "Always")
    if policy != "Always":
        field = "spec.template.spec.restartPolicy"
        causes.append(_unsupported(field, policy, ("Always",)))
    if kind.plural == "deployments":
        causes += _strategy(spec)
    return causes


def _strategy(spec: dict[str, Any]) -> Causes:
    strategy = spec["strategy"]
    kind, rolling = strategy["type"], strategy.get("rollingUpdate")
    if kind not in {"Recreate", "RollingUpdate"}:
        return [_unsupported("spec.strategy.type", kind, ("Recreate", "RollingUpdate"))]
    field = "spec.strategy.rollingUpdate"
    if kind == "Recreate" and rolling:
        text = "Forbidden: may not be specified when strategy `type` is 'Recreate'"
        return [(field, "FieldValueForbidden", text)]
    if not rolling:
        return []
    causes: Causes = []
    for name in ("maxUnavailable", "maxSurge"):
        value = rolling[name]
        good = value >= 0 if isinstance(value, int) else re.fullmatch(r"\d+%", value)
        if not good:
            why = "must be a non-negative integer or a percentage (e.g. '25%')"
            causes.append(_bad(f"{field}.{name}", value, why))
    none = (0, "0%")
    if rolling["maxUnavailable"] in none and rolling["maxSurge"] in none:
        why = "may not be 0 when `maxSurge` is 0"
        causes.append(_bad(f"{field}.maxUnavailable", rolling["maxUnavailable"], why))
    if spec["progressDeadlineSeconds"] <= spec.get("minReadySeconds", 0):
        why = "must be greater than minReadySeconds"
        causes.append(_bad("spec.progressDeadlineSeconds", spec["progressDeadlineSeconds"], why))
    return causes


def _stateful_change(spec: dict[str, Any], old: dict[str, Any] | None) -> Causes:
    if old is None:
        return []
    moved = {key for key in {*spec, *old["spec"]} if spec.get(key) != old["spec"].get(key)}
    if moved <= _SET_MUTABLE:
        return []
    text = (
        "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', "
        "'template', 'updateStrategy', 'revisionHistoryLimit', "
        "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
    )
    return [("spec", "FieldValueForbidden", text)]


def _budget(spec: dict[str, Any]) -> Causes:
    if "minAvailable" in spec and "maxUnavailable" in spec:
        shown = f"minAvailable and maxUnavailable cannot be both set: {spec}"
        return [_bad("spec", shown, "minAvailable and maxUnavailable cannot be both set")]
    return _expressions(spec.get("selector"))


def _expressions(selector: dict[str, Any] | None) -> Causes:
    broken = selectors.broken_expressions(selector)
    return [(f"spec.selector.{field}", word, text) for field, word, text in broken]


def _pod_spec(spec: dict[str, Any], *, path: str) -> Causes:
    causes: Causes = []
    containers = spec.get("containers") or []
    if not containers:
        causes.append(_required(f"{path}.containers"))
    volumes = {volume.get("name") for volume in spec.get("volumes", ())}
    names: set[str] = set()
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field, ())):
            here = f"{path}.{field}[{index}]"
            causes += _container(container, volumes, path=here)
            name = container.get("name", "")
            if name in names:
                causes.append((f"{here}.name", "FieldValueDuplicate", f'Duplicate value: "{name}"'))
            names.add(name)
    if spec.get("restartPolicy", "Always") not in {"Always", "OnFailure", "Never"}:
        allowed = ("Always", "OnFailure", "Never")
        causes.append(_unsupported(f"{path}.restartPolicy", spec["restartPolicy"], allowed))
    return causes


def _container(container: dict[str, Any], volumes: set[Any], *, path: str) -> Causes:
    causes: Causes = []
    name = container.get("name", "")
    if not name:
        causes.append(_required(f"{path}.name"))
    elif not _LABEL.fullmatch(name):
        causes.append(_bad(f"{path}.name", name, _LABEL_RULE))
    if not container.get("image", "").strip():
        causes.append(_required(f"{path}.image"))
    policy = container.get("imagePullPolicy", "Always")
    if policy not in {"Always", "IfNotPresent", "Never"}:
        allowed = ("Always", "IfNotPresent", "Never")
        causes.append(_unsupported(f"{path}.imagePullPolicy", policy, allowed))
    causes += _container_parts(container, volumes, path=path)
    return causes + _resources(container.get("resources", {}), path=f"{path}.resources")


def _container_parts(container: dict[str, Any], volumes: set[Any], *, path: str) -> Causes:
    causes: Causes = []
    for index, variable in enumerate(container.get("env", ())):
        if not variable.get("name"):
            causes.append(_required(f"{path}.env[{index}].name"))
    for index, port in enumerate(container.get("ports", ())):
        if not 0 < port.get("containerPort", 0) < 65536:
            field = f"{path}.ports[{index}].containerPort"
            causes.append(_bad(field, port.get("containerPort", 0), "must be between 1 and 65535"))
    for index, mount in enumerate(container.get("volumeMounts", ())):
        if mount.get("name") not in volumes:
            field = f"{path}.volumeMounts[{index}].name"
            causes.append((field, "FieldValueNotFound", f'Not found: "{mount.get("name", "")}"'))
    return causes


def _resources(resources: dict[str, Any], *, path: str) -> Causes:
    causes: Causes = []
    limits = resources.get("limits", {})
    for name, amount in resources.get("requests", {}).items():
        if name in limits and quantities.value(amount) > quantities.value(limits[name]):
            why = f"must be less than or equal to {name} limit of {limits[name]}"
            causes.append(_bad(f"{path}.requests", amount, why))
    return causes


def _pod_change(pod: dict[str, Any], old: dict[str, Any] | None) -> Causes:
    if old is None:
        return []
    before, after = _fixed(old["spec"]), _fixed(pod["spec"])
    if before == after:
        return []
    text = (
        "Forbidden: pod updates may not change fields other than "
        "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        "`spec.tolerations` (only additions to existing tolerations),"
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously "
        "negative)"
    )
    return [("spec", "FieldValueForbidden", text)]


def _fixed(spec: dict[str, Any]) -> dict[str, Any]:
    fixed = {key: value for key, value in spec.items() if key not in _POD_MUTABLE}
    for field in ("containers", "initContainers"):
        if field in fixed:
            fixed[field] = [{**item, "image": ""} for item in fixed[field]]
    return fixed


def _service(spec: dict[str, Any], old: dict[str, Any] | None) -> Causes:
    causes: Causes = []
    if not spec.get("ports") and spec["type"] != "ExternalName" and spec.get("clusterIP") != "None":
        causes.append(_required("spec.ports"))
    for index, port in enumerate(spec.get("ports", ())):
        if not 0 < port.get("port", 0) < 65536:
            field = f"spec.ports[{index}].port"
            causes.append(_bad(field, port.get("port", 0), "must be between 1 and 65535"))
        if len(spec["ports"]) > 1 and not port.get("name"):
            causes.append(_required(f"spec.ports[{index}].name"))
    if old and old["spec"].get("clusterIP") != spec.get("clusterIP") and old["spec"]["clusterIP"]:
        why = "may not change once set"
        causes.append(_bad("spec.clusterIPs[0]", spec.get("clusterIP"), why))
    return causes


def _data_keys(obj: dict[str, Any]) -> Causes:
    why = (
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
        "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
        "'[-._a-zA-Z0-9]+')"
    )
    return [
        _bad(f"{field}[{key}]", key, why)
        for field in ("data", "binaryData")
        for key in obj.get(field, {})
        if not re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", key) or key in {".", ".."}
    ]


def _autoscaler(spec: dict[str, Any]) -> Causes:
    causes: Causes = []
    if spec.get("maxReplicas", 0) < 1:
        why = "must be greater than 0"
        causes.append(_bad("spec.maxReplicas", spec.get("maxReplicas", 0), why))
    elif spec["maxReplicas"] < spec["minReplicas"]:
        why = "must be greater than or equal to `minReplicas`"
        causes.append(_bad("spec.maxReplicas", spec["maxReplicas"], why))
    if not spec.get("scaleTargetRef", {}).get("name"):
        causes.append(_required("spec.scaleTargetRef.name"))
    return causes
