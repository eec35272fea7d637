"""CEL, the expression language of a runbook's own signs, behind one thin door.

The library is common-expression-language, a binding of a Rust interpreter; only this
module knows it. An expression reads what it is given and nothing else: no clock, no file,
no network. What it costs is bounded by its text (stanch.runbook.cel_text) and by a budget
that each turn of a loop is charged to.
"""

import logging
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from stanch.runbook.cel_text import KEPT, MATCHES, NAMES, SPEND, Counted, counted
from stanch.runbook.findings import RefusedError
from stanch.runbook.patterns import compiled

if TYPE_CHECKING:
    import cel

BUDGET: Final = 5_000_000
"""What one expression may cost, in tenths of a microsecond, roughly."""
_TURN: Final = 10
_NUMBER: Final = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")


class ExpressionError(Exception):
    """An expression has no value for this evidence; the message says why."""


def check(text: str, *, steps: Collection[str], names: frozenset[str] = NAMES) -> None:
    """Make sure that `text` can be computed from the evidence of `steps`.

    `names` are the variables that it may read; those of a runbook's own signs unless given.

    Raises:
        RefusedError: it is not CEL, or says more than an own sign may.
    """
    _compiled(text, tuple(sorted(steps)), names)


def params_of(text: str, *, steps: Collection[str]) -> tuple[str, ...]:
    """Return the names of the parameters that `text` reads.

    Raises:
        RefusedError: it cannot be computed at all (see `check`).
    """
    return _compiled(text, tuple(sorted(steps)), NAMES)[0].params


def compute(text: str, variables: Mapping[str, Any], *, names: frozenset[str] = NAMES) -> Any:
    """Return the value of `text`, given JSON-like `variables`: steps, params and alert.

    Raises:
        RefusedError: it cannot be computed from them at all (see `check`).
        ExpressionError: it has no value, or would cost too much.
    """
    plan, program = _compiled(text, tuple(sorted(variables.get("steps", ()))), names)
    purse = _Purse(plan, whole=_size(variables))
    purse.charge(purse.whole * (plan.outside + 1))
    if purse.empty:
        raise ExpressionError("the evidence is too large for the expression")
    context = _library().Context(variables=dict(variables), functions=purse.functions())
    try:
        return program.execute(context)
    except Exception as error:
        # Never the library's own words: they may hold a piece of the evidence.
        said = "it would take too long" if purse.empty else purse.wrong or _said(error)
        raise ExpressionError(said) from error


def _said(error: Exception) -> str:
    match error:
        case KeyError():
            return "a field that it reads is missing"
        case IndexError():
            return "a list is shorter than it takes"
        case ZeroDivisionError():
            return "it divides by zero"
        case TypeError():
            return "it puts values of different types together"
        case _:
            return "it has no value for this evidence"


@cache
def _library() -> ModuleType:
    # It takes a tenth of a second to load; most runbooks have no own signs.
    import cel  # noqa: PLC0415

    # It writes every error of a function to the log, values and all.
    logging.getLogger("cel").setLevel(logging.CRITICAL + 1)
    return cel


@lru_cache(maxsize=512)
def _compiled(
    text: str, steps: tuple[str, ...], names: frozenset[str]
) -> tuple[Counted, "cel.Program"]:
    cel = _library()
    plan = counted(text, steps=steps, names=names)
    for source in (text, plan.text):
        try:
            program = cel.compile(source)
        except ValueError as error:
            said = str(error).partition("ERROR: <input>:")[2].partition("\n")[0] or "it is not CEL"
            raise RefusedError(
                "RB066",
                f"The expression cannot be read: {said}.",
                remedy="Write CEL: steps.NAME.lines.exists(l, l.contains('...')).",
            ) from error
    for pattern in plan.patterns:
        compiled(cel.evaluate(pattern), code="RB066")
    return plan, program


@dataclass(slots=True)
class _Purse:
    """The budget of one computation, and the functions that are charged to it."""

    plan: Counted
    whole: int
    """The size of all variables."""
    left: int = BUDGET
    wrong: str = ""
    """What one of the functions below has to say against its arguments."""
    turns: dict[int, int] = field(default_factory=dict)
    kept: dict[int, int] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether more was spent than there was."""
        return self.left < 0

    def charge(self, cost: int) -> None:
        """Take `cost` out."""
        self.left -= cost

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Return the functions that an expression has besides those of the language."""
        return {
            SPEND: self._turn,
            KEPT: self._kept,
            MATCHES: self._matches,
            "number": self._number,
            "trim": lambda text: self._of_text(text).strip(),
            "lowerAscii": self._lower,
            "split": self._split,
            "min": lambda *given: self._each(min, given),
            "max": lambda *given: self._each(max, given),
            "sum": lambda *given: self._each(sum, given),
        }

    def _turn(self, loop: int, far: int, *items: object) -> bool | str:
        """Pay one turn of a loop; what is no answer to a question ends the computation."""
        turn = self.turns[loop] = self.turns.get(loop, 0) + 1
        for inside in self.plan.inner[loop]:
            self.turns[inside] = self.kept[inside] = 0
        # A list that grows is copied every time, and so is every variable that is read.
        self.charge(_TURN + (turn if loop in self.plan.maps else 0))
        self.charge(far * self.whole + sum(_size(item) for item in items))
        return "spent" if self.empty else True

    def _kept(self, loop: int, keep: object) -> object:
        if keep is True:
            self.kept[loop] = self.kept.get(loop, 0) + 1
            self.charge(self.kept[loop])
        return keep

    def _matches(self, text: object, pattern: str) -> bool:
        self.charge(len(self._of_text(text)) // 10)
        return compiled(pattern, code="RB066").search(text) is not None

    def _number(self, value: object) -> float:
        """Return the first number in a text: 96.0 of ' 96% '."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        found = _NUMBER.search(self._of_text(value)[:1000])
        if found is None:
            raise self._bad("there is no number where it reads one")
        return float(found[0])

    def _lower(self, text: object) -> str:
        return "".join(one.lower() if one.isascii() else one for one in self._of_text(text))

    def _split(self, text: object, separator: object = "") -> list[str]:
        parts = self._of_text(text).split(self._of_text(separator) or None)
        # Each part becomes an object here and another one there.
        self.charge(len(parts) * _TURN)
        return parts

    def _each(self, reduce: Callable[[list[Any]], Any], given: tuple[Any, ...]) -> Any:
        values = given[0] if len(given) == 1 and isinstance(given[0], list) else list(given)
        if not values or not all(_is_number(value) for value in values):
            raise self._bad("min, max or sum has no numbers to go by")
        return reduce(values)

    def _of_text(self, value: object) -> str:
        if not isinstance(value, str):
            raise self._bad("what it takes for a text is none")
        return value

    def _bad(self, message: str) -> ValueError:
        self.wrong = message
        return ValueError(message)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _size(value: object) -> int:
    """Return how much there is to copy in `value`."""
    size, todo = 0, [value]
    while todo:
        one = todo.pop()
        size += 1
        if isinstance(one, str):
            size += len(one) // 64
        elif isinstance(one, Mapping):
            todo.extend(one.values())
        elif isinstance(one, list | tuple):
            todo.extend(one)
    return size
