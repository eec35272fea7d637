"""The store: the database of one home, its journal, and its records."""

from pathlib import Path

from stanch.store.approvals import Approvals
from stanch.store.audit import Audit, verify
from stanch.store.database import Database
from stanch.store.errors import (
    ConflictError,
    DatabaseError,
    JournalKeyError,
    NotFoundError,
    StoreError,
    TamperedError,
)
from stanch.store.journal import Entry, Journal
from stanch.store.ledger import Ledger, LedgerEntry
from stanch.store.lock import held, hold
from stanch.store.records import Records


class Store:
    """Everything that is kept, behind one door."""

    def __init__(self, home: Path, *, audit_key: str | None = None) -> None:
        """Open the store of `home`, made on first use.

        Raises:
            StoreError: the database or the key cannot be used.
        """
        self.home = home
        self.database = Database(home, audit_key=audit_key)
        self.journal = Journal(self.database)
        self.records = Records(self.database)
        self.approvals = Approvals(self.database)
        self.ledger = Ledger(self.database)

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
    "Ledger",
    "LedgerEntry",
    "NotFoundError",
    "Records",
    "Store",
    "StoreError",
    "TamperedError",
    "held",
    "hold",
    "verify",
]
