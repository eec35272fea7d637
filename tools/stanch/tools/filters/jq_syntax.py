"""Reading jq programs: a closed part of the language, without loops, modules or a way out."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NoReturn

from stanch.tools.filters import jq_forms as forms
from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.jq_calls import called
from stanch.tools.filters.jq_forms import Run
from stanch.tools.filters.jq_functions import FORMATS
from stanch.tools.filters.jq_values import text as as_text
from stanch.tools.filters.written import Written, stray

_TOKEN: Final = re.compile(
    r"[ \t]*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<variable>\$[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<format>@[a-z0-9]+)"
    r"|(?P<field>\.[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\.\.|//=|//|==|!=|<=|>=|\|=|\+=|-=|\*=|/=|%=|\?//|[][|,.:;(){}?<>+*/%=-])"
    r'|(?P<quote>"))'
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\"}
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
_MOST_DEPTH: Final = 40


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


class _Reader:
    def __init__(self, program: Written, variables: frozenset[str]) -> None:
        self._program = program
        self._source = program.source
        self._at = 0
        self._depth = 0
        self._variables = variables

    def peek(self) -> tuple[str, str]:
        """Return the kind and the text of the token that stands here."""
        found = _TOKEN.match(self._source, self._at)
        if found is None:
            rest = self._source[self._at :].strip()
            if not rest:
                return ("end", "")
            if any(self._program.value(c) is not None for c in rest[:1]):
                raise stray("a jq program outside a string")
            self.stop("this cannot be read")
        kind = str(found.lastgroup)
        return kind, found[kind]

    def stop(self, message: str) -> NoReturn:
        rest = self._program.filled(self._source[self._at :])[:30]
        raise ProgramError(f"{message} in the jq program, at '{rest}'", "Write a simpler one.")

    def pipe(self) -> Run:
        """`a | b` and `a as $x | b`, the loosest of all."""
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            self.stop("there is too much nesting")
        left = self._commas()
        if self._takes("|"):
            left = forms.pipe(left, self.pipe())
        self._depth -= 1
        return left

    def _commas(self) -> Run:
        left = self._alternatives()
        while self._takes(","):
            left = forms.comma(left, self._alternatives())
        return left

    def _alternatives(self) -> Run:
        left = self._level(0)
        if self._takes("//"):
            return forms.alternative(left, self._alternatives())
        if self.peek()[1] in {"=", "|=", "+=", "-=", "*=", "/=", "%=", "//=", "?//"}:
            self.stop("an assignment is not known here")
        return left

    def _level(self, level: int) -> Run:
        if level == len(_ORDERS):
            return self._products()
        left = self._level(level + 1)
        while self.peek()[1] in _ORDERS[level] and self.peek()[0] in {"sign", "name"}:
            sign = self._next()[1]
            right = self._level(level + 1)
            made = forms.logic if sign in {"and", "or"} else forms.binary
            left = made(sign, left, right)
            if level == 2 and self.peek()[1] in _ORDERS[2]:
                self.stop("comparisons stand in a row")
        return left

    def _products(self) -> Run:
        left = self._term()
        while self.peek() in {("sign", "*"), ("sign", "/"), ("sign", "%")}:
            left = forms.binary(self._next()[1], left, self._term())
        return left

    def _term(self) -> Run:
        start = self._at
        term = self._primary()
        if self.peek() == ("name", "as"):
            self._next()
            name = self._variable()
            if not self._takes("|"):
                self.stop("nothing follows a variable")
            known = self._variables
            self._variables = known | {name}
            body = self.pipe()
            self._variables = known
            return forms.bound(term, name, body)
        return term if self._at > start else self.stop("a value is missing")

    def _variable(self) -> str:
        kind, written = self._next()
        if kind != "variable":
            self.stop("only a $name can be set")
        return written[1:]

    def _primary(self) -> Run:
        if self._takes("-"):
            return forms.negative(self._primary())
        kind, written = self.peek()
        if kind == "number":
            self._next()
            whole = written.isdecimal()
            return self._behind(forms.constant(int(written) if whole else float(written)))
        if kind == "quote":
            return self._behind(self._string(as_text))
        if kind == "format":
            return self._behind(self._format())
        if kind == "variable":
            return self._behind(self._known_variable())
        if kind == "field":
            self._next()
            return self._behind(forms.index(forms.identity, forms.constant(written[1:])))
        if kind == "name":
            return self._behind(self._named())
        return self._behind(self._sign(written))

    def _sign(self, written: str) -> Run:
        if written == ".":
            self._next()
            if self.peek()[0] == "quote":
                return forms.index(forms.identity, self._string(as_text))
            return forms.identity
        if written == "..":
            self._next()
            return forms.everything
        if written == "(":
            self._next()
            inner = self.pipe()
            self._expect(")")
            return inner
        if written == "[":
            self._next()
            if self._takes("]"):
                return forms.array(None)
            inner = self.pipe()
            self._expect("]")
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
        name = self._next()[1]
        if name not in FORMATS:
            self.stop(f"the format {name} is not known here")
        form = FORMATS[name]
        if self.peek()[0] == "quote":
            return self._string(form)
        return forms.pipe(forms.identity, _formatted(form))

    def _named(self) -> Run:
        name = self._next()[1]
        if name in {"true", "false", "null"}:
            return forms.constant(json.loads(name))
        if name == "if":
            return self._choice()
        if name == "try":
            body = self._primary()
            caught = self._primary() if self._takes_name("catch") else None
            return forms.tried(body, caught)
        if name in _CLOSED:
            raise ProgramError(f"'{name}' of jq {_CLOSED[name]}", "Use paths, select and map.")
        arguments: list[Run] = []
        if self._takes("("):
            arguments.append(self.pipe())
            while self._takes(";"):
                arguments.append(self.pipe())
            self._expect(")")
        return called(name, arguments)

    def _choice(self) -> Run:
        condition = self.pipe()
        self._expect("then")
        then = self.pipe()
        if self._takes_name("elif"):
            return forms.choice(condition, then, self._choice())
        otherwise = self.pipe() if self._takes_name("else") else forms.identity
        self._expect("end")
        return forms.choice(condition, then, otherwise)

    def _behind(self, term: Run) -> Run:
        """Read what stands behind a value: `.a`, `["a"]`, `[1]`, `[]`, `[1:2]`, `?`."""
        while True:
            kind, written = self.peek()
            if kind == "field":
                self._next()
                term = forms.index(term, forms.constant(written[1:]))
            elif written == "." and kind == "sign":
                self._next()
                if self.peek()[0] == "quote":
                    term = forms.index(term, self._string(as_text))
                elif self.peek()[1] != "[":
                    self.stop("a name is missing behind a dot")
            elif written == "[" and kind == "sign":
                self._next()
                term = self._bracket(term)
            elif written == "?" and kind == "sign":
                self._next()
                term = forms.tried(term, None)
            else:
                return term

    def _bracket(self, term: Run) -> Run:
        if self._takes("]"):
            return forms.each(term)
        start = None if self.peek()[1] == ":" else self.pipe()
        if not self._takes(":"):
            self._expect("]")
            return forms.index(term, start or forms.identity)
        end = None if self.peek()[1] == "]" else self.pipe()
        self._expect("]")
        return forms.piece(term, start, end)

    def _object(self) -> Run:
        self._expect("{")
        pairs: list[tuple[Run, Run]] = []
        while not self._takes("}"):
            if pairs:
                self._expect(",")
            pairs.append(self._pair())
            if len(pairs) > 100:
                self.stop("an object has more than 100 keys")
        return forms.construct(pairs)

    def _pair(self) -> tuple[Run, Run]:
        kind, written = self.peek()
        if kind == "variable":
            return forms.constant(written[1:]), self._known_variable()
        if kind == "name":
            self._next()
            key: Run = forms.constant(written)
        elif kind == "quote":
            key = self._string(as_text)
        elif self._takes("("):
            key = self.pipe()
            self._expect(")")
            if self.peek()[1] != ":":
                self.stop("a key has no value")
        else:
            self.stop("a key is missing")
        if not self._takes(":"):
            return key, forms.index(forms.identity, key)
        return key, self._pair_value()

    def _pair_value(self) -> Run:
        value = self._level(0) if self.peek()[1] != "-" else self._primary()
        if self._takes("//"):
            value = forms.alternative(value, self._level(0))
        while self._takes("|"):
            value = forms.pipe(value, self._level(0))
        return value

    def _string(self, form: Callable[[Any], str]) -> Run:
        self._next()
        pieces: list[str | Run] = [""]
        while (here := self._character()) != '"':
            if here != "\\":
                value = self._program.value(here)
                self._append(pieces, here if value is None else value)
                continue
            follower = self._character()
            if follower == "(":
                pieces.append(self.pipe())
                self._expect(")")
            else:
                self._append(pieces, self._escape(follower))
        if len(pieces) == 1:
            return forms.constant(pieces[0])
        return forms.interpolated(pieces, form)

    def _append(self, pieces: list[str | Run], text: str) -> None:
        if isinstance(pieces[-1], str):
            pieces[-1] += text
        else:
            pieces.append(text)

    def _escape(self, follower: str) -> str:
        if follower == '"':
            return '"'
        if follower == "u":
            digits = re.compile("[0-9a-fA-F]{4}").match(self._source, self._at)
            if digits is None or 0xD800 <= int(digits[0], 16) <= 0xDFFF:
                self.stop("an escape is malformed")
            self._at = digits.end()
            return chr(int(digits[0], 16))
        if follower not in _ESCAPES:
            self.stop(f"'\\{follower}' is no escape")
        return _ESCAPES[follower]

    def _character(self) -> str:
        if self._at >= len(self._source):
            self.stop("a text is not closed")
        self._at += 1
        return self._source[self._at - 1]

    def _next(self) -> tuple[str, str]:
        token = self.peek()
        found = _TOKEN.match(self._source, self._at)
        self._at = found.end() if found else self._at
        return token

    def _takes(self, sign: str) -> bool:
        if self.peek() != ("sign", sign):
            return False
        self._next()
        return True

    def _takes_name(self, name: str) -> bool:
        if self.peek() != ("name", name):
            return False
        self._next()
        return True

    def _expect(self, written: str) -> None:
        if self.peek()[1] != written or self.peek()[0] not in {"sign", "name"}:
            self.stop(f"'{written}' is missing")
        self._next()


def _formatted(form: Callable[[Any], str]) -> Run:
    return forms.interpolated([forms.identity], partial(_as, form))


def _as(form: Callable[[Any], str], value: Any) -> str:
    return form(value)
