"""Who may do what: four users with the rights that a production cluster would give them.

`reader` sees workloads, pods, logs, events and usage; `operator` may also patch and scale
workloads, patch services, config maps and quotas, make, patch and delete autoscalers, and
delete and evict pods in the namespace `shop`, and patch nodes; `nobody` is known and has no
rights; `admin` may do everything. RBAC cannot grant a single field: the right to cordon a node
is the right to patch all of it, and it is for the caller's own rules to allow no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from stanch.sandbox.cluster.status import ApiError

_LOOK = frozenset(("get", "list", "watch"))
READABLE: dict[str, frozenset[str]] = {
    "": frozenset(
        (
            "configmaps",
            "endpoints",
            "events",
            "namespaces",
            "nodes",
            "persistentvolumeclaims",
            "pods",
            "pods/log",
            "resourcequotas",
            "services",
        )
    ),
    "apps": frozenset(
        ("controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets")
    ),
    "autoscaling": frozenset(("horizontalpodautoscalers",)),
    "batch": frozenset(("cronjobs", "jobs")),
    "metrics.k8s.io": frozenset(("nodes", "pods")),
    "argoproj.io": frozenset(("applications",)),
    "networking.k8s.io": frozenset(("ingresses", "networkpolicies")),
    "policy": frozenset(("poddisruptionbudgets",)),
}
OPERABLE: dict[tuple[str, str], frozenset[str]] = {
    ("apps", "deployments"): frozenset(("patch",)),
    ("apps", "deployments/scale"): frozenset(("get", "patch", "update")),
    ("apps", "statefulsets"): frozenset(("patch",)),
    ("apps", "statefulsets/scale"): frozenset(("get", "patch", "update")),
    ("apps", "daemonsets"): frozenset(("patch",)),
    ("", "pods"): frozenset(("delete",)),
    ("", "pods/eviction"): frozenset(("create",)),
    ("", "services"): frozenset(("patch",)),
    ("", "configmaps"): frozenset(("patch",)),
    ("", "resourcequotas"): frozenset(("patch",)),
    ("networking.k8s.io", "ingresses"): frozenset(("patch",)),
    ("argoproj.io", "applications"): frozenset(("patch",)),
    ("autoscaling", "horizontalpodautoscalers"): frozenset(("create", "delete", "patch")),
}
OPERABLE_EVERYWHERE: dict[tuple[str, str], frozenset[str]] = {
    ("", "nodes"): frozenset(("patch",)),
}
OPERATED_NAMESPACE = "shop"
# Every known user may look around and ask for its own rights.
SELF_REVIEWS: dict[str, frozenset[str]] = {
    "authentication.k8s.io": frozenset(("selfsubjectreviews",)),
    "authorization.k8s.io": frozenset(("selfsubjectaccessreviews", "selfsubjectrulesreviews")),
}
_OPEN_PATHS = ("/api", "/apis", "/healthz", "/livez", "/openapi", "/readyz", "/version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One thing that a user wants to do to a resource, as RBAC sees it."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""


def may(user: str, ask: Ask) -> bool:
    """Tell whether `user` has the right."""
    if user == "admin":
        return True
    if ask.group in SELF_REVIEWS:
        return ask.resource in SELF_REVIEWS[ask.group] and ask.verb == "create"
    if user not in {"reader", "operator"}:
        return False
    if ask.verb in _LOOK and ask.resource in READABLE.get(ask.group, ()):
        return True
    what = (ask.group, ask.resource)
    granted = OPERABLE_EVERYWHERE.get(what, frozenset())
    if ask.namespace == OPERATED_NAMESPACE:
        granted |= OPERABLE.get(what, frozenset())
    return user == "operator" and ask.verb in granted


def reading_rules() -> list[dict[str, Any]]:
    """Return what `reader` and `operator` may read everywhere, as RBAC rules."""
    return [_rule(group, names, _LOOK) for group, names in READABLE.items()]


def operating_rules() -> list[dict[str, Any]]:
    """Return what `operator` may change in its namespace, as RBAC rules."""
    return [_rule(group, (resource,), verbs) for (group, resource), verbs in OPERABLE.items()]


def operating_everywhere_rules() -> list[dict[str, Any]]:
    """Return what `operator` may change outside of all namespaces, as RBAC rules."""
    return [
        _rule(group, (resource,), verbs) for (group, resource), verbs in OPERABLE_EVERYWHERE.items()
    ]


def everything() -> list[dict[str, Any]]:
    """Return the one rule that allows all."""
    return [_rule("*", ("*",), ("*",))]


def rules(user: str, namespace: str) -> list[dict[str, Any]]:
    """Return all that `user` may do to the resources of a namespace, as RBAC rules."""
    if user == "admin":
        return everything()
    found = [_rule(group, names, ("create",)) for group, names in SELF_REVIEWS.items()]
    if user in {"reader", "operator"}:
        found += reading_rules()
    if user == "operator":
        found += operating_everywhere_rules()
        found += operating_rules() if namespace == OPERATED_NAMESPACE else []
    return found


def path_rules(user: str) -> list[dict[str, Any]]:
    """Return the addresses that are no resources and that `user` may read, as RBAC rules."""
    if user == "admin":
        return [{"verbs": ["*"], "nonResourceURLs": ["*"]}]
    addresses = [form for path in _OPEN_PATHS for form in (path, f"{path}/*")]
    return [{"verbs": ["get"], "nonResourceURLs": addresses}]


def _rule(group: str, resources: Iterable[str], verbs: Iterable[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": sorted(resources), "verbs": sorted(verbs)}


def may_path(user: str, path: str) -> bool:
    """Tell whether `user` may read an address that is no resource."""
    return user == "admin" or any(
        path == open_path or path.startswith(open_path + "/") for open_path in _OPEN_PATHS
    )


def forbidden(user: str, ask: Ask) -> ApiError:
    """Return the refusal of `ask`, worded as RBAC words it."""
    plural = ask.resource.partition("/")[0]
    qualified = f"{plural}.{ask.group}" if ask.group else plural
    what = f'{qualified} "{ask.name}"' if ask.name else qualified
    where = f'in the namespace "{ask.namespace}"' if ask.namespace else "at the cluster scope"
    text = (
        f'{what} is forbidden: User "{user}" cannot {ask.verb} resource "{ask.resource}" '
        f'in API group "{ask.group}" {where}'
    )
    details = {"name": ask.name, "group": ask.group, "kind": plural}
    details = {key: value for key, value in details.items() if value}
    return ApiError(403, "Forbidden", message=text, details=details)


def forbidden_path(user: str, verb: str, *, path: str) -> ApiError:
    """Return the refusal of an address that is no resource."""
    text = f'forbidden: User "{user}" cannot {verb} path "{path}"'
    return ApiError(403, "Forbidden", message=text)
