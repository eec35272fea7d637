"""An anchor: one small document that vouches for a journal as it stood, kept elsewhere.

Who rolls the database back can roll its mark back with it, and who has the key can write
another history. Neither can reach an anchor on another machine.
"""

import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from stanch.store.chain import REKEY, Finding, same
from stanch.store.errors import StoreError
from stanch.store.keys import fingerprint
from stanch.store.lines import canonical, line_of

VERSION = 1
_HEX64 = re.compile(r"[0-9a-f]{64}")
_HEX32 = re.compile(r"[0-9a-f]{32}")
_LONGEST = 4096


class AnchorError(StoreError):
    """The document is no anchor that this release can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a journal was when its entry `seq` was the last."""

    store: str
    seq: int
    mac: str
    incidents: int
    content: str
    """Over the canonical lines of all entries up to `seq`; needs no key to be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What vouches for a journal."""

    version: int
    store: str
    seq: int
    mac: str
    incidents: int
    content: str
    key: str
    """The fingerprint of the key."""
    at: str
    tag: str

    def text(self) -> str:
        """Return the anchor as the one line that is to be kept."""
        return canonical(asdict(self)).decode("ascii") + "\n"


class Content:
    """Sums up entries as they are taken, and remembers how it stood at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self._at = at
        self._sum = hashlib.sha256()
        self._incidents: set[str] = set()
        self._store = ""
        self.noted: Reached | None = None
        """How it stood at the entry that was asked for, once that was taken."""
        self.last: Reached | None = None
        """How it stood at the last entry, once `end` was called."""

    def take(self, row: dict[str, Any], before: str) -> None:
        """Take the next raw row."""
        try:
            self._sum.update(canonical(line_of(row, before)) + b"\n")
        except TypeError:
            # No text, so no journal wrote it: its seal does not fit, and the sum must not either.
            self._sum.update(b"?")
        self._incidents.add(str(row["incident"]))
        self._store = self._store or store_id(str(row["mac"]))
        if row["seq"] == self._at:
            self.noted = self._now(row["seq"], str(row["mac"]))

    def end(self, seq: int, mac: str) -> Reached:
        """Return how it stands after the last entry."""
        self.last = self._now(seq, mac)
        return self.last

    def _now(self, seq: int, mac: str) -> Reached:
        return Reached(
            store=self._store,
            seq=seq,
            mac=mac,
            incidents=len(self._incidents - {""}),
            content=self._sum.hexdigest(),
        )


def store_id(first: str) -> str:
    """Return the name of the journal whose first entry is sealed with `first`."""
    return hashlib.sha256(f"stanch journal {first}".encode("utf-8", "surrogatepass")).hexdigest()[
        :32
    ]


def made(secret: bytes, reached: Reached, *, at: datetime) -> Anchor:
    """Return the anchor of a journal that stands as `reached` at the time `at`."""
    fields: dict[str, Any] = {
        "version": VERSION,
        **asdict(reached),
        "key": fingerprint(secret),
        "at": at.isoformat(),
    }
    return Anchor(**fields, tag=_tag(secret, fields))


def parse(text: str, source: str) -> Anchor:
    """Return the anchor that `text` is; `source` names it in an error.

    Raises:
        AnchorError: it is none, or of a version that this release does not know.
    """
    try:
        value = json.loads(text[:_LONGEST])
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise AnchorError(
            f"{source} is no anchor: it is not one JSON object. `stanch audit anchor` writes one"
        )
    if value.get("version") != VERSION or isinstance(value.get("version"), bool):
        raise AnchorError(
            f"{source} is an anchor of version {value.get('version')!r}; this release knows "
            f"{VERSION}. Use the release that wrote it, or a newer one"
        )
    try:
        anchor = Anchor(**value)
        good = (
            all(type(one) is int and one > 0 for one in (anchor.seq, anchor.incidents + 1))
            and all(_HEX64.fullmatch(one) for one in (anchor.mac, anchor.content, anchor.tag))
            and all(_HEX32.fullmatch(one) for one in (anchor.store, anchor.key))
            and datetime.fromisoformat(anchor.at).tzinfo is not None
        )
    except (TypeError, ValueError):
        good = False
    if not good:
        raise AnchorError(
            f"{source} is no anchor: its fields are not those that `stanch audit anchor` writes. "
            "Take another copy of it"
        )
    return anchor


def foreign(anchor: Anchor, secret: bytes | None, *, key: str) -> tuple[Finding, ...]:
    """Say whether the anchor was made with the key whose fingerprint is `key`, and not altered.

    Without `secret` its tag cannot be checked: it is then as good as the place it comes from.
    """
    if anchor.key != key:
        text = (
            f"the anchor of {anchor.at} was made with the key {anchor.key}, and the journal is "
            f"sealed with the key {key}: the key was replaced, or the anchor is of another journal"
        )
        return (Finding(kind="key", seq=anchor.seq, text=text, mend=REKEY),)
    fields = asdict(anchor)
    tag = fields.pop("tag")
    if secret is not None and not same(tag, _tag(secret, fields)):
        text = "the anchor was altered: its tag does not fit the key that it names"
        mend = "take another copy of the anchor; believe nothing that this one says"
        return (Finding(kind="anchor", seq=anchor.seq, text=text, mend=mend),)
    return ()


def compare(anchor: Anchor, noted: Reached | None, last: Reached) -> tuple[Finding, ...]:
    """Say where a journal differs from the anchor.

    `noted` is how it stood at the anchor's entry, None when it has no such entry.
    """
    seq, when = anchor.seq, f"the anchor of {anchor.at}"
    if last.store != anchor.store:
        text = (
            f"entry 1 is not the one that {when} vouches for: this is another journal, or it was "
            f"written anew (it is {last.store}, the anchor is of {anchor.store})"
        )
        return (Finding(kind="anchor", seq=1, text=text),)
    if noted is None and last.seq < seq:
        text = (
            f"the journal was cut or rolled back: {when} saw {seq} entries, and it has {last.seq}"
        )
        return (Finding(kind="cut", seq=last.seq + 1, text=text),)
    if noted is None:
        text = f"entry {seq}, which {when} vouches for, is missing"
        return (Finding(kind="missing", seq=seq, text=text),)
    if noted.mac != anchor.mac:
        text = (
            f"entry {seq} is not the one that {when} vouches for: it, or one before it, was "
            "written anew"
        )
        return (Finding(kind="anchor", seq=seq, text=text),)
    if noted.content != anchor.content or noted.incidents != anchor.incidents:
        text = f"one of the entries 1 to {seq} is not what it was when {when} was made"
        return (Finding(kind="edited", seq=seq, text=text),)
    return ()


def _tag(secret: bytes, fields: dict[str, Any]) -> str:
    return hmac.new(secret, b"anchor:" + canonical(fields), hashlib.sha256).hexdigest()
