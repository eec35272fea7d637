"""One alert, incident and proposal, whole and valid, for tests that need one of each."""

from datetime import UTC, datetime, timedelta
from typing import Any

from stanch.incident import (
    Actor,
    Alert,
    Approval,
    Check,
    Difference,
    Incident,
    Preview,
    Proposal,
)
from stanch.store import Entry, Store
from stanch.tools.operations import RollBackDeployment, RolloutStatus
from tests.unit.policy_samples import needs

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def alert(**changes: Any) -> Alert:
    values: dict[str, Any] = {
        "fingerprint": "c6eadffa33fcdf37",
        "name": "ShopErrorRatioHigh",
        "source": "alertmanager",
        "labels": {
            "alertname": "ShopErrorRatioHigh",
            "namespace": "shop",
            "service": "checkout",
            "deployment": "checkout",
            "severity": "critical",
        },
        "annotations": {"summary": "More than 5% of the requests to checkout fail"},
        "starts_at": NOW,
    }
    return Alert.model_validate(values | changes)


def incident(**changes: Any) -> Incident:
    values: dict[str, Any] = {
        "id": "INC-1",
        "title": "More than 5% of the requests to checkout fail",
        "alert": alert(),
        "opened_at": NOW,
        "opened_by": "ann",
    }
    return Incident.model_validate(values | changes)


def roll_back(**changes: Any) -> RollBackDeployment:
    values: dict[str, Any] = {
        "namespace": "shop",
        "name": "checkout",
        "uid": "0b1e7c5e-0000-4000-8000-000000000001",
        "replica_set": "checkout-6d5f9c",
        "replica_set_uid": "0b1e7c5e-0000-4000-8000-000000000002",
        "revision": 3,
        "template_digest": "a" * 64,
        "images": ("registry.local/shop/checkout:1.8.2",),
    }
    return RollBackDeployment.model_validate(values | changes)


def proposal(**changes: Any) -> Proposal:
    values: dict[str, Any] = {
        "id": "P-1",
        "incident": "INC-1",
        "mitigation": "undo-rollout",
        "title": "Roll back checkout to revision 3",
        "operation": roll_back(),
        "observed": {"uid": roll_back().uid, "generation": 4, "spec_sha256": "b" * 64},
        "expected": {"uid": roll_back().uid, "deleting": False, "spec_sha256": "f" * 64},
        "preview": Preview(
            dry_run="accepted",
            note="",
            differences=(Difference(path="spec.template", before="new", after="old"),),
            touches=("the 4 pods of deployment checkout are replaced",),
        ),
        "inverse": roll_back(replica_set="checkout-7f8d9c", revision=4, template_digest="c" * 64),
        "inverse_note": "puts revision 4 back",
        "checks": (
            Check(
                name="rollout-complete",
                says="the rollout is complete",
                operation=RolloutStatus(namespace="shop", name="checkout"),
                kind="rollout-complete",
            ),
        ),
        "baseline": {"ready": 4, "error_ratio": 0.3},
        "soak_seconds": 120.0,
        "deadline_seconds": 600.0,
        "hypothesis": "kubernetes/bad-release#bad-release",
        "claim": "The newest release of checkout fails.",
        "evidence": ("E-001",),
        "runbook": "kubernetes/bad-release",
        "runbook_sha256": "d" * 64,
        "policy_sha256": "e" * 64,
        "needs": needs(),
        "requested_by": "commander (rules)",
        "created_at": NOW,
    }
    return Proposal.model_validate(values | changes)


def approval(of: Proposal | None = None, **changes: Any) -> Approval:
    of = of or proposal()
    values: dict[str, Any] = {
        "id": "A-1",
        "incident": of.incident,
        "proposal": of.id,
        "bound": of.bound,
        "requested_at": NOW,
        "expires_at": NOW + timedelta(minutes=15),
    }
    return Approval.model_validate(values | changes)


def entry(kind: Any = "notice", **changes: Any) -> Entry:
    values: dict[str, Any] = {
        "at": NOW,
        "incident": "INC-1",
        "actor": Actor(kind="system", id="test"),
        "phase": "triage",
        "type": kind,
        "data": {"text": "something happened"},
    }
    return Entry(**(values | changes))


def ask(store: Store, of: Proposal | None = None, **changes: Any) -> Approval:
    """Put an incident with a proposal and a pending approval into the store."""
    of = of or proposal()
    asked = approval(of, **changes)
    with store.database.write() as connection:
        store.records.add_incident(connection, incident(id=of.incident))
        store.records.add_proposal(connection, of, attempt=1)
        store.approvals.add(connection, asked)
        last = store.journal.add(
            connection,
            [
                entry(
                    "proposal.made",
                    data={"proposal": of.model_dump(mode="json"), "bound": of.bound},
                ),
                entry("approval.requested", data={"approval": asked.model_dump(mode="json")}),
            ],
        )
    store.journal.mark(last)
    return asked
