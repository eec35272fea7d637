"""Approvals as rows: each step from one state to the next is one conditional UPDATE.

Two processes that answer the same approval at the same moment cannot both succeed, and
an approval that ran out cannot be answered, whatever the asking process believed.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from stanch.incident import Approval, ApprovalState, can_become
from stanch.store.database import Database
from stanch.store.errors import ConflictError, NotFoundError
from stanch.store.instants import latest
from stanch.store.records import number
from stanch.store.tables import approvals


class Approvals:
    """Reads and moves the approvals of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next(self, connection: Connection) -> str:
        """Return the id that the next approval gets; hold the write lock while you use it."""
        query = select(approvals.c.number).order_by(approvals.c.number.desc()).limit(1)
        return f"A-{(connection.execute(query).scalar_one_or_none() or 0) + 1}"

    def add(self, connection: Connection, approval: Approval) -> None:
        """Add a request for a decision."""
        connection.execute(
            approvals.insert().values(
                number=number(approval.id),
                incident=approval.incident,
                proposal=approval.proposal,
                bound=approval.bound,
                state=approval.state.value,
                requested_at=approval.requested_at.isoformat(),
                expires_at=approval.expires_at.timestamp(),
                decided_at=approval.decided_at.isoformat() if approval.decided_at else None,
                decided_by=approval.decided_by,
                how=approval.how,
                reason=approval.reason,
            )
        )

    def get(self, name: str) -> Approval:
        """Return the approval called `name`.

        Raises:
            NotFoundError: there is none.
        """
        query = select(approvals).where(approvals.c.number == number(name, "approval"))
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no approval {name}; `stanch pending` lists them")
        return _approval(row)

    def of_proposal(self, proposal: str) -> Approval | None:
        """Return the approval of a proposal, if it was asked for."""
        query = select(approvals).where(approvals.c.proposal == proposal)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _approval(row)

    def all(self, *, incident: str | None = None) -> tuple[Approval, ...]:
        """Return all approvals, or those of one incident, oldest first."""
        query = select(approvals).order_by(approvals.c.number)
        if incident is not None:
            query = query.where(approvals.c.incident == incident)
        with self._database.read() as connection:
            return tuple(_approval(row) for row in connection.execute(query))

    def require_open(self, connection: Connection, name: str, *, now: datetime, bound: str) -> None:
        """Make sure that `name` waits for an answer at this moment, to exactly `bound`.

        Raises:
            ConflictError: it does not; says why.
        """
        now = self._latest(connection, name, now)
        query = select(approvals.c.number).where(
            approvals.c.number == number(name),
            approvals.c.state == ApprovalState.PENDING.value,
            approvals.c.expires_at > now.timestamp(),
            approvals.c.bound == bound,
        )
        if connection.execute(query).first() is None:
            raise ConflictError(_why_not(connection, name, ApprovalState.APPROVED, now))

    def move(
        self,
        connection: Connection,
        name: str,
        *,
        to: ApprovalState,
        now: datetime,
        bound: str | None = None,
        by: str | None = None,
        how: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Move an approval to the state `to`, if it may go there at this moment.

        `bound` is the digest that the deciding party saw; it must be the one asked for.
        To approve, reject or use, the approval must not have run out at `now`.

        Raises:
            ConflictError: its state, its expiry or its digest does not allow it.
        """
        allowed = [one.value for one in ApprovalState if can_become(one, to)]
        change = approvals.update().where(
            approvals.c.number == number(name), approvals.c.state.in_(allowed)
        )
        if to in {ApprovalState.APPROVED, ApprovalState.REJECTED, ApprovalState.USED}:
            # A clock that was set back revives nothing.
            seen = self._latest(connection, name, now)
            change = change.where(approvals.c.expires_at > seen.timestamp())
        if bound is not None:
            change = change.where(approvals.c.bound == bound)
        values: dict[str, Any] = {"state": to.value}
        if to is not ApprovalState.USED:
            values |= {"decided_at": now.isoformat(), "reason": reason}
        if by is not None:
            values |= {"decided_by": by, "how": how}
        if connection.execute(change.values(**values)).rowcount != 1:
            seen = self._latest(connection, name, now)
            raise ConflictError(_why_not(connection, name, to, seen))

    def ran_out(self, approval: Approval, now: datetime) -> bool:
        """Say whether an approval ran out, by `now` or by what is on record since it was asked."""
        with self._database.read() as connection:
            return approval.expires_at <= self._latest(connection, approval.id, now)

    def _latest(self, connection: Connection, name: str, now: datetime) -> datetime:
        """Return the latest instant that is known, which a clock that was set back is not."""
        query = select(approvals.c.incident).where(approvals.c.number == number(name))
        incident = connection.execute(query).scalar_one_or_none()
        return now if incident is None else latest(connection, incident, f"A-{number(name)}", now)


def _why_not(connection: Connection, name: str, to: ApprovalState, now: datetime) -> str:
    row = connection.execute(select(approvals).where(approvals.c.number == number(name))).first()
    if row is None:
        return f"there is no approval {name}; `stanch pending` lists them"
    found = _approval(row)
    if not can_become(found.state, to):
        by = f" by {found.decided_by}" if found.decided_by else ""
        return f"{name} is {found.state}{by} and cannot become {to}"
    if found.expires_at <= now:
        return (
            f"{name} ran out at {found.expires_at:%Y-%m-%d %H:%M:%SZ}; "
            f"`stanch resume {found.incident}` makes a fresh proposal"
        )
    return f"{name} stands for another proposal than the one that was shown"


def _approval(row: Row[Any]) -> Approval:
    return Approval.model_validate(
        {
            "id": f"A-{row.number}",
            "incident": row.incident,
            "proposal": row.proposal,
            "bound": row.bound,
            "state": row.state,
            "requested_at": row.requested_at,
            "expires_at": row.expires_at,
            "decided_at": row.decided_at,
            "decided_by": row.decided_by,
            "how": row.how,
            "reason": row.reason,
        }
    )
