"""Verification of the journal, and of the records that must agree with it."""

import hmac
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from stanch.incident import Evidence, Proposal
from stanch.store.database import Database
from stanch.store.errors import DatabaseError, JournalKeyError
from stanch.store.journal import Journal, seal
from stanch.store.records import Records
from stanch.store.tables import approvals, evidence, ledger, proposals
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


def verify(database: Database) -> Audit:
    """Check every seal, the end of the journal, and the records against it.

    Raises:
        DatabaseError: the database cannot be read.
    """
    faults: list[str] = []
    told = _Told()
    before, seq = "0" * 64, 0
    for row in Journal(database).rows():
        raw: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
        if row.seq != seq + 1:
            faults.append(f"entry {seq + 1} is missing: entry {row.seq} follows entry {seq}")
        if not hmac.compare_digest(row.mac, seal(database.secret, raw, before)):
            faults.append(
                f"entry {row.seq} does not fit its seal: it, or the one before it, was altered"
            )
        before, seq = row.mac, row.seq
        told.take(row.type, json.loads(row.data), row.incident)
    faults += _end(database, seq, before)
    items, plans = _records(database, told, faults)
    return Audit(entries=seq, evidence=items, proposals=plans, faults=tuple(faults[:50]))


class _Told:
    """What the journal says the records must be."""

    def __init__(self) -> None:
        self.evidence: dict[tuple[str, str], str] = {}
        self.changes: dict[str, str] = {}
        self.proposals: dict[str, str] = {}
        self.approvals: dict[str, tuple[str, str]] = {}

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
                self.approvals[asked["id"]] = ("pending", asked["bound"])
            case _ if kind in _DECISIONS:
                _, bound = self.approvals.get(data["approval"], ("", ""))
                self.approvals[data["approval"]] = (_DECISIONS[kind], bound)
            case _:
                pass


def _end(database: Database, seq: int, mac: str) -> list[str]:
    try:
        mark = database.head.read()
    except JournalKeyError as error:
        return [str(error)]
    if mark is None:
        return ["the mark of the journal's end is missing"] if seq else []
    if mark[0] > seq:
        return [f"the journal was cut: it had {mark[0]} entries, and has {seq}"]
    if mark[0] == seq and mark[1] != mac:
        return ["the last entry is not the one that was written"]
    return []


def _records(database: Database, told: _Told, faults: list[str]) -> tuple[int, int]:
    with database.read() as connection:
        items = connection.execute(select(evidence)).all()
        plans = connection.execute(select(proposals)).all()
        asked = connection.execute(select(approvals)).all()
        begun = connection.execute(select(ledger)).all()
    seen: set[tuple[str, str]] = set()
    for row in items:
        name = (row.incident, f"E-{row.number:03d}")
        seen.add(name)
        try:
            item = Evidence.model_validate_json(row.body)
            fits = digest_of(item.model_dump(mode="json")) == told.evidence.get(name)
        except ValueError:
            fits = False
        if not fits:
            faults.append(f"evidence {name[1]} of {name[0]} is not what the journal recorded")
    faults += [f"evidence {e} of {i} is missing" for i, e in told.evidence if (i, e) not in seen]
    kept: dict[str, str] = {}
    for row in plans:
        try:
            kept[f"P-{row.number}"] = Proposal.model_validate_json(row.body).bound
        except ValueError:
            kept[f"P-{row.number}"] = ""
    faults += _differ("proposal", kept, told.proposals)
    states = {f"A-{row.number}": f"{row.state} {row.bound}" for row in asked}
    wanted = {name: " ".join(value) for name, value in told.approvals.items()}
    faults += _differ("approval", states, wanted)
    # A change in doubt that is taken up again goes from "unknown" to "started" unrecorded.
    same = {"unknown": "started"}
    changes = {row.key: same.get(row.state, row.state) for row in begun}
    noted = {key: same.get(state, state) for key, state in told.changes.items()}
    faults += _differ("the account of the change", changes, noted)
    try:
        Records(database).all_incidents()
    except DatabaseError as error:
        faults.append(str(error))
    return len(items), len(plans)


def _differ(what: str, kept: dict[str, str], told: dict[str, str]) -> list[str]:
    return [
        f"{what} {name} is not what the journal recorded"
        for name in sorted(kept.keys() | told.keys())
        if kept.get(name) != told.get(name)
    ]


__all__ = ["Audit", "DatabaseError", "verify"]
