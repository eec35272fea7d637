"""Commands that stand inside another host command: how they are read, and what marks them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NoReturn

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.words import Word

HOST_KINDS: Final = frozenset({"host.read", "intent.host"})


class WrapperWords:
    """The words of a wrapper, taken one after the other from the front."""

    def __init__(self, program: str, words: Sequence[Word]) -> None:
        self.program = program
        self.left = list(words)

    def flag(self) -> str | None:
        """Take the next word if it is a flag; None when the inner command begins."""
        first = self.left[0][0] if self.left else None
        if not isinstance(first, str) or not first.startswith("-") or first == "-":
            return None
        word = self.left.pop(0)
        return slots.literal(word, f"A flag of '{self.program}'")

    def value(self, flag: str) -> Word:
        """Take the value of `flag`."""
        if not self.left:
            raise RefusedError("RB023", f"{flag} of '{self.program}' has no value.")
        return self.left.pop(0)

    def refuse(self, flag: str, why: str = "is not a flag that is allowed") -> NoReturn:
        """Refuse `flag`, and say why."""
        raise RefusedError("RB023", f"{flag} of '{self.program}' {why}.", remedy="Leave it out.")


def inner(words: WrapperWords, around: Surroundings) -> Typed:
    """Return what the words that are left ask for.

    Raises:
        RefusedError: there are none, or they are refused.
    """
    if not words.left:
        raise RefusedError(
            "RB029",
            f"'{words.program}' without a command opens a session.",
            remedy="Write the command behind it.",
        )
    return around.read(tuple(words.left), around)


def marked(typed: Typed, **marks: object) -> Typed:
    """Return `typed` with `marks` that it does not have yet."""
    for name in marks:
        if name in typed.fields:
            raise RefusedError(
                "RB036", f"Two wrappers say '{name}'.", remedy="Write the command with one."
            )
    return replace(typed, fields=typed.fields | {k: v for k, v in marks.items() if v is not None})


def no_way(typed: Typed, program: str) -> NoReturn:
    """Refuse an inner command that stanch would carry out by another way than `program`."""
    raise RefusedError(
        "RB036",
        f"What '{program}' runs ({typed.kind}) has no way there.",
        remedy="Write the inner command by itself.",
    )
