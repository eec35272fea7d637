"""Shipped runbooks cancel what works and end only what idles (MIT-11, DF-05, DF-07)."""

import re
from pathlib import Path

import pytest

from stanch.runbook.model import Step
from stanch.runbook.read import read
from stanch.tools.operations.sql_intents import CancelQuery, TerminateSession, TerminateSessions

ROOT = Path(__file__).parents[3] / "runbooks"
ENDS = {one.model_fields["kind"].default for one in (TerminateSession, TerminateSessions)}
CANCELS = CancelQuery.model_fields["kind"].default


def steps(kinds: set[str]) -> list[Step]:
    books = (read(path, root=ROOT) for path in sorted(ROOT.glob("*/*.md")))
    return [step for book in books for step in book.steps if step.template.kind in kinds]


@pytest.mark.parametrize("step", steps(ENDS), ids=lambda step: step.name)
def test_only_sessions_that_idle_are_ended(step: Step) -> None:
    assert re.search(r"\bstate (=|LIKE) 'idle", step.text)


def test_statements_are_cancelled_and_sessions_are_ended_somewhere() -> None:
    assert steps({CANCELS})
    assert steps(ENDS)


@pytest.mark.parametrize("step", steps({CANCELS}), ids=lambda step: step.name)
def test_a_cancel_is_verified_by_what_it_was_to_cure(step: Step) -> None:
    assert "signs-cleared" in step.verify
