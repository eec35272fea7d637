"""LaunchDarkly: a flag is on or off in each environment, by semantic patches of its REST API.

https://launchdarkly.com/docs/api/feature-flags/update-feature-flag : such a patch names no
version that it starts from, so that the version is compared just before it is sent.
"""

import json
from typing import Any
from urllib.parse import quote

from stanch.tools.clients.http.dialect import Shown
from stanch.tools.clients.http.sending import Message
from stanch.tools.clients.http.switching import FlagSwitch
from stanch.tools.operations.http_acts import SwitchFlag, environment_facts

_SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"


class LaunchDarkly(FlagSwitch):
    """Speaks the REST API of LaunchDarkly, version 2."""

    def question(self, change: SwitchFlag) -> Message:
        """Return the request for the flag as it is in one environment."""
        place = f"{_flag(change)}?env={quote(change.environment, safe='')}"
        return Message(method="GET", target=place)

    def found(self, change: SwitchFlag, shown: Shown) -> dict[str, Any]:
        """Return the facts of the flag in the environment of the change."""
        return environment_facts(shown.body, change.environment)

    def order(self, change: SwitchFlag, shown: Shown, key: str) -> Message:
        """Return the patch that switches it; its comment names the change."""
        del shown
        body = {
            "environmentKey": change.environment,
            "comment": f"stanch {key}",
            "instructions": [{"kind": "turnFlagOn" if change.enabled else "turnFlagOff"}],
        }
        return Message(
            method="PATCH",
            target=_flag(change),
            headers={"content-type": _SEMANTIC},
            body=json.dumps(body).encode(),
        )


def _flag(change: SwitchFlag) -> str:
    project, flag = (quote(name, safe="") for name in (change.project, change.flag))
    return f"/api/v2/flags/{project}/{flag}"
