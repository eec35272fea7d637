"""The reasoner that needs no model: code has computed the answers already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stanch.incident import Claim
from stanch.roles.menu import Choice, Menu, Option, Writing

RULES = "rules"


@dataclass(frozen=True, slots=True)
class Rules:
    """Takes the default of each menu and the drafts of each section. It asks nobody."""

    name: str = RULES

    def choose(self, menu: Menu) -> Choice:
        """Choose what the rules ranked first, and say how the ranking went."""
        return Choice(chosen=menu.default, why=_ranking(menu), cites=(), by=self.name)

    def write(self, writings: Sequence[Writing]) -> Mapping[str, tuple[Claim, ...]]:
        """Return the drafts of each section, unchanged."""
        return {writing.section: writing.drafts for writing in writings}


def _ranking(menu: Menu) -> str:
    if not menu.default:
        return "The rules choose none of the options."
    scored = {option.id: option for option in menu.options}
    taken = ", ".join(_scored(scored[one]) for one in menu.default)
    rest = sorted(
        (option for option in menu.options if option.id not in menu.default),
        key=lambda option: (-option.score, option.id),
    )
    if not rest:
        return f"The rules choose {taken}; there is no other option."
    return f"The rules choose {taken}; the next best is {_scored(rest[0])}."


def _scored(option: Option) -> str:
    return f"{option.id} ({option.score:.2f})"
