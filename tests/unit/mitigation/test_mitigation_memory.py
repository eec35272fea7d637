"""What earlier incidents of the same alert have taught about a mitigation (MIT-27)."""

from typing import Any

from stanch.incident import Actor, Event, Proposal
from stanch.mitigation.memory import outcome, scores
from tests.unit.incident_samples import NOW, proposal


def event(seq: int, kind: Any, **data: Any) -> Event:
    return Event(
        seq=seq,
        id=f"J-{seq:06d}",
        at=NOW,
        incident="INC-1",
        actor=Actor(kind="system", id="graph"),
        phase="mitigate",
        type=kind,
        data=data,
        mac="",
    )


def history(*kinds: Any, number: int = 1) -> tuple[list[Event], list[Proposal]]:
    one = proposal(id=f"P-{number}", incident=f"INC-{number}")
    done = event(1, "mitigation.finished", key=one.key, proposal=one.id, result="done")
    told = [event(seq, kind, proposal=one.id) for seq, kind in enumerate(kinds, 2)]
    return [done, *told], [one]


def name() -> str:
    one = proposal()
    return f"{one.runbook}#{one.mitigation}"


def test_a_mitigation_that_failed_the_last_time_is_refuted() -> None:
    one = history("verification.passed")
    two = history("verification.failed", number=2)
    score = scores([one, two])[name()]
    assert (score.tried, score.verified, score.failed, score.inconclusive) == (2, 1, 1, 0)
    assert score.refuted
    assert not scores([two, one])[name()].refuted
    assert score.sentence() == (
        "It was made 2 times for this alert before (INC-1, INC-2): verified 1, failed 1, "
        "inconclusive 0"
    )


def test_what_was_verified_and_then_taken_back_with_its_plan_has_failed() -> None:
    events, [one] = history("verification.passed", "verification.failed")
    assert outcome(events, one) == "failed"


def test_a_change_that_nobody_could_judge_is_not_refuted() -> None:
    score = scores([history("verification.inconclusive")])[name()]
    assert (score.inconclusive, score.refuted) == (1, False)


def test_what_was_only_proposed_or_refused_teaches_nothing() -> None:
    one = proposal()
    refused = event(1, "mitigation.finished", key=one.key, proposal=one.id, result="refused")
    assert scores([([], [one]), ([refused], [one])]) == {}


def test_an_inverse_is_no_second_attempt() -> None:
    events, [one] = history("verification.failed")
    undone = event(
        9, "mitigation.finished", key=f"{one.key}:inverse", proposal=one.id, result="done"
    )
    assert scores([([*events, undone], [one])])[name()].tried == 1
