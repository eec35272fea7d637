"""What a grammar is: words of one program in, a typed command out.

Grammars stand beside each other and know nothing of one another. Where one command holds
another (`kubectl exec POD -- df -h`, `ssh HOST df -h`, `sudo df -h`), the grammar hands
the inner words to `Surroundings.read`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from stanch.runbook.model import Param, Slot
from stanch.runbook.words import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command as data: the kind of an operation or intent, and its fields as Slots.

    Its effect is derived from the model behind `kind`; a grammar has no say in it.
    """

    kind: str
    fields: dict[str, Any]
    view: dict[str, Any] | None = None
    """How the answer would be printed: fields of stanch.tools.views.View, as Slots."""
    context: Slot = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a command stands."""

    read: Callable[[tuple[Word, ...], "Surroundings"], Typed]
    """Reads an inner command, the program's name first."""
    params: Mapping[str, Param] = field(default_factory=dict)
    """The declared parameters."""
    inside: Literal["here", "container", "host"] = "here"


class Grammar(Protocol):
    """The grammar of one program or of a family of them."""

    @property
    def programs(self) -> Collection[str]:
        """The names by which a command line calls the program."""

    def read(self, program: str, words: tuple[Word, ...], around: Surroundings) -> Typed:
        """Return what the words after `program` ask for.

        Raises:
            RefusedError: they ask for nothing that is in the grammar.
        """
