"""Reading the expressions of awk: sums, comparisons, patterns, and what can be set."""

from collections import Counter
from typing import Final, NoReturn

from stanch.tools.filters import awk_forms as forms
from stanch.tools.filters.awk_forms import Expr
from stanch.tools.filters.awk_names import CALLS, FORBIDDEN
from stanch.tools.filters.awk_tokens import ONLY, Tokens
from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.regex import Pattern, compiled
from stanch.tools.filters.regex_syntax import translated
from stanch.tools.filters.written import Written

_GO_ON: Final = frozenset({"<", "<=", "==", "!=", ">=", ">", "~", "!~", "?", "&&", "||"})


class Expressions(Tokens):
    """The part of a program in which values are made."""

    def __init__(self, program: Written) -> None:
        super().__init__(program)
        self.depth = 0
        self.in_print = False
        self._start = 0
        """Where the expression begins that is being read."""
        self._mentioned: Counter[str] = Counter()
        self._changed: set[str] = set()
        self._target = ""
        """The name of what was read last and can be set; `$` for all fields."""
        self._changes = 0
        self._outermost = 0

    def begin(self, *, prints: bool = False) -> None:
        """Begin a statement, in which nothing was mentioned or changed yet."""
        self._outermost = -1 if prints else self.depth + 1
        self._mentioned.clear()
        self._changed.clear()

    def end(self) -> None:
        """Make sure that what the statement changes on its way is not read there too."""
        for name in self._changed:
            if self._mentioned[name] > 1:
                self.stop(f"awks differ in when {name} is changed before here")

    def _change(self) -> None:
        self._changes += 1
        self._changed.add(self._target)

    def _mentions(self, name: str) -> None:
        self._mentioned["$" if name == "NF" else name] += 1

    def expression(self) -> Expr:
        """Read one expression."""
        self.depth += 1
        if self.depth > 30:
            self.stop("there is too much nesting")
        outer, self._start = self._start, self.at_token()
        found = self._ternary()
        self._start = outer
        self.depth -= 1
        return found

    def _ternary(self) -> Expr:
        asked = self._either()
        if not self.takes("?"):
            return asked
        then = self._ternary()
        self.expect(":")
        return forms.chosen(asked, then, self._ternary())

    def _either(self) -> Expr:
        left = self._both()
        while self.takes("||"):
            left = forms.either(left, self._both())
        return left

    def _both(self) -> Expr:
        left = self._matching()
        while self.takes("&&"):
            left = forms.both(left, self._matching())
        return left

    def _matching(self) -> Expr:
        left = self._comparing()
        while self.peek()[1] in {"~", "!~"} and self.peek()[0] == "sign":
            negated = self.next()[1] == "!~"
            left = forms.matches(left, self._pattern(), negated=negated)
        return left

    def _pattern(self) -> Pattern:
        if self.peek()[0] == "quote":
            source = self.quoted(raw=True)
        elif self.slash():
            source = self.regex()
        else:
            self.stop("a pattern is not written out")
        return self._compiled(source)

    def _compiled(self, source: str) -> Pattern:
        return compiled(translated(self.program, source, "awk"))

    def _comparing(self) -> Expr:
        left = self._joining()
        signs = {"<", "<=", "==", "!=", ">=", ">"}
        if self.in_print:
            signs -= {">", ">="}
        kind, sign = self.peek()
        if kind == "sign" and sign in signs:
            self.next()
            return forms.compares(sign, left, self._joining())
        return left

    def _joining(self) -> Expr:
        left = self._adding()
        while self._begins_value():
            left = forms.concatenated(left, self._adding())
        return left

    def _begins_value(self) -> bool:
        kind, written = self.peek()
        if kind == "name":
            return written not in {"in", "else", "BEGIN", "END"}
        return kind in {"number", "quote"} or (kind == "sign" and written in {"$", "!", "("})

    def _adding(self) -> Expr:
        left = self._multiplying()
        while self.peek() in {("sign", "+"), ("sign", "-")}:
            left = forms.calculated(self.next()[1], left, self._multiplying())
        return left

    def _multiplying(self) -> Expr:
        left = self._unary()
        while self.peek() in {("sign", "*"), ("sign", "/"), ("sign", "%")}:
            behind = self.source[: self.at].rstrip(" \t")
            if self.peek()[1] == "/" and behind.endswith(("++", "--", "length")):
                self.stop("some awks take this slash for a pattern")
            left = forms.calculated(self.next()[1], left, self._unary())
        return left

    def _unary(self) -> Expr:
        if self.peek() == ("sign", "!"):
            return self._negated()
        if self.takes("-"):
            return forms.calculated("-", forms.constant(0), self._unary())
        if self.takes("+"):
            return forms.calculated("+", forms.constant(0), self._unary())
        if self.peek()[1] in {"++", "--"} and self.peek()[0] == "sign":
            sign = self.next()[1]
            place = self._place()
            self._change()
            return forms.stepped(place, 1 if sign == "++" else -1, after=False)
        return self._primary()

    def _negated(self) -> Expr:
        """Read `!value`; beside other signs awks differ in how far it reaches."""
        behind = self.source[: self.at].rstrip(" \t")[-1:]
        self.next()
        found = forms.negated(self._unary())
        kind, sign = self.peek()
        goes_on = kind == "sign" and sign in _GO_ON - {"?", "&&", "||"} | set("+-*/%")
        if goes_on or self._begins_value() or behind not in set("(!&|{};,?:=") | {""}:
            self.stop("awks differ in what this ! belongs to; use parentheses")
        return found

    def _place(self) -> forms.Place:
        """Read what can be set: a field, a variable, an item of an array."""
        if self.takes("$"):
            self._mentions("$")
            before = self._changes
            number = self._field_number()
            self._only_read(before)
            self._target = "$"
            return forms.field_place(number)
        kind, name = self.next()
        if kind != "name" or name in FORBIDDEN or name in CALLS:
            self._forbidden(name)
        self._mentions(name)
        if self.takes("["):
            before = self._changes
            key = self._subscript()
            self._only_read(before)
            self._target = name
            return forms.array_place(name, key)
        self._target = name
        return forms.variable_place(name)

    def _only_read(self, before: int) -> None:
        if self._changes != before:
            self.stop("something is changed inside a subscript")

    def _subscript(self) -> Expr:
        key = self.expression()
        while self.takes(","):
            key = forms.concatenated(
                forms.concatenated(key, forms.constant("\x1c")), self.expression()
            )
        self.expect("]")
        return key

    def _field_number(self) -> Expr:
        if self.takes("("):
            found = self.expression()
            self.expect(")")
            return found
        kind, written = self.next()
        if kind == "number" and written.isdecimal():
            return forms.constant(int(written))
        if kind == "name":
            self._mentions(written)
        if (kind, written) in {("name", "NF"), ("name", "NR")}:
            return forms.counted(written)
        if kind == "name" and written not in FORBIDDEN and written not in CALLS:
            return forms.of(forms.variable_place(written))
        return self.stop("$ stands before no number")

    def _primary(self) -> Expr:
        kind, written = self.peek()
        if kind == "number":
            self.next()
            return forms.constant(float(written))
        if kind == "quote":
            return forms.constant(self.quoted(raw=False))
        if self.slash():
            self._mentions("$")
            return forms.line_matches(self._compiled(self.regex()))
        if kind == "name" and written in {"NF", "NR", "FNR"}:
            self.next()
            if self.peek()[1] in {"=", "++", "--", "+=", "-="}:
                self._forbidden(written)
            self._mentions(written)
            return forms.counted(written)
        if kind == "name" and written in CALLS:
            return self._call()
        if kind == "name" and written in {"sub", "gsub"}:
            return self._replacing()
        if (kind, written) == ("sign", "("):
            self.next()
            inside, self.in_print = self.in_print, False
            found = self.expression()
            self.in_print = inside
            self.expect(")")
            return found
        if kind != "name" and written != "$":
            self.stop("a value is missing")
        return self._set_or_get()

    def _set_or_get(self) -> Expr:
        first = self.at_token() == self._start
        place = self._place()
        kind, sign = self.peek()
        if kind == "sign" and sign in {"=", "+=", "-=", "*=", "/="}:
            if not first or self.in_print:
                self.stop("something is set in the middle of a sum or comparison")
            self.next()
            self._changes += 1
            if self.depth != self._outermost:
                self._changed.add(self._target)
            value = self._ternary()
            if self.peek()[0] == "sign" and self.peek()[1] in _GO_ON:
                self.stop("a comparison of what is set is not in parentheses")
            if sign != "=":
                value = forms.calculated(sign[0], forms.of(place), value)
            return forms.assigned(place, value)
        if kind == "sign" and sign in {"++", "--"}:
            self.next()
            self._change()
            return forms.stepped(place, 1 if sign == "++" else -1, after=True)
        return forms.of(place)

    def _call(self) -> Expr:
        name = self.next()[1]
        arguments: list[Expr] = []
        if self.takes("("):
            while not self.takes(")"):
                if arguments:
                    self.expect(",")
                arguments.append(self.expression())
        least, most = CALLS[name]
        if not arguments:
            self._mentions("$")
        if not least <= len(arguments) <= most:
            self.stop(f"{name} has the wrong number of arguments")
        return forms.call(name, arguments)

    def _replacing(self) -> Expr:
        everywhere = self.next()[1] == "gsub"
        self.expect("(")
        pattern = self._pattern()
        self.expect(",")
        if self.peek()[0] != "quote":
            self.stop("the new text is not written out")
        new = self.quoted(raw=False)
        if "&" in new or "\\" in new:
            self.stop("the new text holds & or a backslash")
        place = forms.field_place(forms.constant(0))
        self._target = "$"
        if self.takes(","):
            place = self._place()
        else:
            self._mentions("$")
        self._change()
        self.expect(")")
        return forms.replaced(pattern, new, place, everywhere=everywhere)

    def _forbidden(self, name: str) -> NoReturn:
        if name in FORBIDDEN:
            raise ProgramError(f"'{name}' of awk {FORBIDDEN[name]}", ONLY)
        self.stop(f"'{name}' cannot stand here")
