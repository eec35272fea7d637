"""The bank: the one service that the shop calls and does not run itself.

Only payments calls it, for each charge. When it fails or hangs, exactly those requests
fail, in all versions alike, unless the shop's flag lets payments keep the charges for later.
"""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from typing_extensions import override

from stanch.sandbox.shop.influence import Influence, Outcome
from stanch.sandbox.shop.pods import PodView
from stanch.sandbox.shop.services import Route
from stanch.sandbox.web.names import BANK, BANK_CALLER, BANK_ROUTE

State: TypeAlias = Literal["well", "errors", "timeouts"]
_SHARE = 0.97
_PATIENCE = 5.0
"""Seconds after which payments gives a call up."""
SLOW = 2.5
"""Wall seconds after which the bank's own front gives up, when what is behind it hangs."""


class Bank(Influence):
    """How the bank is, and what follows for payments."""

    def __init__(self, queued: Callable[[], bool]) -> None:
        """`queued` tells whether payments keeps charges in place of calling the bank."""
        self._queued = queued
        self.state: State = "well"

    @override
    def outcomes(self, pod: PodView, route: Route) -> Sequence[Outcome]:
        mine = pod.service == BANK_CALLER and route.path == BANK_ROUTE
        if not mine or self.state == "well" or self._queued():
            return ()
        if self.state == "errors":
            said = f"POST https://{BANK}/v1/charges answered 503 Service Unavailable"
            return (Outcome(502, _SHARE, 0.2, said),)
        said = f"POST https://{BANK}/v1/charges: no answer within {_PATIENCE * 1000:.0f}ms"
        return (Outcome(503, _SHARE, _PATIENCE, said),)
