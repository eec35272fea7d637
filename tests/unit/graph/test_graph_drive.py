"""Driving: a run that has nothing to do though its incident is not final is an error."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver

from stanch.graph.build import build
from stanch.graph.context import Context
from stanch.graph.drive import Drive, LostError, saver
from stanch.graph.state import VERSION
from stanch.incident import Status
from stanch.store import Store, StoreError
from tests.unit.graph.graph_contexts import context, put

CONFIG: Any = {"configurable": {"thread_id": "INC-1"}}


@pytest.fixture
def here(store: Store) -> Context:
    return context(store)


@pytest.fixture
def checkpoints(here: Context) -> Iterator[BaseCheckpointSaver[Any]]:
    with saver(here) as opened:
        yield opened


def test_an_alert_that_no_runbook_knows_runs_to_its_end_without_a_target(
    here: Context, checkpoints: BaseCheckpointSaver[Any], store: Store
) -> None:
    put(store)
    assert Drive(here, checkpoints, "INC-1").go() is None
    assert store.records.incident("INC-1").status is Status.HANDED_OVER
    assert Drive(here, checkpoints, "INC-1").parked() is None


def test_a_final_incident_is_not_run(
    here: Context, checkpoints: BaseCheckpointSaver[Any], store: Store
) -> None:
    put(store, status=Status.CLOSED)
    assert Drive(here, checkpoints, "INC-1").go() is None
    assert store.journal.events("INC-1") == ()
    assert build(here, checkpoints).get_state(CONFIG).created_at is None


def test_a_run_that_is_over_while_its_incident_is_not_is_lost_and_says_so(
    here: Context, checkpoints: BaseCheckpointSaver[Any], store: Store
) -> None:
    incident = put(store)
    Drive(here, checkpoints, "INC-1").go()
    # As if the record of the end had been put back from an older copy.
    with store.database.write() as connection:
        store.records.put_incident(connection, incident)
    with pytest.raises(LostError, match="stanch show INC-1"):
        Drive(here, checkpoints, "INC-1").go()


def test_checkpoints_of_a_newer_release_are_not_run(
    here: Context,
    checkpoints: BaseCheckpointSaver[Any],
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    incident = put(store)
    with monkeypatch.context() as newer:
        newer.setattr("stanch.graph.drive.VERSION", VERSION + 1)
        Drive(here, checkpoints, "INC-1").go()
    with store.database.write() as connection:
        store.records.put_incident(connection, incident)
    with pytest.raises(StoreError, match="newer release"):
        Drive(here, checkpoints, "INC-1").go()


def test_checkpoints_that_cannot_be_read_are_named(here: Context, store: Store) -> None:
    put(store)
    file: Path = here.settings.home / "graph.db"
    file.write_bytes(b"no database at all, but long enough to look like one" * 50)
    with pytest.raises(StoreError, match=r"graph\.db"), saver(here) as opened:
        Drive(here, opened, "INC-1").go()


def test_a_checkpoint_holds_plain_json_only(
    here: Context, checkpoints: BaseCheckpointSaver[Any], store: Store
) -> None:
    put(store)
    Drive(here, checkpoints, "INC-1").go()
    values = build(here, checkpoints).get_state(CONFIG).values
    assert values["incident"] == "INC-1"
    assert values["version"] == VERSION
    for value in values.values():
        assert type(value) in {str, int, list}
