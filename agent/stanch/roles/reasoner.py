"""What the graph may ask of whoever reasons: the rules, a chat model, or a team of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from stanch.incident import Claim
from stanch.roles.menu import Choice, Menu, Writing

T_co = TypeVar("T_co", covariant=True)


class Reasoner(Protocol):
    """Chooses from menus and writes sentences with citations; it can do nothing else."""

    @property
    def name(self) -> str:
        """Who this is, as it is written into the journal."""
        ...

    def choose(self, menu: Menu) -> Choice:
        """Choose from `menu`, between its `least` and its `most` options."""
        ...

    def write(self, writings: Sequence[Writing]) -> Mapping[str, tuple[Claim, ...]]:
        """Return the sentences of each section that could be written, by section."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a question has cost."""

    seconds: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def tokens(self) -> int:
        """Tokens of the question and of the answer together."""
        return self.tokens_in + self.tokens_out


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """What a model answered, and what that cost."""

    value: T_co
    cost: Cost


class Model(Protocol):
    """A chat model as the team sees it: every answer has a price and may fail to come."""

    @property
    def name(self) -> str:
        """The model's name, as the server knows it."""
        ...

    def ask(self, menu: Menu) -> Answer[Choice]:
        """Ask for a choice from `menu`.

        Raises:
            ModelError: no usable answer came.
        """
        ...

    def compose(self, writings: Sequence[Writing]) -> Answer[Mapping[str, tuple[Claim, ...]]]:
        """Ask for the sections of one role; a section that did not come is left out.

        Raises:
            ModelError: no usable answer came.
        """
        ...

    def redact(self, text: str) -> str:
        """Return `text` without the credential that the model is asked with."""
        ...
