"""Sessions: cancelling a statement, ending a session, ending many that are idle.

Each change is one statement that finds the very session again and acts on it: by its process
id, the moments at which it and its transaction began, and whether it works. Sessions of
other databases on the same server, of superusers, of replication, of PostgreSQL's own workers
and of stanch are never found.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from stanch.tools.clients.patience import Deadline
from stanch.tools.clients.sql.act import Act, Site, acting, compare
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError, ToolError
from stanch.tools.operations.sql_looks import locks_look, pids_look, queue_look, session_look
from stanch.tools.operations.sql_session_acts import (
    CancelBackend,
    EndIdleSessions,
    TerminateBackend,
    idle_facts,
    session_facts,
    statement_facts,
    still_idle,
)
from stanch.tools.outcome import DryRun, Outcome

SessionAct: TypeAlias = CancelBackend | TerminateBackend | EndIdleSessions

_MINE: Final = """
FROM pg_catalog.pg_stat_activity AS a
JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
WHERE a.datname = pg_catalog.current_database()
  AND a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid()
  AND NOT r.rolsuper AND NOT r.rolreplication
  AND NOT (a.application_name = 'stanch' OR a.application_name LIKE 'stanch %')
"""
_EXACTLY: Final = """
  AND a.pid = $1 AND a.backend_start = $2::timestamptz
  AND a.xact_start IS NOT DISTINCT FROM $3::timestamptz
"""
_TERMINATE: Final = (
    f"SELECT a.pid, pg_catalog.pg_terminate_backend(a.pid) AS done {_MINE} {_EXACTLY}"
    " AND (a.state LIKE 'idle%') = $4"
    " AND ($5::timestamptz IS NULL OR a.state_change = $5::timestamptz)"
)
_CANCEL: Final = (
    f"SELECT a.pid, pg_catalog.pg_cancel_backend(a.pid) AS done {_MINE} {_EXACTLY}"
    " AND a.state = 'active' AND ($4::timestamptz IS NULL OR a.query_start = $4::timestamptz)"
)
_END_IDLE: Final = f"""
SELECT a.pid, pg_catalog.pg_terminate_backend(a.pid) AS done
{_MINE} AND a.state LIKE 'idle%'
  AND (a.pid, a.backend_start, a.state_change, coalesce(a.xact_start, '-infinity')) IN (
    SELECT * FROM ROWS FROM (
      pg_catalog.unnest($1::int[]), pg_catalog.unnest($2::timestamptz[]),
      pg_catalog.unnest($3::timestamptz[]), pg_catalog.unnest($4::timestamptz[])))
"""  # noqa: S608 - constants
_HERE: Final = """
SELECT count(*)::int AS here FROM pg_catalog.pg_stat_activity AS a
WHERE (a.pid, a.backend_start) IN (
  SELECT * FROM ROWS FROM (
    pg_catalog.unnest($1::int[]), pg_catalog.unnest($2::timestamptz[])))
"""
_AT_WORK: Final = f"""
SELECT count(*)::int AS here FROM pg_catalog.pg_stat_activity AS a
WHERE a.state = 'active' {_EXACTLY}
  AND ($4::timestamptz IS NULL OR a.query_start = $4::timestamptz)
"""  # noqa: S608 - constants
_WAIT_SECONDS: Final = 3.0
_PAUSE: Final = 0.02


class Sessions:
    """Makes the changes of sessions at one database."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def look(self, change: SessionAct) -> dict[str, Any]:
        """Return the facts about the session, or about the many."""
        if isinstance(change, EndIdleSessions):
            return idle_facts(change.sessions, self._rows(change))
        row = self._row(change)
        return statement_facts(row) if isinstance(change, CancelBackend) else session_facts(row)

    def preview(self, change: SessionAct) -> DryRun:
        """Show what will be lost; the server cannot try it."""
        if isinstance(change, EndIdleSessions):
            return self._preview_many(change)
        row = self._row(change)
        if row is None:
            return _refused("the session has ended by itself")
        if not _same(change, row):
            return _refused("the session has gone on since it was seen")
        before = {"session": self._details(change.database, row)}
        if isinstance(change, CancelBackend):
            after = {"session": {**before["session"], "state": "its statement ended with an error"}}
        else:
            after = {"session": {"state": "ended, its transaction rolled back"}}
        return DryRun(
            accepted=True,
            note="PostgreSQL cannot try this: the session is shown as it is now",
            before=before,
            after=after,
            tried=False,
        )

    def apply(self, change: SessionAct, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Act on the session, or the sessions, if they are as observed.

        Raises:
            PreconditionFailedError: they are not; nothing was ended.
            ToolError: it was not sent, was refused, or nobody knows.
        """
        with Deadline(self._site.limits.seconds) as deadline:
            limits = {"statement_timeout": f"{int(deadline.left * 1000)}"}
            with acting(self._site, key, deadline, limits) as act:
                if isinstance(change, EndIdleSessions):
                    told = self._end_many(change, act, deadline)
                else:
                    told = self._act_on(change, act, observed, deadline)
            return Outcome(data=told[1], text=told[0], duration=deadline.spent)

    def probe(self, change: SessionAct) -> bool | None:
        """Say whether the very session is gone, or has stopped its statement."""
        if isinstance(change, EndIdleSessions):
            left = len(still_idle(change.sessions, self._rows(change)))
            return True if left == 0 else False if left == len(change.sessions) else None
        row = self._row(change)
        here = row is not None and row["backend_start"] == change.backend_start
        if isinstance(change, CancelBackend):
            return not (row is not None and _same(change, row))
        return not here

    def _act_on(
        self,
        change: CancelBackend | TerminateBackend,
        act: Act,
        observed: Mapping[str, Any],
        deadline: Deadline,
    ) -> tuple[str, dict[str, Any]]:
        values = [change.pid, change.backend_start, change.xact_start]
        if isinstance(change, CancelBackend):
            rows = act.send(_CANCEL, [*values, change.query_start])
            done = "its statement was cancelled"
        else:
            rows = act.send(_TERMINATE, [*values, change.idle, change.idle_since])
            done = "it was ended"
        who = f"session {change.pid} of {change.login or 'an unknown login'}"
        if not rows:
            compare(self.look(change), observed)
            raise OperationRefusedError(
                f"The {who} is not one that may be ended, or {act.pool.login.user} cannot see it: "
                "sessions of other databases, of superusers, of replication and of stanch are left "
                "alone. "
                "Grant pg_read_all_stats to the login that acts."
            )
        if not rows[0]["done"]:
            raise PreconditionFailedError(f"The {who} ended before it could be told to.")
        if isinstance(change, CancelBackend):
            left = self._await(act, _AT_WORK, [*values, change.query_start], deadline)
            done = "its statement was told to end, and has not yet" if left else done
        else:
            left = self._await(act, _HERE, [[change.pid], [change.backend_start]], deadline)
            done = "it was told to end, and has not yet" if left else done
        return f"{who}: {done}", {"pid": change.pid, "done": not left}

    def _end_many(
        self, change: EndIdleSessions, act: Act, deadline: Deadline
    ) -> tuple[str, dict[str, Any]]:
        every = change.sessions
        rows = act.send(
            _END_IDLE,
            [
                [one.pid for one in every],
                [one.backend_start for one in every],
                [one.state_change for one in every],
                [one.xact_start or "-infinity" for one in every],
            ],
        )
        ended = sorted(row["pid"] for row in rows if row["done"])
        moved_on = sorted({one.pid for one in every} - set(ended))
        if not ended:
            raise PreconditionFailedError("All of the sessions have moved on; none was ended.")
        starts = [one.backend_start for one in every if one.pid in set(ended)]
        pids = [one.pid for one in every if one.pid in set(ended)]
        left = self._await(act, _HERE, [pids, starts], deadline)
        text = f"{len(ended)} of {len(every)} sessions ended"
        if moved_on:
            text += f"; {len(moved_on)} had moved on and were left: {_listed(moved_on)}"
        if left:
            text += f"; {left} were told to end, and have not yet"
        return text, {"ended": ended, "moved_on": moved_on}

    def _await(self, act: Act, here: str, values: Sequence[Any], deadline: Deadline) -> int:
        """Wait a moment for what was told to end; return how many are left."""
        end = Deadline(min(_WAIT_SECONDS, deadline.left / 2))
        while True:
            try:
                left = int(act.send(here, values, changes=False)[0]["here"])
            except ToolError:
                return 0
            if not left or end.passed or act.pool.login.stop.wait(_PAUSE):
                return left

    def _row(self, change: CancelBackend | TerminateBackend) -> dict[str, Any] | None:
        rows = self._site.rows(session_look(change.database, change.pid))
        if not rows:
            return None
        row = rows[0]
        if row["backend_start"] is None:
            raise OperationRefusedError(
                "The login that looks cannot see the sessions of others: grant it pg_monitor."
            )
        # The number was given to another session since: this one has ended.
        return row if row["backend_start"] == change.backend_start else None

    def _rows(self, change: EndIdleSessions) -> list[dict[str, Any]]:
        pids = tuple(one.pid for one in change.sessions)
        return self._site.rows(pids_look(change.database, pids))

    def _details(self, database: str, row: Mapping[str, Any]) -> dict[str, Any]:
        names = ("pid", "application_name", "usename", "client_addr", "state", "query")
        locks = self._site.rows(locks_look(database, row["pid"]))
        queue = self._site.rows(queue_look(database))
        return {
            **{name: row[name] for name in names},
            "transaction_seconds": row["transaction_seconds"],
            "locks": [f"{one['mode']} {one['what']}" for one in locks],
            "waiting_behind": sorted(behind(row["pid"], queue)),
        }

    def _preview_many(self, change: EndIdleSessions) -> DryRun:
        still = still_idle(change.sessions, self._rows(change))
        if not still:
            return _refused("all of the sessions have moved on")
        before = {f"{one.pid}": f"idle, {one.application} of {one.login}" for one in still}
        gone = len(change.sessions) - len(still)
        moved = f"; {gone} of those seen have moved on and are left" if gone else ""
        return DryRun(
            accepted=True,
            note=f"PostgreSQL cannot try this: the sessions are shown as they are now{moved}",
            before={"sessions": before},
            after={"sessions": dict.fromkeys(before, "ended")},
            tried=False,
        )


def behind(pid: int, queue: Sequence[Mapping[str, Any]]) -> set[int]:
    """Return the sessions that wait for `pid`, or for one that does."""
    found: set[int] = set()
    reached = {pid}
    while reached:
        reached = (
            {row["pid"] for row in queue if reached & set(row["blocked_by"] or ())} - found - {pid}
        )
        found |= reached
    return found


def _same(change: CancelBackend | TerminateBackend, row: Mapping[str, Any]) -> bool:
    idle = str(row["state"] or "").startswith("idle")
    if row["xact_start"] != change.xact_start:
        return False
    if isinstance(change, TerminateBackend):
        return idle is change.idle and change.idle_since in {None, row["state_change"]}
    return row["state"] == "active" and change.query_start in {None, row["query_start"]}


def _refused(note: str) -> DryRun:
    return DryRun(accepted=False, note=note, before={}, after={}, tried=False)


def _listed(pids: Sequence[int]) -> str:
    shown = ", ".join(str(pid) for pid in pids[:10])
    return shown if len(pids) <= 10 else f"{shown} and {len(pids) - 10} more"
