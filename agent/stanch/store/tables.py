"""The tables, and the version of their shape."""

from sqlalchemy import (
    Column,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 1

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
)

# The journal is written to, never over: the database itself refuses.
GUARDS = (
    (
        "CREATE TRIGGER IF NOT EXISTS journal_no_update BEFORE UPDATE ON journal "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS journal_no_delete BEFORE DELETE ON journal "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    ),
)
