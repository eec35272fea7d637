"""Words: a strict scanner of one command line.

It accepts the part of the shell's language in which nothing can happen but words, and
refuses the rest by name. What it accepts means the same to bash and to dash; a
placeholder becomes an opaque part of its word before any quoting is looked at.
"""

import string
import unicodedata
from collections.abc import Collection
from typing import Final, NoReturn, TypeAlias

from stanch.runbook import placeholders
from stanch.runbook.findings import RefusedError
from stanch.runbook.model import ParamRef

Word: TypeAlias = tuple[str | ParamRef, ...]
"""Text and parameters, in order; two texts never stand side by side."""

MOST_CHARACTERS: Final = 4096

_PLAIN: Final = frozenset(string.ascii_letters + string.digits + "%+,-./:=@_]")
_ESCAPABLE: Final = frozenset(" " + string.punctuation)
_ONLY_WORDS: Final = "Write one plain command; stanch runs no shell."
_QUOTE_IT: Final = "Put it in single quotes if it is meant as text."
_SPECIAL: Final[dict[str, tuple[str, str]]] = {
    "|": ("a pipe", "Keep the command before the pipe: its whole answer is kept as evidence."),
    "&": ("a background or and-list operator", "Write each command on a line of its own."),
    ";": ("a command separator", "Write each command on a line of its own."),
    "<": ("a redirect", "A placeholder is written <name>, without blanks."),
    ">": ("a redirect", "Leave it out: the answer is kept as evidence."),
    "(": ("a subshell", _QUOTE_IT),
    ")": ("a subshell", _QUOTE_IT),
    "`": ("a command substitution", "Declare a parameter and write <name>."),
    "*": ("a file pattern", _QUOTE_IT),
    "?": ("a file pattern", _QUOTE_IT),
    "[": ("a file pattern", _QUOTE_IT),
    "{": ("a brace expansion", _QUOTE_IT),
    "}": ("a brace expansion", _QUOTE_IT),
    "~": ("a tilde expansion", _QUOTE_IT),
    "!": ("a history expansion", _QUOTE_IT),
}


def scan(text: str, *, params: Collection[str] = ()) -> tuple[Word, ...]:
    """Split `text` into words as a POSIX shell would, or refuse it.

    `params` are the declared parameters, by which `$POD_NAME` finds `pod-name`.

    Raises:
        RefusedError: the text holds anything but plain words; the message names it.
    """
    if len(text) > MOST_CHARACTERS:
        _refuse(f"The command is longer than {MOST_CHARACTERS} characters.", _ONLY_WORDS)
    return _Scanner(text, params).words()


class _Scanner:
    def __init__(self, text: str, params: Collection[str]) -> None:
        self._text = text
        self._params = params
        self._at = 0
        self._words: list[Word] = []
        self._parts: list[str | ParamRef] | None = None

    def words(self) -> tuple[Word, ...]:
        while self._at < len(self._text):
            self._unquoted()
        self._end_word()
        return tuple(self._words)

    def _unquoted(self) -> None:
        here = self._text[self._at]
        if self._placeholder():
            return
        if here in " \t":
            self._end_word()
        elif here == "'":
            self._single()
        elif here == '"':
            self._double()
        elif here == "\\":
            self._escape()
        elif here in _PLAIN or (self._parts is not None and self._is_plain_inside(here)):
            self._add(here)
        else:
            self._refuse_here()
        self._at += 1

    def _is_plain_inside(self, here: str) -> bool:
        # Inside a word no shell takes `#` for a comment, or `^` and `!=` for history.
        return here in "#^" or (here == "!" and self._next() == "=")

    def _single(self) -> None:
        self._add("")
        self._at += 1
        while (here := self._inside("'")) != "'":
            found = placeholders.at(self._text, self._at)
            if found and here == "$":
                _refuse(
                    f"'${found[0]}' stands in single quotes, where a shell does not fill it in.",
                    f"Write <{found[0].lower().replace('_', '-')}>, or use double quotes.",
                )
            if not self._placeholder():
                self._add_quoted(here)
                self._at += 1

    def _double(self) -> None:
        self._add("")
        self._at += 1
        while (here := self._inside('"')) != '"':
            if self._placeholder():
                continue
            if here == "\\":
                self._double_escape()
            elif here in "$`!":
                self._refuse_here()
            else:
                self._add_quoted(here)
            self._at += 1

    def _inside(self, quote: str) -> str:
        if self._at >= len(self._text):
            kind = "single" if quote == "'" else "double"
            _refuse(f"A {kind} quote is not closed.", f"Close it with {quote} on the same line.")
        return self._text[self._at]

    def _escape(self) -> None:
        follower = self._next()
        self._at += 1
        if follower == "\n":
            return
        if follower is not None and not self._text[self._at :].strip(" \t"):
            _refuse(
                "A backslash is followed by blanks at the end of the line.",
                "Remove the blanks, so that the command goes on in the next line.",
            )
        self._literal(follower, allowed=_ESCAPABLE)

    def _double_escape(self) -> None:
        follower = self._next()
        self._at += 1
        if follower != "\n":
            self._literal(follower, allowed=frozenset('"\\$`'))

    def _literal(self, follower: str | None, *, allowed: frozenset[str]) -> None:
        if follower is None:
            _refuse("The command ends with a backslash.", "Remove it, or add the next line.")
        if placeholders.at(self._text, self._at):
            _refuse("A backslash stands before a placeholder.", "Remove the backslash.")
        if follower not in allowed:
            _refuse(
                f"A backslash stands before {_described(follower)}.",
                "Remove it, or put the text in single quotes.",
            )
        self._add(follower)

    def _placeholder(self) -> bool:
        found = placeholders.at(self._text, self._at)
        if found is None:
            return False
        self._parts = [] if self._parts is None else self._parts
        self._parts.append(ParamRef(param=placeholders.resolve(found[0], self._params)))
        self._at = found[1]
        return True

    def _add_quoted(self, here: str) -> None:
        if unicodedata.category(here) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"} or (
            here != " " and unicodedata.category(here) == "Zs"
        ):
            self._refuse_here()
        self._add(here)

    def _add(self, text: str) -> None:
        if self._parts is None:
            self._parts = []
        if self._parts and isinstance(self._parts[-1], str):
            self._parts[-1] += text
        else:
            self._parts.append(text)

    def _end_word(self) -> None:
        if self._parts is None:
            return
        # The empty text of a pair of quotes beside a parameter says nothing.
        parts = tuple(part for part in self._parts if part != "") or ("",)
        if not self._words and _assigns(parts):
            _refuse(
                "The line begins with the assignment of a variable.", "Declare it as a parameter."
            )
        self._words.append(parts)
        self._parts = None

    def _next(self) -> str | None:
        return self._text[self._at + 1] if self._at + 1 < len(self._text) else None

    def _refuse_here(self) -> NoReturn:
        here, follower = self._text[self._at], self._next()
        if here == "$":
            what = "a command substitution" if follower == "(" else "an expansion"
            _refuse(
                f"'$' begins {what}, which needs a shell.",
                "Only whole parameters are filled in: <name>, $NAME or ${NAME}.",
            )
        if here == "<" and follower == "<":
            _refuse("'<<' begins a here-document, which needs a shell.", _ONLY_WORDS)
        if here == "<" and follower == "(":
            _refuse("'<(' begins a process substitution, which needs a shell.", _ONLY_WORDS)
        if here == "\n":
            _refuse("A line ends inside the command.", "Write each command on one line.")
        if here == "#":
            _refuse("'#' begins a comment.", "Put the comment on a line of its own.")
        if here in _SPECIAL:
            name, remedy = _SPECIAL[here]
            _refuse(f"{_described(here)} is {name}, which needs a shell.", remedy)
        _refuse(
            f"The command holds {_described(here)}.", "Type it in plain ASCII, or leave it out."
        )


def _assigns(word: Word) -> bool:
    first = word[0]
    if not isinstance(first, str):
        return False
    name, equals, _ = first.partition("=")
    return bool(equals) and name.removesuffix("+").isidentifier()


def _described(character: str) -> str:
    if character in string.printable and character.isprintable():
        return f"'{character}'"
    name = unicodedata.name(character, "control character").lower()
    return f"U+{ord(character):04X} ({name})"


def _refuse(message: str, remedy: str) -> NoReturn:
    raise RefusedError("RB020", message, remedy=remedy)
