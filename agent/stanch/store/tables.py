"""The tables, and the version of their shape."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 2

metadata = MetaData()

about = Table("about", metadata, Column("version", Integer, nullable=False))

incidents = Table(
    "incidents",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    # Over the body, with the journal's key: who can only write here cannot alter an incident.
    Column("seal", String, nullable=False),
    Column("status", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("starts_at", String, nullable=False),
    # The same firing of the same alert opens one incident, however often it is delivered.
    UniqueConstraint("fingerprint", "starts_at"),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("incident", String, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("phase", String, nullable=False),
    Column("type", String, nullable=False),
    Column("data", Text, nullable=False),
    # A name under which an incident has the event at most once: a node that is run
    # again after a crash finds its own entry instead of writing it twice.
    Column("once", String),
    Column("mac", String, nullable=False),
    UniqueConstraint("incident", "once"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("incident", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("step", String, nullable=False),
    Column("round", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("incident", "step", "round"),
)

proposals = Table(
    "proposals",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("incident", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("incident", "attempt"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("incident", String, nullable=False, index=True),
    Column("proposal", String, nullable=False, unique=True),
    Column("bound", String, nullable=False),
    Column("state", String, nullable=False),
    Column("requested_at", String, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("decided_at", String),
    Column("decided_by", String),
    Column("how", String),
    Column("reason", Text),
)

votes = Table(
    "votes",
    metadata,
    Column("approval", Integer, primary_key=True),
    # One answer of each person to each request.
    Column("voter", String, primary_key=True),
    Column("bound", String, nullable=False),
    Column("how", String, nullable=False),
    Column("answer", String, nullable=False),
    Column("reason", Text),
    Column("at", String, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("person", String, nullable=False),
    # Over person, secret and expiry, with the journal's key: who can only write here can
    # make no token that counts, and lengthen none.
    Column("seal", String, nullable=False),
    Column("issued_by", String, nullable=False),
    Column("issued_at", String, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("revoked_at", String),
)

ledger = Table(
    "ledger",
    metadata,
    Column("key", String, primary_key=True),
    Column("incident", String, nullable=False),
    Column("proposal", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("state", String, nullable=False),
    Column("started_at", String, nullable=False),
    Column("finished_at", String),
    Column("result", Text),
    # Which holder of the target's lock began it; 0 in rows of version 1.
    Column("token", Integer, nullable=False, server_default="0"),
)

locks = Table(
    "locks",
    metadata,
    Column("name", String, primary_key=True),
    # Grows by one with each holder: what carries an older one was written by nobody who may.
    Column("token", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("held", Boolean, nullable=False),
    # By the database's own clock, in seconds; of a shared store only.
    Column("until", Float, nullable=False),
    # The newest holder that nobody saw stop: it may still be sending what it began.
    Column("stray", Integer, nullable=False),
)

# Where the graphs of a shared store stand; a store of one machine has a file for them.
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("thread", String, primary_key=True),
    Column("space", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("parent", String),
    Column("kind", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("about", Text, nullable=False),
)

checkpoint_writes = Table(
    "checkpoint_writes",
    metadata,
    Column("thread", String, primary_key=True),
    Column("space", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("task", String, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("path", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# These are written to, never over: the database itself refuses.
APPEND_ONLY = ("journal", "votes")

# What a database of an older version lacks beside whole tables, by the version that added it.
COLUMNS = {2: ("ALTER TABLE ledger ADD COLUMN token INTEGER NOT NULL DEFAULT 0",)}


def guards(dialect: str) -> tuple[str, ...]:
    """Return the statements that make the database of `dialect` guard what is append-only."""
    if dialect == "postgresql":
        return _POSTGRES_REFUSAL, *(
            _POSTGRES_GUARD.format(table=table, deed=deed, each=each)
            for table in APPEND_ONLY
            for deed, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT"))
        )
    return tuple(
        _SQLITE_GUARD.format(table=table, deed=deed)
        for table in APPEND_ONLY
        for deed in ("update", "delete")
    )


_SQLITE_GUARD = (
    "CREATE TRIGGER IF NOT EXISTS {table}_no_{deed} BEFORE {deed} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the table {table} is append-only'); END"
)
_POSTGRES_REFUSAL = (
    "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION 'the table % is append-only', TG_TABLE_NAME "
    "USING ERRCODE = 'integrity_constraint_violation'; END $$"
)
_POSTGRES_GUARD = (
    "CREATE OR REPLACE TRIGGER {table}_no_{deed} BEFORE {deed} ON {table} "
    "FOR EACH {each} EXECUTE FUNCTION append_only()"
)
