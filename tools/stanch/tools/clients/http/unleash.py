"""Unleash: a flag of a project is on or off in each environment (its admin API)."""

from typing import Any
from urllib.parse import quote

from stanch.tools.clients.http.dialect import Shown
from stanch.tools.clients.http.sending import Message
from stanch.tools.clients.http.switching import FlagSwitch
from stanch.tools.operations.http_acts import SwitchFlag, flag_facts


class Unleash(FlagSwitch):
    """Speaks the admin API of Unleash, version 4 and later."""

    def question(self, change: SwitchFlag) -> Message:
        """Return the request for the flag with its environments."""
        return Message(method="GET", target=_feature(change))

    def found(self, change: SwitchFlag, shown: Shown) -> dict[str, Any]:
        """Return the facts of the flag in the environment of the change."""
        return flag_facts(shown.body, change.environment)

    def order(self, change: SwitchFlag, shown: Shown, key: str) -> Message:
        """Return the request that switches it."""
        del shown, key
        to = "on" if change.enabled else "off"
        place = f"{_feature(change)}/environments/{quote(change.environment, safe='')}/{to}"
        return Message(method="POST", target=place)


def _feature(change: SwitchFlag) -> str:
    project, flag = (quote(name, safe="") for name in (change.project, change.flag))
    return f"/api/admin/projects/{project}/features/{flag}"
