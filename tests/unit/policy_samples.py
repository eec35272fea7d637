"""A policy with one environment, a situation, and whose yes a change needs; for tests."""

from datetime import UTC, datetime
from typing import Any

from stanch.incident import Needs
from stanch.policy import Approval, Environment, Policy, Rule, Situation, Where

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
KUBERNETES = ("kubernetes.roll_back", "kubernetes.restart", "kubernetes.scale")


def environment(**changes: Any) -> Environment:
    """Return an environment that lists the namespace shop, with `ann` to approve."""
    values: dict[str, Any] = {
        "name": "production",
        "where": Where(namespaces=("shop",)),
        "allow": (Rule(kinds=KUBERNETES),),
        "approval": Approval(approvers=("ann",)),
    }
    return Environment.model_validate(values | changes)


def policy(*environments: Environment, **changes: Any) -> Policy:
    """Return a policy of these environments; of the one above where none is given."""
    return Policy(environments=environments or (environment(),), **changes)


def situation(**changes: Any) -> Situation:
    """Return a situation in which a change can be put back and nothing else is special."""
    values: dict[str, Any] = {"now": NOW, "severity": "SEV2", "reversible": True}
    return Situation(**(values | changes))


def needs(**changes: Any) -> Needs:
    """Return what the policy above says of a change that it asks about."""
    values: dict[str, Any] = {
        "environment": "production",
        "approvers": ("ann",),
        "rule": "environments.production.approval",
    }
    return Needs.model_validate(values | changes)
