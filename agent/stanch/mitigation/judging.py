"""Whether a success check holds, by what was read and by how it was before the change.

A check compares with the baseline that was taken before the change. A workload that has
fewer pods than before has not been cured by having nothing left that can fail: scaled to
zero, deleted or paused never counts as well.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from stanch.incident import Check
from stanch.mitigation import baseline
from stanch.mitigation.baseline import CheckResult, single_value, waiting
from stanch.mitigation.flag_checks import judge_flag
from stanch.tools.operations import Change, RestartUnit

_Data: TypeAlias = Mapping[str, Any]
_Judge: TypeAlias = Callable[[Check, _Data, CheckResult | None], CheckResult]


def judge_check(check: Check, data: _Data, *, before: CheckResult | None = None) -> CheckResult:
    """Say whether `check` holds, by the data of its operation; empty data: not read.

    `before` is the same check's reading from before the change, where there is one.
    """
    if not data:
        return CheckResult(name=check.name, holds=None, text="could not be read")
    return _JUDGES[check.kind](check, data, before)


def can_read_back(change: Change, expected: Mapping[str, Any]) -> bool:
    """Say whether the facts about its target can show that `change` is in force."""
    return bool(expected) or isinstance(change, RestartUnit)


def judge_facts(
    check: Check, change: Change, facts: Mapping[str, Any], expected: Mapping[str, Any]
) -> CheckResult:
    """Say whether the target is as `change` left it, by its facts; none: not read."""
    if not facts:
        return CheckResult(name=check.name, holds=None, text="could not be read")
    if facts.get("missing"):
        return _result(check, False, "the target is gone")
    if isinstance(change, RestartUnit):
        active = facts.get("active_state") == "active"
        anew = facts.get("invocation_id") != change.invocation
        run = "started anew" if anew else "the same run as before"
        return _result(check, active and anew, f"{facts.get('active_state')}, {run}")
    wrong = sorted(name for name in expected if facts.get(name) != expected[name])
    text = f"not as the change left it: {', '.join(wrong)}" if wrong else "as the change left it"
    return _result(check, not wrong, text)


def _result(check: Check, holds: bool, text: str) -> CheckResult:  # noqa: FBT001 - the verdict
    return CheckResult(name=check.name, holds=holds, text=text)


def _unread(check: Check, _data: _Data, _before: CheckResult | None) -> CheckResult:
    """Judge nothing: such a check is read in a way of its own."""
    return CheckResult(name=check.name, holds=None, text="it was not read")


def _rollout(check: Check, data: _Data, _before: CheckResult | None) -> CheckResult:
    if gone := _cannot_serve(_workload(data)):
        return _result(check, False, gone)
    return _result(check, data["state"] == "complete", str(data["message"]))


def _workload(data: _Data) -> Mapping[str, Any]:
    found: Mapping[str, Any] = data.get("deployment") or data.get("workload") or {}
    return found


def _cannot_serve(deployment: Mapping[str, Any]) -> str:
    """Return why nothing of this deployment can be called well; empty when it can be."""
    if (deployment.get("metadata") or {}).get("deletionTimestamp"):
        return "it is being deleted"
    spec = deployment.get("spec") or {}
    if spec.get("paused"):
        return "its rollout is paused"
    return "it is scaled to zero" if spec.get("replicas") == 0 else ""


def _capacity(check: Check, data: _Data, _before: CheckResult | None) -> CheckResult:
    workload = _workload(data)
    ready, wanted = baseline.pods_of(workload)
    least = int(check.limit or 0)
    seen = workload.get("status", {}).get("observedGeneration", 0)
    current = seen >= workload.get("metadata", {}).get("generation", 0)
    if gone := _cannot_serve(workload):
        return _result(check, False, gone)
    holds = current and wanted > 0 and ready >= wanted and ready >= least
    text = f"{ready} of {wanted} pods ready"
    return CheckResult(name=check.name, holds=holds, text=text, value=float(ready))


def _restarts(check: Check, data: _Data, _before: CheckResult | None) -> CheckResult:
    if not data["pods"]:
        return _result(check, False, "there are no pods")
    waits = waiting(data["pods"])
    return _result(check, not waits, ", ".join(waits) or "no container waits")


def _ratio(check: Check, data: _Data, _before: CheckResult | None) -> CheckResult:
    ratio = single_value(data)
    if ratio is None:
        return CheckResult(name=check.name, holds=None, text="no error ratio is measured")
    text, holds = f"error ratio {ratio:.2%}", ratio < (check.limit or 0)
    return CheckResult(name=check.name, holds=holds, text=text, value=ratio)


def _failures(check: Check, data: _Data, before: CheckResult | None) -> CheckResult:
    failing = baseline.failing_pods(data["items"])
    return baseline.nothing_new(check.name, failing, before, "failing pods")


_JUDGES: Final[Mapping[str, _Judge]] = {
    "rollout-complete": _rollout,
    "capacity-kept": _capacity,
    "restarts-stopped": _restarts,
    "signs-cleared": _unread,
    "change-holds": _unread,
    "flag-evaluates": judge_flag,
    "error-ratio-recovered": _ratio,
    "harm-not-worse": lambda c, data, was: baseline.not_worse(c.name, data, c.limit or 0, was),
    "latency-recovered": lambda c, data, was: baseline.latency(c.name, data, c.limit, was),
    "alert-silent": lambda c, data, _: baseline.silent(c.name, data),
    "no-new-failures": _failures,
    "no-new-alerts": lambda c, data, was: baseline.nothing_new(
        c.name, baseline.alerts(data), was, "alerts"
    ),
}
