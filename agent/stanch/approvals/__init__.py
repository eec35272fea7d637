"""Approvals: how people decide about a change, and what a decision is held to."""

from stanch.approvals.decide import (
    ApprovalError,
    Identity,
    approve,
    expire_due,
    reject,
    require_listed,
    void_open,
)

__all__ = [
    "ApprovalError",
    "Identity",
    "approve",
    "expire_due",
    "reject",
    "require_listed",
    "void_open",
]
