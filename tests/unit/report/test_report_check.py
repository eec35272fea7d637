"""The rubric: whole incidents pass, and each mutation fails the check that is meant for it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from stanch.incident import Claim
from stanch.report import Postmortem, check, compose, render
from tests.unit.report.recorded import Recorder
from tests.unit.report.scenes import SCENES, cured, handed_over, second_try

Mutation = Callable[[Postmortem], Postmortem]


def made(record: Recorder) -> Postmortem:
    return compose(record.incident, record.events, record.evidence)


def failed(record: Recorder, document: Postmortem) -> set[str]:
    found = check(document, record.events, record.evidence, markdown=render(document))
    return {one.id for one in found}


def with_summary(text: str, *cites: str) -> Mutation:
    def mutate(document: Postmortem) -> Postmortem:
        claim = Claim(text=text, cites=cites or document.summary[0].cites)
        return document.model_copy(update={"summary": (claim, *document.summary[1:])})

    return mutate


def first_action(**change: str) -> Mutation:
    def mutate(document: Postmortem) -> Postmortem:
        first = document.actions[0].model_copy(update=change)
        return document.model_copy(update={"actions": (first, *document.actions[1:])})

    return mutate


def header(**change: str) -> Mutation:
    def mutate(document: Postmortem) -> Postmortem:
        changed = document.header.model_copy(update=change)
        return document.model_copy(update={"header": changed})

    return mutate


def without(part: str, number: int) -> Mutation:
    def mutate(document: Postmortem) -> Postmortem:
        items = list(getattr(document, part))
        del items[number]
        return document.model_copy(update={part: tuple(items)})

    return mutate


def without_row(kind: str) -> Mutation:
    def mutate(document: Postmortem) -> Postmortem:
        kept = tuple(row for row in document.timeline if row.kind != kind)
        return document.model_copy(update={"timeline": kept})

    return mutate


def shift_a_row(document: Postmortem) -> Postmortem:
    rows = [
        row.model_copy(update={"at": row.at + timedelta(seconds=1)})
        if row.kind == "verified"
        else row
        for row in document.timeline
    ]
    return document.model_copy(update={"timeline": tuple(rows)})


def shift_the_trigger(document: Postmortem) -> Postmortem:
    first = document.timeline[0]
    moved = first.model_copy(update={"at": first.at - timedelta(minutes=1)})
    return document.model_copy(update={"timeline": (moved, *document.timeline[1:])})


def swap_two_rows(document: Postmortem) -> Postmortem:
    rows = list(document.timeline)
    rows[-1], rows[-4] = rows[-4], rows[-1]
    return document.model_copy(update={"timeline": tuple(rows)})


def local_time(document: Postmortem) -> Postmortem:
    rows = list(document.timeline)
    text = "It began at 15:00:00 +02:00."
    rows[3] = rows[3].model_copy(update={"text": text})
    return document.model_copy(update={"timeline": tuple(rows)})


def another_duration(document: Postmortem) -> Postmortem:
    known = document.facts
    durations = [
        one.model_copy(update={"seconds": 99.0}) if one.name == "tti" else one
        for one in known.durations
    ]
    facts = known.model_copy(update={"durations": tuple(durations)})
    return document.model_copy(update={"facts": facts})


def higher_peak(document: Postmortem) -> Postmortem:
    facts = document.facts.model_copy(update={"error_ratio_latest": 0.5})
    return document.model_copy(update={"facts": facts})


def end_of_whys(document: Postmortem) -> Postmortem:
    return document.model_copy(update={"whys": document.whys[:-1]})


def a_jump_in_the_whys(document: Postmortem) -> Postmortem:
    whys = list(document.whys)
    whys[2] = whys[2].model_copy(update={"question": "Was it raining?"})
    return document.model_copy(update={"whys": tuple(whys)})


def one_factor(document: Postmortem) -> Postmortem:
    return document.model_copy(update={"factors": document.factors[:1]})


def other_trigger(document: Postmortem) -> Postmortem:
    claim = Claim(text="It came with the alert.", cites=("J-000001",))
    return document.model_copy(update={"trigger": (claim,)})


def no_prevention(document: Postmortem) -> Postmortem:
    kept = tuple(one for one in document.actions if one.kind != "prevent" or one.replaces)
    kept = tuple(one.model_copy(update={"kind": "process"}) for one in kept)
    return document.model_copy(update={"actions": kept})


def no_lessons(document: Postmortem) -> Postmortem:
    return document.model_copy(update={"lessons": ()})


def underived_praise(document: Postmortem) -> Postmortem:
    claim = Claim(text="The severity was set.", cites=("J-000002",))
    return document.model_copy(update={"went_well": (claim,)})


MUTATIONS: list[tuple[str, set[str], Mutation]] = [
    ("a row moved by a second", {"T-01"}, shift_a_row),
    ("the trigger moved by a minute", {"T-01"}, shift_the_trigger),
    ("an approval left out", {"T-02"}, without_row("approved")),
    ("a change left out", {"T-02"}, without_row("mitigation_applied")),
    ("a time that is not UTC", {"T-03"}, local_time),
    ("two rows swapped", {"T-04"}, swap_two_rows),
    ("a duration altered", {"D-01"}, another_duration),
    ("a fact altered", {"G-01"}, higher_peak),
    (
        "a citation dropped",
        {"C-01"},
        lambda d: d.model_copy(update={"summary": (Claim(text=d.summary[0].text), *d.summary[1:])}),
    ),
    ("a source made up", {"C-02"}, with_summary("Errors rose.", "E-999")),
    ("38.4 % made 39.4 %", {"C-03"}, with_summary("The ratio rose to 39.4 %.")),
    ("a count made up", {"C-03"}, with_summary("It hit 1200 users.", "C:error_ratio_peak")),
    ("a time made up", {"C-03"}, with_summary("It began at 13:12Z.", "C:impact_start")),
    ("a version made up", {"C-03"}, with_summary("Version 1.9.0 fails.", "E-002")),
    ("a duration made up", {"C-03"}, with_summary("It took 9 minutes.", "C:impact_duration")),
    ("a pod renamed", {"C-04"}, with_summary("`checkout-abc12` fails.", "E-003")),
    (
        "a cause without a hypothesis",
        {"C-07"},
        with_summary("The rollout caused errors.", "E-002"),
    ),
    ("a person named", {"B-01"}, with_summary("Mira saw errors.")),
    ("words of blame", {"B-02"}, with_summary("It was a human error.")),
    ("hindsight", {"B-03"}, with_summary("The test should have run.")),
    ("a role as the culprit", {"B-04"}, with_summary("The on-call engineer missed the errors.")),
    ("a token", {"P-01"}, with_summary("The log said token=s3cr3tvalue of it.")),
    ("an address", {"P-01"}, with_summary("Write to anna@example.org then.")),
    ("residue of a template", {"R-03"}, with_summary("Errors in TBD rose.")),
    ("no lessons", {"R-02"}, no_lessons),
    ("evidence left out of the table", {"R-02"}, without("evidence", 0)),
    ("the end of the whys left out", {"W-01"}, end_of_whys),
    ("a jump in the whys", {"W-02"}, a_jump_in_the_whys),
    ("a single factor", {"F-01"}, one_factor),
    ("another trigger", {"F-02"}, other_trigger),
    ("no owner", {"A-01"}, first_action(owner="")),
    ("due yesterday", {"A-01"}, first_action(due="2026-11-19")),
    ("due too late", {"A-01"}, first_action(due="2027-11-19")),
    ("due next week", {"A-01"}, first_action(due="next week")),
    ("nothing prevents", {"A-02"}, no_prevention),
    ("a vague verb", {"A-03"}, first_action(text="Investigate the release")),
    ("no observable end", {"A-04"}, first_action(done_when="everybody is happy")),
    ("a rollback forgotten", {"A-06"}, first_action(replaces="")),
    ("reviewed by nobody", {"R-04"}, header(state="Reviewed")),
    (
        "reviewed by its author",
        {"R-04"},
        header(state="Reviewed", reviewer="docs-writer (stanch)"),
    ),
    ("praise out of nothing", {"G-02"}, underived_praise),
]


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_a_recorded_incident_passes_every_check(scene: str) -> None:
    record = SCENES[scene]()
    assert failed(record, made(record)) == set()


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_a_journal_that_stops_anywhere_still_gives_a_document_that_passes(scene: str) -> None:
    record = SCENES[scene]()
    for length in range(1, len(record.events) + 1):
        events = record.events[:length]
        seen = {e.data["evidence"] for e in events if e.type == "step.finished"}
        part = Recorder(
            record.incident, events, {i: e for i, e in record.evidence.items() if i in seen}
        )
        assert failed(part, made(part)) == set(), f"after {events[-1].type} ({length})"


@pytest.mark.parametrize(
    ("expected", "mutate"), [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS]
)
def test_a_mutation_fails_its_check_and_no_other(expected: set[str], mutate: Mutation) -> None:
    record = cured()
    assert failed(record, mutate(made(record))) == expected


def test_an_edited_markdown_is_found() -> None:
    record = cured()
    document = made(record)
    edited = render(document).replace("38.4 %", "3.8 %")
    found = check(document, record.events, record.evidence, markdown=edited)
    assert [one.id for one in found] == ["R-01"]


def test_altered_evidence_is_found() -> None:
    record = cured()
    document = made(record)
    one = record.evidence["E-003"]
    record.evidence["E-003"] = one.model_copy(update={"data": {"streams": []}})
    assert failed(record, document) == {"C-02"}


def test_a_failure_left_out_of_went_wrong_is_found() -> None:
    for scene, number in ((second_try, 0), (handed_over, 0), (handed_over, 2)):
        record = scene()
        mutate = without("went_wrong", number)
        assert "G-03" in failed(record, mutate(made(record)))


def test_a_likely_cause_has_to_be_called_likely() -> None:
    record = handed_over()
    for text, ids in (
        ("The rollout caused the errors.", {"C-07"}),
        ("Likely: the rollout caused the errors.", set()),
    ):
        mutated = with_summary(text, "C:cause", "E-002")(made(record))
        assert failed(record, mutated) == ids


def test_events_that_came_after_the_document_do_not_spoil_it() -> None:
    record = cured()
    document = made(record)
    record.tell(500, "incident.closed", {"status": "closed", "reason": "done"})
    record.tell(500, "postmortem.written", {"path": "x.md", "sha256": "0"})
    assert failed(record, document) == set()


def test_a_secret_is_not_repeated_in_the_message_about_it() -> None:
    record = cured()
    document = with_summary("The log said token=s3cr3tvalue of it.")(made(record))
    found = check(document, record.events, record.evidence)
    assert found
    assert not any("s3cr3t" in one.message for one in found)
