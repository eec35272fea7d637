"""The live view: what each event of the journal looks like."""

import io
from typing import Any

import pytest
from rich.console import Console

from stanch.cli.hypotheses import show_hypotheses
from stanch.cli.view import View
from stanch.incident import Event
from tests.unit import incident_samples as samples


def event(kind: str, data: dict[str, Any]) -> Event:
    return Event.model_validate(
        {
            "seq": 1,
            "id": "J-000001",
            "at": samples.NOW,
            "incident": "INC-1",
            "actor": {"kind": "system", "id": "test"},
            "phase": "triage",
            "type": kind,
            "data": data,
            "mac": "0" * 64,
        }
    )


def shown(*events: Event, width: int = 80) -> str:
    out = io.StringIO()
    view = View(Console(file=out, width=width, force_terminal=True, color_system=None))
    for one in events:
        view.show(one)
    return out.getvalue()


def finished(**changes: Any) -> Event:
    values = {
        "step": "logs",
        "evidence": "E-012",
        "status": "ok",
        "text": "read",
        "result": "390 log\nlines",
        "duration": 0.5721,
    }
    return event("step.finished", values | changes)


def sample(*holds: bool | None) -> Event:
    checks = [
        {"name": f"check-{number}", "holds": one, "text": "seen"}
        for number, one in enumerate(holds)
    ]
    return event("verification.sample", {"proposal": "P-1", "checks": checks, "evidence": []})


def sign(because: str, *evidence: str) -> dict[str, Any]:
    return {"name": "a-sign", "holds": True, "because": because, "evidence": list(evidence)}


LEADING = {
    "id": "a#b",
    "claim": "The release fails.",
    "score": 1.0,
    "state": "leading",
    "supporting": [sign("It rose.", "E-001"), sign("It rose.", "E-001"), sign("It is new.")],
    "opposing": [],
    "open": [sign("Not read.")],
}
REJECTED = LEADING | {"claim": "The image is missing.", "score": 0.0, "state": "rejected"}


def test_a_step_shows_its_evidence_its_time_and_its_result_on_one_line() -> None:
    assert shown(finished()) == ("ok E-012     572 ms  logs                      390 log lines\n")
    assert shown(finished(status="refused", result="forbidden")).startswith("-- E-012 ")


@pytest.mark.parametrize(
    ("kind", "data", "line"),
    [
        ("step.denied", {"step": "x", "text": "", "reason": "no"}, "Denied     x: no"),
        ("notice", {"text": "left out"}, "Note       left out"),
        ("approval.expired", {"approval": "A-1"}, "Void       A-1: it ran out"),
        (
            "approval.superseded",
            {"approval": "A-1", "reason": "it moved"},
            "Void       A-1: it moved",
        ),
        ("incident.handed_over", {"reason": "no idea"}, "Over to    people: no idea"),
        ("mitigation.in_doubt", {"text": "look"}, "In doubt   look"),
        ("mitigation.finished", {"result": "refused", "text": "409"}, "Not done   409"),
        ("mitigation.started", {"inverse": True, "text": "kubectl x"}, "Undo       kubectl x"),
        ("verification.failed", {"text": "still bad"}, "Failed     still bad"),
        (
            "gate.item",
            {"result": "missed", "says": "all was read", "because": "logs"},
            "Missed     all was read: logs",
        ),
        (
            "decision.made",
            {"what": "mitigation", "chosen": [], "by": "rules", "why": "none"},
            "Decision   mitigation: none (by rules: none)",
        ),
        (
            "model.fallback",
            {"task": "hypothesis", "reason": "no answer"},
            "Model      no usable answer for hypothesis, the rules decide: no answer",
        ),
        (
            "impact.measured",
            {"onset": None, "ratio_now": 0.25, "peak": 0.5},
            "Impact     error ratio now 25.00%, peak 50.00%",
        ),
    ],
)
def test_an_event_is_one_labelled_line(kind: str, data: dict[str, Any], line: str) -> None:
    assert shown(event(kind, data)) == f"{line}\n"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("gate.item", {"result": "met", "says": "fine", "because": "seen"}),
        ("decision.made", {"what": "runbooks", "chosen": ["a"], "by": "rules", "why": "all"}),
        ("signs.read", {"signs": []}),
        ("postmortem.written", {"path": "x", "sha256": "y"}),
    ],
)
def test_what_needs_no_attention_is_not_shown(kind: str, data: dict[str, Any]) -> None:
    assert shown(event(kind, data)) == ""


def test_the_checks_are_shown_when_one_of_them_changes() -> None:
    said = shown(sample(False, None), sample(False, None), sample(True, None)).splitlines()
    assert said == [
        "Checks     not yet  check-0                seen",
        "           unknown  check-1                seen",
        "Checks     holds    check-0                seen",
        "           unknown  check-1                seen",
    ]


def test_the_status_line_follows_the_work() -> None:
    view = View(Console(file=io.StringIO()))
    said = [view.doing]
    for one in (
        event("phase.entered", {"old": "triage", "new": "investigate", "reason": ""}),
        event("step.started", {"step": "logs", "role": "devops"}),
        event("step.started", {"step": "pods", "role": "devops"}),
        finished(),
        finished(step="pods"),
        event("mitigation.started", {"inverse": False, "text": "kubectl x"}),
        event("verification.started", {"soak_seconds": 120.0}),
        event("verification.passed", {"text": "all held"}),
    ):
        view.show(one)
        said.append(view.doing)
    assert said == [
        "working",
        "in the phase investigate",
        "running logs (devops)",
        "running logs (devops) and 1 more",
        "running pods (devops)",
        "in the phase investigate",
        "sending kubectl x",
        "verifying: every check must hold for 120 s",
        "working",
    ]


def test_the_hypotheses_are_a_table_and_the_leading_one_shows_its_signs_once() -> None:
    said = shown(event("hypotheses.weighed", {"hypotheses": [LEADING, REJECTED]})).splitlines()
    assert [" ".join(line.split()) for line in said] == [
        "Score State + - ? Hypothesis (+ for, - against, ? not known)",
        "1.00 leading 3 0 1 The release fails.",
        "0.00 rejected 3 0 1 The image is missing.",
        "+ It rose. [E-001]",
        "+ It is new.",
        "? Not read.",
    ]


@pytest.mark.parametrize(("width", "terminal"), [(40, True), (80, False)])
def test_where_a_table_has_no_room_each_hypothesis_is_a_line(width: int, terminal: bool) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, color_system=None)
    show_hypotheses(console, [REJECTED])
    lines = out.getvalue().splitlines()
    assert " ".join(" ".join(lines).split()) == "0.00 rejected +3 -0 ?1 The image is missing."
    assert max(len(line) for line in lines) <= width
