"""The database as a part: its settings, its metrics, its faults by seed."""

import asyncio
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from stanch.sandbox.database.part import Database
from stanch.sandbox.faults import FAULTS, UnknownFaultError, inject
from stanch.sandbox.faults.database import FAULTS as MINE
from stanch.sandbox.shop.part import Place
from stanch.sandbox.shop.promql import Sample
from stanch.sandbox.shop.shop import Shop, open_shop
from stanch.sandbox.toml_text import toml
from stanch.settings import read

NOW = 1_790_000_000.0


@pytest.fixture(scope="module")
def shop() -> Shop:
    return open_shop(now=NOW, seed=5, history=60)


@pytest.fixture(scope="module")
def part(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made, place = Database(seed=5), Place(tmp_path_factory.mktemp("part") / "database")

    async def begin() -> None:
        await made.prepare(place)
        await made.start(shop, place)

    try:
        asyncio.run(begin())
        shop.add(made)
        shop.advance(shop.now + 30)
        yield made
    finally:
        asyncio.run(made.stop())


def test_its_tables_are_settings_that_lead_to_the_database(part: Database, tmp_path: Path) -> None:
    text = toml(part.settings())
    assert part.logins.passwords["stanch_diagnose"] not in text
    (tmp_path / "stanch.toml").write_text(text, encoding="utf-8")
    targets = read({"STANCH_HOME": str(tmp_path)}).targets
    database = targets.databases["shop"]
    assert database.password is not None
    assert database.password.get_secret_value() == part.logins.passwords["stanch_diagnose"]
    assert database.act_password is not None
    assert database.act_password.get_secret_value() == part.logins.passwords["stanch_act"]
    assert targets.services["payments"].database == "shop"
    for table in tomllib.loads(text)["databases"].values():
        for name in ("password_file", "act_password_file"):
            assert stat.S_IMODE(Path(table[name]).stat().st_mode) == 0o600


def test_the_passwords_differ_and_are_those_of_the_secrets(part: Database, shop: Shop) -> None:
    passwords = part.logins.passwords
    assert len(set(passwords.values())) == len(passwords)
    assert set(shop.programs.passwords.values()) == {passwords["payments"], passwords["catalog"]}


@pytest.mark.parametrize(
    "query",
    [
        "pg_up == 1",
        'sum(pg_stat_activity_count{datname="shop"}) > 0',
        'pg_stat_activity_max_tx_duration{state="active"} >= 0',
        "pg_settings_max_connections == 44",
        'pg_locks_count{datname="shop",mode="accesssharelock"} > 0',
        'pg_stat_database_xact_commit{datname="shop"} > 0',
        'pg_stat_user_tables_seq_scan{relname="products"} >= 0',
        'pg_blocked_sessions{datname="shop"} == 0',
        'pg_sequences_last_value{sequencename="charges_id_seq"} > 0',
        'pg_roles_connection_limit{rolname="payments"} == -1',
        'db_client_errors_total{service="payments",sqlstate="57014"} == 0',
        'kube_secret_metadata_resource_version{secret="payments-db"} > 0',
    ],
)
def test_it_has_the_metrics_of_the_field(part: Database, shop: Shop, query: str) -> None:
    assert part.reasons() == []
    found = shop.engine.instant(query, shop.now)
    assert isinstance(found, list)
    assert [one for one in found if isinstance(one, Sample)]


def test_no_rule_of_it_fires_when_all_is_well(part: Database, shop: Shop) -> None:
    shop.advance(shop.now + 180)
    assert shop.alerts.firing() == []
    assert {rule.name for rule in part.rules()} >= {"PostgresLockWaits", "PostgresqlDown"}


def test_every_fault_is_known_by_its_name_and_says_what_it_is_taken_for() -> None:
    assert len({fault.name for fault in MINE}) == len(MINE)
    for fault in MINE:
        assert FAULTS[fault.name] is fault
        assert fault.look_alike in FAULTS


def test_a_world_without_a_database_says_that_it_has_none() -> None:
    bare = open_shop(now=NOW, seed=5, history=30)
    for fault in MINE:
        with pytest.raises(UnknownFaultError, match="no database"):
            inject(bare, fault.name)


@pytest.mark.parametrize(
    ("fault", "params", "words"),
    [
        ("lock-contention", {"table": "orders"}, "choose one of: charges, products"),
        ("pool-exhaustion", {"state": "busy"}, "choose one of: idle"),
        ("pool-exhaustion", {"seconds": "ages"}, "no number of seconds"),
        ("secret-rotation", {"service": "checkout"}, "choose one of: payments, catalog"),
        ("sequence-limit", {"table": "orders"}, "choose one of"),
        ("red-herring-lock", {"table": "orders"}, "choose one of"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_before_anything_is_done(
    part: Database, shop: Shop, fault: str, params: dict[str, str], words: str
) -> None:
    before = part.baseline()
    with pytest.raises(UnknownFaultError, match=words):
        inject(shop, fault, params=params)
    assert part.changes(before, frozenset()) == []
