"""The narrow rights that the operator needs beside those of the test cluster's own rules.

A real API server is given them by the admin for the time of the tests, and loses them again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.contracts.clients.client_targets import NAMESPACE, Target

_GROUP = "rbac.authorization.k8s.io"
_ROOT = f"/apis/{_GROUP}/v1"
_NAME = "stanch-strategies"
_USERS = [{"apiGroup": _GROUP, "kind": "User", "name": "operator"}]
_EVERYBODY = [*_USERS, {"apiGroup": _GROUP, "kind": "User", "name": "reader"}]


def _rule(group: str, resources: str, verbs: str) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}


ACTS = (
    _rule("apps", "statefulsets daemonsets", "patch"),
    _rule("", "services configmaps resourcequotas", "patch"),
    _rule("", "pods/eviction", "create"),
    _rule("autoscaling", "horizontalpodautoscalers", "create delete patch"),
    _rule("networking.k8s.io", "ingresses", "patch"),
    _rule("argoproj.io", "applications", "patch"),
    _rule("", "secrets", "get create patch"),
)
"""What acts, in the namespace of the workloads alone."""
NODES = (_rule("", "nodes", "patch"),)
"""What cordons a node: RBAC cannot grant a single field."""
LOOKS = (
    _rule("argoproj.io", "applications", "get list watch"),
    _rule("networking.k8s.io", "ingresses", "get list watch"),
    _rule("policy", "poddisruptionbudgets", "get list watch"),
)
"""What looks, everywhere."""


@contextmanager
def grant(target: Target) -> Iterator[None]:
    """Give the operator of a real cluster what the kinds of changes need, and take it back."""
    inside = f"{_ROOT}/namespaces/{NAMESPACE}"
    made = [
        *_bound(target, inside, "Role", f"{_NAME}-acts", (ACTS, _USERS)),
        *_bound(target, _ROOT, "ClusterRole", f"{_NAME}-nodes", (NODES, _USERS)),
        *_bound(target, _ROOT, "ClusterRole", f"{_NAME}-looks", (LOOKS, _EVERYBODY)),
    ]
    try:
        yield
    finally:
        for path in made:
            target.door().delete(path)


def _bound(
    target: Target, root: str, kind: str, name: str, given: tuple[Any, Any]
) -> tuple[str, str]:
    rules, subjects = given
    role, binding = f"{root}/{kind.lower()}s", f"{root}/{kind.lower()}bindings"
    metadata = {"metadata": {"name": name}}
    _post(target, role, {**metadata, "rules": list(rules)})
    reference = {"apiGroup": _GROUP, "kind": kind, "name": name}
    _post(target, binding, {**metadata, "roleRef": reference, "subjects": subjects})
    return f"{binding}/{name}", f"{role}/{name}"


def _post(target: Target, path: str, body: dict[str, Any]) -> None:
    answer = target.door().post(path, json=body)
    assert answer.is_success or answer.status_code == 409, answer.text
