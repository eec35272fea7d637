"""The signs: every named predicate that a hypothesis can be weighed by, and how to read them."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from stanch.diagnosis.change_signs import CHANGE_SIGNS
from stanch.diagnosis.dependency_signs import DEPENDENCY_SIGNS
from stanch.diagnosis.log_signs import LOG_SIGNS
from stanch.diagnosis.metric_signs import METRIC_SIGNS
from stanch.diagnosis.pod_signs import POD_SIGNS
from stanch.diagnosis.reading import SignSpec
from stanch.diagnosis.rollout_signs import ROLLOUT_SIGNS
from stanch.diagnosis.topology_signs import TOPOLOGY_SIGNS
from stanch.diagnosis.view import View
from stanch.incident import Sign

_ALL = (
    *(*ROLLOUT_SIGNS, *POD_SIGNS, *LOG_SIGNS, *METRIC_SIGNS, *DEPENDENCY_SIGNS),
    *(*CHANGE_SIGNS, *TOPOLOGY_SIGNS),
)

SIGNS: Mapping[str, SignSpec] = MappingProxyType({spec.name: spec for spec in _ALL})
"""Every sign by its name."""


class UnknownSignError(ValueError):
    """A hypothesis names a sign that does not exist."""


def check_names(names: Iterable[str], *, where: str, table: Mapping[str, SignSpec] = SIGNS) -> None:
    """Refuse names of signs that are not in `table`; `where` says who uses them.

    Raises:
        UnknownSignError: one is not in the table.
    """
    for name in names:
        if name not in table:
            near = get_close_matches(name, table, n=1)
            mend = f"Did you mean '{near[0]}'?" if near else "See `SIGNS` for those there are."
            raise UnknownSignError(f"{where}: there is no sign '{name}'. {mend}")


def read_signs(
    view: View, names: Iterable[str] | None = None, *, table: Mapping[str, SignSpec] = SIGNS
) -> dict[str, Sign]:
    """Read the signs called `names` from the view, all of the table by default.

    A table with the signs of runbooks' own beside the built-in ones comes from
    stanch.diagnosis.own_signs.

    Raises:
        UnknownSignError: a name is not in the table.
    """
    wanted = tuple(table if names is None else dict.fromkeys(names))
    check_names(wanted, where="reading the evidence", table=table)
    return {name: read_sign(view, table[name]) for name in wanted}


def read_sign(view: View, spec: SignSpec) -> Sign:
    """Read one sign from the view."""
    holds, because, evidence = spec.read(view)
    return Sign(name=spec.name, holds=holds, because=because, evidence=evidence)
