"""The journal as a file: a header, then one canonical line for each entry, with its seal.

The file is the same, byte for byte, whenever the same entries are exported. It is written
in one pass over the journal after another one that checked it, a few entries at a time.
"""

import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from stanch.store.anchor import store_id
from stanch.store.audit import end, entries, mark_of
from stanch.store.chain import START, Finding, Walk
from stanch.store.database import Database
from stanch.store.errors import NotFoundError, StoreError, TamperedError
from stanch.store.keys import fingerprint
from stanch.store.lines import Form, Line, canonical, encode, header_event, line_of

FORMAT = "stanch-journal"
VERSION = 1
ALGORITHM = "HMAC-SHA256"
_PAGE = 200


class ExportError(StoreError):
    """The file cannot be written; says why, and what to do."""


def export(
    database: Database, out: BinaryIO, *, form: Form = "jsonl", incident: str | None = None
) -> Line:
    """Write the journal, or the entries of one incident, to `out`; return the header.

    Raises:
        TamperedError: the journal does not verify, so no copy of it is made.
        NotFoundError: it has no such entries.
        DatabaseError: the database cannot be read.
    """
    mark, broken = mark_of(database)
    with database.read() as connection:
        header, source, at = _header(connection, database, form, incident, (mark, broken))
    first = header if form == "jsonl" else header_event(header, source, at)
    out.write(canonical(first) + b"\n")
    written = hashlib.sha256()
    for line in _lines(database, incident, last=header["last"]):
        raw = encode(line, form, source)
        written.update(raw)
        out.write(raw)
    if written.hexdigest() != header["content"]:
        raise TamperedError(
            "the journal was altered while it was exported; what was written is of no use. Run "
            "`stanch audit verify`"
        )
    return header


@contextmanager
def replacing(file: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Give a file that takes the place of `file` once all is written; until then nothing changes.

    Raises:
        ExportError: it exists and `force` is not set, or it cannot be written.
    """
    exists = f"{file} exists already; name another file, or add --force to replace it"
    if file.exists() and not force:
        raise ExportError(exists)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        # What was seen in production is for its owner alone.
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            _place(part, file, force=force)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
    except FileExistsError:
        raise ExportError(exists) from None
    except OSError as error:
        raise ExportError(
            f"{file} cannot be written: {error.strerror}. Name a file in a folder that is there "
            "and that you can write to"
        ) from error


def _place(part: Path, file: Path, *, force: bool) -> None:
    if not force:
        try:
            # A link fails when the file came to be meanwhile.
            os.link(part, file)
        except FileExistsError:
            raise
        except OSError:
            # A disk without links: the look at the beginning has to do.
            pass
        else:
            return
    part.replace(file)


def digest(header: Line) -> str:
    """Return the digest of a header, over all of it but the digest."""
    fields = {name: value for name, value in header.items() if name != "digest"}
    return hashlib.sha256(canonical(fields)).hexdigest()


def tag(secret: bytes, header: Line) -> str:
    """Return the seal of a header, over all of it but seal and digest."""
    fields = {name: value for name, value in header.items() if name not in {"digest", "tag"}}
    return hmac.new(secret, b"export:" + canonical(fields), hashlib.sha256).hexdigest()


def _header(
    connection: Connection,
    database: Database,
    form: Form,
    incident: str | None,
    ended: tuple[tuple[int, str] | None, tuple[Finding, ...]],
) -> tuple[Line, str, str]:
    """Walk along the journal; return header, source and time of the last entry."""
    mark, broken = ended
    walk = Walk(database.secret)
    content = hashlib.sha256()
    source, at, first, last, count, marked = "", "", 0, 0, 0, None
    for row in entries(connection):
        before = walk.mac
        source = source or f"urn:stanch:{store_id(str(row['mac']))}"
        if not walk.take(row):
            break
        if mark is not None and row["seq"] == mark[0]:
            marked = row["mac"]
        if incident in {None, row["incident"]}:
            content.update(encode(line_of(row, before), form, source))
            first, last, count, at = first or row["seq"], row["seq"], count + 1, row["at"]
    findings = [*walk.findings(), *broken]
    findings += [] if findings else end(mark, walk, marked)
    if findings:
        raise TamperedError(
            f"nothing is exported, because the journal does not verify: {findings[0].text}. Run "
            "`stanch audit verify`; as evidence, copy the database itself"
        )
    if not count:
        what = "the journal has no entries yet" if incident is None else f"{incident} has none"
        raise NotFoundError(f"there are no entries to export: {what}")
    header: Line = {
        "format": FORMAT,
        "version": VERSION,
        "encoding": form,
        "algorithm": ALGORITHM,
        "store": source.removeprefix("urn:stanch:"),
        "key": fingerprint(database.secret),
        "scope": incident or "all",
        "first": first,
        "last": last,
        "entries": count,
        "content": content.hexdigest(),
    }
    header["tag"] = tag(database.secret, header)
    header["digest"] = digest(header)
    return header, source, at


def _lines(database: Database, incident: str | None, *, last: int) -> Iterator[Line]:
    """Yield the lines up to the entry `last`.

    No transaction is open while a line is written: who reads the lines may take hours.
    """
    before, seq = START, 0
    while seq < last:
        with database.read() as connection:
            rows = list(entries(connection, after=seq, last=min(last, seq + _PAGE)))
        if not rows:
            return
        for row in rows:
            if incident in {None, row["incident"]}:
                yield line_of(row, before)
            before = row["mac"]
        seq = rows[-1]["seq"]
