"""The standing rules of one deployment, as data."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stanch.policy.environment import Environment, Name, Where
from stanch.policy.reads import Pattern, Reads
from stanch.tools.operations import Frozen, digest_of

KUBERNETES_OWN = ("kube-system", "kube-public", "kube-node-lease")
STANCH_OWN = "stanch"
"""The namespace that stanch, its policy and its store are taken to live in."""


class Forbidden(Frozen):
    """What is never changed, whatever allows it and whoever approves it."""

    where: Where = Where(namespaces=(*KUBERNETES_OWN, STANCH_OWN))
    things: tuple[Pattern, ...] = ("**/stanch-*", "**/*-stanch")
    """By kind/name, wherever they are: also what stanch itself lives by."""


class BreakGlass(Frozen):
    """Who may lift ceiling, freezes and windows for one incident and a short time."""

    people: tuple[Name, ...] = ()
    minutes: Annotated[float, Field(gt=0, le=240)] = 30.0
    ceiling: Literal["mutate", "destructive"] = "destructive"


class Policy(Frozen):
    """The rules of one deployment, read anew by every run and before every change.

    Without a file nothing may be changed and nobody may approve: the rules grant, and
    their absence grants nothing.
    """

    version: Literal[1] = 1
    groups: dict[Name, Annotated[tuple[Name, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    reads: Reads = Reads()
    environments: tuple[Environment, ...] = ()
    """In order: a change belongs to the first one that names its place."""
    forbidden: Forbidden = Forbidden()
    break_glass: BreakGlass = BreakGlass()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        names = [one.name for one in self.environments]
        if doubled := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two environments are called {doubled}")
        for one in self.environments:
            first = one.rehearsed
            if first is not None and first.environment not in {*names} - {one.name}:
                raise ValueError(
                    f"{one.name} wants changes rehearsed in {first.environment}, which is no "
                    "other environment"
                )
        for group, members in self.groups.items():
            if inner := next((one for one in members if one in self.groups), None):
                raise ValueError(f"the group {group} holds the group {inner}: list its people")
        return self

    def people(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the people that `names` stand for, each once, groups spelled out."""
        every = (person for name in names for person in self.groups.get(name, (name,)))
        return tuple(dict.fromkeys(every))

    @property
    def approvers(self) -> tuple[str, ...]:
        """Everybody who may decide about some change."""
        found: list[str] = []
        for one in self.environments:
            rules = one.approval
            by = [
                ask for each in rules.severities.values() for ask in (each.mutate, each.destructive)
            ]
            for ask in (rules.mutate, rules.destructive, *by):
                found += ask.approvers or ()
            found += rules.approvers
        return self.people(tuple(found))

    @property
    def sha256(self) -> str:
        """The digest of these rules, bound into every approval."""
        return digest_of(self.model_dump(mode="json"))
