"""Four whole incidents, each recorded from the alert to its end."""

from typing import Any

from stanch.incident import Hypothesis
from tests.unit.report.recorded import (
    HISTORY,
    LOGS,
    PAYMENTS_LOGS,
    RANGE,
    WORKLOAD,
    Recorder,
    alert,
    at,
    history,
    iso,
    opened,
    proposal,
    ratio_series,
    restart,
    roll_back,
    sign,
)

OLD, NEW = "registry.local/shop/checkout:1.8.2", "registry.local/shop/checkout:1.8.3"


def _look(record: Recorder, seconds: float, *, onset: float | None, error: str) -> None:
    """Collect the evidence that every scene starts from: E-001 to E-004."""
    series = ratio_series(seconds, onset=onset)
    values = [[t, str(v)] for t, v in series]
    data: dict[str, Any] = {"expression": RANGE.expression, "result": [{"values": values}]}
    record.see(seconds, "error-ratio", RANGE, data, f"{len(values)} points")
    record.see(
        seconds + 0.1,
        "history",
        HISTORY,
        history("checkout", (6, -86400, OLD), (7, -40, NEW)),
        "2 revisions, the newest is 7",
    )
    line = {"at": iso(seconds - 5), "text": error}
    stream = {"pod": "checkout-7d9c5b8f6-x2x7k", "container": "app", "lines": [line]}
    record.see(seconds + 0.2, "logs", LOGS, {"streams": [stream], "not_read": []}, "1 line")
    record.see(
        seconds + 0.3,
        "workload",
        WORKLOAD,
        {"deployment": {"status": {"readyReplicas": 4, "replicas": 4}}, "replica_sets": []},
        "4 of 4 pods are ready",
    )
    record.tell(
        seconds + 0.4,
        "impact.measured",
        {
            "onset": iso(onset) if onset is not None else None,
            "peak": max(v for _, v in series),
            "ratio_now": series[-1][1],
            "baseline": 0.001,
            "evidence": "E-001",
            "series": series,
        },
    )


def release(**change: Any) -> Hypothesis:
    told = {
        "id": "kubernetes/bad-release#bad-release",
        "claim": "Revision 7 of <deployment> answers one route with errors;"
        " revision 6 was healthy.",
        "score": 0.92,
        "state": "leading",
        "supporting": (
            sign("error-ratio-raised", "The error ratio stands at 38.4 %", "E-001"),
            sign(
                "errors-only-in-new-version",
                "5xx come only from version 1.8.3: 38.4 % of its requests",
                "E-001",
                "E-002",
            ),
            sign(
                "onset-follows-rollout",
                "The onset came 40 s after revision 7 was created",
                "E-001",
                "E-002",
            ),
            sign("all-pods-ready", "4 of 4 pods of checkout are Ready", "E-004"),
        ),
        "mitigations": ("undo-rollout",),
    }
    return Hypothesis.model_validate(told | change)


def dependency(**change: Any) -> Hypothesis:
    told = {
        "id": "kubernetes/dependency-exhausted#exhausted",
        "claim": "payments, which checkout calls, has no connection of its pool left.",
        "score": 0.1,
        "state": "rejected",
        "opposing": (
            sign(
                "dependency-exhausted-logged",
                "No log line of payments speaks of an exhausted pool",
                "E-003",
                holds=False,
            ),
        ),
        "mitigations": ("restart",),
    }
    return Hypothesis.model_validate(told | change)


def cured() -> Recorder:
    """A bad release, cured by rolling it back."""
    fired = alert("ShopErrorRatioHigh", 98, service="checkout", deployment="checkout")
    record = opened("checkout answers with errors", fired, 103.2)
    _look(record, 106, onset=0, error="POST /orders 500 discount is None")
    record.weigh(107, 1, (release(), dependency()))
    record.phase(108, "investigate", "mitigate", ("investigating", "identified"))
    made = proposal(
        record,
        1,
        109,
        roll_back(6),
        inverse=roll_back(7),
        hypothesis=release(),
        title="Roll checkout back to revision 6",
    )
    record.ask(109, made)
    record.approve(181, made)
    record.tell(181.5, "incident.status", {"old": "identified", "new": "mitigating"})
    record.run(182, made)
    record.tell(184, "incident.status", {"old": "mitigating", "new": "monitoring"})
    begun = {"proposal": "P-1", "baseline": {}, "soak_seconds": 120, "deadline_seconds": 600}
    record.tell(185, "verification.started", begun)
    for second, ratio in ((200, 0.21), (230, 0.031), (260, 0.004), (290, 0.001), (380, 0.001)):
        record.sample(second, made, ratio)
    _measure_again(record, 381, end=245)
    passed = {"proposal": "P-1", "held_seconds": 120, "text": "all checks held for 120 s"}
    record.tell(382, "verification.passed", passed)
    record.phase(383, "mitigate", "resolve", ("monitoring", "resolved"))
    met = {"phase": "mitigate", "item": "user impact mitigated", "result": "met"}
    record.tell(383.5, "gate.item", met | {"because": "the error ratio is 0.1 %"})
    record.phase(384, "resolve", "postmortem", ("resolved", "resolved"))
    return record


def _measure_again(record: Recorder, seconds: float, *, end: float) -> None:
    series = ratio_series(seconds, onset=0, end=end)
    data = {"onset": iso(0), "peak": 0.384, "ratio_now": 0.001, "baseline": 0.001}
    record.tell(seconds, "impact.measured", data | {"evidence": [], "series": series})


def false_alarm() -> Recorder:
    """An alert whose limit is wrong: nothing was broken, and nothing was changed."""
    fired = alert("ShopErrorRatioHigh", 0, service="checkout", deployment="checkout")
    record = opened("checkout: error ratio alert", fired, 4, number=8)
    _look(record, 8, onset=None, error="GET /health 200")
    healthy = Hypothesis(
        id="kubernetes/false-alarm#nothing-wrong",
        claim="Nothing is wrong: the limit of the alert lies below the usual error ratio.",
        score=0.95,
        state="leading",
        supporting=(
            sign("error-ratio-healthy", "The error ratio stands at 0.1 %, limit 1 %", "E-001"),
            sign("all-pods-ready", "4 of 4 pods of checkout are Ready", "E-004"),
        ),
    )
    raised = sign("error-ratio-raised", "The error ratio is 0.1 %", "E-001", holds=False)
    rejected = release(state="rejected", score=0.05, supporting=(), opposing=(raised,))
    record.weigh(9, 1, (healthy, rejected))
    why = {"status": "closed", "reason": "nothing was wrong; the alert's limit is"}
    record.tell(10, "incident.status", {"old": "investigating", "new": "resolved"})
    record.tell(11, "incident.closed", why)
    return record


def second_try() -> Recorder:
    """A red herring: the rollback did not help and was undone, then a restart cured it."""
    fired = alert("ShopErrorRatioHigh", 98, service="checkout", deployment="checkout")
    record = opened("checkout answers with errors", fired, 103, number=9)
    _look(record, 106, onset=0, error="payments: timeout after 5000ms")
    record.weigh(107, 1, (release(score=0.7), dependency(state="possible", score=0.5)))
    first = proposal(
        record,
        1,
        109,
        roll_back(6),
        inverse=roll_back(7),
        hypothesis=release(),
        title="Roll checkout back to revision 6",
    )
    record.ask(109, first)
    record.approve(150, first)
    record.run(151, first)
    for second in (170, 230, 290):
        record.sample(second, first, 0.37)
    failed = {"proposal": "P-1", "checks": [], "text": "error ratio 37 % after 120 s"}
    record.tell(300, "verification.failed", failed)
    record.run(301, first, inverse=True)
    record.tell(303, "phase.entered", {"old": "mitigate", "new": "investigate", "reason": ""})
    line = {"at": iso(300), "text": "pool exhausted: 20/20 connections in use, waited 5000ms"}
    stream = {"pod": "payments-6c4d9-q8z2w", "container": "app", "lines": [line]}
    seen = {"streams": [stream], "not_read": []}
    record.see(306, "payments-logs", PAYMENTS_LOGS, seen, "1 line")
    exhausted = dependency(
        state="leading",
        score=0.9,
        opposing=(),
        supporting=(
            sign("error-ratio-raised", "The error ratio stands at 38.4 %", "E-001"),
            sign("errors-in-all-versions", "Versions 1.8.2 and 1.8.3 fail alike", "E-001"),
            sign(
                "dependency-exhausted-logged",
                "payments logs “pool exhausted: 20/20 connections in use, waited 5000ms”",
                "E-005",
            ),
        ),
    )
    record.weigh(308, 2, (exhausted, release(state="rejected", score=0.1)))
    cure = proposal(
        record,
        2,
        309,
        restart("payments", 309),
        inverse=None,
        hypothesis=exhausted,
        title="Restart payments",
    )
    record.ask(309, cure)
    record.approve(340, cure, by="jon@example.com")
    record.run(341, cure)
    for second, ratio in ((360, 0.02), (390, 0.001), (480, 0.001)):
        record.sample(second, cure, ratio)
    passed = {"proposal": "P-2", "held_seconds": 120, "text": "all checks held for 120 s"}
    _measure_again(record, 509, end=380)
    record.tell(510, "verification.passed", passed)
    record.phase(511, "mitigate", "resolve", ("monitoring", "resolved"))
    return record


def handed_over() -> Recorder:
    """A proposal that was rejected, a target that could not be read: people take over."""
    fired = alert("ShopErrorRatioHigh", 98, service="checkout", deployment="checkout")
    record = opened("checkout answers with errors", fired, 103, number=10)
    _look(record, 106, onset=0, error="POST /orders 500")
    refused = "the connection was refused: connect ECONNREFUSED 10.0.0.9:6443"
    record.see(107, "payments-logs", PAYMENTS_LOGS, {}, refused, status="unreachable")
    unread = sign("dependency-errors", "The logs of payments were not read", holds=None)
    record.weigh(
        108, 1, (release(), dependency(state="possible", score=0.3, opposing=(), open=(unread,)))
    )
    made = proposal(
        record,
        1,
        109,
        roll_back(6),
        inverse=roll_back(7),
        hypothesis=release(),
        title="Roll checkout back to revision 6",
    )
    record.ask(109, made)
    said = {"approval": "A-1", "proposal": "P-1", "by": "mira", "how": "terminal"}
    record.tell(160, "approval.rejected", said | {"reason": "mira: a migration is running"})
    record.tell(161, "model.fallback", {"role": "docs-writer", "task": "write", "reason": "429"})
    over = {"reason": "the proposal was rejected and no other mitigation is left"}
    record.tell(162, "incident.handed_over", over)
    record.tell(162, "incident.status", {"old": "identified", "new": "handed over"})
    return record


SCENES = {
    "cured": cured,
    "false alarm": false_alarm,
    "second try": second_try,
    "handed over": handed_over,
}

__all__ = ["SCENES", "at", "cured", "false_alarm", "handed_over", "second_try"]
