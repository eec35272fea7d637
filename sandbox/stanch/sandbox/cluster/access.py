"""Who may do what: four users with the rights that a production cluster would give them.

`reader` sees workloads, pods, logs, events and usage; `operator` may also patch and scale
deployments and delete pods in the namespace `shop`; `nobody` is known and has no rights;
`admin` may do everything.
"""

from dataclasses import dataclass

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
}
OPERABLE: dict[tuple[str, str], frozenset[str]] = {
    ("apps", "deployments"): frozenset(("patch",)),
    ("apps", "deployments/scale"): frozenset(("get", "patch", "update")),
    ("", "pods"): frozenset(("delete",)),
}
OPERATED_NAMESPACE = "shop"
# Every known user may look around and ask for its own rights.
_SELF_REVIEWS = frozenset(
    ("selfsubjectaccessreviews", "selfsubjectreviews", "selfsubjectrulesreviews")
)
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
    if ask.group in {"authorization.k8s.io", "authentication.k8s.io"}:
        return ask.resource in _SELF_REVIEWS and ask.verb == "create"
    if user not in {"reader", "operator"}:
        return False
    if ask.verb in _LOOK and ask.resource in READABLE.get(ask.group, ()):
        return True
    operable = OPERABLE.get((ask.group, ask.resource), frozenset())
    here = ask.namespace == OPERATED_NAMESPACE
    return user == "operator" and here and ask.verb in operable


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
