"""Approvals: how people decide about a change, and what a decision is held to."""

from stanch.approvals.decide import Tally, abstain, approve, reject, require_listed, tally
from stanch.approvals.ending import expire_due, supersede, void_open
from stanch.approvals.errors import ApprovalError, legible
from stanch.approvals.glass import break_glass, mend_glass
from stanch.approvals.identity import Authority, Identity, OperatingSystem, TokenAuthority

__all__ = [
    "ApprovalError",
    "Authority",
    "Identity",
    "OperatingSystem",
    "Tally",
    "TokenAuthority",
    "abstain",
    "approve",
    "break_glass",
    "expire_due",
    "legible",
    "mend_glass",
    "reject",
    "require_listed",
    "supersede",
    "tally",
    "void_open",
]
