"""flagd: what a flag evaluates to, by the OpenFeature remote evaluation protocol (OFREP).

flagd takes its flags from files, clusters and other sources, and nothing is written to it.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from stanch.tools.clients.http.dialect import Shown
from stanch.tools.clients.http.sending import Message
from stanch.tools.operations.http_acts import EVALUATION, SwitchFlag, evaluation_facts

_FLAGD = (
    "flagd has no interface through which a flag is switched. Change its state or its "
    "defaultVariant in the source that flagd syncs from (a file, a ConfigMap or a "
    "FeatureFlag object), and look at it again."
)
_OFREP = (
    "OFREP only evaluates flags: it has no interface through which a flag is switched. Name "
    "the endpoint of the service that keeps them, and this one as its `evaluated_by`."
)


class Flagd:
    """Evaluates a flag; cannot switch it."""

    def __init__(self, kind: str = "flagd") -> None:
        self._kind = kind

    @property
    def cannot(self) -> str:
        """Why nothing is switched through it, and what to do instead."""
        return _FLAGD if self._kind == "flagd" else _OFREP

    def question(self, change: SwitchFlag) -> Message:
        """Return the request that evaluates the flag for nobody in particular."""
        return Message(
            method="POST",
            target=f"/ofrep/v1/evaluate/flags/{quote(change.flag, safe='')}",
            body=EVALUATION.encode(),
        )

    def found(self, change: SwitchFlag, shown: Shown) -> dict[str, Any]:
        """Return the facts of the evaluation."""
        del change
        return {"missing": True} if shown.status == 404 else evaluation_facts(shown.body)

    def order(self, change: SwitchFlag, shown: Shown, key: str) -> Message:
        """There is none."""
        del change, shown, key
        raise AssertionError(self.cannot)

    def wanted(self, change: SwitchFlag, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts with the flag switched, whatever the variant is called then."""
        if facts.get("enabled") is change.enabled:
            return dict(facts)
        return {**facts, "enabled": change.enabled}

    def unfit(self, change: SwitchFlag, facts: Mapping[str, Any]) -> str | None:
        """Return None: `cannot` says all there is."""
        del change, facts
        return None

    def barred(self, change: SwitchFlag, ask: Callable[[Message], Any]) -> str | None:
        """Return None: nothing is changed."""
        del change, ask
        return None
