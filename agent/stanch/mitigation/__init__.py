"""From what a runbook asks for to one exact change, its inverse and its success checks; pure."""

from stanch.mitigation.baseline import CheckResult, Measures, result_of, single_value
from stanch.mitigation.checks import HARM, build_checks
from stanch.mitigation.differences import differences
from stanch.mitigation.judging import can_read_back, judge_check, judge_facts
from stanch.mitigation.plan import plan
from stanch.mitigation.strategies import strategy_for
from stanch.mitigation.strategy import CannotPlanError, Plan, Strategy

__all__ = [
    "HARM",
    "CannotPlanError",
    "CheckResult",
    "Measures",
    "Plan",
    "Strategy",
    "build_checks",
    "can_read_back",
    "differences",
    "judge_check",
    "judge_facts",
    "plan",
    "result_of",
    "single_value",
    "strategy_for",
]
