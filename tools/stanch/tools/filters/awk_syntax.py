"""Reading awk programs: patterns, prints and sums, without loops, files or commands."""

from dataclasses import dataclass
from typing import Literal

from stanch.tools.filters import awk_forms as forms
from stanch.tools.filters.awk_expressions import Expressions
from stanch.tools.filters.awk_forms import Action, Expr
from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.written import Written


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


class _Reader(Expressions):
    _may_skip = True
    """Whether `next` may stand here."""

    def more(self) -> bool:
        while self.takes(";"):
            pass
        return self.peek()[0] != "end"

    def rule(self) -> Rule:
        for name, when in (("BEGIN", "begin"), ("END", "end")):
            if self.peek() == ("name", name):
                self.next()
                self._may_skip = False
                action = self._block()
                self._may_skip = True
                return Rule(when="begin" if when == "begin" else "end", action=action)
        first = last = None
        if self.peek() != ("sign", "{"):
            first = self._whole()
            if self.takes(","):
                last = self._whole()
        if self.peek() == ("sign", "{"):
            return Rule(first=first, last=last, action=self._block())
        if self.more() and self.source[: self.at].rstrip()[-1:] != ";":
            self.stop("something stands behind a pattern")
        return Rule(first=first, last=last)

    def _block(self) -> Action:
        self.depth += 1
        if self.depth > 20:
            self.stop("there is too much nesting")
        self.expect("{")
        actions: list[Action] = []
        while not self.takes("}"):
            if self.takes(";"):
                continue
            actions.append(self._statement())
            if self.peek() not in {("sign", ";"), ("sign", "}")} and not self._after_block():
                self.stop("a statement is not ended")
        self.depth -= 1
        return forms.several(actions)

    def _after_block(self) -> bool:
        return self.source[: self.at].rstrip().endswith(("}", ";"))

    def _statement(self) -> Action:
        kind, written = self.peek()
        if (kind, written) == ("sign", "{"):
            return self._block()
        if kind == "name" and written in {"print", "printf", "next", "if"}:
            self.next()
            if written == "next":
                if not self._may_skip:
                    self.stop("next stands in BEGIN or END")
                return forms.next_line
            return self._condition() if written == "if" else self._print(written)
        return forms.evaluated(self._whole())

    def _whole(self) -> Expr:
        """Read an expression that is a pattern, a condition or a statement of its own."""
        self.begin()
        found = self.expression()
        self.end()
        return found

    def _condition(self) -> Action:
        self.expect("(")
        asked = self._whole()
        self.expect(")")
        then = self._statement()
        at = self.at
        if self.source[: self.at].rstrip()[-1:] != "}":
            self.takes(";")
        if self.peek() == ("name", "else"):
            self.next()
            return forms.branch(asked, then, self._statement())
        self.at = at
        return forms.branch(asked, then, None)

    def _print(self, name: str) -> Action:
        values: list[Expr] = []
        self.begin(prints=True)
        self.in_print = True
        whole = self._in_parentheses()
        if whole:
            self.next()
            self.in_print = False
        if self.peek()[1] not in {";", "}"} or self.peek()[0] == "quote":
            values.append(self.expression())
            while self.takes(","):
                values.append(self.expression())
        if whole:
            self.expect(")")
        self.in_print = False
        self.end()
        if self.peek()[1] in {">", ">=", "|", ">>", "|&"}:
            raise ProgramError("the output of awk goes elsewhere", "Leave out > and |.")
        if name == "print":
            return forms.prints(values)
        if not values:
            self.stop("printf has no format")
        return forms.prints_formatted(values)

    def _in_parentheses(self) -> bool:
        """Return whether all that is printed stands in one pair of parentheses."""
        if self.peek() != ("sign", "("):
            return False
        depth, quoted, at = 0, False, self.at
        while at < len(self.source):
            here = self.source[at]
            if here == "\\" and quoted:
                at += 1
            elif here == '"':
                quoted = not quoted
            elif not quoted and here in "()":
                depth += 1 if here == "(" else -1
                if depth == 0:
                    break
            at += 1
        return self.source[at + 1 :].lstrip()[:1] in {";", "}", ">", "|"}
