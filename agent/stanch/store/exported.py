"""Verification of an exported file: with the key, or without it as far as that goes."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from stanch.store.anchor import Anchor, Content, compare, foreign, store_id
from stanch.store.chain import REKEY, START, Finding, FindingKind, Walk, fits, same
from stanch.store.errors import StoreError
from stanch.store.export import ALGORITHM, FORMAT, VERSION, digest, tag
from stanch.store.keys import fingerprint
from stanch.store.lines import (
    HEADER_TYPE,
    Form,
    Line,
    LineError,
    canonical,
    decode,
    encode,
    header_event,
    parsed,
    row_of,
)

_LONGEST = 64 * 2**20
_MOST = 50
_ANEW = (
    "take another copy of the file, or export it anew from the store; compare both to see what "
    "was changed"
)
_FIELDS = {
    "format": str,
    "version": int,
    "encoding": str,
    "algorithm": str,
    "store": str,
    "key": str,
    "scope": str,
    "first": int,
    "last": int,
    "entries": int,
    "content": str,
    "tag": str,
    "digest": str,
}


class NotAnExportError(StoreError):
    """The file is not an export that this release can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What verification of a file found, and what that proves."""

    header: Line
    findings: tuple[Finding, ...]
    sealed: bool
    """Whether the seals were checked; without the key they cannot be."""
    anchored: bool
    """Whether the content of the file was compared with an anchor."""


def verify_export(file: BinaryIO, *, secret: bytes | None, anchor: Anchor | None = None) -> Checked:
    """Check a file that `export` wrote: its form, its digest, its seals, and it against an anchor.

    Raises:
        NotAnExportError: it does not begin as an export does.
        OSError: it cannot be read.
    """
    header, source, wrapped = _header(file.readline(_LONGEST))
    whole = header["scope"] == "all"
    sealed = secret is not None and fingerprint(secret) == header["key"]
    check = _Check(header, source, secret if sealed else None, anchor)
    for raw in iter(lambda: file.readline(_LONGEST), b""):
        if not check.take(raw):
            break
    findings = [*_of_header(header, secret), *check.end(wrapped)]
    if anchor is not None:
        key = header["key"]
        wrong = foreign(anchor, secret if sealed else None, key=key)
        findings += wrong or check.against(anchor)
    return Checked(
        header=header,
        findings=tuple(findings[:_MOST]),
        sealed=sealed,
        anchored=anchor is not None and whole,
    )


class _Check:
    """Takes the lines of one file after another."""

    def __init__(
        self, header: Line, source: str, secret: bytes | None, anchor: Anchor | None
    ) -> None:
        self._header = header
        self._form: Form = header["encoding"]
        self._whole = header["scope"] == "all"
        self._source = source
        self._secret = secret
        self._walk = Walk(secret) if secret is not None and self._whole else None
        self._content = Content(anchor.seq) if anchor is not None and self._whole else None
        self._sum = hashlib.sha256()
        self._found: list[Finding] = []
        self._seq, self._mac, self._at = 0, START, ""
        self._first = 0
        self._count = 0
        self._at_anchor: str | None = None
        self._anchor = anchor
        self._broken = False

    def take(self, raw: bytes) -> bool:
        """Take the next line; say whether the lines after it can be read."""
        self._count += 1
        self._sum.update(raw)
        try:
            row, before = _entry(raw, self._form, self._source)
        except LineError as error:
            where = f"line {self._count + 1}, after entry {self._seq}"
            self._note("structure", self._seq + 1, f"{where}, is no entry: {error}")
            self._broken = True
            return False
        self._placed(row, before)
        if self._content is not None:
            self._content.take(row, before)
        if self._walk is not None:
            self._walk.take(row)
        elif self._secret is not None and not fits(self._secret, row, before):
            text = f"entry {row['seq']} does not fit its seal: it was altered"
            self._note("edited", row["seq"], text)
        if self._anchor is not None and row["seq"] == self._anchor.seq:
            self._at_anchor = row["mac"]
        self._first = self._first or row["seq"]
        self._seq, self._mac, self._at = row["seq"], row["mac"], row["at"]
        self._broken = len(self._found) >= _MOST
        return not self._broken

    def end(self, wrapped: Line | None) -> Iterator[Finding]:
        """Yield what is wrong with the file as a whole, after what is wrong with its lines."""
        header = self._header
        if self._walk is not None:
            yield from (_anew(one) for one in self._walk.findings())
        yield from self._found
        if self._broken:
            # What comes after cannot be read, so nothing can be said of the whole.
            return
        if wrapped is not None and wrapped != header_event(header, self._source, self._at):
            yield _finding("structure", None, "line 1 is not the header that an export writes")
        if self._count != header["entries"]:
            verb = "was cut" if self._count < header["entries"] else "was extended"
            text = (
                f"the file {verb} after entry {self._seq}: its header counts {header['entries']} "
                f"entries, up to {header['last']}, and it has {self._count}"
            )
            yield _finding("cut", self._seq + 1, text)
        elif (self._first, self._seq) != (header["first"], header["last"]):
            text = (
                f"the file has the entries {self._first} to {self._seq}, and its header says "
                f"{header['first']} to {header['last']}"
            )
            yield _finding("structure", self._seq, text)
        if self._sum.hexdigest() != header["content"]:
            text = (
                f"one of the entries {header['first']} to {header['last']} is not what was "
                "exported: the digest of the content differs"
            )
            yield _finding("edited", header["first"], text)

    def against(self, anchor: Anchor) -> tuple[Finding, ...]:
        """Say where the file differs from an anchor."""
        if self._broken:
            return ()
        if self._content is not None:
            last = self._content.end(self._seq, self._mac)
            return compare(anchor, self._content.noted, last)
        if self._header["store"] != anchor.store:
            text = f"the file is of the journal {self._header['store']}, the anchor of another one"
            return (_finding("anchor", None, text),)
        if self._at_anchor is not None and self._at_anchor != anchor.mac:
            text = f"entry {anchor.seq} is not the one that the anchor of {anchor.at} vouches for"
            return (_finding("anchor", anchor.seq, text),)
        return ()

    def _placed(self, row: dict[str, Any], before: str) -> None:
        """Note an entry that does not stand where its number and the entry before it say."""
        seq = row["seq"]
        scope = self._header["scope"]
        if not self._whole and row["incident"] != scope:
            text = f"entry {seq} is of {row['incident'] or 'no incident'}, in an export of {scope}"
            self._note("moved", seq, text)
        if seq <= self._seq:
            text = f"entry {seq} stands after entry {self._seq}: it is there twice, or out of order"
            self._note("reordered", seq, text)
        elif self._whole and seq > self._seq + 1 and self._walk is None:
            where = f"entry {self._seq}" if self._seq else "the start"
            text = f"entry {self._seq + 1} is missing: entry {seq} follows {where}"
            self._note("missing", self._seq + 1, text)
        elif (self._whole or seq == self._seq + 1) and before != self._mac:
            text = f"entry {seq} does not name the seal of entry {seq - 1}: one of them was altered"
            self._note("edited", seq, text)
        if self._whole and seq == 1 and store_id(row["mac"]) != self._header["store"]:
            self._note("structure", 1, "entry 1 is not the first one of the journal that it names")

    def _note(self, kind: FindingKind, seq: int, text: str) -> None:
        self._found.append(_finding(kind, seq, text))


def _header(raw: bytes) -> tuple[Line, str, Line | None]:
    """Return the header, the source of its events, and the event that wraps it, if one does.

    Raises:
        NotAnExportError: the line is no header of an export.
    """
    lead = "the file is no export of a journal that this release can read"
    advice = "`stanch audit export --output FILE` writes one"
    try:
        value = parsed(raw)
    except LineError:
        raise NotAnExportError(f"{lead}: its first line is no header. {advice}") from None
    wrapped = value if value.get("type") == HEADER_TYPE else None
    header = value.get("data") if wrapped is not None else value
    if not isinstance(header, dict) or header.keys() != _FIELDS.keys():
        raise NotAnExportError(f"{lead}: its first line is no header. {advice}")
    if wrong := [name for name, kind in _FIELDS.items() if type(header[name]) is not kind]:
        raise NotAnExportError(f"{lead}: {', '.join(wrong)} in its header is not what it must be")
    if header["format"] != FORMAT or header["version"] != VERSION:
        raise NotAnExportError(
            f"{lead}: it is {header['format']} {header['version']}, and this release knows "
            f"{FORMAT} {VERSION}. Use the release that wrote it, or a newer one"
        )
    if header["encoding"] != ("jsonl" if wrapped is None else "cloudevents"):
        raise NotAnExportError(f"{lead}: its header names another encoding than it has. {advice}")
    if canonical(value) + b"\n" != raw:
        raise NotAnExportError(f"{lead}: its header is not written as an export writes it")
    return header, f"urn:stanch:{header['store']}", wrapped


def _entry(raw: bytes, form: Form, source: str) -> tuple[dict[str, Any], str]:
    """Return the raw row of a line, and the seal of the entry before it.

    Raises:
        LineError: it is not, byte for byte, what an export writes.
    """
    line = decode(raw, form)
    row, before = row_of(line)
    if encode(line, form, source) != raw:
        raise LineError("it is not written as an export writes it")
    return row, before


def _of_header(header: Line, secret: bytes | None) -> Iterator[Finding]:
    if header["algorithm"] != ALGORITHM:
        # A weaker seal would fit without the key: no other is ever accepted.
        text = f"the file says that it is sealed by {header['algorithm']}, and {ALGORITHM} it is"
        yield _finding("key", None, text)
    if not same(header["digest"], digest(header)):
        yield _finding("structure", None, "the header was altered: it does not fit its digest")
    if secret is None:
        return
    if (used := fingerprint(secret)) != header["key"]:
        text = (
            f"the file names the key {header['key']}, and the key in use is {used}: it is of "
            "another store, or it was sealed anew with another key"
        )
        yield Finding(kind="key", seq=None, text=text, mend=REKEY)
    elif not same(header["tag"], tag(secret, header)):
        text = "the header was altered, or was written without the key: it does not fit its seal"
        yield _finding("structure", None, text)


def _finding(kind: FindingKind, seq: int | None, text: str) -> Finding:
    return Finding(kind=kind, seq=seq, text=text, mend=_ANEW)


def _anew(one: Finding) -> Finding:
    return Finding(
        kind=one.kind, seq=one.seq, text=one.text, mend=REKEY if one.kind == "key" else _ANEW
    )
