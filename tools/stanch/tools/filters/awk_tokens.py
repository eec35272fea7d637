"""The tokens of awk programs: numbers, names, signs, texts in quotes and patterns."""

import re
from typing import Final, NoReturn

from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.written import Written, stray

_TOKEN: Final = re.compile(
    r"[ \t]*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|!~|\+\+|--|\+=|-=|\*=|/=|[-+*/%^!~<>=?:,;(){}$|&\[\]])"
    r'|(?P<quote>"))'
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "/": "/"}
ONLY: Final = "Use patterns, print, if, sums and the functions of text."


class Tokens:
    """A program that is read from the left to the right."""

    def __init__(self, program: Written) -> None:
        self.program = program
        self.source = program.source
        self.at = 0

    def quoted(self, *, raw: bool) -> str:
        """Return the text in quotes; for a pattern its values stay as they are held."""
        self.next()
        found = ""
        while (here := self.character()) != '"':
            value = self.program.value(here)
            if value is not None and not raw:
                found += value
            elif here != "\\":
                found += here
            else:
                follower = self.character()
                if follower not in _ESCAPES:
                    if not raw or follower.isalnum():
                        self.stop(f"'\\{follower}' is no escape")
                    found += "\\" + follower
                else:
                    found += _ESCAPES[follower]
        return found

    def character(self) -> str:
        """Take one character."""
        if self.at >= len(self.source):
            self.stop("a text or pattern is not closed")
        self.at += 1
        return self.source[self.at - 1]

    def slash(self) -> bool:
        """Return whether a pattern between slashes begins here."""
        rest = self.source[self.at :].lstrip(" \t")
        return rest.startswith("/")

    def regex(self) -> str:
        """Take a pattern between slashes."""
        self.at = self.source.index("/", self.at) + 1
        found, bracket = "", False
        while True:
            here = self.character()
            if here == "/" and not bracket:
                return found
            if here == "\\":
                follower = self.character()
                here = "/" if follower == "/" else here + follower
            elif here == "[" or (here == "]" and found[-1:] not in {"[", "^"}):
                bracket = here == "["
            found += here

    def peek(self) -> tuple[str, str]:
        """Return the kind and the text of the token that stands here."""
        found = _TOKEN.match(self.source, self.at)
        if found is None:
            rest = self.source[self.at :].strip(" \t")
            if not rest:
                return ("end", "")
            if self.program.value(rest[0]) is not None:
                raise stray("an awk program outside a string or pattern")
            self.stop("this cannot be read")
        kind = str(found.lastgroup)
        return kind, found[kind]

    def at_token(self) -> int:
        """Return where the next token begins."""
        rest = self.source[self.at :]
        return self.at + len(rest) - len(rest.lstrip(" \t"))

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

    def expect(self, sign: str) -> None:
        """Take `sign`, which has to stand here."""
        if not self.takes(sign):
            self.stop(f"'{sign}' is missing")

    def stop(self, message: str) -> NoReturn:
        """Refuse the program for what stands here."""
        rest = self.program.filled(self.source[self.at :])[:30]
        raise ProgramError(f"{message} in the awk program, at '{rest}'", ONLY)
