"""The database roles of docs/security.md can be made as they stand there, and do what is said."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.docs.documents import ROOT, blocks
from tests.services import postgres
from tests.services.postgres import Postgres

ROLES, DANGEROUS = blocks(ROOT / "docs" / "security.md", "sql")
RESERVED = "GRANT pg_use_reserved_connections TO stanch_diagnose, stanch_act"


@pytest.fixture(scope="module", params=postgres.kinds())
def server(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    # pytest's own folders are closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="stanch-postgres-") as folder:
        try:
            with postgres.running(request.param, Path(folder)) as started:
                started.run(
                    "CREATE ROLE shop_owner",
                    "CREATE ROLE shop_app",
                    "CREATE TABLE orders (id int)",
                    "CREATE TABLE customers (id int)",
                    "ALTER TABLE orders OWNER TO shop_owner",
                    "GRANT CREATE ON SCHEMA public TO shop_owner",
                    ROLES,
                )
                if started.run("SHOW server_version_num")[0][0] >= "160000":
                    started.run(RESERVED)
                yield started
        except postgres.AbsentError as absent:
            pytest.skip(str(absent))


def done_by(server: Postgres, role: str, *statements: str) -> None:
    server.run(f"SET SESSION AUTHORIZATION {role}", *statements)


def test_the_role_that_looks_reads_what_it_was_granted_and_nothing_else(server: Postgres) -> None:
    done_by(server, "stanch_diagnose", "TABLE orders", "SELECT query FROM pg_stat_activity")
    for refused in ("TABLE customers", "CREATE TABLE more (id int)", "DELETE FROM orders"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            done_by(server, "stanch_diagnose", "SET default_transaction_read_only = off", refused)


def test_the_role_that_acts_builds_indexes_and_limits_the_named_role(server: Postgres) -> None:
    done_by(server, "stanch_act", "CREATE INDEX CONCURRENTLY orders_by_id ON orders (id)")
    done_by(server, "stanch_act", "DROP INDEX CONCURRENTLY orders_by_id")
    done_by(server, "stanch_act", "ALTER ROLE shop_app CONNECTION LIMIT 5")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        done_by(server, "stanch_act", "TABLE customers")


def test_the_query_finds_functions_that_run_with_a_superusers_rights(server: Postgres) -> None:
    assert server.run(DANGEROUS) == []
    server.run("CREATE FUNCTION risky() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1'")
    assert server.run(DANGEROUS) == [("risky()",)]
    server.run("REVOKE EXECUTE ON FUNCTION risky() FROM PUBLIC")
    assert server.run(DANGEROUS) == []
