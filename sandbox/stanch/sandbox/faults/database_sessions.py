"""Faults by sessions: a lock that is not given back, connections that are not closed."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, LiteralString

from psycopg import sql

from stanch.sandbox.faults.base import Fault, Params, Truth, UnknownFaultError
from stanch.sandbox.faults.database_target import chosen, database
from stanch.sandbox.faults.releases import next_version, release
from stanch.sandbox.shop.images import Image
from stanch.sandbox.shop.services import CHECKOUT

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

LOCK_AFTER = 20.0
"""Simulated seconds between the harmless release and the lock that has nothing to do with it."""
_HOLDS: Mapping[str, LiteralString] = MappingProxyType(
    {
        "charges": "UPDATE charges SET state = 'reviewed' WHERE id = 17",
        "products": "UPDATE products SET in_stock = in_stock WHERE id = 17",
    }
)
_ALTERS: Mapping[str, str] = MappingProxyType({"charges": "note", "products": "label"})
_HOLDERS = ("billing-review", "stock-count", "psql")
_LEAKERS = ("report-builder", "loyalty-export")
_MOST_SECONDS = 60.0


def _lock(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    part = database(shop)
    table = chosen(params, "table", tuple(_HOLDS), chance)
    application = params["application"] or chance.choice(_HOLDERS)
    column = f"{_ALTERS[table]}_{chance.randrange(100, 999)}"
    change = sql.SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} text").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    holder, migrator = part.actor("backoffice", application), part.actor("migrator", "migrations")

    async def contend() -> None:
        holds = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(holder.idle_in_transaction(_HOLDS[table], holds))
            await holds.wait()
            group.create_task(migrator.keep_trying(change))

    part.spawn(contend())
    return Truth(
        says=(
            f"a session of {application} left a transaction on {table} open, and a change of the"
            " schema waits for it, with all others behind"
        ),
        may_change=frozenset({("sessions", application)}),
    )


def _red_herring_lock(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    database(shop)
    version = next_version(shop, CHECKOUT, chance)
    shop.registry.publish(Image(CHECKOUT.name, version, CHECKOUT.memory_mib))
    release(shop, CHECKOUT, version, minReadySeconds=45)
    table = params["table"] or "charges"
    application = params["application"] or chance.choice(_HOLDERS)
    named = {"table": table, "application": application}
    if table not in _HOLDS:
        raise UnknownFaultError(f"table={table!r} is not known; choose one of: {', '.join(_HOLDS)}")
    shop.later(shop.now + LOCK_AFTER, lambda: _ignore(_lock(shop, chance, named)))
    return Truth(
        says=(
            f"a session of {application} left a transaction on {table} open;"
            f" checkout {version} is harmless"
        ),
        may_change=frozenset({("sessions", application)}),
    )


def _ignore(_: Truth) -> None:
    """Take what another fault says of itself; the first one has said it."""


def _pool_exhaustion(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    part = database(shop)
    application = params["application"] or chance.choice(_LEAKERS)
    state = chosen(params, "state", ("idle", "idle in transaction"), chance)
    reach = chosen(params, "reach", ("usable", "reserved"), random.Random("usable"))  # noqa: S311
    seconds = _seconds(params["seconds"])
    role = "reporting" if reach == "usable" else "batch"
    actor = part.actor(role, application)
    part.spawn(actor.leak(seconds=seconds, in_transaction=state != "idle"))
    return Truth(
        says=f"{application} opened all connections that it could get, and left them {state}",
        may_change=frozenset({("sessions", application)}),
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= _MOST_SECONDS:
        raise UnknownFaultError(
            f"seconds={text!r} is no number of seconds between 0 and {_MOST_SECONDS:.0f}"
        )
    return value


_TABLE = MappingProxyType({"table": "", "application": ""})
_LOCK = Fault(
    name="lock-contention",
    about="A transaction that was left open holds a lock, and a schema change waits behind it.",
    inject=_lock,
    params=_TABLE,
    look_alike="slow-query",
)
FAULTS = (
    _LOCK,
    replace(
        _LOCK,
        name="red-herring-lock",
        about="A harmless release, and a lock that has nothing to do with it.",
        inject=_red_herring_lock,
        look_alike="bad-release",
    ),
    Fault(
        name="pool-exhaustion",
        about="A program opens sessions until none is left, and does nothing with them.",
        inject=_pool_exhaustion,
        params=MappingProxyType(
            {"application": "", "state": "", "reach": "usable", "seconds": "3"}
        ),
        look_alike="max-connections-lowered",
    ),
)
