"""What a change touches, in the words that a policy is written in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A number that a change sets: replicas, a limit, connections."""

    name: str
    before: int | None
    """None: it was not set."""
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The place a change happens in, the thing it changes there, and how much of it."""

    thing: str
    """Kind and name, as deployments/checkout, units/nginx.service, flags/search, tables/orders."""
    also: tuple[str, ...] = ()
    """What else it changes with it: the other logs of a rotation, the roles of sessions."""
    behind: tuple[str, ...] = ()
    """What changes because of it: the workload of an autoscaler. It may forbid, not allow."""
    namespace: str | None = None
    node: str | None = None
    database: str | None = None
    host: str | None = None
    endpoint: str | None = None
    repository: str | None = None
    part: str | None = None
    """The part of the place: project and environment of a flag, the backend of a server."""
    sizes: tuple[Size, ...] = ()
    """The sizes that it sets; a policy bounds how large and by which factor."""
    count: int = 1
    """How many such things go at once: sessions that are ended, pods that are evicted."""

    @property
    def things(self) -> tuple[str, ...]:
        """All that it changes: what allows it has to name each, what forbids it only one."""
        return (self.thing, *self.also)

    @property
    def affected(self) -> tuple[str, ...]:
        """All that is different afterwards; what is denied may be any of it."""
        return (*self.things, *self.behind)
