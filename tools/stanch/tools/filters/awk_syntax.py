"""Reading awk programs: patterns, prints and sums, without loops, files or commands."""

import re
from dataclasses import dataclass
from typing import Final, Literal, NoReturn

from stanch.tools.filters import awk_forms as forms
from stanch.tools.filters.awk_forms import Action, Expr
from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.regex import Pattern, compiled, translated
from stanch.tools.filters.written import Written, stray

_TOKEN: Final = re.compile(
    r"[ \t]*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|!~|\+\+|--|\+=|-=|\*=|/=|[-+*/%^!~<>=?:,;(){}$|&\[\]])"
    r'|(?P<quote>"))'
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "/": "/"}
_FORBIDDEN: Final = {
    **dict.fromkeys(("system", "getline", "close", "fflush"), "reaches out of the program"),
    **dict.fromkeys(("while", "for", "do", "function", "func"), "can loop"),
    **dict.fromkeys(("ENVIRON", "ARGV", "ARGC", "FILENAME", "RS", "ORS"), "is not known here"),
    **dict.fromkeys(("srand", "rand", "systime", "strftime"), "is not the same twice"),
    **dict.fromkeys(("delete", "exit", "return", "split", "match", "switch"), "is not known here"),
    **dict.fromkeys(("NF", "NR", "FNR", "FS"), "cannot be set"),
}
_ONLY: Final = "Use patterns, print, if, sums and the functions of text."
_CALLS: Final = {
    "length": (0, 1),
    "substr": (2, 3),
    "tolower": (1, 1),
    "toupper": (1, 1),
    "index": (2, 2),
    "int": (1, 1),
    "sprintf": (1, 20),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When something is done, and what."""

    when: Literal["begin", "line", "end"] = "line"
    first: Expr | None = None
    last: Expr | None = None
    """The end of a range of lines that `first` begins."""
    action: Action | None = None
    """None prints the line."""


def parse(program: Written) -> tuple[Rule, ...]:
    """Return the rules of a program.

    Raises:
        ProgramError: it is malformed, or uses anything but the known part of awk.
    """
    reader = _Reader(program)
    rules = []
    while reader.more():
        rules.append(reader.rule())
    if not rules:
        raise ProgramError("the program of awk is empty", "Write: awk '{print $1}'")
    return tuple(rules)


class _Reader:
    def __init__(self, program: Written) -> None:
        self._program = program
        self._source = program.source
        self._at = 0
        self._depth = 0
        self._in_print = False

    def more(self) -> bool:
        while self._takes(";"):
            pass
        return self._peek()[0] != "end"

    def rule(self) -> Rule:
        for name, when in (("BEGIN", "begin"), ("END", "end")):
            if self._peek() == ("name", name):
                self._next()
                action = self._block()
                return Rule(when="begin" if when == "begin" else "end", action=action)
        first = last = None
        if self._peek() != ("sign", "{"):
            first = self._expression()
            if self._takes(","):
                last = self._expression()
        if self._peek() == ("sign", "{"):
            return Rule(first=first, last=last, action=self._block())
        if self.more() and self._source[: self._at].rstrip()[-1:] != ";":
            self._stop("something stands behind a pattern")
        return Rule(first=first, last=last)

    def _block(self) -> Action:
        self._depth += 1
        if self._depth > 20:
            self._stop("there is too much nesting")
        self._expect("{")
        actions: list[Action] = []
        while not self._takes("}"):
            if self._takes(";"):
                continue
            actions.append(self._statement())
            if self._peek() not in {("sign", ";"), ("sign", "}")} and not self._after_block():
                self._stop("a statement is not ended")
        self._depth -= 1
        return forms.several(actions)

    def _after_block(self) -> bool:
        return self._source[: self._at].rstrip().endswith(("}", ";"))

    def _statement(self) -> Action:
        kind, written = self._peek()
        if (kind, written) == ("sign", "{"):
            return self._block()
        if kind == "name" and written in {"print", "printf", "next", "if"}:
            self._next()
            if written == "next":
                return forms.next_line
            return self._condition() if written == "if" else self._print(written)
        return forms.evaluated(self._expression())

    def _condition(self) -> Action:
        self._expect("(")
        asked = self._expression()
        self._expect(")")
        then = self._statement()
        at = self._at
        while self._takes(";"):
            pass
        if self._peek() == ("name", "else"):
            self._next()
            return forms.branch(asked, then, self._statement())
        self._at = at
        return forms.branch(asked, then, None)

    def _print(self, name: str) -> Action:
        values: list[Expr] = []
        self._in_print = True
        whole = self._in_parentheses()
        if whole:
            self._next()
            self._in_print = False
        if self._peek()[1] not in {";", "}"} or self._peek()[0] == "quote":
            values.append(self._expression())
            while self._takes(","):
                values.append(self._expression())
        if whole:
            self._expect(")")
        self._in_print = False
        if self._peek()[1] in {">", "|", ">>", "|&"}:
            raise ProgramError("the output of awk goes elsewhere", "Leave out > and |.")
        if name == "print":
            return forms.prints(values)
        if not values:
            self._stop("printf has no format")
        return forms.prints_formatted(values)

    def _in_parentheses(self) -> bool:
        """Return whether all that is printed stands in one pair of parentheses."""
        if self._peek() != ("sign", "("):
            return False
        depth, quoted, at = 0, False, self._at
        while at < len(self._source):
            here = self._source[at]
            if here == "\\" and quoted:
                at += 1
            elif here == '"':
                quoted = not quoted
            elif not quoted and here in "()":
                depth += 1 if here == "(" else -1
                if depth == 0:
                    break
            at += 1
        return self._source[at + 1 :].lstrip()[:1] in {";", "}", ">", "|"}

    def _expression(self) -> Expr:
        self._depth += 1
        if self._depth > 30:
            self._stop("there is too much nesting")
        found = self._ternary()
        self._depth -= 1
        return found

    def _ternary(self) -> Expr:
        asked = self._either()
        if not self._takes("?"):
            return asked
        then = self._ternary()
        self._expect(":")
        return forms.chosen(asked, then, self._ternary())

    def _either(self) -> Expr:
        left = self._both()
        while self._takes("||"):
            left = forms.either(left, self._both())
        return left

    def _both(self) -> Expr:
        left = self._matching()
        while self._takes("&&"):
            left = forms.both(left, self._matching())
        return left

    def _matching(self) -> Expr:
        left = self._comparing()
        while self._peek()[1] in {"~", "!~"} and self._peek()[0] == "sign":
            negated = self._next()[1] == "!~"
            left = forms.matches(left, self._pattern(), negated=negated)
        return left

    def _pattern(self) -> Pattern:
        if self._peek()[0] == "quote":
            source = self._quoted(raw=True)
        elif self._slash():
            source = self._regex()
        else:
            self._stop("a pattern is not written out")
        return self._compiled(source)

    def _compiled(self, source: str) -> Pattern:
        return compiled(translated(self._program, source, "awk"))

    def _slash(self) -> bool:
        rest = self._source[self._at :].lstrip(" \t")
        return rest.startswith("/")

    def _regex(self) -> str:
        self._at = self._source.index("/", self._at) + 1
        found, bracket = "", False
        while True:
            here = self._character()
            if here == "/" and not bracket:
                return found
            if here == "\\":
                follower = self._character()
                here = "/" if follower == "/" else here + follower
            elif here == "[" or (here == "]" and found[-1:] not in {"[", "^"}):
                bracket = here == "["
            found += here

    def _comparing(self) -> Expr:
        left = self._joining()
        signs = {"<", "<=", "==", "!=", ">=", ">"}
        if self._in_print:
            signs -= {">"}
        kind, sign = self._peek()
        if kind == "sign" and sign in signs:
            self._next()
            return forms.compares(sign, left, self._joining())
        return left

    def _joining(self) -> Expr:
        left = self._adding()
        while self._begins_value():
            left = forms.concatenated(left, self._adding())
        return left

    def _begins_value(self) -> bool:
        kind, written = self._peek()
        if kind == "name":
            return written not in {"in", "else"}
        return kind in {"number", "quote"} or (kind == "sign" and written in {"$", "!", "("})

    def _adding(self) -> Expr:
        left = self._multiplying()
        while self._peek() in {("sign", "+"), ("sign", "-")}:
            left = forms.calculated(self._next()[1], left, self._multiplying())
        return left

    def _multiplying(self) -> Expr:
        left = self._unary()
        while self._peek() in {("sign", "*"), ("sign", "/"), ("sign", "%")}:
            left = forms.calculated(self._next()[1], left, self._unary())
        return left

    def _unary(self) -> Expr:
        if self._takes("!"):
            return forms.negated(self._unary())
        if self._takes("-"):
            return forms.calculated("-", forms.constant(0), self._unary())
        if self._takes("+"):
            return forms.calculated("+", forms.constant(0), self._unary())
        if self._peek()[1] in {"++", "--"} and self._peek()[0] == "sign":
            sign = self._next()[1]
            return forms.stepped(self._place(), 1 if sign == "++" else -1, after=False)
        return self._primary()

    def _place(self) -> forms.Place:
        """Read what can be set: a field, a variable, an item of an array."""
        if self._takes("$"):
            return forms.field_place(self._field_number())
        kind, name = self._next()
        if kind != "name" or name in _FORBIDDEN or name in _CALLS:
            self._forbidden(name)
        if self._takes("["):
            key = self._subscript()
            return forms.array_place(name, key)
        return forms.variable_place(name)

    def _subscript(self) -> Expr:
        key = self._expression()
        while self._takes(","):
            key = forms.concatenated(
                forms.concatenated(key, forms.constant("\x1c")), self._expression()
            )
        self._expect("]")
        return key

    def _field_number(self) -> Expr:
        if self._takes("("):
            found = self._expression()
            self._expect(")")
            return found
        kind, written = self._next()
        if kind == "number" and written.isdecimal():
            return forms.constant(int(written))
        if (kind, written) in {("name", "NF"), ("name", "NR")}:
            return forms.counted(written)
        if kind == "name" and written not in _FORBIDDEN and written not in _CALLS:
            return forms.of(forms.variable_place(written))
        return self._stop("$ stands before no number")

    def _primary(self) -> Expr:
        kind, written = self._peek()
        if kind == "number":
            self._next()
            return forms.constant(float(written))
        if kind == "quote":
            return forms.constant(self._quoted(raw=False))
        if self._slash():
            return forms.line_matches(self._compiled(self._regex()))
        if kind == "name" and written in {"NF", "NR", "FNR"}:
            self._next()
            if self._peek()[1] in {"=", "++", "--", "+=", "-="}:
                self._forbidden(written)
            return forms.counted(written)
        if kind == "name" and written in _CALLS:
            return self._call()
        if kind == "name" and written in {"sub", "gsub"}:
            return self._replacing()
        if (kind, written) == ("sign", "("):
            self._next()
            inside, self._in_print = self._in_print, False
            found = self._expression()
            self._in_print = inside
            self._expect(")")
            return found
        if kind != "name" and written != "$":
            self._stop("a value is missing")
        return self._set_or_get()

    def _set_or_get(self) -> Expr:
        place = self._place()
        kind, sign = self._peek()
        if kind == "sign" and sign in {"=", "+=", "-=", "*=", "/="}:
            self._next()
            value = self._ternary()
            if sign != "=":
                value = forms.calculated(sign[0], forms.of(place), value)
            return forms.assigned(place, value)
        if kind == "sign" and sign in {"++", "--"}:
            self._next()
            return forms.stepped(place, 1 if sign == "++" else -1, after=True)
        return forms.of(place)

    def _call(self) -> Expr:
        name = self._next()[1]
        arguments: list[Expr] = []
        if self._takes("("):
            while not self._takes(")"):
                if arguments:
                    self._expect(",")
                arguments.append(self._expression())
        least, most = _CALLS[name]
        if not least <= len(arguments) <= most:
            self._stop(f"{name} has the wrong number of arguments")
        return forms.call(name, arguments)

    def _replacing(self) -> Expr:
        everywhere = self._next()[1] == "gsub"
        self._expect("(")
        pattern = self._pattern()
        self._expect(",")
        if self._peek()[0] != "quote":
            self._stop("the new text is not written out")
        new = self._quoted(raw=False)
        if "&" in new or "\\" in new:
            self._stop("the new text holds & or a backslash")
        place = forms.field_place(forms.constant(0))
        if self._takes(","):
            place = self._place()
        self._expect(")")
        return forms.replaced(pattern, new, place, everywhere=everywhere)

    def _quoted(self, *, raw: bool) -> str:
        """Return the text in quotes; for a pattern its values stay as they are held."""
        self._next()
        found = ""
        while (here := self._character()) != '"':
            value = self._program.value(here)
            if value is not None and not raw:
                found += value
            elif here != "\\":
                found += here
            else:
                follower = self._character()
                if follower not in _ESCAPES:
                    if not raw or follower.isalnum():
                        self._stop(f"'\\{follower}' is no escape")
                    found += "\\" + follower
                else:
                    found += _ESCAPES[follower]
        return found

    def _character(self) -> str:
        if self._at >= len(self._source):
            self._stop("a text or pattern is not closed")
        self._at += 1
        return self._source[self._at - 1]

    def _peek(self) -> tuple[str, str]:
        found = _TOKEN.match(self._source, self._at)
        if found is None:
            rest = self._source[self._at :].strip(" \t")
            if not rest:
                return ("end", "")
            if self._program.value(rest[0]) is not None:
                raise stray("an awk program outside a string or pattern")
            self._stop("this cannot be read")
        kind = str(found.lastgroup)
        return kind, found[kind]

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        found = _TOKEN.match(self._source, self._at)
        self._at = found.end() if found else self._at
        return token

    def _takes(self, sign: str) -> bool:
        if self._peek() != ("sign", sign):
            return False
        self._next()
        return True

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            self._stop(f"'{sign}' is missing")

    def _forbidden(self, name: str) -> NoReturn:
        if name in _FORBIDDEN:
            raise ProgramError(f"'{name}' of awk {_FORBIDDEN[name]}", _ONLY)
        self._stop(f"'{name}' cannot stand here")

    def _stop(self, message: str) -> NoReturn:
        rest = self._program.filled(self._source[self._at :])[:30]
        raise ProgramError(f"{message} in the awk program, at '{rest}'", _ONLY)
