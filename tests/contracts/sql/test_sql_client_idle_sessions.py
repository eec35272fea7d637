"""Idle sessions are ended together, and what moved on since is left alone."""

import pytest

from stanch.tools.clients.sql import SqlClient
from stanch.tools.errors import (
    PreconditionFailedError,
)
from tests.contracts.sql.session_samples import KEY, ended, idle
from tests.contracts.sql.sql_shop import Shop, wait_for


def test_idle_sessions_are_ended_together_and_what_moved_on_is_left(
    shop: Shop, client: SqlClient
) -> None:
    sessions = [shop.app("leak") for _ in range(4)]
    for session in sessions:
        session.execute("SELECT 1")
    sessions[3].execute("BEGIN")
    change = idle(client, sessions)
    before = client.look(change)
    sessions[0].execute("SELECT 2")
    bystander = shop.app("leak")

    shown = client.preview(change, key=KEY)
    outcome = client.apply(change, key=KEY, observed=before)

    moved = sessions[0].info.backend_pid
    assert outcome.data["moved_on"] == [moved]
    assert sorted(outcome.data["ended"]) == sorted(s.info.backend_pid for s in sessions[1:])
    assert outcome.text == f"3 of 4 sessions ended; 1 had moved on and were left: {moved}"
    assert "1 of those seen have moved on" in shown.note
    assert [ended(s) for s in sessions] == [False, True, True, True]
    assert not ended(bystander)


def test_when_all_idle_sessions_moved_on_nothing_is_ended(shop: Shop, client: SqlClient) -> None:
    sessions = [shop.app("leak") for _ in range(2)]
    change = idle(client, sessions)
    before = client.look(change)
    for session in sessions:
        session.execute("SELECT 2")

    assert not client.preview(change, key=KEY).accepted
    assert client.look(change) == {"missing": True}
    with pytest.raises(PreconditionFailedError, match="moved on"):
        client.apply(change, key=KEY, observed=before)
    assert not any(ended(session) for session in sessions)


def test_what_is_half_ended_is_said_to_be_unknown(shop: Shop, client: SqlClient) -> None:
    sessions = [shop.app("leak") for _ in range(2)]
    change = idle(client, sessions)
    assert client.probe(change, key=KEY) is False

    sessions[0].close()
    wait_for(lambda: client.probe(change, key=KEY) is None)
    sessions[1].close()

    wait_for(lambda: client.probe(change, key=KEY) is True)
