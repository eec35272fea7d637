"""What nodes write goes into the record and the journal together, and once where it must."""

from pathlib import Path

import pytest

from stanch.incident import Incident, Phase, Status
from stanch.process import GATES
from stanch.store import Store
from tests.unit.graph.graph_contexts import Keeper, context, put
from tests.unit.runbook.runbook_samples import sample


def kinds(store: Store) -> list[str]:
    return [event.type for event in store.journal.events("INC-1")]


def test_candidates_are_the_matched_runbooks_that_are_still_there(
    store: Store, tmp_path: Path
) -> None:
    runbook = sample(tmp_path)
    here = context(store, runbook)
    incident = put(store, runbooks=("gone/runbook", runbook.name))
    assert here.candidates(incident) == (runbook,)
    assert here.runbook("gone/runbook") is None
    assert context(store).candidates(incident) == ()


def test_an_event_with_a_name_is_written_once(store: Store) -> None:
    here, incident = context(store), put(store)
    for _ in range(3):
        here.log(incident, "notice", {"text": "told"}, once="told")
        here.log(incident, "notice", {"text": "told again"})
    texts = [event.data["text"] for event in store.journal.events("INC-1")]
    assert texts == ["told", "told again", "told again", "told again"]


def test_entering_a_phase_moves_the_record_and_tells_it(store: Store) -> None:
    here, incident = context(store), put(store)
    moved = here.enter(incident, Phase.INVESTIGATE, "matched", once="phase:1")
    assert store.records.incident("INC-1") == moved
    assert moved.phase is Phase.INVESTIGATE
    [event] = store.journal.events("INC-1")
    assert event.data == {"old": "triage", "new": "investigate", "reason": "matched"}
    assert event.phase == "investigate"
    assert here.enter(moved, Phase.INVESTIGATE, "again", once="phase:2") == moved
    assert kinds(store) == ["phase.entered"]


def test_a_node_that_runs_again_after_a_crash_does_not_enter_twice(store: Store) -> None:
    here, incident = context(store), put(store)
    for _ in range(2):
        here.enter(incident, Phase.TRIAGE, "an alert opened it", once="phase:triage")
    assert kinds(store) == ["phase.entered"]


def test_a_status_is_told_when_it_changes(store: Store) -> None:
    here, incident = context(store), put(store)
    assert here.say(incident, Status.INVESTIGATING) is incident
    assert kinds(store) == []
    said = here.say(incident, Status.IDENTIFIED)
    assert store.records.incident("INC-1").status is Status.IDENTIFIED
    assert here.say(said, Status.IDENTIFIED) is said
    assert kinds(store) == ["incident.status"]


@pytest.mark.parametrize("phase", list(Phase))
def test_a_gate_holds_while_a_blocking_item_is_missed(store: Store, phase: Phase) -> None:
    here, incident = context(store), put(store)
    blocking = [item.name for item in GATES[phase] if item.blocking]
    assert here.pass_gate(incident, phase, {}, once="1") is (not blocking)
    met = dict.fromkeys(blocking, ("met", "seen"))
    assert here.pass_gate(incident, phase, met, once="2")
    waived = dict.fromkeys(blocking, ("waived", "not here"))
    assert here.pass_gate(incident, phase, waived, once="3")
    told = [event.data["item"] for event in store.journal.events("INC-1")]
    assert told == [item.name for item in GATES[phase]] * 3


def test_the_items_of_a_gate_are_told_once_for_each_time_it_is_reached(store: Store) -> None:
    here, incident = context(store), put(store)
    for once in ("1", "1", "2"):
        here.pass_gate(incident, Phase.TRIAGE, {}, once=once)
    assert kinds(store) == ["gate.item"] * 2 * len(GATES[Phase.TRIAGE])


def test_what_a_model_did_is_journaled_under_the_role_that_it_played(store: Store) -> None:
    keeper = Keeper()
    here, incident = context(store, keeper=keeper), put(store)
    here.team(incident)
    assert keeper.record is not None
    keeper.record("model.fallback", {"role": "docs-writer", "task": "write", "reason": "down"})
    keeper.record("notice", {"text": "not asked again"})
    told = [(e.type, e.actor.kind, e.actor.id) for e in store.journal.events("INC-1")]
    assert told == [
        ("model.fallback", "agent", "docs-writer"),
        ("notice", "agent", "commander"),
    ]
    with pytest.raises(KeyError):
        keeper.record("approval.approved", {})


def test_a_record_and_its_events_are_written_together_or_not_at_all(store: Store) -> None:
    here, incident = context(store), put(store)
    moved: Incident = incident.model_copy(update={"phase": Phase.RESOLVE})
    entry = here.entry(moved, "notice", {"text": object()})
    with pytest.raises(TypeError):
        here.put(moved, [entry])
    assert store.records.incident("INC-1") == incident
    assert kinds(store) == []
