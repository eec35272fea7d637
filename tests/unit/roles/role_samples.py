"""Menus, writings and a team on a scripted server, as the tests of the roles need them."""

from dataclasses import dataclass, field
from typing import Any

from stanch.incident import Claim
from stanch.roles import Budget, ChatModel, Endpoint, Fact, Limits, Menu, Option, Team, Writing
from stanch.roles.rules import Rules
from tests.services.scripted_model import ScriptedModel

KEY = "sk-live-4242424242"

FACTS = (
    Fact("C:onset", "The error ratio rose 40 s after revision 7 of checkout.", trusted=True),
    Fact("E-004", "POST /pay 500: cannot read property 'total'", trusted=False),
)


def menu(**changes: Any) -> Menu:
    fields: dict[str, Any] = {
        "task": "hypothesis",
        "role": "commander",
        "question": "Which cause is pursued first?",
        "options": (
            Option("bad-release", "The newest revision of checkout fails.", 0.82),
            Option("dependency", "A service that checkout calls fails.", 0.4),
            Option("no-incident", "The users notice nothing.", 0.05),
        ),
        "facts": FACTS,
        "default": ("bad-release",),
        "least": 1,
        "most": 1,
    }
    return Menu(**(fields | changes))


def writing(section: str = "summary", **changes: Any) -> Writing:
    fields: dict[str, Any] = {
        "role": "docs-writer",
        "section": section,
        "drafts": (Claim(text="Checkout answered 12 % of requests with 500.", cites=("E-004",)),),
        "facts": FACTS,
    }
    return Writing(**(fields | changes))


def model(server: ScriptedModel, budget: Budget | None = None, **limits: Any) -> ChatModel:
    endpoint = Endpoint(model="scripted", base_url=server.url, api_key=KEY)
    return ChatModel(endpoint, budget or Budget(), limits=Limits(**limits))


@dataclass
class Journal:
    """Keeps what a team records."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def record(self, kind: str, data: dict[str, Any]) -> None:
        self.events.append((kind, data))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events]

    def only(self, kind: str) -> dict[str, Any]:
        [found] = [data for name, data in self.events if name == kind]
        return found


def team(server: ScriptedModel, journal: Journal, **limits: Any) -> Team:
    return Team(Rules(), model(server, **limits), journal.record)
