"""One rehearsal: break the practice production, run the incident, let the referee judge."""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.practice import Practice, settings_for
from stanch.cli.session import Session, identity, session

if TYPE_CHECKING:
    from stanch.service.drill import Case, Score
    from stanch.settings import Settings

_ALERT_SECONDS = 900
"""Simulated seconds within which a fault has to raise an alert."""
_GROUP_SECONDS = 30
"""How long an Alertmanager waits for further alerts of a group before it sends."""
_SETTLE_SECONDS = 180
"""Simulated seconds after the end before the referee judges."""
_MOST_QUESTIONS = 12
_MOST_LOOKS = 2


def rehearse(
    case: "Case", base: "Settings", home: Path, *, speed: float, latency: float = 0.0
) -> "Score":
    """Run one case in a practice production of its own, and return its score.

    A case that cannot be run to its end is a score that says why.
    """
    from stanch.service.drill import failed

    try:
        with broken(case, base, home, speed=speed, latency=latency) as (here, practice, name):
            return _played(here, practice, case, name)
    except click.ClickException as error:
        return failed(case, error.message)


@contextmanager
def broken(
    case: "Case", base: "Settings", home: Path, *, speed: float, latency: float = 0.0
) -> "Iterator[tuple[Session, Practice, str]]":
    """Give a practice production with the fault in it, and the incident that its alert opened.

    Raises:
        ClickException: it could not be started, or no alert fired.
    """
    from stanch.service.intake import alertmanager
    from stanch.service.opening import open_incident
    from stanch.service.running import prepare

    shutil.rmtree(home, ignore_errors=True)
    with Practice(home / "practice", speed=speed, seed=case.seed, latency=latency) as practice:
        settings = settings_for(base, home, practice)
        with ThreadPoolExecutor(1) as pool:
            # The alert takes its time, and so do the imports of a run.
            ready = pool.submit(prepare, settings)
            practice.tell("break", case.fault, "--seed", str(case.seed))
            practice.tell("hurry", "--until-alert", str(_ALERT_SECONDS))
            practice.tell("hurry", str(_GROUP_SECONDS))
            ready.result()
        alerts = alertmanager(practice.tell("alerts"), "the practice production").alerts
        alert = min(alerts, key=lambda one: one.starts_at)
        with session(settings) as here:
            opened = open_incident(here.store, here.clock, alert, by=settings.user)
            yield here, practice, opened.incident.id


def _played(here: Session, practice: Practice, case: "Case", name: str) -> "Score":
    from stanch.service.drill import score

    by_hand = _run(here, practice, name)
    practice.tell("hurry", str(_SETTLE_SECONDS))
    verdict = practice.judged()
    if not verdict["well"] and _mended(practice):
        by_hand = True
        practice.tell("hurry", str(2 * _SETTLE_SECONDS))
        verdict = {**practice.judged(), "unexpected": verdict["unexpected"]}
    return score(case, here.store, name, verdict=verdict, by_hand=by_hand)


def _mended(practice: Practice) -> bool:
    """Put the fault right as a person would; say whether there is a way."""
    try:
        practice.tell("mend")
    except click.ClickException:
        return False
    return True


def _run(here: Session, practice: Practice, name: str) -> bool:
    """Run the incident to its end, with an approver who says yes to everything that is asked.

    Return whether a step of it was carried out by hand.
    """
    from stanch.approvals import approve
    from stanch.policy import load
    from stanch.service.running import run
    from stanch.store import StoreError

    looks, by_hand = 0, False
    for _ in range(_MOST_QUESTIONS):
        stopped = run(here.settings, here.store, name, wait=False)
        if stopped.why == "final":
            return by_hand
        if stopped.question is not None:
            _answer(here, name, looks)
            looks += 1
            continue
        if stopped.approval is None:
            by_hand = _carried_out(here, practice, name) or by_hand
            continue
        approval = here.store.approvals.get(stopped.approval)
        policy = load(here.settings.policy_file)
        who = identity(here, "operating system user, by drill")
        try:
            approve(here.store, policy, here.clock, approval, who=who)
        except StoreError as error:
            raise click.ClickException(str(error)) from None
    raise click.ClickException(f"{name} asked more than {_MOST_QUESTIONS} times")


def _carried_out(here: Session, practice: Practice, name: str) -> bool:
    """Do the step that is left to a person, and say so; return whether there was a way to.

    Raises:
        ClickException: what is in doubt is no such step, but a change that stanch sent.
    """
    from stanch.cli.answer import in_doubt, take_word
    from stanch.tools.operations import DoByHand

    asked = in_doubt(here, name)
    if not isinstance(asked[0].operation, DoByHand):
        raise click.ClickException(f"{name} is in doubt about a change")
    ran = _mended(practice)
    take_word(here, asked, ran=ran, note="in a drill")
    return ran


def _answer(here: Session, name: str, looks: int) -> None:
    """Answer as a careful person would: look again a few times, then leave it to people."""
    from stanch.approvals import require_listed
    from stanch.policy import load
    from stanch.service.deciding import answer, open_of

    question = open_of(here.store, name)
    word = "again" if looks < _MOST_LOOKS and "again" in question.answers else "people"
    policy = load(here.settings.policy_file)
    answer(
        here.store,
        here.clock,
        question,
        word,
        who=identity(here, "operating system user, by drill"),
        require=lambda who: require_listed(policy, who),
    )


def as_case(text: str) -> "Case":
    """Return a case from the JSON that another process wrote."""
    from stanch.service.drill import Case

    values: dict[str, Any] = json.loads(text)
    return Case(**values)
