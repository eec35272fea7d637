"""The policy: what may happen to an operation, and who may decide about a change."""

from stanch.policy.judge import Verdict, judge
from stanch.policy.load import PolicyError, load
from stanch.policy.model import Approval, Changes, Policy
from stanch.policy.reads import HttpReads, Reads

__all__ = [
    "Approval",
    "Changes",
    "HttpReads",
    "Policy",
    "PolicyError",
    "Reads",
    "Verdict",
    "judge",
    "load",
]
