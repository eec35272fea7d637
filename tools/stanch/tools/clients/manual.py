"""The hands of a step that a person carries out: they show it, and never touch anything."""

from collections.abc import Mapping
from typing import Any

from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations.manual_acts import DoByHand, by_hand_facts
from stanch.tools.outcome import DryRun, Outcome


class ByHand:
    """Shows what a person is asked to do; nothing here can do it."""

    def look(self, change: DoByHand) -> dict[str, Any]:
        """Return what the step rests on; whoever can read signs judges whether they hold."""
        return by_hand_facts(change)

    def preview(self, change: DoByHand, *, key: str) -> DryRun:
        """Return the lines that a person will carry out, each by its number."""
        del key
        lines = {f"line {number}": line for number, line in enumerate(change.lines, start=1)}
        note = "a person carries it out; stanch cannot try it, and sends nothing"
        return DryRun(
            accepted=True, note=note, before=dict.fromkeys(lines), after=lines, tried=False
        )

    def apply(self, change: DoByHand, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Refuse: the executor asks a person instead.

        Raises:
            OperationRefusedError: always.
        """
        del key, observed
        raise OperationRefusedError(f"{change.name} is carried out by a person")

    def probe(self, change: DoByHand, *, key: str) -> bool | None:
        """Return None: only a person knows whether they did it."""
        del change, key
        return None

    def close(self) -> None:
        """Hold nothing, and close nothing."""
