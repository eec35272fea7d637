"""The room for connections as a real server shows it (DF-08, DF-09)."""

import pytest

from stanch.mitigation.pools import Pool, room_of, slots_look
from stanch.mitigation.strategy import CannotPlanError
from stanch.settings.targets import PoolSettings
from stanch.tools.clients.sql import SqlClient
from tests.contracts.sql.sql_shop import Shop


def pool(role: str = "app") -> Pool:
    return PoolSettings(
        namespace="shop", deployment="web", database="shop", role=role, variable="POOL_SIZE"
    )


def test_the_sessions_of_others_are_taken_and_the_pools_own_are_not(
    shop: Shop, client: SqlClient
) -> None:
    most, reserved = shop.run(
        "SELECT current_setting('max_connections')::int,"
        " current_setting('superuser_reserved_connections')::int"
        " + coalesce(current_setting('reserved_connections', true)::int, 0)"
    )[0]
    before = room_of(client.observe(slots_look(pool())).data, pool())
    assert (before.most, before.reserved, before.role_limit) == (most, reserved, -1)
    assert before.others >= 1, "the session that looks is one of them"
    shop.app("one")
    shop.app("another")
    after = room_of(client.observe(slots_look(pool())).data, pool())
    assert after.left == before.left
    of_others = room_of(client.observe(slots_look(pool("stanch_act"))).data, pool("stanch_act"))
    assert of_others.others >= 2


def test_the_limit_of_a_role_is_the_room_where_it_is_the_least(
    shop: Shop, client: SqlClient
) -> None:
    shop.run("ALTER ROLE app CONNECTION LIMIT 2")
    try:
        assert room_of(client.observe(slots_look(pool())).data, pool()).left == 2
    finally:
        shop.run("ALTER ROLE app CONNECTION LIMIT -1")


def test_a_role_that_is_not_there_has_no_room(shop: Shop, client: SqlClient) -> None:
    del shop
    with pytest.raises(CannotPlanError, match="has no role nobody_here"):
        room_of(client.observe(slots_look(pool("nobody_here"))).data, pool("nobody_here"))
