"""Errors of the store.

* StoreError
  - DatabaseError      the database cannot be opened or written
  - JournalKeyError    the key does not fit the journal
  - TamperedError      the journal does not verify, so nothing may be changed
  - NotFoundError      there is no such record
  - ConflictError      the record is not in the state that the change needs
  - LostLockError      another process holds the lock by now, so nothing may be written
"""


class StoreError(Exception):
    """The store cannot do what was asked; the message says what, where and how to mend it."""


class DatabaseError(StoreError):
    """The database cannot be opened, read or written."""


class JournalKeyError(StoreError):
    """The key of the journal is missing, unreadable, or not the one it was written with."""


class TamperedError(StoreError):
    """The journal does not verify, or the records do not agree with it."""


class NotFoundError(StoreError):
    """There is no record of that name."""


class ConflictError(StoreError):
    """Somebody else was first, or the record's state does not allow the change."""


class LostLockError(StoreError):
    """This process was stopped or cut off for so long that another became the lock's holder."""
