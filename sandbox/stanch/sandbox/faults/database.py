"""The faults of the database: sessions, locks, indexes, logins, sequences."""

from typing import TYPE_CHECKING

from stanch.sandbox.faults import database_data, database_logins, database_sessions
from stanch.sandbox.faults.base import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

_MODULES: "Sequence[tuple[Fault, ...]]" = (
    database_sessions.FAULTS,
    database_data.FAULTS,
    database_logins.FAULTS,
)
FAULTS: tuple[Fault, ...] = tuple(fault for group in _MODULES for fault in group)
