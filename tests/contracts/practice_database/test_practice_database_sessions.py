"""Faults by sessions: what is seen, that the right cure cures, and that wrong ones do not."""

import psycopg
import pytest

from stanch.sandbox.faults.releases import running
from stanch.sandbox.shop.services import CHECKOUT, NAMESPACE
from tests.contracts.practice_database.practice_world import World


def blocked(world: World) -> list[str]:
    found = world.ask(
        "stanch_diagnose",
        "SELECT application_name FROM pg_stat_activity"
        " WHERE cardinality(pg_blocking_pids(pid)) > 0",
    )
    return [row["application_name"] for row in found]


def roots(world: World) -> list[tuple[str, str]]:
    found = world.ask(
        "stanch_diagnose",
        "SELECT application_name, state FROM pg_stat_activity WHERE pid IN"
        " (SELECT unnest(pg_blocking_pids(pid)) FROM pg_stat_activity)"
        " AND cardinality(pg_blocking_pids(pid)) = 0",
    )
    return [(row["application_name"], row["state"]) for row in found]


@pytest.mark.parametrize(("table", "victim"), [("charges", "payments"), ("products", "catalog")])
def test_only_ending_the_idle_holder_lets_the_queue_behind_it_go(
    world: World, table: str, victim: str
) -> None:
    world.break_it("lock-contention", table=table, application="psql")
    labels = world.until_alert("PostgresLockWaits")
    assert labels["datname"] == "shop"
    world.until(lambda: world.errors(victim) > 0.3, f"{victim} fails")
    assert "migrations" in blocked(world)
    assert roots(world) == [("psql", "idle in transaction")]
    assert "canceling statement due to statement timeout (SQLSTATE 57014)" in world.log(victim)
    held = 'pg_stat_activity_max_tx_duration{state="idle in transaction"}'
    world.until(lambda: world.metric("pg_blocked_sessions") >= [1.0], "the queue is scraped")
    world.until(lambda: world.metric(held) > [0.0], "the transaction's age is scraped")

    # The victim of the lock: it comes back, and it is remarked that it was ended.
    assert world.end("migrations") == 1
    world.stays_ill()
    assert "database: 1 sessions ended: migrations" in world.verdict().unexpected
    world.restart(victim)
    world.stays_ill(60)

    assert world.end("psql") == 1
    world.until_well()
    assert set(world.verdict().unexpected) == {
        "database: 1 sessions ended: migrations",
        f"changed: deployments/{victim} (template)",
    }


def test_rolling_back_the_release_of_the_same_minute_leaves_the_lock_where_it_is(
    world: World,
) -> None:
    before = running(world.shop, CHECKOUT)["spec"]["template"]
    done = world.break_it("red-herring-lock")
    world.until_alert("PostgresLockWaits")
    back = running(world.shop, CHECKOUT)
    back["spec"]["template"] = before
    back["metadata"].pop("resourceVersion")
    world.shop.cluster.store.update("deployments", NAMESPACE, back)
    world.stays_ill()

    [(kind, holder)] = done.may_change
    assert kind == "sessions"
    assert world.end(holder) == 1
    world.until_well()


def refusal(world: World, user: str) -> str:
    """Return why `user` may not connect now; nothing if it may."""
    try:
        world.connect(user).close()
    except psycopg.OperationalError as error:
        return str(error)
    return ""


def states(world: World, application: str) -> list[str]:
    """Return the state of every session of `application`."""
    found = world.ask(
        "stanch_diagnose",
        "SELECT state FROM pg_stat_activity WHERE application_name = %s",
        application,
    )
    return [row["state"] for row in found]


@pytest.mark.parametrize("state", ["idle", "idle in transaction"])
def test_ending_the_idle_sessions_gives_the_slots_back(world: World, state: str) -> None:
    world.break_it("pool-exhaustion", application="report-builder", state=state)
    labels = world.until_alert("PostgresqlTooManyConnections")
    assert labels["datname"] == "shop"
    world.until(lambda: world.errors("payments") > 0.3, "payments fails")
    assert "remaining connection slots are reserved" in world.log("payments")
    # A slot that a session of the load has just left is free until the leak takes it.
    world.until(
        lambda: "remaining connection slots" in refusal(world, "backoffice"), "no slot is left"
    )
    # One that it takes is idle until it has begun its transaction.
    world.until(lambda: set(states(world, "report-builder")) == {state}, f"all are {state}")
    assert len(states(world, "report-builder")) > 20

    world.restart("payments")
    world.stays_ill(60)

    assert world.end("report-builder") > 20
    world.until_well()


def test_who_holds_a_connection_still_looks_when_even_the_reserved_slots_are_taken(
    world: World,
) -> None:
    with world.connect("stanch_diagnose") as kept:
        world.break_it("pool-exhaustion", application="report-builder", reach="reserved")

        world.until(
            lambda: refusal(world, "stanch_diagnose") != "", "the diagnosing login is locked out"
        )
        found = kept.execute("SELECT count(*) AS sessions FROM pg_stat_activity").fetchone()
        assert found is not None
        assert found["sessions"] > 30
    assert "PostgresqlDown" not in world.firing()
    world.database.truth.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'report-builder'"
    )
    world.until_well()


def test_a_role_that_may_have_one_connection_only_is_refused_while_slots_are_free(
    world: World,
) -> None:
    world.break_it("max-connections-lowered", service="payments")
    labels = world.until_alert("DatabaseConnectionsRefused")
    assert labels["usename"] == "payments"
    assert labels["deployment"] == "payments"
    assert 'too many connections for role \\"payments\\"' in world.log("payments")
    limit = 'pg_roles_connection_limit{rolname="payments"}'
    world.until(lambda: world.metric(limit) == [1.0], "the limit is scraped")
    assert "PostgresqlTooManyConnections" not in world.firing()

    def ended() -> bool:
        # One that was about to close by itself does not notice that it was ended.
        world.end("payments")
        return any("sessions ended: payments" in one for one in world.verdict().unexpected)

    world.until(ended, "a session of payments is ended")
    world.stays_ill()

    world.ask("stanch_act", "ALTER ROLE payments CONNECTION LIMIT -1")
    world.until_well()
    assert not any("roles" in one for one in world.verdict().unexpected)
