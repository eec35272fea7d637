"""The store: the database of one home or of several machines, its journal, and its records."""

from contextlib import AbstractContextManager
from pathlib import Path

from stanch.store.approvals import Approvals
from stanch.store.audit import Audit, verify
from stanch.store.database import Database
from stanch.store.errors import (
    ConflictError,
    DatabaseError,
    JournalKeyError,
    LostLockError,
    NotFoundError,
    StoreError,
    TamperedError,
)
from stanch.store.fence import Lease
from stanch.store.journal import Entry, Journal
from stanch.store.ledger import Ledger, LedgerEntry
from stanch.store.lock import held, hold
from stanch.store.locks import LEASE_SECONDS, Locks
from stanch.store.records import Records
from stanch.store.tokens import TokenEntry, Tokens
from stanch.store.votes import Votes


class Store:
    """Everything that is kept, behind one door."""

    def __init__(
        self,
        home: Path,
        *,
        audit_key: str | None = None,
        url: str | None = None,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """Open the store of `home`, or the one that machines share at `url`; made on first use.

        `lease_seconds` is how long a lock of a shared store outlives its holder's silence.

        Raises:
            StoreError: the database or the key cannot be used.
        """
        self.home = home
        self.database = Database(home, audit_key=audit_key, url=url)
        self.locks = Locks(self.database, lease_seconds=lease_seconds)
        self.journal = Journal(self.database)
        self.records = Records(self.database)
        self.approvals = Approvals(self.database)
        self.ledger = Ledger(self.database)
        if self.database.shared:
            try:
                self.journal.join()
            except BaseException:
                self.close()
                raise
        self.votes = Votes(self.database)
        self.tokens = Tokens(self.database, self.journal)

    def hold(self, name: str) -> AbstractContextManager[Lease]:
        """Hold the lock `name`, among all processes that use this store.

        Raises:
            ConflictError: another process holds it; says which.
        """
        return self.locks.hold(name)

    def held(self, name: str) -> bool:
        """Say whether some process holds the lock `name` at this moment."""
        return self.locks.held(name)

    def close(self) -> None:
        """Close the database."""
        self.database.close()


__all__ = [
    "Approvals",
    "Audit",
    "ConflictError",
    "Database",
    "DatabaseError",
    "Entry",
    "Journal",
    "JournalKeyError",
    "Lease",
    "Ledger",
    "LedgerEntry",
    "LostLockError",
    "NotFoundError",
    "Records",
    "Store",
    "StoreError",
    "TamperedError",
    "TokenEntry",
    "Tokens",
    "Votes",
    "held",
    "hold",
    "verify",
]
