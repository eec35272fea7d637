"""How a fault finds the database that it breaks, and chooses what it was not told."""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stanch.sandbox.faults.base import Params, UnknownFaultError

if TYPE_CHECKING:
    from stanch.sandbox.database.part import Database
    from stanch.sandbox.shop.shop import Shop

CLIENTS = ("payments", "catalog")
"""The services that use the database."""


def database(shop: "Shop") -> "Database":
    """Return the database of the world.

    Raises:
        UnknownFaultError: this world has none.
    """
    from stanch.sandbox.database.part import NAME, Database  # noqa: PLC0415 - heavy

    found = shop.parts.get(NAME)
    if not isinstance(found, Database):
        raise UnknownFaultError("this practice world has no database; start it with all its parts")
    return found


def chosen(params: Params, name: str, known: Sequence[str], chance: random.Random) -> str:
    """Return the parameter `name`, or one of `known` by chance when it is empty.

    Raises:
        UnknownFaultError: it is none of `known`.
    """
    by_chance = chance.choice(known)
    value = params[name] or by_chance
    if value not in known:
        raise UnknownFaultError(f"{name}={value!r} is not known; choose one of: {', '.join(known)}")
    return value
