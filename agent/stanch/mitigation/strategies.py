"""All strategies by the intents that they know."""

from collections.abc import Iterable
from functools import lru_cache

from stanch.mitigation.annotations import Annotations
from stanch.mitigation.applications import Applications
from stanch.mitigation.autoscalers import Autoscalers
from stanch.mitigation.configuration import ConfigMaps, Secrets
from stanch.mitigation.connection_limits import ConnectionLimits
from stanch.mitigation.drains import Drains
from stanch.mitigation.hosts import Hosts
from stanch.mitigation.indexes import BuildsIndexes, DropsIndexes
from stanch.mitigation.manual import GuidedSteps
from stanch.mitigation.nodes import Nodes
from stanch.mitigation.patches import Patches
from stanch.mitigation.patches_workloads import Settings
from stanch.mitigation.plan import Workloads
from stanch.mitigation.pooled import Pooled, pools_of
from stanch.mitigation.pools import Pool
from stanch.mitigation.requests import Requests
from stanch.mitigation.reverts import Reverts
from stanch.mitigation.rollouts import Rollouts
from stanch.mitigation.sessions import Sessions
from stanch.mitigation.strategy import Strategy
from stanch.tools.operations import Intent


@lru_cache(maxsize=1)
def _known() -> dict[type, Strategy]:
    every: tuple[Strategy, ...] = (
        Workloads(),
        Rollouts(),
        Annotations(),
        Applications(),
        ConfigMaps(),
        Secrets(),
        Patches(),
        Settings(),
        Autoscalers(),
        Nodes(),
        Drains(),
        Requests(),
        Hosts(),
        Sessions(),
        BuildsIndexes(),
        DropsIndexes(),
        ConnectionLimits(),
        Reverts(),
        GuidedSteps(),
    )
    return {intent: one for one in every for intent in one.intents}


def strategy_for(intent: Intent, pools: Iterable[Pool] = ()) -> Strategy | None:
    """Return the strategy that knows `intent`; None where it is left to people.

    `pools` are the deployments whose pods keep connections to a database open.
    """
    found = _known().get(type(intent))
    touched = pools_of(intent, tuple(pools))
    return Pooled(found, touched) if found is not None and touched else found
