"""How two policies differ, rule by rule; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stanch.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Change:
    """One place of the policy with what stands there before and after; None: nothing."""

    path: str
    before: Any
    after: Any


def differences(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Return each place in which the policies differ; environments are matched by name."""
    return tuple(_between(_named(old), _named(new), ""))


def _named(policy: Policy) -> dict[str, Any]:
    """Return the policy with its environments by name, and their order beside them."""
    body = policy.model_dump(mode="json")
    environments = body.pop("environments")
    body["environments"] = {one["name"]: one for one in environments}
    body["order of environments"] = [one["name"] for one in environments]
    return body


def _between(old: Any, new: Any, path: str) -> Iterator[Change]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from _between(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
    elif old != new:
        yield Change(path, old, new)
