"""The tokens of jq programs: numbers, names, paths, signs, and the escapes of texts."""

import re
from typing import Final, NoReturn

from stanch.tools.filters.errors import ProgramError
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


class Tokens:
    """A program that is read from the left to the right."""

    def __init__(self, program: Written) -> None:
        self.program = program
        self.source = program.source
        self.at = 0

    def peek(self) -> tuple[str, str]:
        """Return the kind and the text of the token that stands here."""
        found = _TOKEN.match(self.source, self.at)
        if found is None:
            rest = self.source[self.at :].strip()
            if not rest:
                return ("end", "")
            if any(self.program.value(c) is not None for c in rest[:1]):
                raise stray("a jq program outside a string")
            self.stop("this cannot be read")
        kind = str(found.lastgroup)
        return kind, found[kind]

    def stop(self, message: str) -> NoReturn:
        """Refuse the program for what stands here."""
        rest = self.program.filled(self.source[self.at :])[:30]
        raise ProgramError(f"{message} in the jq program, at '{rest}'", "Write a simpler one.")

    def character(self) -> str:
        """Take one character."""
        if self.at >= len(self.source):
            self.stop("a text is not closed")
        self.at += 1
        return self.source[self.at - 1]

    def escape(self, follower: str) -> str:
        """Return what a backslash and `follower` mean in a text."""
        if follower == '"':
            return '"'
        if follower == "u":
            digits = re.compile("[0-9a-fA-F]{4}").match(self.source, self.at)
            if digits is None or 0xD800 <= int(digits[0], 16) <= 0xDFFF:
                self.stop("an escape is malformed")
            self.at = digits.end()
            return chr(int(digits[0], 16))
        if follower not in _ESCAPES:
            self.stop(f"'\\{follower}' is no escape")
        return _ESCAPES[follower]

    def next(self) -> tuple[str, str]:
        """Take the token that stands here."""
        token = self.peek()
        found = _TOKEN.match(self.source, self.at)
        self.at = found.end() if found else self.at
        return token

    def takes(self, sign: str) -> bool:
        """Take `sign` if it stands here, and return whether it did."""
        if self.peek() != ("sign", sign):
            return False
        self.next()
        return True

    def takes_name(self, name: str) -> bool:
        """Take `name` if it stands here, and return whether it did."""
        if self.peek() != ("name", name):
            return False
        self.next()
        return True

    def expect(self, written: str) -> None:
        """Take a sign or a name, which has to stand here."""
        if self.peek()[1] != written or self.peek()[0] not in {"sign", "name"}:
            self.stop(f"'{written}' is missing")
        self.next()
