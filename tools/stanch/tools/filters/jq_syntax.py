"""Reading jq programs: a closed part of the language, without loops, modules or a way out."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

from stanch.tools.filters import jq_forms as forms
from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.jq_calls import called
from stanch.tools.filters.jq_forms import Run
from stanch.tools.filters.jq_functions import FORMATS
from stanch.tools.filters.jq_tokens import Tokens
from stanch.tools.filters.jq_values import text as as_text
from stanch.tools.filters.written import Written

_ORDERS: Final = (("or",), ("and",), ("==", "!=", "<", "<=", ">", ">="), ("+", "-"))
_CLOSED: Final = {
    **dict.fromkeys(("def", "reduce", "foreach", "label", "limit", "range"), "can loop"),
    **dict.fromkeys(("while", "until", "repeat", "recurse", "recurse_down"), "can loop"),
    **dict.fromkeys(("input", "inputs", "debug", "stderr", "input_filename"), "looks around"),
    **dict.fromkeys(("env", "now", "localtime", "mktime", "builtins"), "looks around"),
    **dict.fromkeys(("import", "include", "modulemeta"), "loads a module"),
    **dict.fromkeys(("halt", "halt_error", "error", "getpath", "path"), "is not known here"),
    **dict.fromkeys(("del", "delpaths", "setpath", "paths", "leaf_paths"), "is not known here"),
}
_PLAIN: Final = re.compile(r'[ \t]*(?:"[^"\\]*"|-?[0-9][0-9.]*|empty|null|true|false|\[\]|\{\})')
_MOST_DEPTH: Final = 40
Step: TypeAlias = Callable[[Run], Run]


def parse(program: Written, variables: frozenset[str]) -> Run:
    """Return the program as a function from an input to its outputs.

    Raises:
        ProgramError: it is malformed, or outside the closed part of the language.
    """
    reader = _Reader(program, variables)
    run = reader.pipe()
    if reader.peek() != ("end", ""):
        reader.stop("something stands behind the program")
    return run


class _Reader(Tokens):
    def __init__(self, program: Written, variables: frozenset[str]) -> None:
        super().__init__(program)
        self._depth = 0
        self._variables = variables

    def pipe(self) -> Run:
        """`a | b` and `a as $x | b`, the loosest of all."""
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            self.stop("there is too much nesting")
        left = self._commas()
        if self.takes("|"):
            left = forms.pipe(left, self.pipe())
        self._depth -= 1
        return left

    def _commas(self) -> Run:
        left = self._alternatives()
        while self.takes(","):
            left = forms.comma(left, self._alternatives())
        return left

    def _alternatives(self) -> Run:
        left = self._level(0)
        if self.takes("//"):
            return forms.alternative(left, self._alternatives())
        if self.peek()[1] in {"=", "|=", "+=", "-=", "*=", "/=", "%=", "//=", "?//"}:
            self.stop("an assignment is not known here")
        return left

    def _level(self, level: int) -> Run:
        if level == len(_ORDERS):
            return self._products()
        left = self._level(level + 1)
        while self.peek()[1] in _ORDERS[level] and self.peek()[0] in {"sign", "name"}:
            sign = self.next()[1]
            right = self._level(level + 1)
            made = forms.logic if sign in {"and", "or"} else forms.binary
            left = made(sign, left, right)
            if level == 2 and self.peek()[1] in _ORDERS[2]:
                self.stop("comparisons stand in a row")
        return left

    def _products(self) -> Run:
        left = self._term()
        while self.peek() in {("sign", "*"), ("sign", "/"), ("sign", "%")}:
            left = forms.binary(self.next()[1], left, self._term())
        return left

    def _term(self) -> Run:
        start = self.at
        term = self._primary()
        if self.peek() == ("name", "as"):
            self.next()
            name = self._variable()
            if not self.takes("|"):
                self.stop("nothing follows a variable")
            known = self._variables
            self._variables = known | {name}
            body = self.pipe()
            self._variables = known
            return forms.bound(term, name, body)
        return term if self.at > start else self.stop("a value is missing")

    def _variable(self) -> str:
        kind, written = self.next()
        if kind != "variable":
            self.stop("only a $name can be set")
        return written[1:]

    def _primary(self) -> Run:
        if self.takes("-"):
            return forms.negative(self._primary())
        kind, written = self.peek()
        if kind == "number":
            self.next()
            whole = written.isdecimal()
            return self._behind(forms.constant(int(written) if whole else float(written)))
        if kind == "quote":
            return self._behind(self._string(as_text))
        if kind == "format":
            return self._behind(self._format())
        if kind == "variable":
            return self._behind(self._known_variable())
        if kind == "field":
            return self._behind(forms.identity)
        if kind == "name":
            return self._behind(self._named())
        return self._behind(self._sign(written))

    def _sign(self, written: str) -> Run:
        if written == ".":
            self.next()
            if self.peek()[0] == "quote":
                return self._asked(forms.index, self._string(as_text))(forms.identity)
            return forms.identity
        if written == "..":
            self.next()
            return forms.everything
        if written == "(":
            self.next()
            inner = self.pipe()
            self.expect(")")
            return inner
        if written == "[":
            self.next()
            if self.takes("]"):
                return forms.array(None)
            inner = self.pipe()
            self.expect("]")
            return forms.array(inner)
        if written == "{":
            return self._object()
        return self.stop("a value is missing")

    def _known_variable(self) -> Run:
        name = self._variable()
        if name not in self._variables:
            self.stop(f"${name} is not set")
        return forms.variable(name)

    def _format(self) -> Run:
        name = self.next()[1]
        if name not in FORMATS:
            self.stop(f"the format {name} is not known here")
        form = FORMATS[name]
        if self.peek()[0] == "quote":
            return self._string(form)
        return forms.pipe(forms.identity, _formatted(form))

    def _named(self) -> Run:
        name = self.next()[1]
        if name in {"true", "false", "null"}:
            return forms.constant(json.loads(name))
        if name == "if":
            return self._choice()
        if name == "try":
            body = self._primary()
            caught = self._caught() if self.takes_name("catch") else None
            return forms.tried(body, caught)
        if name in _CLOSED:
            raise ProgramError(f"'{name}' of jq {_CLOSED[name]}", "Use paths, select and map.")
        arguments: list[Run] = []
        if self.takes("("):
            arguments.append(self.pipe())
            while self.takes(";"):
                arguments.append(self.pipe())
            self.expect(")")
        return called(name, arguments)

    def _caught(self) -> Run:
        """Read what `catch` gives, which may not show the message: it differs by version."""
        start = self.at
        found = self._primary()
        if not _PLAIN.fullmatch(self.source, start, self.at):
            self.stop("catch gives more than one plain value")
        return found

    def _choice(self) -> Run:
        condition = self.pipe()
        self.expect("then")
        then = self.pipe()
        if self.takes_name("elif"):
            return forms.choice(condition, then, self._choice())
        otherwise = self.pipe() if self.takes_name("else") else forms.identity
        self.expect("end")
        return forms.choice(condition, then, otherwise)

    def _behind(self, term: Run) -> Run:
        """Read what stands behind a value: `.a`, `["a"]`, `[1]`, `[]`, `[1:2]`, `?`."""
        while (step := self._step()) is not None:
            term = step(term)
        return term

    def _step(self) -> Step | None:
        """Return the next step as a function of what stands before it; None at the end."""
        kind, written = self.peek()
        if kind == "field":
            self.next()
            return self._asked(forms.index, forms.constant(written[1:]))
        if kind != "sign":
            return None
        if written == ".":
            self.next()
            if self.peek()[0] == "quote":
                return self._asked(forms.index, self._string(as_text))
            if self.peek()[1] != "[":
                self.stop("a name is missing behind a dot")
            written = "["
        if written == "[":
            self.next()
            return self._bracket()
        if written == "?":
            self.next()
            return lambda term: forms.tried(term, None)
        return None

    def _asked(self, form: Callable[..., Run], *by: Run | None) -> Step:
        """Return a step, which keeps its own errors to itself when `?` stands behind it."""
        quiet = self.takes("?")
        return lambda term: form(term, *by, quiet=quiet)

    def _bracket(self) -> Step:
        if self.takes("]"):
            return self._asked(forms.each)
        start = None if self.peek()[1] == ":" else self.pipe()
        if not self.takes(":"):
            self.expect("]")
            return self._asked(forms.index, start or forms.identity)
        end = None if self.peek()[1] == "]" else self.pipe()
        self.expect("]")
        return self._asked(forms.piece, start, end)

    def _object(self) -> Run:
        self.expect("{")
        pairs: list[tuple[Run, Run]] = []
        while not self.takes("}"):
            if pairs:
                self.expect(",")
            pairs.append(self._pair())
            if len(pairs) > 100:
                self.stop("an object has more than 100 keys")
        return forms.construct(pairs)

    def _pair(self) -> tuple[Run, Run]:
        kind, written = self.peek()
        if kind == "variable":
            return forms.constant(written[1:]), self._known_variable()
        if kind == "name":
            self.next()
            key: Run = forms.constant(written)
        elif kind == "quote":
            key = self._string(as_text)
        elif self.takes("("):
            key = self.pipe()
            self.expect(")")
            if self.peek()[1] != ":":
                self.stop("a key has no value")
        else:
            self.stop("a key is missing")
        if not self.takes(":"):
            return key, forms.index(forms.identity, key)
        return key, self._pair_value()

    def _pair_value(self) -> Run:
        value = self._level(0) if self.peek()[1] != "-" else self._primary()
        if self.takes("//"):
            value = forms.alternative(value, self._level(0))
        while self.takes("|"):
            value = forms.pipe(value, self._level(0))
        return value

    def _string(self, form: Callable[[Any], str]) -> Run:
        self.next()
        pieces: list[str | Run] = [""]
        while (here := self.character()) != '"':
            if here != "\\":
                value = self.program.value(here)
                self._append(pieces, here if value is None else value)
                continue
            follower = self.character()
            if follower == "(":
                pieces.append(self.pipe())
                self.expect(")")
            else:
                self._append(pieces, self.escape(follower))
        if len(pieces) == 1:
            return forms.constant(pieces[0])
        return forms.interpolated(pieces, form)

    def _append(self, pieces: list[str | Run], text: str) -> None:
        if isinstance(pieces[-1], str):
            pieces[-1] += text
        else:
            pieces.append(text)


def _formatted(form: Callable[[Any], str]) -> Run:
    return forms.interpolated([forms.identity], partial(_as, form))


def _as(form: Callable[[Any], str], value: Any) -> str:
    return form(value)
