"""What somebody can do to a home who can write to parts of it."""

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stanch.store import Store
from stanch.store.chain import START, seal
from stanch.store.keys import Head
from tests.unit.incident_samples import entry

OTHER_KEY = "ab" * 32
COLUMNS = ("seq", "at", "incident", "actor", "phase", "type", "data", "once", "mac")
Row = dict[str, Any]


def fill(store: Store, count: int = 6) -> None:
    """Append entries that differ, of two incidents in turn."""
    store.journal.append(
        *(
            entry(incident=f"INC-{n % 2 + 1}", data={"text": f"entry {n}"}, once=f"name {n}")
            for n in range(count)
        )
    )


def connected(home: Path) -> sqlite3.Connection:
    """Open the database as somebody who has the file, and take its guards away."""
    connection = sqlite3.connect(home / "stanch.db")
    connection.execute("DROP TRIGGER IF EXISTS journal_no_update")
    connection.execute("DROP TRIGGER IF EXISTS journal_no_delete")
    return connection


def write(home: Path, *statements: str) -> None:
    """Write to the database."""
    connection = connected(home)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def rows(home: Path) -> list[Row]:
    """Return the raw rows of the journal."""
    connection = connected(home)
    found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM journal ORDER BY seq").fetchall()  # noqa: S608
    connection.close()
    return [dict(zip(COLUMNS, one, strict=True)) for one in found]


def put(home: Path, journal: Sequence[Row]) -> None:
    """Put these rows in the place of all that the journal has."""
    connection = connected(home)
    connection.execute("DELETE FROM journal")
    connection.executemany(
        f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})",  # noqa: S608
        [tuple(one[name] for name in COLUMNS) for one in journal],
    )
    connection.commit()
    connection.close()


def under(key: str) -> Callable[[Row, str], str]:
    """Return what seals a row with another key."""
    return lambda row, before: seal(bytes.fromhex(key), row, before)


def unkeyed(row: Row, before: str) -> str:
    """Seal a row with no key at all."""
    fields = {name: value for name, value in row.items() if name != "mac"}
    return hashlib.sha256(json.dumps([before, fields], sort_keys=True).encode()).hexdigest()


def resealed(journal: Sequence[Row], sealer: Callable[[Row, str], str]) -> list[Row]:
    """Return the rows as a chain of another sealer."""
    done: list[Row] = []
    before = START
    for one in journal:
        before = sealer(one, before)
        done.append({**one, "mac": before})
    return done


def write_anew(home: Path, key: str, *, leave_out: int | None = None) -> None:
    """Write the journal, the seals of the incidents, the mark and the key anew, all that there is.

    The entry `leave_out` is left out, and those after it move up.
    """
    kept = [one for one in rows(home) if one["seq"] != leave_out]
    journal = resealed([{**one, "seq": n} for n, one in enumerate(kept, 1)], under(key))
    put(home, journal)
    connection = connected(home)
    for number, body in connection.execute("SELECT number, body FROM incidents").fetchall():
        text = hmac.new(bytes.fromhex(key), f"incident:{body}".encode(), hashlib.sha256).hexdigest()
        connection.execute("UPDATE incidents SET seal = ? WHERE number = ?", (text, number))
    connection.commit()
    connection.close()
    (home / "keys" / "journal.key").write_text(key)
    forge_mark(home, key, journal)


def forge_mark(home: Path, key: str, journal: Sequence[Row]) -> None:
    """Write the mark of the journal's end with another key."""
    (home / "keys" / "journal.head").unlink()
    Head(home, bytes.fromhex(key)).advance(journal[-1]["seq"], journal[-1]["mac"])
