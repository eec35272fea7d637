"""Acting on sessions of a real PostgreSQL: exactly those that were seen, and no others."""

import psycopg
import pytest

from stanch.tools.clients.sql import SqlClient
from stanch.tools.errors import (
    OperationRefusedError,
    PreconditionFailedError,
)
from tests.contracts.sql.session_samples import KEY, cancel, ended, terminate
from tests.contracts.sql.sql_shop import Shop, at_work, wait_for


def test_ending_the_holder_frees_who_waits(shop: Shop, client: SqlClient) -> None:
    holder, waiter = shop.holder(), shop.app("victim")
    with at_work(waiter, "UPDATE orders SET note = 'mine' WHERE id = 1") as failed:
        change = terminate(shop, client, holder)
        before = client.look(change)
        shown = client.preview(change, key=KEY)

        outcome = client.apply(change, key=KEY, observed=before)

        wait_for(lambda: waiter.info.transaction_status.name == "IDLE")
    assert failed == []
    assert ended(holder)
    assert f"session {change.pid} of app: it was ended" in outcome.text
    assert shown.before["session"]["waiting_behind"] == [waiter.info.backend_pid]
    assert "RowExclusiveLock orders" in shown.before["session"]["locks"]
    assert (shown.accepted, shown.tried) == (True, False)
    assert client.probe(change, key=KEY) is True
    assert client.look(change) == {"missing": True}


def test_a_preview_ends_nobody(shop: Shop, client: SqlClient) -> None:
    holder = shop.holder()
    change = terminate(shop, client, holder)

    client.preview(change, key=KEY)

    assert not ended(holder)
    assert client.probe(change, key=KEY) is False


def test_a_session_that_went_on_to_another_transaction_is_left(
    shop: Shop, client: SqlClient
) -> None:
    holder = shop.holder()
    change = terminate(shop, client, holder)
    before = client.look(change)
    holder.execute("COMMIT")
    holder.execute("BEGIN")
    holder.execute("SELECT 1")

    with pytest.raises(PreconditionFailedError, match="xact_start changed"):
        client.apply(change, key=KEY, observed=before)

    assert not client.preview(change, key=KEY).accepted
    assert not ended(holder)


def test_a_session_that_woke_up_is_left(shop: Shop, client: SqlClient) -> None:
    holder = shop.holder()
    change = terminate(shop, client, holder)
    before = client.look(change)
    with at_work(holder, "SELECT pg_sleep(3)"):
        with pytest.raises(PreconditionFailedError, match="idle changed"):
            client.apply(change, key=KEY, observed=before)
        assert client.probe(change, key=KEY) is False

    assert not ended(holder)


def test_a_session_without_a_transaction_that_was_used_since_is_left(
    shop: Shop, client: SqlClient
) -> None:
    session = shop.app("pooled")
    change = terminate(shop, client, session)
    before = client.look(change)
    session.execute("SELECT 1")

    with pytest.raises(PreconditionFailedError, match="idle_since changed"):
        client.apply(change, key=KEY, observed=before)

    assert not client.preview(change, key=KEY).accepted
    assert not ended(session)


def test_a_session_without_a_transaction_that_was_not_used_is_ended(
    shop: Shop, client: SqlClient
) -> None:
    session = shop.app("pooled")
    change = terminate(shop, client, session)

    client.apply(change, key=KEY, observed=client.look(change))

    assert ended(session)


def test_another_session_with_the_same_number_is_not_taken_for_it(
    shop: Shop, client: SqlClient
) -> None:
    holder = shop.holder()
    change = terminate(shop, client, holder)
    earlier = change.model_copy(update={"backend_start": "2026-01-01T00:00:00.000000+00:00"})

    assert client.look(earlier) == {"missing": True}
    assert client.probe(earlier, key=KEY) is True
    with pytest.raises(PreconditionFailedError, match="gone"):
        client.apply(earlier, key=KEY, observed=client.look(change))
    assert not ended(holder)


def test_cancelling_ends_the_statement_and_leaves_the_session(
    shop: Shop, client: SqlClient
) -> None:
    busy = shop.app("report")
    with at_work(busy, "SELECT pg_sleep(30)") as failed:
        change = cancel(client, busy)

        outcome = client.apply(change, key=KEY, observed=client.look(change))

        wait_for(lambda: len(failed) == 1)
    assert isinstance(failed[0], psycopg.errors.QueryCanceled)
    assert "its statement was cancelled" in outcome.text
    assert client.probe(change, key=KEY) is True
    assert not ended(busy)


def test_the_next_statement_of_the_same_transaction_is_not_cancelled(
    shop: Shop, client: SqlClient
) -> None:
    busy = shop.app("report")
    busy.execute("BEGIN")
    with at_work(busy, "SELECT pg_sleep(0.6)"):
        change = cancel(client, busy)
        before = client.look(change)
        wait_for(lambda: busy.info.transaction_status.name == "INTRANS")
    with at_work(busy, "SELECT pg_sleep(2)") as failed:
        with pytest.raises(PreconditionFailedError, match="query_start changed"):
            client.apply(change, key=KEY, observed=before)
        assert client.probe(change, key=KEY) is True
        assert failed == []


def test_cancelling_what_idles_in_a_transaction_is_not_even_shown(
    shop: Shop, client: SqlClient
) -> None:
    change = cancel(client, shop.holder())

    assert not client.preview(change, key=KEY).accepted
    with pytest.raises(OperationRefusedError):
        client.apply(change, key=KEY, observed=client.look(change))


def test_a_session_of_a_superuser_is_never_ended(shop: Shop, client: SqlClient) -> None:
    owner = shop.server.connect(dbname="shop")
    owner.execute("BEGIN")
    change = terminate(shop, client, owner)

    with pytest.raises(OperationRefusedError, match="superusers"):
        client.apply(change, key=KEY, observed=client.look(change))

    assert not ended(owner)
    owner.close()


def test_a_session_of_stanch_is_never_ended(shop: Shop, client: SqlClient) -> None:
    own = shop.app("stanch inc-2:1")
    change = terminate(shop, client, own)

    with pytest.raises(OperationRefusedError, match="stanch are left alone"):
        client.apply(change, key=KEY, observed=client.look(change))

    assert not ended(own)
