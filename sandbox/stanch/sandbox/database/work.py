"""What the shop's services ask of their database, by the route that they answer with it."""

import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, LiteralString, TypeAlias

Arguments: TypeAlias = Callable[[random.Random], dict[str, Any]]

SEEDED = 20000
"""So many orders and charges there are from the beginning."""
_CATEGORIES = 150
_PARENTS = 15000
_CHARGE: LiteralString = """
    INSERT INTO charges (order_id, request_id, amount_cents)
    VALUES (%(order)s, %(request)s, %(cents)s)
"""
_REFUND: LiteralString = """
    INSERT INTO refunds (charge_id, amount_cents)
    SELECT id, 100 FROM charges WHERE order_id = %(order)s ORDER BY id LIMIT 1
"""
_SEARCH: LiteralString = """
    SELECT p.id, p.name,
           (SELECT min(v.price_cents) FROM products AS v WHERE v.parent_id = p.id) AS cheapest,
           (SELECT max(v.price_cents) FROM products AS v WHERE v.parent_id = p.id) AS dearest,
           (SELECT sum(v.in_stock) FROM products AS v WHERE v.parent_id = p.id) AS in_stock,
           (SELECT count(*) FROM products AS v WHERE v.parent_id = p.id) AS variants
    FROM products AS p
    WHERE p.category_id = %(category)s AND p.parent_id IS NULL
    ORDER BY p.popularity DESC
    LIMIT 48
"""
_ITEMS: LiteralString = "SELECT id, name, price_cents FROM products WHERE id = ANY(%(ids)s)"


@dataclass(frozen=True, slots=True)
class Task:
    """One statement that answers one route."""

    path: str
    statement: LiteralString
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Client:
    """One service that uses the database, under the role of its name."""

    service: str
    tasks: tuple[Task, ...]


def _charge(chance: random.Random) -> dict[str, Any]:
    return {
        "order": chance.randint(1, SEEDED),
        "request": secrets.token_hex(8),
        "cents": chance.randint(100, 20000),
    }


def _order(chance: random.Random) -> dict[str, Any]:
    return {"order": chance.randint(1, SEEDED)}


def _category(chance: random.Random) -> dict[str, Any]:
    return {"category": chance.randint(1, _CATEGORIES)}


def _ids(chance: random.Random) -> dict[str, Any]:
    return {"ids": [chance.randint(1, _PARENTS) for _ in range(12)]}


CLIENTS: Mapping[str, Client] = MappingProxyType(
    {
        one.service: one
        for one in (
            Client(
                "payments",
                (Task("/charge", _CHARGE, _charge), Task("/refund", _REFUND, _order)),
            ),
            Client("catalog", (Task("/search", _SEARCH, _category), Task("/items", _ITEMS, _ids))),
        )
    }
)
"""The services that use the database, by their names."""


def twice(chance: random.Random) -> dict[str, Any]:
    """Return a charge whose request was charged before: what a faulty release sends."""
    return {**_charge(chance), "request": f"order-{chance.randint(1, SEEDED)}"}


def nothing(chance: random.Random) -> dict[str, Any]:
    """Return a charge of nothing: what another faulty release sends."""
    return {**_charge(chance), "cents": 0}
