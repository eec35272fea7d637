"""Faults by what is stored: an index that is gone, numbers that are used up, refused rows."""

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, LiteralString

from psycopg import sql

from stanch.sandbox.faults.base import Fault, Params, Truth
from stanch.sandbox.faults.database_target import chosen, database
from stanch.sandbox.faults.releases import next_version, own, release
from stanch.sandbox.shop.images import Image
from stanch.sandbox.shop.services import PAYMENTS

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_USED_UP: Mapping[str, LiteralString] = MappingProxyType(
    {
        "charge_audit": "SELECT setval('charge_audit_id_seq', 2147483647)",
        "charges": "SELECT setval('charges_id_seq', 2147483647)",
    }
)
_WIDEN: Mapping[str, tuple[LiteralString, LiteralString]] = MappingProxyType(
    {
        "charge_audit": (
            "ALTER TABLE charge_audit ALTER COLUMN id TYPE bigint",
            "ALTER SEQUENCE charge_audit_id_seq AS bigint",
        ),
        "charges": (
            "ALTER TABLE charges ALTER COLUMN id TYPE bigint",
            "ALTER SEQUENCE charges_id_seq AS bigint",
        ),
    }
)


_HELPING: LiteralString = """
    SELECT i.indexrelid::regclass::text AS name
    FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = 'products'::regclass AND a.attname = 'parent_id'
"""


def _slow_query(shop: "Shop", _: random.Random, params: Params) -> Truth:
    del params
    part = database(shop)
    for row in part.truth.rows(_HELPING):
        part.truth.rows(sql.SQL("DROP INDEX {}").format(sql.Identifier(row["name"])))

    def mend() -> None:
        part.truth.rows("CREATE INDEX products_parent_id_idx ON products (parent_id)")

    return Truth(
        says="the index on products (parent_id) was dropped, so each search reads the table"
        " nearly two hundred times",
        may_change=frozenset({("indexes", "products")}),
        mend=mend,
    )


def _sequence_limit(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    part = database(shop)
    table = chosen(params, "table", tuple(_USED_UP), chance)
    part.truth.rows(_USED_UP[table])

    def mend() -> None:
        for statement in _WIDEN[table]:
            part.truth.rows(statement)

    allowed = {("sequences", f"{table}_id_seq"), ("triggers", "charges")}
    return Truth(
        says=f"the sequence of {table}.id has given out its last number of 32 bits",
        may_change=frozenset(allowed),
        mend=mend,
    )


def _constraint_bug(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    from stanch.sandbox.database.load import Misuse  # noqa: PLC0415 - heavy
    from stanch.sandbox.database.work import nothing, twice  # noqa: PLC0415 - heavy

    part = database(shop)
    kind = chosen(params, "constraint", ("unique", "check"), chance)
    share = round(chance.uniform(0.5, 0.8), 2)
    version = next_version(shop, PAYMENTS, chance)
    image = shop.registry.publish(Image(PAYMENTS.name, version, PAYMENTS.memory_mib))
    wrong = twice if kind == "unique" else nothing
    part.load.misuses[image] = Misuse("/charge", share, wrong)
    release(shop, PAYMENTS, version)
    what = "charges what was charged before" if kind == "unique" else "charges amounts of nothing"
    return Truth(says=f"payments {version} {what}, and is refused", may_change=own(PAYMENTS))


FAULTS = (
    Fault(
        name="slow-query",
        about="An index is gone, and a statement reads a large table over and over.",
        inject=_slow_query,
        look_alike="lock-contention",
    ),
    Fault(
        name="sequence-limit",
        about="A key of 32 bits has used up its numbers.",
        inject=_sequence_limit,
        params=MappingProxyType({"table": ""}),
        look_alike="constraint-bug",
    ),
    Fault(
        name="constraint-bug",
        about="A release writes rows that a constraint refuses.",
        inject=_constraint_bug,
        params=MappingProxyType({"constraint": ""}),
        look_alike="sequence-limit",
    ),
)
