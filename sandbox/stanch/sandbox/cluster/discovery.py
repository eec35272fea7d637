"""What the server tells clients about itself: its version, groups, resources and health."""

from typing import Any

from stanch.sandbox.cluster.kinds import KINDS, Kind, group_versions

_MINOR = 32
_REVIEW_VERBS = ["create"]


def version() -> dict[str, Any]:
    """Return the answer to /version."""
    return {
        "major": "1",
        "minor": str(_MINOR),
        "gitVersion": f"v1.{_MINOR}.4",
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "2025-04-22T16:03:00Z",
        "goVersion": "go1.23.6",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def document(path: str) -> dict[str, Any] | None:
    """Return the discovery document at `path`, or None when there is none."""
    found: dict[str, Any] | None = None
    match path.strip("/").split("/"):
        case ["version"]:
            found = version()
        case ["api"]:
            found = {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        case ["apis"]:
            groups = [_group(name) for name in _all_groups() if name]
            found = {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        case ["apis", group] if group in _all_groups():
            found = {"kind": "APIGroup", "apiVersion": "v1", **_group(group)}
        case ["api", name] if name in _all_groups()[""]:
            found = _resources("", name)
        case ["apis", group, name] if name in _all_groups().get(group, ()):
            found = _resources(group, name)
        case _:
            pass
    return found


def _all_groups() -> dict[str, list[str]]:
    return {**group_versions(), "authorization.k8s.io": ["v1"], "authentication.k8s.io": ["v1"]}


def _group(name: str) -> dict[str, Any]:
    versions = [
        {"groupVersion": f"{name}/{found}", "version": found} for found in _all_groups()[name]
    ]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _resources(group: str, found: str) -> dict[str, Any]:
    listed: list[dict[str, Any]] = []
    for kind in KINDS:
        if (kind.group, kind.version) == (group, found):
            listed += _entries(kind)
    if group == "authorization.k8s.io":
        listed.append(_review("selfsubjectaccessreviews", "SelfSubjectAccessReview"))
        listed.append(_review("selfsubjectrulesreviews", "SelfSubjectRulesReview"))
    if group == "authentication.k8s.io":
        listed.append(_review("selfsubjectreviews", "SelfSubjectReview"))
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{found}" if group else found,
        "resources": listed,
    }


def _entries(kind: Kind) -> list[dict[str, Any]]:
    entry: dict[str, Any] = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
    }
    if kind.short:
        entry["shortNames"] = list(kind.short)
    if kind.categories:
        entry["categories"] = list(kind.categories)
    entries = [entry]
    part = {"singularName": "", "namespaced": kind.namespaced, "kind": kind.kind}
    if kind.plural == "pods" and not kind.group:
        eviction = {"name": "pods/eviction", "group": "policy", "version": "v1"}
        entries.append({**part, **eviction, "kind": "Eviction", "verbs": ["create"]})
        entries.append({**part, "name": "pods/log", "verbs": ["get"]})
    if kind.has_scale:
        scale = {"name": f"{kind.plural}/scale", "group": "autoscaling", "version": "v1"}
        verbs = ["get", "patch", "update"]
        entries.append({**part, **scale, "kind": "Scale", "verbs": verbs})
    if kind.has_status:
        verbs = ["get", "patch", "update"]
        entries.append({**part, "name": f"{kind.plural}/status", "verbs": verbs})
    return entries


def _review(plural: str, kind: str) -> dict[str, Any]:
    return {
        "name": plural,
        "singularName": kind.lower(),
        "namespaced": False,
        "kind": kind,
        "verbs": _REVIEW_VERBS,
    }
