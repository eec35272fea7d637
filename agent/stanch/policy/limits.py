"""How much one change may do at once: sizes, factors, parts, counts and hosts."""

from stanch.policy.environment import Limits
from stanch.policy.situation import Situation
from stanch.tools.operations.reach import Reach, Size

_ENDS = frozenset({"replicas", "minReplicas", "maxReplicas"})
"""Sizes of which none at all ends the service."""


def beyond(limits: Limits, reach: Reach, situation: Situation) -> str | None:
    """Return why a change does too much at once; None when it does not."""
    for size in reach.sizes:
        if reason := _size(limits, size):
            return reason
    if reach.count > limits.max_count:
        return f"{reach.count} at once are more than limits.max_count"
    if reach.host is not None:
        hosts = situation.busy_hosts | {reach.host}
        if len(hosts) > limits.hosts_at_once:
            return (
                f"changes on {len(hosts)} hosts would be under way at once, more than "
                "limits.hosts_at_once"
            )
    return None


def _size(limits: Limits, size: Size) -> str | None:
    if size.after <= 0 and size.name in _ENDS:
        return f"{size.name} 0: none at all ends the service"
    most = limits.max_size.get(size.name)
    if most is not None and size.after > most:
        return f"{size.name} {size.after} is more than limits.max_size ({most})"
    if size.before is None or size.before == size.after:
        return None
    if size.after > size.before * limits.max_factor:
        return f"it multiplies {size.name} by more than limits.max_factor"
    if size.after * limits.max_factor < size.before:
        return f"it divides {size.name} by more than limits.max_factor"
    if size.after < size.before * (1 - limits.max_percent / 100):
        return f"it takes away more of {size.name} than limits.max_percent"
    return None
