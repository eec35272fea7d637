"""Faults by what is stored and by logins: symptoms, cures, and what does not cure."""

import pytest
from psycopg import errors

from stanch.sandbox.faults.releases import running
from stanch.sandbox.shop.services import NAMESPACE, PAYMENTS
from tests.contracts.practice_database.practice_world import World


def rows_per_scan(world: World) -> int:
    found = world.ask(
        "stanch_diagnose",
        "SELECT seq_tup_read / greatest(seq_scan, 1) AS rows FROM pg_stat_user_tables"
        " WHERE relname = 'products'",
    )
    return int(found[0]["rows"])


def test_an_index_on_the_searched_column_makes_searches_fast_again(world: World) -> None:
    world.break_it("slow-query")
    labels = world.until_alert("PostgresqlSlowQueries")
    assert labels["usename"] == "catalog"
    assert world.errors("payments") < 0.01
    assert "PostgresLockWaits" not in world.firing()
    world.until(lambda: rows_per_scan(world) > 20000, "the table is read in whole")

    world.ask("stanch_act", "CREATE INDEX CONCURRENTLY other_idx ON products (name)")
    world.restart("catalog")
    world.stays_ill(60)

    world.ask(
        "stanch_act", "CREATE INDEX CONCURRENTLY stanch_temporary_idx ON products (parent_id)"
    )
    world.until_well()
    assert not any("indexes" in one for one in world.verdict().unexpected)


def test_an_index_that_nobody_needs_is_remarked(world: World) -> None:
    world.break_it("lock-contention", table="charges", application="psql")
    world.until_alert("PostgresLockWaits")
    world.ask("stanch_act", "CREATE INDEX needless_idx ON customers (name)")
    world.end("psql")
    world.until_well()
    assert world.verdict().unexpected == ("database: created: indexes/needless_idx",)


@pytest.mark.parametrize("table", ["charges", "charge_audit"])
def test_a_sequence_that_has_used_up_its_numbers_stops_all_charges(
    world: World, table: str
) -> None:
    world.break_it("sequence-limit", table=table)
    assert world.until_alert("PostgresSequenceNearLimit")["relname"] == table
    world.until(lambda: world.errors("payments") > 0.3, "payments fails")
    assert f'reached maximum value of sequence \\"{table}_id_seq\\"' in world.log("payments")
    found = world.ask(
        "stanch_diagnose",
        "SELECT last_value FROM pg_sequences WHERE sequencename = %s",
        f"{table}_id_seq",
    )
    assert found[0]["last_value"] == 2**31 - 1
    assert world.errors("catalog") < 0.01

    world.restart("payments")
    world.stays_ill(60)

    assert world.mend is not None
    world.mend()
    world.until_well()
    assert not any(one.startswith("database:") for one in world.verdict().unexpected)


def test_turning_the_audit_off_lets_charges_go_on_without_their_audit(fresh_world: World) -> None:
    world = fresh_world
    world.break_it("sequence-limit", table="charge_audit")
    world.until(lambda: world.errors("payments") > 0.3, "payments fails")
    world.database.truth.rows("ALTER TABLE charges DISABLE TRIGGER charges_audit")
    world.until_well()
    assert world.verdict().unexpected == ()


@pytest.mark.parametrize(
    ("constraint", "told"),
    [
        ("unique", 'duplicate key value violates unique constraint \\"charges_request_id_key\\"'),
        ("check", 'violates check constraint \\"charges_amount_cents_check\\"'),
    ],
)
def test_taking_the_release_back_ends_the_refused_rows(
    world: World, constraint: str, told: str
) -> None:
    before = running(world.shop, PAYMENTS)["spec"]["template"]
    world.break_it("constraint-bug", constraint=constraint)
    assert world.until_alert("DatabaseWritesRefused")["deployment"] == "payments"
    world.until(lambda: world.errors("payments") > 0.2, "payments fails")
    assert told in world.log("payments")
    assert "PostgresSequenceNearLimit" not in world.firing()

    world.until(lambda: world.end("payments") > 0, "a session of payments is ended")
    world.stays_ill(60)

    back = running(world.shop, PAYMENTS)
    back["spec"]["template"] = before
    back["metadata"].pop("resourceVersion")
    world.shop.cluster.store.update("deployments", NAMESPACE, back)
    world.until_well()


def test_a_password_changed_in_the_database_only_needs_the_secret_and_a_restart(
    world: World,
) -> None:
    world.break_it("secret-rotation", service="payments")
    labels = world.until_alert("DatabaseAuthenticationFailing")
    assert labels["usename"] == "payments"
    assert 'password authentication failed for user \\"payments\\"' in world.log("payments")
    changed = 'changes(kube_secret_metadata_resource_version{secret="payments-db"}[1h])'
    assert world.metric(changed) == [0.0]

    world.restart("payments")
    world.stays_ill(60)

    assert world.mend is not None
    world.mend()
    world.until_well()
    world.until(lambda: world.metric(changed) == [1.0], "the changed Secret is scraped")


def test_a_restart_is_enough_where_the_secret_is_new_already(world: World) -> None:
    world.break_it("stale-password", service="catalog")
    world.until_alert("DatabaseAuthenticationFailing")
    world.stays_ill(60)
    world.restart("catalog")
    world.until_well()
    assert world.verdict().unexpected == ()


def test_an_expired_role_is_not_helped_by_a_restart(world: World) -> None:
    world.break_it("expired-role", service="payments")
    world.until_alert("DatabaseAuthenticationFailing")
    found = world.ask(
        "stanch_diagnose",
        "SELECT rolvaliduntil < now() AS expired FROM pg_roles WHERE rolname = 'payments'",
    )
    assert found == [{"expired": True}]

    world.restart("payments")
    world.stays_ill(60)

    assert world.mend is not None
    world.mend()
    world.until_well()


def test_the_logins_of_the_agent_can_do_what_they_are_for_and_no_more(world: World) -> None:
    with pytest.raises(errors.ReadOnlySqlTransaction):
        world.ask("stanch_diagnose", "CREATE TABLE mine (id int)")
    with pytest.raises(errors.InsufficientPrivilege):
        world.ask("stanch_diagnose", "SELECT email FROM customers")
    with pytest.raises(errors.InsufficientPrivilege):
        world.ask(
            "stanch_diagnose",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'payments'",
        )
    with pytest.raises(errors.InsufficientPrivilege):
        world.ask("stanch_act", "SELECT rolpassword FROM pg_authid")
    with pytest.raises(errors.InsufficientPrivilege):
        world.ask("stanch_act", "ALTER ROLE migrator CONNECTION LIMIT 1")
    with pytest.raises(errors.InsufficientPrivilege):
        world.ask("stanch_act", "COPY (SELECT 1) TO PROGRAM 'true'")
    with pytest.raises(errors.InsufficientPrivilege):
        world.ask("backoffice", "DELETE FROM orders")
    assert world.ask("stanch_act", "SELECT 1 AS one") == [{"one": 1}]
    world.live(60)
    assert world.verdict().well
