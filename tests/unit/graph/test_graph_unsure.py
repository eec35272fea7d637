"""Questions that only a named person can answer: they are asked once, and wait for the answer."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from langgraph.errors import GraphInterrupt

from stanch.approvals import ApprovalError, Identity, approve
from stanch.cli import app
from stanch.graph.execute import execute
from stanch.graph.state import State
from stanch.graph.unsure import unsure
from stanch.incident import Incident, Question, open_question, questions
from stanch.service.deciding import answer, open_of, open_questions
from stanch.store import Store
from stanch.tools.operations import EvictPod
from tests.unit import incident_samples as samples
from tests.unit.graph.graph_contexts import Still, context
from tests.unit.policy_samples import needs, policy

STATE: State = {
    "incident": "INC-1",
    "proposal": "P-1",
    "mitigation": "kubernetes/bad-release#evict",
    "tried": [],
    "look": 1,
    "attempt": 1,
    "question": "P-1:evidence",
}
EVICT = EvictPod.model_validate(
    {
        "namespace": "shop",
        "name": "web-1",
        "uid": "u",
        "node": "node-1",
        "controller": {"kind": "ReplicaSet", "name": "web", "uid": "r"},
        "loses": ["cache"],
    }
)


def approved(store: Store, **changes: Any) -> Incident:
    """Put an approved change into the store; nothing of its target can be reached."""
    rules = policy()
    values = {"needs": needs(approvers=("ann", "bob")), "policy_sha256": rules.sha256}
    of = samples.proposal(operation=EVICT, inverse=None, **(values | changes))
    asked = samples.ask(store, of)
    approve(store, rules, Still(), asked, who=Identity("ann", "test"))
    return store.records.incident("INC-1")


def say(store: Store, word: str, who: str = "ann", question: Question | None = None) -> None:
    asked = question or open_of(store, "INC-1")
    answer(store, Still(), asked, word, who=Identity(who, "test"), require=lambda _: None)


def test_a_change_that_destroys_for_good_waits_when_its_evidence_cannot_be_saved(
    store: Store,
) -> None:
    approved(store)
    here = context(store)
    assert execute(here, STATE)["next"] == "unsure"
    assert store.ledger.get(store.records.proposal("P-1").key) is None
    events = store.journal.events("INC-1")
    [kept] = [e.data for e in events if e.type == "evidence.kept"]
    assert kept["kept"] == []
    assert {one["what"] for one in kept["lost"]} >= {"kubectl describe pods/web-1 -n shop"}
    [question] = questions(events)
    assert question.answers == ("go-on", "stop", "people")
    # A node that runs again after a crash asks nobody twice.
    assert execute(here, STATE)["next"] == "unsure"
    assert questions(store.journal.events("INC-1")) == (question,)


def test_it_goes_on_through_the_gate_when_a_person_says_so(store: Store) -> None:
    approved(store)
    here = context(store)
    execute(here, STATE)
    say(store, "go-on")
    after = unsure(here, STATE)
    assert (after["next"], after["question"]) == ("gate", "")
    assert execute(here, STATE)["next"] != "unsure"


def test_a_person_who_keeps_the_evidence_gives_the_change_up(store: Store) -> None:
    approved(store)
    here = context(store)
    execute(here, STATE)
    say(store, "stop")
    after = unsure(here, STATE)
    assert (after["next"], after["tried"]) == ("propose", [STATE["mitigation"]])
    assert after["attempt"] == 2
    # The yes that was given before is void with it, and does not hang until it runs out.
    ended = store.approvals.get("A-1")
    assert ended.state.value == "superseded"
    assert ended.reason == "ann keeps the evidence and not the change"


def test_without_an_answer_nothing_goes_on(store: Store) -> None:
    approved(store)
    here = context(store)
    execute(here, STATE)
    with pytest.raises((GraphInterrupt, RuntimeError)):
        unsure(here, STATE)
    assert open_questions(store) == questions(store.journal.events("INC-1"))


def test_the_first_answer_counts(store: Store) -> None:
    approved(store)
    execute(context(store), STATE)
    question = open_of(store, "INC-1")
    say(store, "stop")
    with pytest.raises(ApprovalError, match="ann was first and answered 'stop'"):
        say(store, "go-on", "bob", question)
    assert open_question(store.journal.events("INC-1")) is None
    with pytest.raises(ApprovalError, match="asks nothing"):
        open_of(store, "INC-1")


def test_who_may_not_decide_decides_nothing(store: Store) -> None:
    approved(store)
    execute(context(store), STATE)

    def nobody(who: Identity) -> None:
        raise ApprovalError(f"{who.name} may not")

    with pytest.raises(ApprovalError, match="bob may not"):
        answer(
            store,
            Still(),
            open_of(store, "INC-1"),
            "go-on",
            who=Identity("bob", "test"),
            require=nobody,
        )
    assert open_question(store.journal.events("INC-1")) is not None


def test_who_could_not_have_approved_the_change_does_not_decide_about_it(store: Store) -> None:
    approved(store)
    execute(context(store), STATE)
    with pytest.raises(ApprovalError, match="its approvers are ann, bob"):
        say(store, "go-on", "carl")
    assert open_question(store.journal.events("INC-1")) is not None


def test_a_question_that_nobody_asked_is_left_to_people(store: Store) -> None:
    approved(store)
    assert unsure(context(store), STATE)["next"] == "hand_over"


def test_the_question_is_listed_and_shown_with_its_answers(store: Store, home: Path) -> None:
    approved(store)
    execute(context(store), STATE)
    run = CliRunner(env={"STANCH_HOME": str(home)})
    listed = run.invoke(app, ["pending"])
    assert "stanch decide INC-1" in " ".join(listed.output.split())
    shown = run.invoke(app, ["decide", "INC-1"])
    assert shown.exit_code == 0
    assert "Answer: stanch decide INC-1 go-on|stop|people" in shown.output
    none = run.invoke(app, ["decide", "INC-2"])
    assert none.exit_code == 1
    assert "there is no incident INC-2" in none.output
