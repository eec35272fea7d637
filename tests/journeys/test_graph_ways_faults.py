"""Outages, faults of ours and other releases: an incident outlives them, or is handed over."""

import os
import shutil
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from langgraph.types import Command

from stanch.approvals import ApprovalError
from stanch.graph import build, drive
from stanch.graph.context import Context
from stanch.graph.opening import opened
from stanch.graph.state import VERSION, State
from stanch.incident import ApprovalState
from stanch.service.runbooks import runbooks
from stanch.service.running import run
from stanch.store import ConflictError, Store, StoreError, hold
from tests.journeys.kill_runbooks import path_of
from tests.journeys.kill_scene import POLICY, Scene
from tests.journeys.kill_ways import handed_over, here, stage

__all__ = ["here", "stage"]

pytestmark = pytest.mark.cluster


def test_a_runbook_that_vanishes_while_people_think_strands_nothing(
    here: Scene, tmp_path: Path
) -> None:
    own = tmp_path / "runbooks"
    shutil.copytree(here.stage.runbooks, own)
    here.open("UndoThenScale")
    assert here.go(runbooks=own).approval == "A-1"
    path_of(own, "UndoThenScale").unlink()
    here.reject("A-1")
    assert here.go(runbooks=own).why == "final"
    assert "no mitigation of the runbook is left" in handed_over(here)


def test_an_approved_change_is_made_though_its_runbook_has_vanished(
    here: Scene, tmp_path: Path
) -> None:
    own = tmp_path / "runbooks"
    shutil.copytree(here.stage.runbooks, own)
    here.open()
    here.go(runbooks=own)
    path_of(own, "OnlyUndo").unlink()
    here.approve("A-1")
    assert here.go(runbooks=own).why == "final"
    assert here.incident().status.value == "closed"
    assert len(here.patches()) == 1


def test_without_its_metrics_server_a_change_is_not_called_a_success(here: Scene) -> None:
    here.open("Harmful")
    nobody = "http://127.0.0.1:9"
    assert here.go(prometheus_url=nobody).approval == "A-1"
    here.approve("A-1")
    assert here.go(prometheus_url=nobody).question == "P-1:effect"
    here.decide("people")
    assert here.go(prometheus_url=nobody).why == "final"
    assert "could not be verified: error-ratio-recovered" in handed_over(here)
    assert len(here.patches()) == 1


def test_without_an_api_server_the_incident_is_handed_over(here: Scene, tmp_path: Path) -> None:
    config = yaml.safe_load(here.stage.kubeconfig.read_text(encoding="utf-8"))
    config["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:9"
    nowhere = tmp_path / "nowhere.kubeconfig"
    nowhere.write_text(yaml.safe_dump(config), encoding="utf-8")
    here.open()
    assert here.go(kubeconfig=nowhere).why == "final"
    assert handed_over(here)
    assert {e.data["status"] for e in here.events("step.finished")} == {"unreachable"}


def test_an_api_server_that_goes_while_people_think_voids_the_approval(here: Scene) -> None:
    here.open()
    here.go()
    here.approve("A-1")
    here.stage.front.rule = lambda _: "cut before"
    assert here.go().why == "final"
    assert here.store.approvals.get("A-1").state is ApprovalState.SUPERSEDED
    assert handed_over(here)
    here.stage.front.rule = lambda _: None
    assert here.image() == "web:v2-ok"


def test_what_policy_denies_is_not_asked_for(here: Scene) -> None:
    here.settings.policy_file.write_text(POLICY.replace("[shop]", "[other]"), encoding="utf-8")
    here.open("UndoThenScale")
    assert here.go().why == "final"
    assert handed_over(here)
    assert here.proposals() == ()
    reasons = [e.data["why"] for e in here.events("decision.made")]
    assert sum("policy lists the namespace shop" in one for one in reasons) == 2


def test_a_policy_that_changes_while_people_think_is_asked_under_anew(here: Scene) -> None:
    here.open()
    here.go()
    here.settings.policy_file.write_text(
        POLICY.replace("expires_minutes: 15", "expires_minutes: 10"), encoding="utf-8"
    )
    with pytest.raises(ApprovalError, match="other rules"):
        here.approve("A-1")
    assert here.go().approval == "A-2"
    assert here.go().approval == "A-2"
    here.approve("A-2")
    assert here.go().why == "final"
    assert len(here.patches()) == 1


def test_one_process_moves_an_incident_at_a_time(here: Scene) -> None:
    here.open()
    here.go()
    here.approve("A-1")
    with hold(here.settings.home, "INC-1"), pytest.raises(ConflictError, match=str(os.getpid())):
        here.go()
    assert here.patches() == []
    endings: list[str] = []

    def move() -> None:
        store = Store(here.settings.home)
        try:
            endings.append(run(here.settings, store, "INC-1", wait=False).why)
        except ConflictError:
            endings.append("held")
        finally:
            store.close()

    movers = [threading.Thread(target=move) for _ in range(3)]
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join()
    assert set(endings) <= {"final", "held"}
    assert "final" in endings
    assert len(here.patches()) == 1


def test_a_final_incident_stays_as_it_is(here: Scene) -> None:
    here.open()
    here.approve_all(here.go())
    told = len(here.events())
    assert here.go().why == "final"
    assert len(here.events()) == told
    assert len(here.patches()) == 1


def test_an_answer_to_another_question_answers_nothing(here: Scene) -> None:
    here.open()
    here.go()
    known = runbooks(here.settings).runbooks
    with (
        opened(here.settings, here.store, known, incident="INC-1") as context,
        drive.saver(context) as checkpoints,
    ):
        graph = build.build(context, checkpoints)
        config: Any = {"configurable": {"thread_id": "INC-1"}}
        [asked] = graph.get_state(config).interrupts
        stale: Command[str] = Command(resume={"0" * 32: {"approval": "A-1"}})
        graph.invoke(stale, config, durability="sync")
        assert [one.id for one in graph.get_state(config).interrupts] == [asked.id]
        # Even the right id moves nothing: what counts is the row, and nobody has decided.
        right: Command[str] = Command(resume={asked.id: {"approval": "A-1"}})
        graph.invoke(right, config, durability="sync")
    assert here.patches() == []
    assert here.pending() == ["A-1"]
    here.approve("A-1")
    assert here.go().why == "final"
    assert len(here.patches()) == 1


def test_a_run_of_a_newer_release_is_left_alone(
    here: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.open()
    with monkeypatch.context() as newer:
        newer.setattr("stanch.graph.drive.VERSION", VERSION + 1)
        here.go()
    here.approve("A-1")
    told = len(here.events())
    with pytest.raises(StoreError, match="newer release"):
        here.go()
    assert len(here.events()) == told
    assert here.patches() == []
    monkeypatch.setattr("stanch.graph.drive.VERSION", VERSION + 1)
    assert here.go().why == "final"


def test_a_gate_that_is_called_otherwise_is_noticed(
    here: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.open()
    here.go()
    here.approve("A-1")
    renamed = {
        name.replace("gate", "door"): (node, tuple(way.replace("gate", "door") for way in ways))
        for name, (node, ways) in build.FLOW.items()
    }
    with monkeypatch.context() as later:
        later.setattr(build, "FLOW", renamed)
        with pytest.raises(drive.LostError, match="no next step"):
            here.go()
    assert here.patches() == []
    assert here.go().why == "final"


@pytest.mark.parametrize(
    "name", [one for one in build.FLOW if one not in {"doubt", "undo", "unsure"}]
)
def test_a_fault_in_a_node_hands_the_incident_over_and_loses_nothing(
    here: Scene, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def faulty(_context: Context, _state: State) -> State:
        raise ZeroDivisionError("a planted fault")

    here.open("Unheard" if name == "hand_over" else "OnlyUndo")
    with monkeypatch.context() as broken:
        broken.setitem(build.FLOW, name, (faulty, build.FLOW[name][1]))
        if name in {"hand_over", "postmortem"}:
            with pytest.raises(StoreError, match="planted fault"):
                here.approve_all(here.go())
            assert not here.incident().status.final
        else:
            assert here.approve_all(here.go()).why == "final"
            assert f"'{name}' failed unexpectedly: ZeroDivisionError" in handed_over(here)
    assert here.go().why == "final"
    assert len(here.patches()) <= 1
    assert any("planted fault" in str(e.data) for e in here.events("notice"))


def test_a_store_that_cannot_be_written_stops_the_run_and_loses_nothing(
    here: Scene,
) -> None:
    here.open()
    here.go()
    here.approve("A-1")
    documents = here.settings.home / "postmortems"
    documents.write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        here.go()
    assert not here.incident().status.final
    documents.unlink()
    assert here.go().why == "final"
    assert len(here.patches()) == 1


def test_time_that_runs_out_between_the_word_and_the_deed_is_no_approval(here: Scene) -> None:
    here.open()
    here.go()
    here.approve("A-1")
    with here.store.database.write() as connection:
        late = here.clock.now() + timedelta(minutes=16)
        with pytest.raises(ConflictError, match="ran out"):
            here.store.approvals.move(connection, "A-1", to=ApprovalState.USED, now=late)
    assert here.patches() == []
    assert here.go().why == "final"
