"""Staleness: a runbook that nobody tried for long may no longer be true (RB-11)."""

from datetime import date

from stanch.runbook.findings import Finding
from stanch.runbook.model import Runbook


def stale(
    runbook: Runbook, today: date, limit_days: int, *, drilled: str | None = None
) -> Finding | None:
    """Return a note when `runbook` was last tried more than `limit_days` before `today`.

    A drill counts, also one that was recorded elsewhere (`drilled`), and so does a test of
    its commands; what was never tried is stale.
    """
    days_known = (runbook.last_drill, runbook.last_tested, drilled)
    tried = [date.fromisoformat(day) for day in days_known if day]
    if not tried:
        message = "The runbook was never drilled or tested."
    elif (days := (today - max(tried)).days) > limit_days:
        message = f"The runbook was last tried {days} days ago; the limit is {limit_days}."
    else:
        return None
    return Finding(
        code="RB069",
        path=runbook.path,
        line=1,
        message=message,
        remedy="Drill it, and write the day: last_drill: 2026-11-01.",
    )
