"""The sum of connections: how many a deployment's pools could open, and for how many is room.

Each pod opens pools of its own, one for each pair of database and user, so that more pods or
larger pools can use up `max_connections` and make worse what they were to cure (DF-08). A
number of connections means nothing without that limit, less what is reserved (DF-09).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from stanch.mitigation.strategy import CannotPlanError
from stanch.tools.operations.sql import QuerySql

_SLOTS: Final = """
SELECT current_setting('max_connections')::int AS most,
       current_setting('superuser_reserved_connections')::int
         + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,
       (SELECT count(*) FROM pg_stat_activity AS a
         WHERE a.backend_type = 'client backend' AND a.usename IS DISTINCT FROM $1) AS others,
       (SELECT r.rolconnlimit FROM pg_roles AS r WHERE r.rolname = $1) AS role_limit,
       (SELECT d.datconnlimit FROM pg_database AS d
         WHERE d.datname = current_database()) AS database_limit"""
_NO_LIMIT: Final = -1


class Pool(Protocol):
    """What the settings say of a deployment whose pods keep connections open."""

    @property
    def namespace(self) -> str:
        """The namespace of the deployment."""

    @property
    def deployment(self) -> str:
        """Its name."""

    @property
    def database(self) -> str:
        """The database that the connections lead to, by its name in the settings."""

    @property
    def role(self) -> str:
        """The role that its pods log in as, and nobody else does."""

    @property
    def variable(self) -> str:
        """The variable that says how many connections one pool may have."""

    @property
    def pairs(self) -> int:
        """How many pools each pod has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """The most connections that the pods of a deployment open."""

    pods: int
    size: int
    """Of one pool, over all containers of a pod that have one."""
    pairs: int
    beside: int = 0
    """The pods that run beside them while they are replaced, and hold pools as well."""
    size_before: int = 0
    """The size of the pools of the pods that are replaced."""

    @property
    def lasting(self) -> int:
        """The connections of all pools when nothing is replaced any more."""
        return self.pods * self.size * self.pairs

    @property
    def total(self) -> int:
        """The connections of all pools at the worst moment."""
        return (self.pods + self.beside) * max(self.size, self.size_before) * self.pairs

    @property
    def sum(self) -> str:
        """How the total comes about."""
        beside = f" and {self.beside} beside them meanwhile" if self.beside else ""
        size = max(self.size, self.size_before)
        return f"{self.pods} pods{beside} x {size} connections x {self.pairs} pools = {self.total}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """For how many connections a server has room."""

    most: int
    """`max_connections`."""
    reserved: int
    """What only administrators get."""
    others: int
    """The sessions of other roles that are open now."""
    role_limit: int = _NO_LIMIT
    database_limit: int = _NO_LIMIT

    @property
    def left(self) -> int:
        """What is left for the one role, by the least of all limits."""
        limits = [one for one in (self.role_limit, self.database_limit) if one != _NO_LIMIT]
        return max(0, min([self.most - self.reserved - self.others, *limits]))

    @property
    def sum(self) -> str:
        """How it comes about."""
        found = (
            f"max_connections {self.most} - {self.reserved} reserved - {self.others} in use by "
            f"others = {self.most - self.reserved - self.others}"
        )
        if self.role_limit != _NO_LIMIT:
            found += f", the role's own limit {self.role_limit}"
        if self.database_limit != _NO_LIMIT:
            found += f", the database's {self.database_limit}"
        return found


def slots_look(pool: Pool) -> QuerySql:
    """Return the read of a server's limits, and of the sessions that are not the pool's."""
    return QuerySql(database=pool.database, statement=_SLOTS, values=(pool.role,))


def room_of(look: Mapping[str, Any], pool: Pool) -> Room:
    """Return the room that `slots_look` has shown.

    Raises:
        CannotPlanError: the database has no such role.
    """
    row = look["rows"][0]
    if row["role_limit"] is None:
        raise CannotPlanError(
            f"the database {pool.database} has no role {pool.role}: mend [pools] in stanch.toml"
        )
    return Room(
        most=int(row["most"]),
        reserved=int(row["reserved"]),
        others=int(row["others"]),
        role_limit=int(row["role_limit"]),
        database_limit=int(row["database_limit"]),
    )


def require_room(pool: Pool, before: Demand, after: Demand, room: Room) -> str:
    """Return the sentence that says that the connections fit; fewer than before always do.

    Raises:
        CannotPlanError: they would not; with both sums.
    """
    if after.lasting > before.lasting and after.total > room.left:
        raise CannotPlanError(
            f"the pools of {pool.deployment} could open {after.sum} connections, and the database "
            f"{pool.database} has room for {room.left} ({room.sum}): it would make it worse"
        )
    return (
        f"its pools may open {after.sum} connections to {pool.database}, before {before.lasting}; "
        f"there is room for {room.left} ({room.sum})"
    )
