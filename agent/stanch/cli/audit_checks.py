"""What each check of the journal proves, and what it cannot prove, in one sentence."""

from dataclasses import dataclass

from stanch.store import Audit
from stanch.store.anchor import Anchor
from stanch.store.exported import Checked


@dataclass(frozen=True, slots=True)
class Check:
    """One check: whether it was done, and what it says when nothing was found."""

    name: str
    done: bool
    says: str


def of_store(audit: Audit, anchor: Anchor | None) -> tuple[Check, ...]:
    """Return what verification of a store checked."""
    return (
        Check("seals", True, f"each entry was written by somebody who had the key {audit.key}"),
        Check("order", True, "none is missing, altered, added, doubled or in another place"),
        Check("end", True, "none that the mark of the journal's end counts is gone"),
        Check("records", True, "evidence, proposals, approvals and changes are what it says"),
        _anchored(anchor, done=anchor is not None),
    )


def of_file(checked: Checked, anchor: Anchor | None) -> tuple[Check, ...]:
    """Return what verification of an exported file checked."""
    scope = checked.header["scope"]
    what = "every entry" if scope == "all" else f"every entry of {scope}"
    digest = "the file is whole, and as it was when its digest was made; "
    if not checked.sealed:
        return (
            Check("digest", True, f"{digest}whoever can write the file can make another digest"),
            Check("seals", False, "not checked: that needs the key; an anchor can stand for it"),
            _anchored(anchor, done=checked.anchored),
        )
    key = checked.header["key"]
    return (
        Check("digest", True, f"{digest}its header is sealed too"),
        Check("seals", True, f"each entry was written by somebody who had the key {key}"),
        Check("order", True, f"{what} from {checked.header['first']} on is there, in its place"),
        Check("end", False, "not checked: no file can say what was journaled after it"),
        _anchored(anchor, done=checked.anchored),
    )


def _anchored(anchor: Anchor | None, *, done: bool) -> Check:
    if anchor is None:
        says = (
            "not compared: a journal rolled back together with its mark, or written anew with "
            "another key, is found with --anchor alone"
        )
        return Check("anchor", False, says)
    if not done:
        says = "not compared: an anchor vouches for whole journals, not for one incident"
        return Check("anchor", False, says)
    says = f"entries 1 to {anchor.seq} are those of {anchor.at}, when the anchor was made"
    return Check("anchor", True, says)
