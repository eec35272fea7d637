"""Verification of the journal, and of the records that must agree with it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, select
from sqlalchemy.exc import DatabaseError as SqlDatabaseError

from stanch.store.agreement import Kept, Told, differences
from stanch.store.anchor import Anchor, Content, Reached, compare, foreign, made
from stanch.store.chain import Finding, Walk, same
from stanch.store.database import Database
from stanch.store.errors import JournalKeyError, NotFoundError, TamperedError
from stanch.store.journal import raw
from stanch.store.keys import fingerprint
from stanch.store.records import Records
from stanch.store.tables import journal

_AT_ONCE = 500
_MOST = 50
_MEND = (
    "keep this database as evidence, put back a copy that verifies, and find out who wrote into "
    "it; until then nothing is changed on any target"
)
_MARK = (
    "put back keys/journal.head from a copy of the home; if there is none, compare the journal "
    "with an anchor before you believe how long it is"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What verification found: nothing in `findings` means that all agrees."""

    entries: int
    evidence: int
    proposals: int
    findings: tuple[Finding, ...]
    key: str
    """The fingerprint of the key that the seals were checked with."""
    end: tuple[int, str]
    """Number and seal of the last entry."""
    reached: Reached | None = None
    """What an anchor of this journal vouches for; None when it is empty, or does not verify."""
    documents: tuple[str, ...] = ()
    """Post-mortems that are not as they were written: a review may have changed them."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, one sentence for each finding."""
        return tuple(one.text for one in self.findings)


def verify(database: Database, *, anchor: Anchor | None = None, summed: bool = False) -> Audit:
    """Check every seal, the end of the journal, the records against it, and it against an anchor.

    With an `anchor`, or when `summed`, the content of the journal is summed up too.

    Raises:
        DatabaseError: the database cannot be read.
    """
    found: list[Finding] = []
    told = Told()
    walk = Walk(database.secret)
    content = Content(anchor.seq if anchor else None) if anchor or summed else None
    # The mark first, then all in one snapshot: what another process appends meanwhile is
    # in neither, or in the snapshot alone, and never looks like a cut.
    mark, broken = mark_of(database)
    marked = None
    with database.read() as connection:
        for row in entries(connection):
            before = walk.mac
            sound = walk.take(row)
            if content is not None:
                content.take(row, before)
            if mark is not None and row["seq"] == mark[0]:
                marked = row["mac"]
            _tell(told, row, found, sound=sound)
        kept = Kept.read(connection)
    findings = [*walk.findings(), *broken, *end(mark, walk, marked), *found]
    differ = [*differences(kept, told, count=walk.entries), *_altered(database, kept)]
    findings += [Finding(kind="record", seq=None, text=text, mend=_MEND) for text in differ]
    reached = content.end(walk.seq, walk.mac) if content is not None and walk.entries else None
    if anchor is not None:
        findings += _anchored(anchor, database, content, reached)
    return Audit(
        entries=walk.entries,
        evidence=len(kept.evidence),
        proposals=len(kept.proposals),
        findings=_bounded(findings),
        key=fingerprint(database.secret),
        end=(walk.seq, walk.mac),
        reached=None if findings else reached,
        documents=tuple(_documents(database, told)),
    )


def _bounded(findings: list[Finding]) -> tuple[Finding, ...]:
    if len(findings) <= _MOST:
        return tuple(findings)
    text = f"{len(findings) - _MOST} more findings are left out here"
    return (*findings[:_MOST], Finding(kind="record", seq=None, text=text, mend=_MEND))


def remember(database: Database, audit: Audit) -> None:
    """Note how far a journal that verified reaches, so that it is missed when it is cut.

    Whoever appends does so anyway; of a shared store another machine may have written it all.
    """
    if audit.entries and not audit.findings:
        database.head.advance(*audit.end)


def anchored(database: Database, *, at: datetime) -> Anchor:
    """Return an anchor of the journal as it stands.

    Raises:
        TamperedError: the journal does not verify, so nothing may vouch for it.
        NotFoundError: it has no entries yet.
        DatabaseError: the database cannot be read.
    """
    audit = verify(database, summed=True)
    if audit.findings:
        raise TamperedError(
            f"no anchor is made, because the journal does not verify: {audit.faults[0]}. "
            "Run `stanch audit verify`"
        )
    if audit.reached is None:
        raise NotFoundError("the journal has no entries yet, so there is nothing to anchor")
    return made(database.secret, audit.reached, at=at)


def entries(
    connection: Connection, *, after: int = 0, last: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the raw rows of the journal above `after` and up to `last`, a few at a time."""
    query = select(journal).where(journal.c.seq > after).order_by(journal.c.seq)
    if last is not None:
        query = query.where(journal.c.seq <= last)
    try:
        with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
            for row in rows:
                after = row.seq
                yield raw(row)
    except SqlDatabaseError as error:
        if not _undecodable(error):
            raise
        yield from _one_by_one(connection, after, last)


def _one_by_one(connection: Connection, after: int, last: int | None) -> Iterator[dict[str, Any]]:
    """Yield raw rows value by value; what is no text comes back as bytes, which fit no seal."""
    query = select(journal.c.seq).where(journal.c.seq > after).order_by(journal.c.seq)
    for seq in connection.execute(query).scalars().all():
        if last is None or seq <= last:
            yield {one.name: _value(connection, one, seq) for one in journal.columns}


def _value(connection: Connection, column: Column[Any], seq: int) -> Any:
    try:
        return connection.execute(select(column).where(journal.c.seq == seq)).scalars().first()
    except SqlDatabaseError as error:
        if not _undecodable(error):
            raise
        return b""


def _undecodable(error: SqlDatabaseError) -> bool:
    return "decode" in str(error.orig).lower()


def mark_of(database: Database) -> tuple[tuple[int, str] | None, tuple[Finding, ...]]:
    """Return the mark of the journal's end, and what is wrong with it."""
    try:
        return database.head.read(), ()
    except JournalKeyError as error:
        finding = Finding(kind="mark", seq=None, text=str(error), mend=_MARK)
        return (0, ""), (finding,)


def end(mark: tuple[int, str] | None, walk: Walk, marked: str | None) -> tuple[Finding, ...]:
    """Say whether the journal ends where its mark says; `marked` is the seal of that entry."""
    seq = walk.seq
    if mark is None:
        text = f"the mark of the journal's end is missing, and it has {seq} entries"
        return (Finding(kind="mark", seq=seq, text=text, mend=_MARK),) if seq else ()
    if mark[0] > seq:
        text = f"the journal was cut: it had {mark[0]} entries, and has {seq}"
        return (Finding(kind="cut", seq=seq + 1, text=text),)
    if mark[0] and marked is not None and not same(mark[1], marked):
        which = "the last entry" if mark[0] == seq else f"entry {mark[0]}"
        text = f"{which} is not the one that was written, by the mark of the journal's end"
        return (Finding(kind="mark", seq=mark[0], text=text),)
    return ()


def _tell(told: Told, row: dict[str, Any], found: list[Finding], *, sound: bool) -> None:
    """Take up what a row says of the records; a row that was altered may say anything."""
    try:
        told.take(row["type"], json.loads(row["data"]), row["incident"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        if sound:
            text = f"entry {row['seq']} cannot be understood by this release"
            mend = "verify with the release that wrote it, or a newer one"
            found.append(Finding(kind="record", seq=row["seq"], text=text, mend=mend))


def _anchored(
    anchor: Anchor, database: Database, content: Content | None, reached: Reached | None
) -> tuple[Finding, ...]:
    wrong = foreign(anchor, database.secret, key=fingerprint(database.secret))
    if wrong:
        return wrong
    if content is None or reached is None:
        text = f"the journal is empty; the anchor of {anchor.at} saw {anchor.seq} entries"
        return (Finding(kind="cut", seq=1, text=text),)
    return compare(anchor, content.noted, reached)


def _altered(database: Database, kept: Kept) -> Iterator[str]:
    """Say which incidents were altered: they change, so they carry a seal of their own."""
    for row in kept.incidents:
        try:
            yield from Records(database).altered([row])
        except TypeError:
            yield f"INC-{row.number} was altered outside stanch: it holds no text"


def _documents(database: Database, told: Told) -> Iterator[str]:
    """Compare the post-mortems that were written with what they were."""
    for path, sha256 in told.documents.items():
        try:
            found = hashlib.sha256((database.home / path).read_bytes()).hexdigest()
        except OSError:
            if database.shared:
                # The machine that ran the incident has it.
                continue
            found = ""
        if found != sha256:
            yield f"the document {path} is not what was written"
