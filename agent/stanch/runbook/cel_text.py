"""The text of CEL expressions: what an own sign may say, and how its loops are counted.

CEL has no endless loops, but loops in loops over large evidence, and texts that double,
take as long and as much memory as one likes. So what an expression may hold is bounded
here before the library sees it, and a call that counts is put into the body of each loop.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, NoReturn

from stanch.runbook.findings import RefusedError

MOST_CHARACTERS: Final = 1000
MOST_LOOPS: Final = 8
DEEPEST: Final = 4
MOST_SUMS: Final = 10

STEPS: Final = "steps"
PARAMS: Final = "params"
NAMES: Final = frozenset({STEPS, PARAMS, "alert"})
"""The variables that an expression has."""
SPEND: Final = "spend__"
KEPT: Final = "kept__"
MATCHES: Final = "matches__"
"""The functions that count turns, count what is kept, and match; nobody can name them."""
_LOOPS: Final = frozenset({"all", "exists", "exists_one", "existsOne", "filter", "map"})
_FUNCTIONS: Final = _LOOPS | {
    *("has", "size", "contains", "startsWith", "endsWith", "matches"),
    *("int", "uint", "double", "string", "bool", "duration", "timestamp"),
    *("number", "trim", "lowerAscii", "split", "min", "max", "sum"),
}
_WORDS: Final = frozenset({"true", "false", "null", "in"})
_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+|//[^\n]*)
    |(?P<text>[rR]?(?:\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}
        |"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'))
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>(?:0x[0-9a-fA-F]+|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+)u?)
    |(?P<sign>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()\[\]{}])""",
    re.VERBOSE | re.DOTALL,
)
_AHEAD: Final = frozenset({"name", "text", "number"})


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of an expression: its kind, and itself as it is written."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """An expression whose loops are counted."""

    text: str
    outside: int
    """How often the variables are read outside of the loops."""
    inner: dict[int, tuple[int, ...]]
    """The loops inside each loop, by number."""
    maps: frozenset[int]
    """The loops that build a list as long as the one they go through."""
    patterns: tuple[str, ...]
    """The regular expressions, as they are written."""
    params: tuple[str, ...]
    """The parameters whose values are read, each once."""


def counted(text: str, *, steps: Collection[str], names: Collection[str] = NAMES) -> Counted:
    """Return `text` with its loops counted; it may read the evidence of `steps` only.

    `names` are the variables that it may read at all.

    Raises:
        RefusedError: it says more than an own sign may.
    """
    if len(text) > MOST_CHARACTERS:
        _refuse(f"The expression is longer than {MOST_CHARACTERS} characters.", "Shorten it.")
    tokens = list(_tokens(text))
    if not tokens:
        _refuse("The expression is empty.", "Write one that is true or false.")
    if sum(token.text == "+" for token in tokens) > MOST_SUMS:
        _refuse(f"The expression adds more than {MOST_SUMS} times.", "Use sum(...).")
    reader = _Reader(tokens, frozenset(steps), frozenset(names))
    written = reader.until(len(tokens), variables=(), loops=())
    return Counted(
        text=written,
        outside=reader.far,
        inner={at: tuple(inside) for at, inside in reader.inner.items()},
        maps=frozenset(reader.maps),
        patterns=tuple(reader.patterns),
        params=tuple(dict.fromkeys(reader.params)),
    )


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            _refuse(f"'{text[at : at + 20]}' is not CEL.", "Write a CEL expression.")
        if found.lastgroup != "blank":
            yield Token(found.lastgroup, found[0])
        at = found.end()


@dataclass(slots=True)
class _Reader:
    tokens: list[Token]
    steps: frozenset[str]
    names: frozenset[str]
    at: int = 0
    far: int = 0
    """How often a variable was read since this was set to 0."""
    used: set[str] = field(default_factory=set)
    """The items of loops that were read since this was emptied."""
    inner: dict[int, list[int]] = field(default_factory=dict)
    maps: list[int] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    params: list[str] = field(default_factory=list)

    def until(self, end: int, *, variables: tuple[str, ...], loops: tuple[int, ...]) -> str:
        """Return the tokens up to `end` as text, with every loop in them counted."""
        written: list[str] = []
        while self.at < end:
            token = self.tokens[self.at]
            if token.kind == "name":
                written.append(self._name(token.text, variables=variables, loops=loops))
            else:
                if token.text == "." and not self._follows():
                    _refuse("A dot stands after nothing.", "Name what the field is of.")
                written.append(token.text)
                self.at += 1
        return " ".join(written)

    def _follows(self) -> bool:
        before = self.tokens[self.at - 1] if self.at else None
        return before is not None and (before.kind in _AHEAD or before.text in {")", "]", "}"})

    def _text(self, ahead: int) -> str:
        place = self.at + ahead
        return self.tokens[place].text if 0 <= place < len(self.tokens) else ""

    def _name(self, name: str, *, variables: tuple[str, ...], loops: tuple[int, ...]) -> str:
        if self._text(1) == "{":
            _refuse(f"{name}{{...}} makes a message.", "Compare fields instead.")
        if self._text(1) == "(":
            if name not in _FUNCTIONS:
                known = ", ".join(sorted(_FUNCTIONS))
                _refuse(f"{name}() is not a function of own signs.", f"Known: {known}.")
            if name in _LOOPS:
                return self._loop(name, variables=variables, loops=loops)
            if name == "matches":
                return self._pattern()
        elif self._text(-1) != ".":
            self._variable(name, variables)
        self.at += 1
        return name

    def _variable(self, name: str, variables: tuple[str, ...]) -> None:
        """Note that a variable is read; a name that is none is refused."""
        if name in variables:
            self.used.add(name)
        elif name in self.names:
            self.far += 1
            if name == STEPS:
                self._check_step()
            elif name == PARAMS:
                self.params.append(self._key(PARAMS))
        elif name not in _WORDS:
            _refuse(
                f"'{name}' is not a name.",
                f"Known: {', '.join(sorted({*self.names, *variables}))}.",
            )

    def _pattern(self) -> str:
        """Note the pattern, which is written out, so that it is compiled only once."""
        place = self.at + 2
        if self._text(-1) != "." or self._text(3) != ")" or self.tokens[place].kind != "text":
            _refuse("A pattern is not written out.", "Write TEXT.matches('pattern').")
        self.patterns.append(self.tokens[place].text)
        self.at += 1
        return MATCHES

    def _check_step(self) -> None:
        """Make sure that one of the needed steps is named right behind `steps`."""
        step = self._key(STEPS)
        if step not in self.steps:
            needed = ", ".join(sorted(self.steps))
            _refuse(
                f"It reads the step '{step}', which it does not need.",
                f"Name it under needs. Needed: {needed}.",
            )

    def _key(self, name: str) -> str:
        """Return the key that is written right behind the variable `name`."""
        mark, key, closed = self._text(1), self._text(2), self._text(3)
        if mark == "[" and closed == "]" and len(key) > 1 and key[0] == key[-1] in "\"'":
            return key[1:-1]
        if mark != ".":
            _refuse(
                f"'{name}' is read without a name behind it.",
                f"Write {name}.NAME or {name}['NAME'].",
            )
        return key

    def _loop(self, name: str, *, variables: tuple[str, ...], loops: tuple[int, ...]) -> str:
        """Return a loop with a call that counts at the beginning of its body."""
        if self._text(-1) != ".":
            _refuse(f"{name}() stands by itself.", f"Write LIST.{name}(item, ...).")
        number = len(self.inner)
        self._check_loop(name, number, loops)
        self.inner[number] = []
        for around in loops:
            self.inner[around].append(number)
        if name == "map":
            self.maps.append(number)
        item = self._item(name, variables)
        outer_far, outer_used = self.far, set(self.used)
        self.far, self.used = 0, set()
        end = self._end(self.at)
        body = self.until(end, variables=(*variables, item), loops=(*loops, number))
        last = ""
        if self._text(0) == ",":
            self.at += 1
            after = self._end(self.at)
            last = f", {self.until(after, variables=(*variables, item), loops=(*loops, number))}"
        if self._text(0) != ")" or (last and name != "map"):
            _refuse(f"{name}() has too many arguments.", f"Write LIST.{name}({item}, ...).")
        if name == "map" and self.far:
            _refuse(
                "The body of map() reads more than its item.",
                f"Write LIST.map({item}, {item}.FIELD).",
            )
        self.at += 1
        default = "null" if name == "map" and not last else "false"
        given = ", ".join([str(number), str(self.far), *sorted(self.used)])
        self.far, self.used = outer_far, outer_used | (self.used - {item})
        body = f"{KEPT}({number}, {body})" if name == "filter" else f"({body})"
        return f"{name}({item}, {SPEND}({given}) ? {body} : {default}{last})"

    def _check_loop(self, name: str, number: int, loops: tuple[int, ...]) -> None:
        if number >= MOST_LOOPS:
            _refuse(f"The expression holds more than {MOST_LOOPS} loops.", "Make two signs of it.")
        if len(loops) >= DEEPEST:
            _refuse(f"Loops are nested deeper than {DEEPEST}.", "Flatten them.")
        if name == "map" and any(
            token.text == "map" and self.tokens[at + 1 : at + 2] == [Token("sign", "(")]
            for at, token in enumerate(self.tokens[: self.at])
        ):
            _refuse("The expression holds more than one map().", "Make two signs of it.")

    def _item(self, name: str, variables: tuple[str, ...]) -> str:
        """Return the name of a loop's item, and stand at the beginning of its body."""
        place, item, comma = self.at + 2, self._text(2), self._text(3)
        if place >= len(self.tokens) or self.tokens[place].kind != "name" or comma != ",":
            _refuse(f"{name}() does not name its item.", f"Write LIST.{name}(item, ...).")
        if item in NAMES or item in _WORDS or item in variables or item.endswith("__"):
            _refuse(f"'{item}' is taken.", "Call the item of the loop something else.")
        self.at += 4
        return item

    def _end(self, start: int) -> int:
        """Return where the argument that begins at `start` ends."""
        depth = 0
        for place in range(start, len(self.tokens)):
            text = self.tokens[place].text
            if self.tokens[place].kind != "sign":
                continue
            if depth == 0 and text in {",", ")"}:
                return place
            depth += (text in {"(", "[", "{"}) - (text in {")", "]", "}"})
        raise _refusal("A parenthesis is not closed.", "Close it.")


def _refuse(message: str, remedy: str) -> NoReturn:
    raise _refusal(message, remedy)


def _refusal(message: str, remedy: str) -> RefusedError:
    # The caller knows whether it is a sign or a threshold, and puts that code in.
    return RefusedError("RB066", message, remedy=remedy)
