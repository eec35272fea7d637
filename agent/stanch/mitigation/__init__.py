"""From what a runbook asks for to one exact change, its inverse and its success checks; pure."""

from stanch.mitigation.checks import CheckResult, build_checks, judge_check, single_value
from stanch.mitigation.differences import differences
from stanch.mitigation.plan import CannotPlanError, Plan, plan

__all__ = [
    "CannotPlanError",
    "CheckResult",
    "Plan",
    "build_checks",
    "differences",
    "judge_check",
    "plan",
    "single_value",
]
