"""Edits: changes of the shop's objects as people and pipelines make them through the API.

They leave in managedFields who changed which field and when, as every client's do.
"""

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster import ownership
from stanch.sandbox.cluster.kinds import stored
from stanch.sandbox.shop.services import NAMESPACE

if TYPE_CHECKING:
    from stanch.sandbox.cluster.store import Claim
    from stanch.sandbox.shop.shop import Shop

DEPLOYER = "deployer"
PERSON = "kubectl-edit"


def edit(
    shop: "Shop",
    resource: str,
    name: str,
    change: Callable[[dict[str, Any]], object],
    *,
    manager: str = PERSON,
    namespace: str = NAMESPACE,
) -> None:
    """Change one object as `manager` does with it.

    Raises:
        ApiError: there is no such object, or what it becomes is not acceptable.
    """
    new = copy.deepcopy(shop.cluster.store.get(resource, namespace, name))
    change(new)
    new["metadata"].pop("resourceVersion", None)
    claim = claims(shop, resource, manager=manager)
    shop.cluster.store.update(resource, namespace, new, claim=claim)


def create(shop: "Shop", resource: str, obj: dict[str, Any], *, manager: str = DEPLOYER) -> None:
    """Make a new object in the shop's namespace as `manager` does.

    Raises:
        ApiError: it is not acceptable, or its name is taken.
    """
    claim = claims(shop, resource, manager=manager)
    shop.cluster.store.create(resource, NAMESPACE, obj, claim=claim)


def claims(shop: "Shop", resource: str, *, manager: str) -> "Claim":
    """Return what notes in an object that `manager` wrote what differs from before."""

    def claim(new: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
        return ownership.claimed(
            stored(resource), new, old=old, manager=manager, part="", now=shop.now
        )

    return claim
