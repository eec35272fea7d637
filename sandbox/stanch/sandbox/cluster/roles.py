"""The rights of the four users as RBAC objects, to be read; `access.py` is what decides."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import access
from stanch.sandbox.cluster.access import OPERATED_NAMESPACE
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.store import Store

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_GROUP = "rbac.authorization.k8s.io"


def add(store: Store) -> None:
    """Add the roles and their bindings to a new cluster."""
    roles = {
        "cluster-admin": access.everything(),
        "reader": access.reading_rules(),
        "operator": access.operating_rules(),
        "node-operator": access.operating_everywhere_rules(),
    }
    for name, rules in roles.items():
        store.create("clusterroles", "", {"metadata": {"name": name}, "rules": rules})
    bound = {
        "cluster-admin": ("admin",),
        "reader": ("reader", "operator"),
        "node-operator": ("operator",),
    }
    for name, users in bound.items():
        body = {"metadata": {"name": name}, **_binding(name, users)}
        store.create("clusterrolebindings", "", body)


class Settlement:
    """Gives every new namespace its service account, and the operator its rights there."""

    def __init__(self, cluster: "Cluster") -> None:
        self._store = cluster.store

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return the namespace that has come."""
        come = change.plural == "namespaces" and change.action == "ADDED"
        return [("", change.new["metadata"]["name"])] if come else []

    def reconcile(self, namespace: str, name: str) -> None:
        """Add what is missing in a namespace."""
        found = self._store.find("namespaces", namespace, name)
        if found is None or "deletionTimestamp" in found["metadata"]:
            return
        if self._store.find("serviceaccounts", name, "default") is None:
            self._store.create("serviceaccounts", name, {"metadata": {"name": "default"}})
        missing = self._store.find("rolebindings", name, "operator") is None
        if name == OPERATED_NAMESPACE and missing:
            body = {"metadata": {"name": "operator"}, **_binding("operator", ("operator",))}
            self._store.create("rolebindings", name, body)


def _binding(role: str, users: tuple[str, ...]) -> dict[str, Any]:
    subjects = [{"apiGroup": _GROUP, "kind": "User", "name": user} for user in users]
    return {
        "roleRef": {"apiGroup": _GROUP, "kind": "ClusterRole", "name": role},
        "subjects": subjects,
    }
