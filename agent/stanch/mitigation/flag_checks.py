"""The success check of a switched flag: what programs that read it are told, by OFREP.

A service of flags may say "off" while the programs still hold the old value, or read it
from elsewhere. The check asks where they ask, by the protocol that all of them share.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from stanch.incident import Check
from stanch.mitigation.baseline import CheckResult
from stanch.tools.operations import Change, HttpRead, SwitchFlag
from stanch.tools.operations.http_acts import EVALUATION, evaluation_facts

FLAG_CHECK: Final = "flag-evaluates"
_UNSAID: Final = frozenset({"DISABLED", "ERROR"})
"""Reasons of an evaluation under which each program takes the default in its own code."""


def flag_check(change: Change) -> Check:
    """Return the check that programs are told the flag as `change` leaves it.

    Raises:
        ValueError: it is no switch of a flag, or nobody says where programs read it.
    """
    if not isinstance(change, SwitchFlag):
        raise ValueError(f"{FLAG_CHECK} cannot be checked of {change.subject}")  # noqa: TRY004 - of a name
    if change.evaluated_by is None:
        raise ValueError(
            f"where programs read the {change.subject} is not known: name the endpoint that "
            f"evaluates it as `evaluated_by` of {change.endpoint}"
        )
    read = HttpRead(
        method="POST",
        endpoint=change.evaluated_by,
        path=f"/ofrep/v1/evaluate/flags/{quote(change.flag, safe='')}",
        headers=(("Content-Type", "application/json"),),
        body=EVALUATION,
    )
    says = f"programs are told that the {change.subject} is {_word(change.enabled)}"
    return Check(
        name=FLAG_CHECK, says=says, operation=read, kind=FLAG_CHECK, limit=float(change.enabled)
    )


def judge_flag(check: Check, data: Mapping[str, Any], before: CheckResult | None) -> CheckResult:
    """Say whether the flag evaluates as wanted; None where the answer does not tell it."""
    del before
    body, status = data.get("json"), data.get("status_code")
    if status != 200 or not isinstance(body, Mapping) or "value" not in body:
        why = body.get("errorCode") if isinstance(body, Mapping) else None
        told = f" ({why})" if why else ""
        text = f"its evaluation was answered with {status}{told}"
        return CheckResult(name=check.name, holds=None, text=text)
    reason = str(body.get("reason", ""))
    if reason in _UNSAID:
        text = f"it is {reason.lower()} at its source: each program takes its own default"
        return CheckResult(name=check.name, holds=None, text=text)
    facts = evaluation_facts(body)
    text = f"it evaluates to {body['value']!r} ({_word(facts['enabled'])}, {reason or 'no reason'})"
    return CheckResult(name=check.name, holds=facts["enabled"] == bool(check.limit), text=text)


def _word(on: object) -> str:
    return "on" if on else "off"
