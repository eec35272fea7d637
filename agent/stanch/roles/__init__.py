"""The roles: whoever reasons chooses from menus and writes cited sentences, and nothing more."""

from stanch.roles.budget import Budget
from stanch.roles.endpoint import Endpoint, Limits
from stanch.roles.menu import Choice, Fact, Menu, Option, Task, Writing
from stanch.roles.model import ChatModel
from stanch.roles.reasoner import Answer, Cost, Model, Reasoner
from stanch.roles.rules import Rules
from stanch.roles.team import Team

__all__ = [
    "Answer",
    "Budget",
    "ChatModel",
    "Choice",
    "Cost",
    "Endpoint",
    "Fact",
    "Limits",
    "Menu",
    "Model",
    "Option",
    "Reasoner",
    "Rules",
    "Task",
    "Team",
    "Writing",
]
