"""Machines that share a store make each change once, whoever opens, approves or is stopped."""

import time
from contextlib import closing

import pytest

from stanch.store import verify
from stanch.store.ledger import unsettled
from tests.contracts.store_shared.shared_scene import LEASE, SharedScene

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


def kinds(scene: SharedScene, incident: str) -> list[str]:
    with closing(scene.store()) as store:
        assert verify(store.database).faults == ()
        return [event.type for event in store.journal.events(incident)]


def test_one_machine_opens_another_approves_and_a_third_carries_it_out(scene: SharedScene) -> None:
    first, second, third = (scene.machine(name) for name in "abc")
    incident = scene.opened(first)
    asked = first.do("go", incident=incident)
    assert (asked["why"], scene.sent()) == ("waiting", [])
    decided = second.do("approve", approval=asked["approval"])
    assert decided == {"state": "approved", "by": "ann"}
    assert third.do("go", incident=incident)["why"] == "final"
    assert scene.image() == "web:v1-ok"
    assert len(scene.sent()) == 1
    for machine in (first, second, third):
        assert machine.do("audit") == {"faults": []}
    assert kinds(scene, incident).count("approval.used") == 1
    assert list((third.home / "postmortems").iterdir())


def test_two_machines_that_answer_and_carry_out_at_once_do_it_once(scene: SharedScene) -> None:
    machines = [scene.machine(name) for name in "ab"]
    incident = scene.opened(machines[0])
    asked = machines[0].do("go", incident=incident)
    for machine in machines:
        machine.tell("approve", approval=asked["approval"])
        machine.tell("go", incident=incident)
    answers = [machine.answer() for machine in machines]
    assert sorted(one.get("state") or one["error"] for one in answers) == [
        "ApprovalError",
        "approved",
    ]
    ends = [machine.answer() for machine in machines]
    # Who comes while the other has it is refused; who comes after finds it done.
    assert any(one.get("why") == "final" for one in ends), ends
    for one in ends:
        assert one.get("why") == "final" or one["error"] == "ConflictError", one
    assert len(scene.sent()) == 1
    told = kinds(scene, incident)
    assert told.count("approval.approved") == told.count("mitigation.started") == 1


@pytest.mark.parametrize("point", ["before the intent", "after the intent"])
def test_a_machine_that_was_stopped_past_its_lease_sends_nothing_when_it_goes_on(
    scene: SharedScene, point: str
) -> None:
    stopped, other = scene.machine("a"), scene.machine("b")
    assert stopped.do("pretend_elsewhere")["owner"].endswith("on elsewhere")
    incident = scene.approved(stopped)
    stopped.do("stop_at", point=point)
    stopped.tell("go", incident=incident)
    stopped.until_stopped()
    early = other.do("hold", name=incident)
    assert early["error"] == "ConflictError", early
    assert "on elsewhere" in early["text"], "its lease runs: nobody takes over"
    time.sleep(LEASE + 0.5)  # noqa: TID251 - a lease runs out and wakes nobody
    ended = other.do("go", incident=incident)
    if point == "before the intent":
        assert ended["why"] == "final"
        assert len(scene.sent()) == 1
    else:
        # Nobody saw the first one stop for good: it may be about to send.
        assert (ended["why"], ended["doubt"] is not None) == ("waiting", True)
        assert scene.sent() == []
    sent = len(scene.sent())
    before = kinds(scene, incident)
    stopped.wake()
    refused = stopped.answer()
    assert refused["error"] == "LostLockError"
    assert "is not held any more" in refused["text"]
    assert len(scene.sent()) == sent, "it sent nothing"
    assert kinds(scene, incident) == before, "it wrote nothing"


def test_a_change_that_leaves_its_machine_after_another_took_over_is_recognised(
    scene: SharedScene,
) -> None:
    stopped, other = scene.machine("a"), scene.machine("b")
    stopped.do("pretend_elsewhere")
    incident = scene.approved(stopped)
    stopped.do("stop_at", point="before the change is sent")
    stopped.tell("go", incident=incident)
    stopped.until_stopped()
    time.sleep(LEASE + 0.5)  # noqa: TID251 - a lease runs out and wakes nobody
    assert other.do("go", incident=incident)["doubt"] is not None
    assert other.do("go", incident=incident)["doubt"] is not None, "it is not sent again"
    assert scene.sent() == []
    stopped.wake()
    assert stopped.answer()["error"] == "LostLockError"
    assert len(scene.sent()) == 1, "the last check was passed before the stop"
    with closing(scene.store()) as store:
        [open_one] = unsettled(store.database, incident)
        assert open_one.state == "unknown"
    assert scene.image() == "web:v1-ok"


def test_a_machine_that_was_killed_between_intent_and_sending_is_taken_over_at_once(
    scene: SharedScene,
) -> None:
    first, other = scene.machine("a", lease=60.0), scene.machine("b", lease=60.0)
    incident = scene.approved(first)
    first.do("stop_at", point="before the change is sent")
    first.tell("go", incident=incident)
    first.until_stopped()
    first.process.kill()
    first.process.wait()
    # Of the same machine it is certain that the process is gone: what it began never arrived.
    assert other.do("go", incident=incident)["why"] == "final"
    assert len(scene.sent()) == 1
    assert "mitigation.probed" in kinds(scene, incident)
