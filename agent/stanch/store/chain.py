"""The walk along the chain: which entries are as they were written, and what befell the rest.

It takes raw rows in the order of their numbers and keeps only those that do not fit, so
that a journal of any length can be walked in constant memory.
"""

import hashlib
import hmac
import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

START = "0" * 64

FindingKind = Literal[
    "edited",  # an entry does not fit its seal
    "missing",  # numbers are left out
    "reordered",  # an entry stands under another number than it was written with
    "duplicated",  # an entry is a copy of another one
    "moved",  # an entry was written for another incident
    "cut",  # entries at the end are gone
    "mark",  # the mark of the end is missing, forged or of another chain
    "key",  # the chain, the mark, the anchor and the key are not of one key
    "anchor",  # the journal is not the one that the anchor vouches for
    "structure",  # a line of a file is not what an export writes
    "record",  # a record does not agree with the journal
]

_NEAR = 1000
_KEPT = 400
_EXPLAINED = 12

RESTORE = (
    "keep this database as evidence, put back a copy that verifies, and find out who wrote "
    "into it; `stanch audit verify --anchor FILE` says up to where a copy is whole"
)
REKEY = (
    "put back the key that it was written with, as keys/journal.key or STANCH_AUDIT_KEY; if "
    "nobody of you changed the key, take the journal for rewritten and compare an older copy "
    "with an anchor"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: what, at which entry, and what to do about it."""

    kind: FindingKind
    seq: int | None
    text: str
    mend: str = RESTORE


def seal(secret: bytes, row: dict[str, Any], before: str) -> str:
    """Return the seal of a raw row that follows the entry sealed with `before`.

    Raises:
        TypeError, ValueError: a value in the row is not what a journal can hold.
    """
    fields = {name: value for name, value in row.items() if name != "mac"}
    text = json.dumps([before, fields], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def same(one: object, other: object) -> bool:
    """Say whether two seals are the same text, in a time that tells nothing about them."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return hmac.compare_digest(
        one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    )


def fits(secret: bytes, row: dict[str, Any], before: str) -> bool:
    """Say whether a raw row carries the seal that the key gives it after `before`."""
    return same(row.get("mac"), _expected(secret, row, before))


def _expected(secret: bytes, row: dict[str, Any], before: str) -> str:
    try:
        return seal(secret, row, before)
    except (TypeError, ValueError):
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Misfit:
    row: dict[str, Any]
    before: str
    expected: str
    copy_of: int | None
    after_gap: bool

    @property
    def seq(self) -> int:
        return int(self.row["seq"])


class Walk:
    """Walks along a chain under one key."""

    def __init__(self, secret: bytes) -> None:
        self.seq = 0
        self.mac = START
        self.entries = 0
        self._secret = secret
        self._expected = START
        self._misfits: list[_Misfit] = []
        self._wrong = 0
        self._order: list[Finding] = []
        self._incidents: dict[str, None] = {}
        self._recent: dict[str, int] = {}
        self._oldest: deque[str] = deque()

    def take(self, row: dict[str, Any]) -> bool:
        """Take the next row; say whether it is as it was written, in its place."""
        gap = self._placed(row["seq"])
        good = not gap and self._sealed(row)
        if not good:
            self._keep(row, gap=gap)
        expected = row["mac"] if good else _expected(self._secret, row, self.mac)
        self._step(row, expected)
        return good

    def findings(self) -> tuple[Finding, ...]:
        """Return what is wrong with the rows so far, by their numbers."""
        found = [*self._order, *self._told()]
        return tuple(sorted(found, key=lambda one: one.seq or 0))

    def _placed(self, seq: int) -> bool:
        """Say whether the row stands after a gap; note gaps and rows out of order."""
        last = self.seq
        if seq == last + 1:
            return False
        if seq <= last:
            text = f"entry {seq} stands after entry {last}: it is there twice, or out of order"
            self._order.append(Finding(kind="reordered", seq=seq, text=text))
            return False
        what = f"entry {last + 1} is" if seq == last + 2 else f"entries {last + 1} to {seq - 1} are"
        where = f"entry {last}" if last else "the start"
        text = f"{what} missing: entry {seq} follows {where}"
        self._order.append(Finding(kind="missing", seq=last + 1, text=text))
        return True

    def _sealed(self, row: dict[str, Any]) -> bool:
        if fits(self._secret, row, self.mac):
            return True
        # The seal of the entry before may be all that was altered: this one is then whole.
        return self._expected != self.mac and fits(self._secret, row, self._expected)

    def _keep(self, row: dict[str, Any], *, gap: bool) -> None:
        if len(self._misfits) < _KEPT:
            self._misfits.append(
                _Misfit(
                    row=row,
                    before=self.mac,
                    expected=_expected(self._secret, row, self.mac),
                    copy_of=self._recent.get(str(row["mac"])),
                    after_gap=gap,
                )
            )
        self._wrong += 1

    def _step(self, row: dict[str, Any], expected: str) -> None:
        self.entries += 1
        self.seq, self.mac, self._expected = row["seq"], str(row["mac"]), expected
        self._incidents[str(row["incident"])] = None
        if self.mac not in self._recent:
            self._recent[self.mac] = self.seq
            self._oldest.append(self.mac)
        if len(self._oldest) > _NEAR:
            del self._recent[self._oldest.popleft()]

    def _told(self) -> Iterator[Finding]:
        """Tell of the rows that do not fit, by what can be proved of each."""
        known = {one.seq: self._explained(one) for one in self._misfits[:_EXPLAINED]}
        plain = [one for one in self._misfits if known.get(one.seq) is None]
        if self.entries > 1 and self._wrong == self.entries and len(plain) == len(self._misfits):
            text = f"none of the {self.entries} entries fits the key in use"
            yield Finding(kind="key", seq=1, text=text, mend=REKEY)
            return
        yield from (found for found in known.values() if isinstance(found, Finding))
        yield from _edited([one.seq for one in plain if not one.after_gap])
        if self._wrong > len(self._misfits):
            text = f"{self._wrong - len(self._misfits)} more entries do not fit their seals"
            yield Finding(kind="edited", seq=self._misfits[-1].seq, text=text)

    def _explained(self, one: _Misfit) -> Finding | Literal["whole"] | None:
        """Prove by the seal what happened to a row; "whole" when only its neighbours changed."""
        lead = f"entry {one.seq} does not fit its seal: "
        if one.copy_of is not None:
            text = f"{lead}it is a copy of entry {one.copy_of}"
            return Finding(kind="duplicated", seq=one.seq, text=text)
        for name in self._incidents:
            if fits(self._secret, {**one.row, "incident": name}, one.before):
                text = f"{lead}it was written for {name} and stands under {one.row['incident']}"
                return Finding(kind="moved", seq=one.seq, text=text)
        near = self._misfits[:_EXPLAINED]
        befores = {START} | {
            text for m in near for text in (m.before, m.expected, str(m.row["mac"]))
        }
        for seq in (one.seq, *_candidates(one.seq, near)):
            row = {**one.row, "seq": seq}
            if any(fits(self._secret, row, before) for before in befores):
                if seq == one.seq:
                    return "whole"
                text = f"{lead}it was written as entry {seq}, so the order was changed"
                return Finding(kind="reordered", seq=one.seq, text=text)
        return None


def _candidates(seq: int, near: Iterable[_Misfit]) -> list[int]:
    """Return the numbers under which a row may have been written."""
    found = {one.seq for one in near} | set(range(max(1, seq - 3), seq + 4))
    return sorted(found - {seq})


def _edited(seqs: list[int]) -> Iterator[Finding]:
    """Tell of rows that do not fit; a long run of them as one."""
    runs: list[list[int]] = []
    for seq in seqs:
        if runs and seq == runs[-1][-1] + 1:
            runs[-1].append(seq)
        else:
            runs.append([seq])
    for run in runs:
        if len(run) < 4:
            for seq in run:
                text = (
                    f"entry {seq} does not fit its seal: it was altered, or written without the key"
                )
                yield Finding(kind="edited", seq=seq, text=text)
        else:
            text = (
                f"entries {run[0]} to {run[-1]} do not fit their seals: they were altered, or "
                "written with another key"
            )
            yield Finding(kind="edited", seq=run[0], text=text)
