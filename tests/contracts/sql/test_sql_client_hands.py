"""The reserved hands act when all slots are taken, and say what they lack."""

import pytest

from stanch.tools.clients.sql import SqlClient
from stanch.tools.errors import (
    OperationRefusedError,
    TargetUnreachableError,
)
from tests.contracts.sql.session_samples import KEY, ended, idle, terminate
from tests.contracts.sql.sql_shop import Shop


def test_with_all_slots_taken_the_reserved_hands_still_act(shop: Shop) -> None:
    client = shop.client()
    client.reserve(("shop",))
    leaked = list(shop.fill())

    change = idle(client, leaked)
    outcome = client.apply(change, key=KEY, observed=client.look(change))

    assert len(outcome.data["ended"]) == len(leaked)
    shop.app("free again").execute("SELECT 1")


def test_without_the_right_to_signal_the_refusal_says_what_is_missing(shop: Shop) -> None:
    shop.run(
        "DROP ROLE IF EXISTS weak",
        "CREATE ROLE weak LOGIN PASSWORD 'Weak-s3cret' IN ROLE pg_read_all_stats",
    )
    client = shop.client(act_user="weak", act_password="Weak-s3cret")
    holder = shop.holder()
    change = terminate(shop, client, holder)

    with pytest.raises(OperationRefusedError, match="42501"):
        client.apply(change, key=KEY, observed=client.look(change))

    assert not ended(holder)


def test_without_the_right_to_see_the_refusal_says_what_is_missing(shop: Shop) -> None:
    shop.run("DROP ROLE IF EXISTS blind", "CREATE ROLE blind LOGIN PASSWORD 'Blind-s3cret'")
    holder = shop.holder()
    change = terminate(shop, shop.client(), holder)
    blind = shop.client(user="blind", password="Blind-s3cret")
    hands = shop.client(act_user="blind", act_password="Blind-s3cret")

    with pytest.raises(OperationRefusedError, match="grant it pg_monitor"):
        blind.look(change)
    with pytest.raises(OperationRefusedError, match="pg_read_all_stats"):
        hands.apply(change, key=KEY, observed=hands.look(change))
    assert not ended(holder)


def test_a_change_that_cannot_be_sent_is_said_not_to_have_been(shop: Shop) -> None:
    holder = shop.holder()
    change = terminate(shop, shop.client(), holder)
    client = shop.client(act_password="Wr0ng-s3cret")

    with pytest.raises(TargetUnreachableError) as raised:
        client.apply(change, key=KEY, observed=client.look(change))

    assert raised.value.may_have_run is False
    assert "s3cret" not in str(raised.value)


def test_a_server_that_answers_no_more_was_sent_nothing(shop: Shop) -> None:
    client = shop.client(seconds=1.0)
    client.reserve(("shop",))
    holder = shop.holder()
    change = terminate(shop, client, holder)
    before = client.look(change)
    shop.server.pause()
    try:
        with pytest.raises(TargetUnreachableError, match="Nothing was sent") as raised:
            client.apply(change, key=KEY, observed=before)
    finally:
        shop.server.resume()

    assert raised.value.may_have_run is False
    assert not ended(holder)


def test_hands_that_were_ended_meanwhile_are_replaced(shop: Shop, client: SqlClient) -> None:
    client.reserve(("shop",))
    holder = shop.holder()
    change = terminate(shop, client, holder)
    own = "usename = 'stanch_act'"
    shop.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {own}")  # noqa: S608 - a constant

    client.apply(change, key=KEY, observed=client.look(change))

    assert ended(holder)


def test_a_server_is_found_by_any_of_its_addresses(shop: Shop) -> None:
    client = shop.client(host="localhost")

    assert client.probe(terminate(shop, client, shop.holder()), key=KEY) is False
