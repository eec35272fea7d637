"""The latest instant that is on record, for a clock that was set back.

An approval that ran out stays run out: what the journal noted after it was asked for cannot
be in the future, whatever the machine's clock says now. Only what was noted since counts,
so that a clock that once ran ahead and was mended voids what waited then and nothing after.
"""

import json
from datetime import datetime

from sqlalchemy import Connection, select

from stanch.store.tables import journal


def latest(connection: Connection, incident: str, approval: str, now: datetime) -> datetime:
    """Return `now`, or what the journal noted later for the incident since `approval` was asked."""
    requests = select(journal.c.seq, journal.c.data).where(
        journal.c.incident == incident, journal.c.type == "approval.requested"
    )
    asked = connection.execute(requests)
    first = next((row.seq for row in asked if _asks(row.data, approval)), None)
    if first is None:
        return now
    since = select(journal.c.at).where(journal.c.incident == incident, journal.c.seq >= first)
    noted = connection.execute(since).scalars()
    return max([now, *(datetime.fromisoformat(at) for at in noted)])


def _asks(data: str, approval: str) -> bool:
    return bool(json.loads(data)["approval"]["id"] == approval)
