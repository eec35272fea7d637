"""Votes as rows that are written once: each person answers each request at most once."""

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from stanch.incident import Vote
from stanch.store.database import Database
from stanch.store.errors import ConflictError
from stanch.store.records import number
from stanch.store.tables import votes


class Votes:
    """Reads and adds the votes of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: Connection, vote: Vote) -> None:
        """Add a vote.

        Raises:
            ConflictError: the person has answered this request before.
        """
        row = vote.model_dump(mode="json") | {"approval": number(vote.approval, "approval")}
        try:
            with connection.begin_nested():
                connection.execute(votes.insert().values(**row))
        except IntegrityError as error:
            raise ConflictError(
                f"{vote.voter} has answered {vote.approval} already; an answer is not changed"
            ) from error

    def within(self, connection: Connection, approval: str) -> tuple[Vote, ...]:
        """Return the votes on an approval as they are in this transaction, oldest first."""
        query = select(votes).where(votes.c.approval == number(approval, "approval"))
        rows = connection.execute(query.order_by(votes.c.at, votes.c.voter)).all()
        return tuple(
            Vote.model_validate({**row._mapping, "approval": approval})  # noqa: SLF001 - documented
            for row in rows
        )

    def of(self, approval: str) -> tuple[Vote, ...]:
        """Return the votes on an approval, oldest first."""
        with self._database.read() as connection:
            return self.within(connection, approval)
