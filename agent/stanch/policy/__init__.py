"""The policy: what may happen to an operation, and who may decide about a change."""

from stanch.incident import Needs
from stanch.policy.environment import (
    Approval,
    Ask,
    AskBy,
    Autonomy,
    Deny,
    Environment,
    Freeze,
    Limits,
    Rate,
    Rehearsed,
    Rule,
    Where,
    Window,
)
from stanch.policy.judge import Asked, judge, judge_change
from stanch.policy.kinds import kinds
from stanch.policy.load import PolicyError, load
from stanch.policy.model import BreakGlass, Forbidden, Policy
from stanch.policy.reads import HttpReads, Reads
from stanch.policy.situation import STANCH, Held, Situation, Verdict

__all__ = [
    "STANCH",
    "Approval",
    "Ask",
    "AskBy",
    "Asked",
    "Autonomy",
    "BreakGlass",
    "Deny",
    "Environment",
    "Forbidden",
    "Freeze",
    "Held",
    "HttpReads",
    "Limits",
    "Needs",
    "Policy",
    "PolicyError",
    "Rate",
    "Reads",
    "Rehearsed",
    "Rule",
    "Situation",
    "Verdict",
    "Where",
    "Window",
    "judge",
    "judge_change",
    "kinds",
    "load",
]
