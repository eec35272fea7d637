"""An approved change runs once, or not at all, and the journal says which."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stanch.executor import NotAllowedError
from stanch.incident import Actor, ApprovalState
from stanch.policy import Policy, PolicyError
from stanch.store import ConflictError, Store, hold, verify
from stanch.tools.operations import RestartWorkload, ScaleWorkload
from tests.contracts.executor.conftest import AFTER, BEFORE, POLICY, World, open_world

pytestmark = pytest.mark.cluster


def test_an_approved_change_is_made_once_however_often_it_is_asked_for(world: World) -> None:
    proposal, approval = world.approved()
    first = world.executor.execute(proposal, approval)
    again = world.executor.execute(proposal, approval)
    assert (first.state, again.state) == ("done", "done")
    assert len(world.front.patches) == 1
    assert world.image() == BEFORE
    assert world.store.approvals.get("A-1").state is ApprovalState.USED
    kinds = [k for k in world.kinds() if k.startswith(("approval", "mitigation"))]
    assert kinds == [
        "approval.requested",
        "approval.approved",
        "approval.used",
        "mitigation.started",
        "mitigation.finished",
    ]
    assert verify(world.store.database).faults == ()


@pytest.mark.parametrize("state", ["pending", "rejected", "expired", "superseded", "used"])
def test_without_an_approval_that_holds_nothing_is_sent(world: World, state: str) -> None:
    proposal = world.proposal()
    approval = world.ask(proposal)
    if state != "pending":
        way = [ApprovalState.APPROVED] if state == "used" else []
        for to in (*way, ApprovalState(state)):
            with world.store.database.write() as connection:
                world.store.approvals.move(connection, "A-1", to=to, now=world.clock.now())
    with pytest.raises(ConflictError):
        world.executor.execute(proposal, approval)
    assert world.front.patches == []
    assert world.store.ledger.get(proposal.key) is None


def test_an_approval_that_ran_out_before_the_change_is_not_used(world: World) -> None:
    proposal, approval = world.approved()
    world.clock.ahead = timedelta(minutes=16)
    with pytest.raises(ConflictError, match="ran out"):
        world.executor.execute(proposal, approval)
    assert world.front.patches == []


def test_an_approval_of_another_proposal_is_worth_nothing(world: World) -> None:
    proposal, approval = world.approved()
    other = proposal.model_copy(update={"soak_seconds": 1.0})
    result = world.executor.execute(other, approval)
    assert result.state == "superseded"
    assert "another proposal" in result.text
    assert world.front.patches == []


def drift_image(world: World) -> None:
    world.corner.set_image("registry.local/web:v3")


def drift_replicas(world: World) -> None:
    world.corner.patch({"spec": {"replicas": 2}})


def drift_paused(world: World) -> None:
    world.corner.patch({"spec": {"paused": True}})


def drift_deleted(world: World) -> None:
    world.corner.delete(world.corner.path("deployments", world.corner.name))


def drift_made_anew(world: World) -> None:
    drift_deleted(world)
    world.corner.until(
        lambda: (
            world.corner.admin.get(world.corner.path("deployments", world.corner.name)).status_code
        ),
        lambda status: status == 404,
    )
    world.corner.deploy(AFTER)


@pytest.mark.parametrize(
    "drift",
    [
        drift_image,
        drift_replicas,
        drift_paused,
        drift_deleted,
        drift_made_anew,
    ],
)
def test_a_target_that_changed_since_voids_the_approval(world: World, drift: Any) -> None:
    proposal, approval = world.approved()
    drift(world)
    result = world.executor.execute(proposal, approval)
    assert result.state == "superseded", result
    assert world.front.patches == []
    found = world.store.approvals.get("A-1")
    assert (found.state, found.reason) == (ApprovalState.SUPERSEDED, result.text)
    assert verify(world.store.database).faults == ()


def test_a_note_a_change_that_was_taken_back_and_status_void_nothing(world: World) -> None:
    proposal, approval = world.approved()
    world.corner.patch({"spec": {"replicas": 2}})
    world.corner.patch({"spec": {"replicas": 1}})
    world.corner.patch({"metadata": {"annotations": {"note": "looked at"}}})
    pod = world.corner.list("pods")[0]["metadata"]["name"]
    world.corner.delete(world.corner.path("pods", pod))
    assert world.executor.execute(proposal, approval).state == "done"


def test_a_target_that_cannot_be_looked_at_is_not_changed(world: World) -> None:
    proposal, approval = world.approved()
    world.front.rule = lambda _: "cut before"
    result = world.executor.execute(proposal, approval)
    assert result.state == "superseded"
    assert "could not be looked at" in result.text
    assert world.front.patches == []


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (Policy(), "policy denies it now"),
        (POLICY.model_copy(update={"forbidden_namespaces": ("x",)}), "policy was changed"),
        (None, "does not load"),
    ],
)
def test_the_policy_is_asked_again_right_before(
    world: World, policy: Policy | None, says: str
) -> None:
    proposal, approval = world.approved()
    if policy is None:

        def broken() -> Policy:
            raise PolicyError("the policy does not load")

        world.executor._reread = broken
    else:
        world.rules.append(policy)
    result = world.executor.execute(proposal, approval)
    assert result.state == "superseded"
    assert says in result.text
    assert world.front.patches == []


@pytest.mark.parametrize("misdeed", ["cut after", "half an answer", "stall"])
def test_an_answer_that_is_lost_is_found_on_the_target_and_nothing_is_sent_again(
    world: World, misdeed: Any
) -> None:
    proposal, approval = world.approved()
    lost = False

    def rule(seen: Any) -> Any:
        nonlocal lost
        if seen.method == "PATCH" and not lost:
            lost = True
            return "cut after" if misdeed == "stall" else misdeed
        return None

    world.front.rule = rule
    result = world.executor.execute(proposal, approval)
    assert result.state == "done"
    assert "carries the mark" in result.text
    assert len(world.front.patches) == 1
    assert world.image() == BEFORE


def test_a_change_that_never_arrived_stays_in_doubt_until_the_target_is_asked_again(
    world: World,
) -> None:
    proposal, approval = world.approved()
    world.front.rule = lambda seen: "cut before" if seen.method == "PATCH" else None
    doubtful = world.executor.execute(proposal, approval)
    assert doubtful.state == "unknown"
    assert len(world.front.patches) == 1
    assert world.image() == AFTER
    world.front.rule = lambda _: None
    assert world.executor.execute(proposal, approval).state == "done"
    assert world.image() == BEFORE
    assert "mitigation.in_doubt" in world.kinds()
    assert "mitigation.probed" in world.kinds()


def test_a_person_settles_what_the_target_cannot_say(world: World) -> None:
    proposal, approval = world.approved()
    world.front.rule = lambda seen: "cut before" if seen.method == "PATCH" else None
    assert world.executor.execute(proposal, approval).state == "unknown"
    ann = Actor(kind="human", id="ann")
    assert world.executor.settle(proposal, proposal.key, ran=False, by=ann).state == "not sent"
    with pytest.raises(ConflictError):
        world.executor.settle(proposal, proposal.key, ran=True, by=ann)
    world.front.rule = lambda _: None
    assert world.executor.execute(proposal, approval).state == "not sent"
    assert world.image() == AFTER


def test_a_doubt_that_cannot_be_looked_into_stays_one(world: World) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    world.front.rule = lambda _: "cut before"
    result = world.executor.execute(proposal, approval)
    assert result.state == "unknown"
    assert "could not be looked at" in result.text


def test_killed_before_the_send_it_is_sent_once(world: World) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    assert world.executor.execute(proposal, approval).state == "done"
    assert len(world.front.patches) == 1


def test_killed_after_the_send_it_is_recognised_and_not_sent_again(world: World) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    hands = world.clients.hands()
    hands.apply(proposal.operation, key=proposal.key, observed=proposal.observed)
    result = world.executor.execute(proposal, approval)
    assert result.state == "done"
    assert "it ran before the stop" in result.text
    assert len(world.front.patches) == 1


@pytest.mark.parametrize("cause", ["drift", "expiry"])
def test_killed_before_the_send_and_resumed_too_late_it_is_void(world: World, cause: str) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    if cause == "drift":
        drift_replicas(world)
    else:
        world.clock.ahead = timedelta(minutes=16)
    assert world.executor.execute(proposal, approval).state == "superseded"
    assert world.front.patches == []


def test_a_request_of_a_killed_process_that_arrives_late_is_recognised(world: World) -> None:
    proposal, approval = world.approved()
    hands = world.clients.hands()
    arrived = threading.Event()

    def rule(seen: Any) -> Any:
        if seen.method == "PATCH" and not arrived.is_set():
            arrived.set()
            # While ours is on its way, the lost one of the killed process lands.
            hands.apply(proposal.operation, key=proposal.key, observed=proposal.observed)
        return None

    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    world.front.rule = rule
    assert world.executor.execute(proposal, approval).state == "done"
    marks = world.corner.get()["metadata"]["annotations"]
    assert marks["stanch.dev/operation"] == proposal.key


def test_a_change_that_the_target_refuses_is_recorded_as_refused(
    world: World,
) -> None:
    proposal, approval = world.approved()
    from tests.contracts.clients.client_front import Canned

    refusal = b'{"kind":"Status","status":"Failure","message":"no","reason":"Forbidden","code":403}'
    world.front.rule = lambda seen: Canned(403, refusal) if seen.method == "PATCH" else None
    result = world.executor.execute(proposal, approval)
    assert result.state == "refused"
    entry = world.store.ledger.get(proposal.key)
    assert entry is not None
    assert entry.state == "refused"


def test_a_drift_between_the_comparison_and_the_send_is_refused_by_the_target(
    world: World,
) -> None:
    proposal, approval = world.approved()
    moved = threading.Event()

    def rule(seen: Any) -> Any:
        if seen.method == "PATCH" and not moved.is_set():
            moved.set()
            drift_replicas(world)
        return None

    world.front.rule = rule
    assert world.executor.execute(proposal, approval).state == "superseded"
    assert world.image() == AFTER


def test_only_one_process_changes_a_target_at_a_time(world: World) -> None:
    proposal, approval = world.approved()
    with (
        hold(world.store.home, f"target-{proposal.operation.target}"),
        pytest.raises(ConflictError, match="held by process"),
    ):
        world.executor.execute(proposal, approval)
    assert world.front.patches == []


def test_two_that_race_for_one_approval_make_one_change(world: World, fronted: Path) -> None:
    proposal, approval = world.approved()
    results: list[str] = []

    def race() -> None:
        store = Store(world.store.home)
        own = open_world(store, fronted, world.corner, world.front)
        try:
            results.append(own.executor.execute(proposal, approval).state)
        except ConflictError:
            results.append("conflict")
        finally:
            own.clients.close()
            store.close()

    threads = [threading.Thread(target=race) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "done" in results
    assert len(world.front.patches) == 1


def test_the_inverse_puts_back_what_was_there(world: World) -> None:
    before = world.corner.get()["spec"]
    proposal, approval = world.approved()
    assert world.executor.execute(proposal, approval).state == "done"
    assert world.executor.undo(proposal).state == "done"
    assert world.executor.undo(proposal).state == "done"
    assert len(world.front.patches) == 2
    assert world.corner.get()["spec"] == before


def test_a_scale_is_undone_to_the_old_number(world: World) -> None:
    intent = ScaleWorkload(namespace="shop", name=world.corner.name, add=2)
    proposal, approval = world.approved(intent)
    assert world.executor.execute(proposal, approval).state == "done"
    assert world.corner.get()["spec"]["replicas"] == 3
    assert world.executor.undo(proposal).state == "done"
    assert world.corner.get()["spec"]["replicas"] == 1


def test_a_change_without_a_way_back_says_so(world: World) -> None:
    intent = RestartWorkload(namespace="shop", name=world.corner.name)
    proposal, approval = world.approved(intent)
    assert world.executor.execute(proposal, approval).state == "done"
    result = world.executor.undo(proposal)
    assert (result.state, result.text) == ("not sent", proposal.inverse_note)


def test_what_others_did_since_is_not_undone(world: World) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    world.corner.set_image("registry.local/web:v3")
    result = world.executor.undo(proposal)
    assert result.state == "not sent"
    assert "others changed the target" in result.text
    assert world.image() == "registry.local/web:v3"


def test_an_inverse_that_policy_denies_by_now_is_not_sent(world: World) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    world.rules.append(Policy())
    result = world.executor.undo(proposal)
    assert result.state == "not sent"
    assert "denies the inverse" in result.text


def test_an_inverse_whose_target_cannot_be_looked_at_is_not_sent(world: World) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    world.front.rule = lambda _: "cut before"
    assert "could not be looked at" in world.executor.undo(proposal).text
    world.front.rule = lambda _: None
    key = f"{proposal.key}:inverse"
    assert proposal.inverse is not None
    world.record().begin(proposal, key, proposal.inverse, approval=None)
    world.front.rule = lambda _: "cut before"
    assert world.executor.undo(proposal).state == "unknown"


def test_a_change_that_was_recognised_by_its_mark_can_be_undone(world: World) -> None:
    proposal, approval = world.approved()
    world.record().begin(proposal, proposal.key, proposal.operation, approval=approval)
    hands = world.clients.hands()
    hands.apply(proposal.operation, key=proposal.key, observed=proposal.observed)
    assert world.executor.execute(proposal, approval).state == "done"
    assert world.executor.undo(proposal).state == "done"
    assert world.image() == AFTER


def test_a_change_that_was_never_made_is_not_undone(world: World) -> None:
    proposal, _ = world.approved()
    result = world.executor.undo(proposal)
    assert result.state == "not sent"
    assert "not known how" in result.text


def test_an_inverse_killed_before_the_send_is_sent_once(world: World) -> None:
    proposal, approval = world.approved()
    world.executor.execute(proposal, approval)
    assert proposal.inverse is not None
    world.record().begin(proposal, f"{proposal.key}:inverse", proposal.inverse, approval=None)
    assert world.executor.undo(proposal).state == "done"
    assert len(world.front.patches) == 2
    assert world.image() == AFTER


def test_a_preview_of_what_policy_denies_is_not_even_asked(world: World) -> None:
    proposal = world.proposal()
    shown = world.executor.preview(proposal.operation, key="k")
    assert shown.accepted
    world.rules.append(Policy())
    sent = len(world.front.seen)
    with pytest.raises(NotAllowedError, match=r"changes\.kinds"):
        world.executor.preview(proposal.operation, key="k")
    assert len(world.front.seen) == sent
