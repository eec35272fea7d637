"""The checks of a change are sampled until they held long enough, or the time is over."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from stanch.approvals import Identity, approve
from stanch.clock import Clock
from stanch.executor import Clients, Executor
from stanch.graph.context import Context
from stanch.graph.state import State
from stanch.graph.verify import verify
from stanch.incident import Check, questions
from stanch.policy import Policy
from stanch.store import Store
from stanch.tools.operations import QueryMetrics
from tests.unit import incident_samples as samples
from tests.unit.graph.graph_contexts import Still, context
from tests.unit.policy_samples import policy

STATE: State = {
    "incident": "INC-1",
    "proposal": "P-1",
    "mitigation": "kubernetes/bad-release#undo-rollout",
    "tried": [],
    "look": 1,
    "attempt": 1,
}
ERRORS = Check(
    name="error-ratio-recovered",
    says="fewer than 5 % of the requests fail",
    operation=QueryMetrics(expression="errors"),
    kind="error-ratio-recovered",
    limit=0.05,
)
SIGN = Check(
    name="slow", says="'slow' does not hold any more", operation=ERRORS.operation,
    kind="signs-cleared",
)  # fmt: skip
SOAK, DEADLINE = 30.0, 120.0
STEP = SOAK / 4
"""Seconds between two samples: a quarter of the time for which checks have to hold."""
GOOD, BAD, UNREAD = 0.01, 0.3, None


class Moving(Clock):
    """A clock that moves only when it is waited for, by as much more as is said."""

    def __init__(self, *, longer: float = 0.0) -> None:
        super().__init__()
        self.at = samples.NOW
        self._longer = longer

    def now(self) -> datetime:
        return self.at

    def wait(self, seconds: float, stop: threading.Event | None = None) -> bool:
        del stop
        self.at += timedelta(seconds=seconds + self._longer)
        return False


@contextmanager
def prometheus(ratios: Sequence[float | None]) -> Iterator[str]:
    """Serve these ratios one after the other, the last from then on; None: nothing is measured."""
    left = list(ratios)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ratio = left.pop(0) if len(left) > 1 else left[0]
            value = [samples.NOW.timestamp(), str(ratio)]
            result = [] if ratio is None else [{"metric": {}, "value": value}]
            data = {"resultType": "vector", "result": result}
            body = json.dumps({"status": "success", "data": data}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def made(store: Store, *, given: bool = True, **changes: Any) -> None:
    """Put a change into the store that was made with the yes of a person."""
    rules = policy()
    values: dict[str, Any] = {
        "checks": (ERRORS,),
        "soak_seconds": SOAK,
        "deadline_seconds": DEADLINE,
        "policy_sha256": rules.sha256,
    }
    asked = samples.ask(store, samples.proposal(**(values | changes)))
    if given:
        approve(store, rules, Still(), asked, who=Identity("ann", "test"))


def looked(
    store: Store, ratios: Sequence[float | None], *, longer: float = 0.0, **state: Any
) -> tuple[State, float]:
    """Verify the change; return what comes next, and after how many seconds."""
    clock = Moving(longer=longer)
    with prometheus(ratios) as url:
        after = verify(_context(store, clock, url), {**STATE, **state})  # type: ignore[typeddict-item]
    return after, (clock.at - samples.NOW).total_seconds()


def _context(store: Store, clock: Clock, url: str) -> Context:
    plain = context(store)
    settings = plain.settings.model_copy(update={"prometheus_url": url})
    executor = Executor(
        store=store,
        clients=Clients(settings),
        policy=Policy(),
        reread=Policy,
        clock=clock,
        secrets=(),
    )
    return replace(plain, settings=settings, clock=clock, executor=executor)


def told(store: Store, kind: str) -> list[dict[str, Any]]:
    return [one.data for one in store.journal.events("INC-1") if one.type == kind]


@pytest.mark.parametrize(
    ("ratios", "seconds"),
    [
        ([GOOD], SOAK),
        ([BAD, BAD, GOOD], 2 * STEP + SOAK),
        ([GOOD, GOOD, BAD, GOOD], 3 * STEP + SOAK),
        ([GOOD, GOOD, UNREAD, GOOD], 3 * STEP + SOAK),
    ],
)
def test_checks_have_to_hold_for_the_whole_soak_time_without_a_break(
    store: Store, ratios: list[float | None], seconds: float
) -> None:
    made(store)
    after, took = looked(store, ratios)
    assert (after["next"], after["reason"]) == ("resolve", "all checks held for 30 s")
    assert after["kept"] == ["P-1"]
    assert took == seconds
    [passed] = told(store, "verification.passed")
    assert (passed["held_seconds"], passed["checks"][0]["text"]) == (SOAK, "error ratio 1.00%")
    assert len(told(store, "verification.sample")) == seconds / STEP + 1


def test_a_check_that_fails_to_the_end_takes_the_change_back(store: Store) -> None:
    made(store)
    after, took = looked(store, [BAD])
    assert after["next"] == "undo"
    assert after["reason"].endswith("in time: error-ratio-recovered: error ratio 30.00%")
    assert took == DEADLINE
    [failed] = told(store, "verification.failed")
    assert failed["checks"][0]["holds"] is False


def test_what_holds_only_at_the_end_did_not_hold_for_its_soak_time(store: Store) -> None:
    made(store)
    after, _ = looked(store, [*[BAD] * 14, GOOD])
    assert after["next"] == "undo"
    assert after["reason"].endswith("did not hold in time: not for the soak time")


@pytest.mark.parametrize(
    ("failing", "goes"),
    [
        # The last failure is as old as the longest gap that is borne, or older than that.
        (9, "undo"),
        (8, "unsure"),
        (1, "unsure"),
    ],
)
def test_only_a_failure_of_lately_takes_a_change_back_that_cannot_be_read_any_more(
    store: Store, failing: int, goes: str
) -> None:
    made(store)
    after, _ = looked(store, [*[BAD] * failing, UNREAD])
    assert after["next"] == goes


@pytest.mark.parametrize(
    ("changes", "answers", "says"),
    [
        ({}, ("keep", "undo", "again", "people"), "Keep it, undo it, or look again?"),
        (
            {"inverse": None, "inverse_note": "its data is gone"},
            ("keep", "again", "people"),
            "It has no way back (its data is gone). Keep it, or look again?",
        ),
    ],
)
def test_a_person_is_asked_about_a_change_whose_effect_cannot_be_read(
    store: Store, changes: dict[str, Any], answers: tuple[str, ...], says: str
) -> None:
    made(store, **changes)
    after, _ = looked(store, [UNREAD])
    [question] = questions(store.journal.events("INC-1"))
    assert (after["next"], after["question"]) == ("unsure", "P-1:effect")
    assert (question.id, question.answers) == ("P-1:effect", answers)
    assert question.says.endswith(says)
    assert "error-ratio-recovered could not be read" in question.says
    assert told(store, "verification.inconclusive")[0]["question"] == "P-1:effect"


def test_each_look_has_a_question_of_its_own(store: Store) -> None:
    made(store)
    looked(store, [UNREAD])
    after, _ = looked(store, [UNREAD], again=1)
    assert after["question"] == "P-1:1:effect"
    assert len(told(store, "verification.started")) == 2


def test_a_sign_of_a_runbook_that_is_gone_is_not_taken_for_cleared(store: Store) -> None:
    made(store, checks=(SIGN, ERRORS))
    after, _ = looked(store, [GOOD])
    assert after["next"] == "unsure"
    [question] = questions(store.journal.events("INC-1"))
    assert "slow could not be read" in question.says


def test_a_change_without_checks_is_never_taken_for_verified(store: Store) -> None:
    made(store, checks=())
    after, took = looked(store, [GOOD])
    assert (after["next"], took) == ("unsure", DEADLINE)
    assert "the time ended before its soak time did" in after["reason"]


def test_what_nobody_looked_at_for_a_minute_proves_nothing(store: Store) -> None:
    made(store, deadline_seconds=600.0)
    after, took = looked(store, [GOOD], longer=60.0)
    assert after["next"] == "unsure"
    assert took >= 600.0
    assert "the time ended before its soak time did" in after["reason"]


def test_however_late_it_is_the_target_is_looked_at_once(store: Store) -> None:
    made(store)
    after, _ = looked(store, [BAD], longer=10_000.0)
    assert after["next"] == "unsure"
    assert len(told(store, "verification.sample")) == 1


def test_without_a_persons_yes_the_gate_stays_closed_although_the_checks_held(
    store: Store,
) -> None:
    made(store, given=False)
    after, _ = looked(store, [GOOD])
    assert after == {"next": "hand_over", "reason": "the mitigation's gate is not passed"}
