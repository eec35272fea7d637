"""Incidents, evidence and proposals, kept as the JSON of their models.

Every record is validated again when it is read: a later release may have narrowed what
an operation can be, and what it forbids must not come back from an old row.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import IntegrityError

from stanch.incident import Evidence, Incident, Proposal
from stanch.store.database import Database
from stanch.store.errors import ConflictError, DatabaseError, NotFoundError
from stanch.store.tables import evidence, incidents, proposals

M = TypeVar("M", bound=BaseModel)


class Records:
    """Reads and writes the records of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_incident(self, connection: Connection) -> str:
        """Return the id that the next incident gets; hold the write lock while you use it."""
        return f"INC-{_after(connection, incidents.c.number)}"

    def add_incident(
        self, connection: Connection, incident: Incident, *, name: str | None = None
    ) -> None:
        """Add a new incident; `name` stands for what its alert is told apart by.

        Raises:
            ConflictError: the same firing of the same alert has one already.
        """
        try:
            connection.execute(
                incidents.insert().values(
                    number=number(incident.id),
                    body=(body := incident.model_dump_json()),
                    seal=self._seal(body),
                    status=incident.status.value,
                    fingerprint=name or incident.alert.fingerprint,
                    starts_at=incident.alert.starts_at.isoformat(),
                )
            )
        except IntegrityError as error:
            raise ConflictError(f"{incident.alert.name} is an incident already") from error

    def incident_of(self, connection: Connection, fingerprint: str, starts_at: str) -> str | None:
        """Return the id of the incident that this firing opened, if any."""
        query = select(incidents.c.number).where(
            incidents.c.fingerprint == fingerprint, incidents.c.starts_at == starts_at
        )
        found = connection.execute(query).scalar_one_or_none()
        return None if found is None else f"INC-{found}"

    def incident(self, name: str) -> Incident:
        """Return the incident called `name`.

        Raises:
            NotFoundError: there is none.
        """
        query = select(incidents).where(incidents.c.number == number(name, "incident"))
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no incident {name}; `stanch incidents` lists them")
        return self._incident(row)

    def all_incidents(self) -> tuple[Incident, ...]:
        """Return every incident, the newest first."""
        query = select(incidents).order_by(incidents.c.number.desc())
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(self._incident(row) for row in rows)

    def put_incident(self, connection: Connection, incident: Incident) -> None:
        """Write how the incident stands now.

        Raises:
            LostLockError: this process held the lock of the incident and holds it no more.
        """
        self._database.fence(connection, incident.id)
        body = incident.model_dump_json()
        connection.execute(
            incidents.update()
            .where(incidents.c.number == number(incident.id))
            .values(body=body, seal=self._seal(body), status=incident.status.value)
        )

    def _incident(self, row: Row[Any]) -> Incident:
        name = f"INC-{row.number}"
        if not hmac.compare_digest(row.seal, self._seal(row.body)):
            raise DatabaseError(
                f"{name} was altered outside stanch, or the key is another; nothing is done "
                "with it. Run `stanch audit verify`"
            )
        found = _valid(Incident, row.body, name)
        if found.id != name:
            raise DatabaseError(f"{name} holds the record of {found.id}: it was altered")
        return found

    def altered(self, rows: Iterable[Row[Any]]) -> Iterator[str]:
        """Yield what is wrong with each raw row of an incident that was altered."""
        for row in rows:
            try:
                self._incident(row)
            except DatabaseError as error:
                yield str(error)

    def _seal(self, body: str) -> str:
        text = f"incident:{body}".encode()
        return hmac.new(self._database.secret, text, hashlib.sha256).hexdigest()

    def next_evidence(self, connection: Connection, incident: str) -> int:
        """Return the number that the incident's next piece of evidence gets."""
        query = select(func.coalesce(func.max(evidence.c.number), 0) + 1)
        return int(connection.execute(query.where(evidence.c.incident == incident)).scalar_one())

    def add_evidence(self, connection: Connection, items: Sequence[Evidence], *, look: int) -> None:
        """Add pieces of evidence of the `look`-th time that their steps were run."""
        rows = [
            {
                "incident": item.incident,
                "number": number(item.id),
                "step": item.step,
                "round": look,
                "body": item.model_dump_json(),
            }
            for item in items
        ]
        if rows:
            connection.execute(evidence.insert(), rows)

    def evidence(self, incident: str) -> dict[str, Evidence]:
        """Return all evidence of an incident by id, in the order it was collected."""
        query = select(evidence.c.body, evidence.c.number).where(evidence.c.incident == incident)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(evidence.c.number)).all()
        items = (_valid(Evidence, row.body, f"E-{row.number:03d}") for row in rows)
        return {item.id: item for item in items}

    def collected(self, incident: str, *, look: int) -> dict[str, str]:
        """Return which steps have evidence of their `look`-th run: step name to evidence id."""
        query = select(evidence.c.step, evidence.c.number).where(
            evidence.c.incident == incident, evidence.c.round == look
        )
        with self._database.read() as connection:
            return {row.step: f"E-{row.number:03d}" for row in connection.execute(query)}

    def next_proposal(self, connection: Connection) -> str:
        """Return the id that the next proposal gets; hold the write lock while you use it."""
        return f"P-{_after(connection, proposals.c.number)}"

    def add_proposal(self, connection: Connection, proposal: Proposal, *, attempt: int) -> None:
        """Add the proposal of an incident's `attempt`-th attempt.

        Raises:
            ConflictError: that attempt has one already.
        """
        try:
            connection.execute(
                proposals.insert().values(
                    number=number(proposal.id),
                    incident=proposal.incident,
                    attempt=attempt,
                    body=proposal.model_dump_json(),
                )
            )
        except IntegrityError as error:
            raise ConflictError(f"attempt {attempt} has a proposal already") from error

    def proposal(self, name: str) -> Proposal:
        """Return the proposal called `name`.

        Raises:
            NotFoundError: there is none.
        """
        query = select(proposals.c.body).where(proposals.c.number == number(name, "proposal"))
        with self._database.read() as connection:
            body = connection.execute(query).scalar_one_or_none()
        if body is None:
            raise NotFoundError(f"there is no proposal {name}")
        return _valid(Proposal, body, name)

    def proposal_of_attempt(self, incident: str, attempt: int) -> Proposal | None:
        """Return the proposal that an attempt has already, if any."""
        query = select(proposals.c.body).where(
            proposals.c.incident == incident, proposals.c.attempt == attempt
        )
        with self._database.read() as connection:
            body = connection.execute(query).scalar_one_or_none()
        return None if body is None else _valid(Proposal, body, f"attempt {attempt}")

    def proposals(self, incident: str) -> tuple[Proposal, ...]:
        """Return the proposals of an incident, oldest first."""
        query = select(proposals.c.body, proposals.c.number).where(proposals.c.incident == incident)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(proposals.c.number)).all()
        return tuple(_valid(Proposal, row.body, f"P-{row.number}") for row in rows)


def number(name: str, of: str | None = None) -> int:
    """Return the number in an id such as INC-3, which must be the id `of` a kind of record.

    Raises:
        NotFoundError: it has none, or is the id of another kind.
    """
    letters, _, digits = name.rpartition("-")
    if not digits.isdecimal() or not digits.isascii():
        raise NotFoundError(f"'{name}' is no id; ids look like INC-3, P-1, A-1 or E-007")
    if of is not None and letters.upper() != _LETTERS[of]:
        raise NotFoundError(f"'{name}' is no {of}; ids of {of}s look like {_LETTERS[of]}-1")
    return int(digits)


_LETTERS = {"incident": "INC", "proposal": "P", "approval": "A"}


def _after(connection: Connection, column: Any) -> int:
    return int(connection.execute(select(func.coalesce(func.max(column), 0) + 1)).scalar_one())


def _valid(model: type[M], body: str, name: str) -> M:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise DatabaseError(
            f"the record {name} cannot be read by this release: {error.errors()[0]['msg']}"
        ) from error
