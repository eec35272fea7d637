"""PostgreSQL: the database that several machines share.

One writer at a time, by an advisory lock that every write transaction begins with: the
journal is a chain, and ids are counted. A reader sees one snapshot. No session of ours may
sleep in a transaction: a process that is stopped there would hold up every other machine,
so the server ends its session after a few seconds and the transaction never was.
"""

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, IntegrityError
from sqlalchemy.exc import DatabaseError as SqlDatabaseError

from stanch.store.errors import DatabaseError

# "stanch" in ASCII; any number does that no other program takes in this database.
_WRITERS = 0x7374616E6368
_OLDEST = 140000
_SECONDS = 10
_SESSION = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "synchronous_commit": "on",
        "lock_timeout": f"{_SECONDS + 5}s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": f"{_SECONDS}s",
        "default_transaction_isolation": r"read\ committed",
        "timezone": "UTC",
    }.items()
)


class Postgres:
    """The database that several machines share, by its URL."""

    shared = True

    def __init__(self, url: str) -> None:
        """Take the URL `postgresql://USER@HOST/DATABASE`; nothing is connected yet.

        Raises:
            DatabaseError: it is no such URL; the message does not repeat it.
        """
        self._url = _parsed(url)
        self.place = _place(self._url)
        engine = create_engine(self._url, connect_args=_arguments(self._url), **_OPTIONS)
        self.reading: Engine = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self.writing: Engine = engine
        self._engine = engine
        self._sessions = create_engine(
            self._url,
            connect_args=_arguments(self._url),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )

    def sessions(self) -> Engine:
        """Return the engine whose connections are sessions of their own, in autocommit."""
        return self._sessions

    def begin_write(self, connection: Connection) -> None:
        """Wait until this is the only transaction that writes."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})

    def has(self, connection: Connection, table: str) -> bool:
        """Say whether the database has a table of this name.

        Raises:
            DatabaseError: the server is too old.
        """
        query = text("SELECT current_setting('server_version_num')::int, to_regclass(:name)::text")
        version, found = connection.execute(query, {"name": table}).one()
        if version < _OLDEST:
            raise DatabaseError(
                f"the database {self.place} is PostgreSQL {version // 10000}; 14 or newer is needed"
            )
        return found is not None

    def mended(self, error: SqlDatabaseError) -> DatabaseError | None:
        """Return the driver's error as one sentence; None when it is for the caller to judge."""
        if isinstance(error, IntegrityError):
            return None
        said = " ".join(str(error.orig).split())
        if self._url.password:
            said = said.replace(str(self._url.password), "***")
        return DatabaseError(
            f"the database {self.place} cannot be used: {said[:300]}. Check STANCH_STORE, that "
            "the server is up and its disk not full, and that the user owns the tables"
        )

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


# A connection that the server has ended since is noticed before it is used.
_OPTIONS = {"pool_pre_ping": True, "hide_parameters": True}


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in {"postgresql", "postgres"}:
        raise DatabaseError(
            "STANCH_STORE is not the URL of a PostgreSQL database: it looks like "
            "postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full"
        )
    if "password" in parsed.query:
        raise DatabaseError(
            "STANCH_STORE has its password behind the question mark: put it before, as in "
            "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
        )
    return parsed.set(drivername="postgresql+psycopg")


def _place(url: URL) -> str:
    """Return what tells one database from another in a message, and is no secret."""
    port = f":{url.port}" if url.port else ""
    host = f" on {url.host}{port}" if url.host else " on this machine"
    return f"{url.database or 'of the user'}{host}"


def _arguments(url: URL) -> dict[str, str | int]:
    """Return what every connection is opened with: nothing may wait for ever."""
    given = url.query.get("options")
    own = [given] if isinstance(given, str) else []
    arguments: dict[str, str | int] = {
        "application_name": "stanch",
        "connect_timeout": _SECONDS,
        "keepalives_idle": _SECONDS,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": _SECONDS * 1000,
    }
    # What the URL says itself about these stands.
    chosen = {name: value for name, value in arguments.items() if name not in url.query}
    return {**chosen, "options": " ".join([*own, _SESSION])}
