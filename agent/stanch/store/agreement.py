"""What the journal says that the records must be, and where they are something else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from stanch.incident import ApprovalState, Evidence, Proposal, can_become
from stanch.store.tables import approvals, evidence, incidents, ledger, proposals, votes
from stanch.tools.operations import digest_of

_DECISIONS = {
    "approval.approved": "approved",
    "approval.rejected": "rejected",
    "approval.expired": "expired",
    "approval.superseded": "superseded",
    "approval.used": "used",
}


class Told:
    """What the journal says the records must be."""

    def __init__(self) -> None:
        self.incidents: set[str] = set()
        self.evidence: dict[tuple[str, str], str] = {}
        self.changes: dict[str, str] = {}
        self.proposals: dict[str, str] = {}
        self.approvals: dict[str, tuple[str, ...]] = {}
        self.votes: dict[str, str] = {}
        self.documents: dict[str, str] = {}

    def take(self, kind: str, data: dict[str, Any], incident: str) -> None:
        """Take up what one entry says.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is not what an entry of its
                type says.
        """
        match kind:
            case "incident.opened":
                self.incidents.add(incident)
            case "step.finished":
                self.evidence[incident, data["evidence"]] = data["record_sha256"]
            case "mitigation.started":
                self.changes[data["key"]] = "started"
            case "mitigation.in_doubt":
                self.changes[data["key"]] = "unknown"
            case "mitigation.finished":
                self.changes[data["key"]] = data["result"]
            case "proposal.made":
                self.proposals[data["proposal"]["id"]] = data["bound"]
            case "postmortem.written":
                self.documents[data["path"]] = data["sha256"]
            case _ if kind.startswith("approval."):
                self._approval(kind, data)
            case _:
                pass

    def _approval(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "approval.requested":
            asked = data["approval"]
            ends = datetime.fromisoformat(asked["expires_at"]).timestamp()
            self.approvals[asked["id"]] = ("pending", asked["bound"], str(ends), "", "")
        elif kind == "approval.voted":
            said = (data["bound"], data["how"], data["answer"], data["reason"] or "")
            self.votes[f"of {data['by']} on {data['approval']}"] = " ".join(said)
        elif kind in _DECISIONS:
            self._decided(_DECISIONS[kind], data)

    def _decided(self, state: str, data: dict[str, Any]) -> None:
        """Move an approval along its ways; a step that it cannot take leaves a mark of that."""
        known = self.approvals.get(data["approval"])
        if known is None or not can_become(ApprovalState(known[0]), ApprovalState(state)):
            self.approvals[data["approval"]] = (f"wrongly {state}",)
            return
        _, bound, ends, by, how = known
        by, how = data.get("by") or by, data.get("how") or how
        self.approvals[data["approval"]] = (state, bound, ends, by, how)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The raw rows of the records, all of one moment."""

    evidence: Sequence[Row[Any]]
    proposals: Sequence[Row[Any]]
    approvals: Sequence[Row[Any]]
    votes: Sequence[Row[Any]]
    ledger: Sequence[Row[Any]]
    incidents: Sequence[Row[Any]]

    @classmethod
    def read(cls, connection: Connection) -> "Kept":
        """Read every record in the transaction of `connection`."""
        tables = (evidence, proposals, approvals, votes, ledger, incidents)
        rows = {table.name: connection.execute(select(table)).all() for table in tables}
        return cls(**rows)


def differences(kept: Kept, told: Told, *, count: int) -> Iterator[str]:
    """Yield where the records are not what a journal of `count` entries says they must be."""
    yield from _evidence(kept, told)
    plans = {f"P-{row.number}": _bound(row) for row in kept.proposals}
    yield from _differ("proposal", plans, told.proposals)
    states = {
        f"A-{row.number}": _text(row.state, row.bound, row.expires_at, row.decided_by, row.how)
        for row in kept.approvals
    }
    wanted = {name: " ".join(value) for name, value in told.approvals.items()}
    yield from _differ("approval", states, wanted)
    said = {
        f"of {row.voter} on A-{row.approval}": _text(row.bound, row.how, row.answer, row.reason)
        for row in kept.votes
    }
    yield from _differ("the vote", said, told.votes)
    # A change in doubt that is taken up again goes from "unknown" to "started" unrecorded.
    same = {"unknown": "started"}
    changes = {row.key: same.get(row.state, row.state) for row in kept.ledger}
    noted = {key: same.get(state, state) for key, state in told.changes.items()}
    yield from _differ("the account of the change", changes, noted)
    names = {f"INC-{row.number}" for row in kept.incidents}
    for name in sorted(told.incidents - names):
        yield f"incident {name} is missing"
    if names and not count:
        yield f"the journal is empty, and there are {len(names)} incidents"


def _evidence(kept: Kept, told: Told) -> Iterator[str]:
    found = {(row.incident, f"E-{row.number:03d}"): _digest(row) for row in kept.evidence}
    for incident, name in sorted(found.keys() | told.evidence.keys()):
        if (incident, name) not in found:
            yield f"evidence {name} of {incident} is missing"
        elif found[incident, name] != told.evidence.get((incident, name)):
            yield f"evidence {name} of {incident} is not what the journal recorded"


def _digest(row: Row[Any]) -> str:
    try:
        return digest_of(Evidence.model_validate_json(row.body).model_dump(mode="json"))
    except ValueError:
        return ""


def _bound(row: Row[Any]) -> str:
    try:
        return Proposal.model_validate_json(row.body).bound
    except ValueError:
        return ""


def _text(*values: object) -> str:
    return " ".join("" if value is None else str(value) for value in values)


def _differ(what: str, kept: dict[str, str], told: dict[str, str]) -> Iterator[str]:
    for name in sorted(kept.keys() | told.keys()):
        if kept.get(name) != told.get(name):
            yield f"{what} {name} is not what the journal recorded"
