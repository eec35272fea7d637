"""The faults: what goes wrong in the practice world, caused as it would be in life.

A fault changes the state of the world as a deploy pipeline, a colleague or a program would;
what follows from that, the world's own laws say (see shop.influence). Nothing in the API
says that it was made on purpose. The same seed and parameters give the same fault.
"""

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from stanch.sandbox.faults import database, hosts, load, network, releases, releases_config, web
from stanch.sandbox.faults.base import Fault, Injection, Params, Truth, UnknownFaultError
from stanch.sandbox.shop import rules

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

__all__ = ["FAULTS", "Fault", "Injection", "Truth", "UnknownFaultError", "inject"]

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        fault.name: fault
        for module in (releases, releases_config, load, network, database, hosts, web)
        for fault in module.FAULTS
    }
)
"""Every fault by its name."""
_NONE: Params = MappingProxyType({})


def inject(
    shop: "Shop", name: str, *, seed: int = 0, params: Params = _NONE
) -> tuple[Injection, Callable[[], None] | None]:
    """Break the world by the fault `name`; return what was done, and how a person mends it.

    Raises:
        UnknownFaultError: there is no such fault, or it has no such parameter.
    """
    fault = FAULTS.get(name)
    if fault is None:
        raise UnknownFaultError(f"there is no fault {name!r}; choose one of: {', '.join(FAULTS)}")
    if unknown := sorted(params.keys() - fault.params.keys()):
        known = ", ".join(sorted(fault.params)) or "none"
        raise UnknownFaultError(
            f"the fault {name!r} has no parameter {unknown[0]!r}; it has: {known}"
        )
    chosen = {**fault.params, **params}
    shop.alerts.put(rules.error_ratio())
    chance = random.Random(f"{name} {seed}")  # noqa: S311  # a rehearsal, not a secret
    truth = fault.inject(shop, chance, chosen)
    done = Injection(
        name=name,
        seed=seed,
        at=shop.now,
        truth=truth.says,
        may_change=truth.may_change,
        params=chosen,
        by_hand=truth.mend is not None,
        curable=fault.curable,
    )
    return done, truth.mend
