"""Verification of the journal, and of the records that must agree with it."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from stanch.incident import ApprovalState, Evidence, Proposal, can_become
from stanch.store.database import Database
from stanch.store.errors import JournalKeyError
from stanch.store.journal import seal
from stanch.store.records import Records
from stanch.store.tables import approvals, evidence, incidents, journal, ledger, proposals
from stanch.tools.operations import digest_of

_DECISIONS = {
    "approval.approved": "approved",
    "approval.rejected": "rejected",
    "approval.expired": "expired",
    "approval.superseded": "superseded",
    "approval.used": "used",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What verification found: nothing in `faults` means that all agrees."""

    entries: int
    evidence: int
    proposals: int
    faults: tuple[str, ...]
    documents: tuple[str, ...] = ()
    """Post-mortems that are not as they were written: a review may have changed them."""


def verify(database: Database) -> Audit:
    """Check every seal, the end of the journal, and the records against it.

    Raises:
        DatabaseError: the database cannot be read.
    """
    faults: list[str] = []
    told = _Told()
    before, seq = "0" * 64, 0
    # The mark first, then all in one snapshot: what another process appends meanwhile is
    # in neither, or in the snapshot alone, and never looks like a cut.
    mark = _mark(database, faults)
    with database.read() as connection:
        rows = connection.execute(select(journal).order_by(journal.c.seq)).all()
        kept = _Kept.read(connection)
    for row in rows:
        raw: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
        if row.seq != seq + 1:
            faults.append(f"entry {seq + 1} is missing: entry {row.seq} follows entry {seq}")
        if not hmac.compare_digest(row.mac, seal(database.secret, raw, before)):
            faults.append(
                f"entry {row.seq} does not fit its seal: it, or the one before it, was altered"
            )
        before, seq = row.mac, row.seq
        told.take(row.type, json.loads(row.data), row.incident)
    faults += _end(mark, seq, before)
    _compare(kept, told, faults)
    faults += Records(database).altered(kept.incidents)
    return Audit(
        entries=seq,
        evidence=len(kept.evidence),
        proposals=len(kept.proposals),
        faults=tuple(faults[:50]),
        documents=tuple(_documents(database, told)),
    )


class _Told:
    """What the journal says the records must be."""

    def __init__(self) -> None:
        self.evidence: dict[tuple[str, str], str] = {}
        self.changes: dict[str, str] = {}
        self.proposals: dict[str, str] = {}
        self.approvals: dict[str, tuple[str, ...]] = {}
        self.documents: dict[str, str] = {}

    def take(self, kind: str, data: dict[str, Any], incident: str) -> None:
        match kind:
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
            case "approval.requested":
                asked = data["approval"]
                ends = datetime.fromisoformat(asked["expires_at"]).timestamp()
                self.approvals[asked["id"]] = ("pending", asked["bound"], str(ends), "", "")
            case "postmortem.written":
                self.documents[data["path"]] = data["sha256"]
            case _ if kind in _DECISIONS:
                self._decided(_DECISIONS[kind], data)
            case _:
                pass

    def _decided(self, state: str, data: dict[str, Any]) -> None:
        """Move an approval along its ways; a step that it cannot take leaves a mark of that."""
        known = self.approvals.get(data["approval"])
        if known is None or not can_become(ApprovalState(known[0]), ApprovalState(state)):
            self.approvals[data["approval"]] = (f"wrongly {state}",)
            return
        _, bound, ends, by, how = known
        by, how = data.get("by") or by, data.get("how") or how
        self.approvals[data["approval"]] = (state, bound, ends, by, how)


def _mark(database: Database, faults: list[str]) -> tuple[int, str] | None:
    try:
        return database.head.read()
    except JournalKeyError as error:
        faults.append(str(error))
        return 0, ""


def _end(mark: tuple[int, str] | None, seq: int, mac: str) -> list[str]:
    if mark is None:
        return ["the mark of the journal's end is missing"] if seq else []
    if mark[0] > seq:
        return [f"the journal was cut: it had {mark[0]} entries, and has {seq}"]
    if mark[0] == seq and mark[0] and mark[1] != mac:
        return ["the last entry is not the one that was written"]
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The raw rows of the records, all of one moment."""

    evidence: Sequence[Row[Any]]
    proposals: Sequence[Row[Any]]
    approvals: Sequence[Row[Any]]
    ledger: Sequence[Row[Any]]
    incidents: Sequence[Row[Any]]

    @classmethod
    def read(cls, connection: Connection) -> "_Kept":
        """Read every record in the transaction of `connection`."""
        tables = (evidence, proposals, approvals, ledger, incidents)
        rows = {table.name: connection.execute(select(table)).all() for table in tables}
        return cls(**rows)


def _compare(kept: _Kept, told: _Told, faults: list[str]) -> None:
    """Compare the records with what the journal says they must be."""
    found = {(row.incident, f"E-{row.number:03d}"): _evidence(row) for row in kept.evidence}
    for incident, name in sorted(found.keys() | told.evidence.keys()):
        if (incident, name) not in found:
            faults.append(f"evidence {name} of {incident} is missing")
        elif found[incident, name] != told.evidence.get((incident, name)):
            faults.append(f"evidence {name} of {incident} is not what the journal recorded")
    plans = {f"P-{row.number}": _proposal(row) for row in kept.proposals}
    faults += _differ("proposal", plans, told.proposals)
    states = {
        f"A-{row.number}": " ".join(
            (row.state, row.bound, str(row.expires_at), row.decided_by or "", row.how or "")
        )
        for row in kept.approvals
    }
    wanted = {name: " ".join(value) for name, value in told.approvals.items()}
    faults += _differ("approval", states, wanted)
    # A change in doubt that is taken up again goes from "unknown" to "started" unrecorded.
    same = {"unknown": "started"}
    changes = {row.key: same.get(row.state, row.state) for row in kept.ledger}
    noted = {key: same.get(state, state) for key, state in told.changes.items()}
    faults += _differ("the account of the change", changes, noted)


def _evidence(row: Row[Any]) -> str:
    try:
        return digest_of(Evidence.model_validate_json(row.body).model_dump(mode="json"))
    except ValueError:
        return ""


def _proposal(row: Row[Any]) -> str:
    try:
        return Proposal.model_validate_json(row.body).bound
    except ValueError:
        return ""


def _documents(database: Database, told: _Told) -> Iterator[str]:
    """Compare the post-mortems that were written with what they were."""
    for path, sha256 in told.documents.items():
        try:
            found = hashlib.sha256((database.home / path).read_bytes()).hexdigest()
        except OSError:
            found = ""
        if found != sha256:
            yield f"the document {path} is not what was written"


def _differ(what: str, kept: dict[str, str], told: dict[str, str]) -> list[str]:
    return [
        f"{what} {name} is not what the journal recorded"
        for name in sorted(kept.keys() | told.keys())
        if kept.get(name) != told.get(name)
    ]
