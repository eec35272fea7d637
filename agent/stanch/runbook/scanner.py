"""The scanner behind `stanch.runbook.words`: one pass over the text of a command line.

It accepts the part of the shell's language in which nothing can happen but words, pipes
and redirects that discard, and refuses the rest by name. A placeholder becomes an opaque
part of its word before any quoting is looked at.
"""

import re
import string
from collections.abc import Collection, Mapping
from typing import Final

from stanch.runbook import placeholders, redirects
from stanch.runbook.forbidden import described, refuse, refuse_at, refuse_hidden
from stanch.runbook.model import ParamRef
from stanch.runbook.pipeline import Pipeline, Word

_PLAIN: Final = re.compile(r"[A-Za-z0-9%+,\-./:=@_\]]+")
# What is left out of both may be a placeholder, or stand for one.
_IN_SINGLE: Final = re.compile(r"[^'<$\ue000-\uf8ff]+")
_IN_DOUBLE: Final = re.compile(r'[^"<$`!\\\ue000-\uf8ff]+')
# Braces without a comma and without '..' are no expansion to any shell.
_BRACES: Final = re.compile(r"\{(?![^}]*\.\.)[A-Za-z0-9_./:@%+-]*\}")
_COMMENT: Final = re.compile(r"#[^\n]*")
_REST_OF_LINE: Final = re.compile(r"[ \t]*(?:\n|\Z)")
# An address: as a file pattern it would need a folder called `http:`.
_ADDRESS: Final = re.compile(r"(?:^|[ \t\n])https?://[A-Za-z0-9%+,\-./:=@_?<>]*\Z")
# A separator with nothing after it separates nothing.
_LAST_SEPARATOR: Final = re.compile(r";[ \t]*(?:(?<=[ \t])#[^\n]*)?\n?\Z")
_REST: Final = re.compile(r"[ \t\n]*\Z")
# A shell joins the lines before it looks for the end of `$NAME`.
_NAME_GOES_ON: Final = re.compile(r"(?<![>}])(?:\\\n)+[A-Za-z0-9_]")
_ESCAPABLE: Final = frozenset(" " + string.punctuation)
_ESCAPABLE_IN_DOUBLE: Final = frozenset('"\\$`')


class Scanner:
    """Reads the stages of one pipeline out of a text, from `at` on.

    `within` says that the text stands in `$(...)`: then a closing parenthesis ends it.
    `refs` are characters that stand for parameters; where they are given, no other
    placeholder is looked for, because a shell has been there before.
    """

    def __init__(
        self,
        text: str,
        params: Collection[str],
        *,
        at: int = 0,
        within: bool = False,
        refs: Mapping[str, ParamRef] | None = None,
    ) -> None:
        self.at = at
        """Where the scanner stands; after `stages`, behind the last that it read."""
        self._text = text
        self._params = params
        self._within = within
        self._refs = refs
        self._made = Pipeline()

    def stages(self) -> tuple[tuple[Word, ...], ...]:
        """Return the words of each command of the pipeline.

        Raises:
            RefusedError: there is anything but words, pipes and redirects that discard.
        """
        while self.at < len(self._text):
            if self._within and self._text[self.at] == ")":
                break
            self._unquoted()
        return self._made.stages()

    def _unquoted(self) -> None:
        here = self._text[self.at]
        if not self._made.in_word and self._between_words(here):
            return
        if plain := _PLAIN.match(self._text, self.at):
            self._take(plain[0])
        elif here in " \t":
            self._made.end_word()
            self.at += 1
        elif here == "'":
            self._single()
        elif here == '"':
            self._double()
        elif here == "\\":
            self._escape()
        elif here == "|":
            self._pipe()
        elif here in "\n;":
            self._line_end()
        elif not (self._placeholder(here) or self._special(here)):
            refuse_at(self._text, self.at)

    def _between_words(self, here: str) -> bool:
        """Take a redirect or a comment, which only stand where a word could begin."""
        if here in "12<>" and (found := redirects.DISCARDING.match(self._text, self.at)):
            self._made.redirect(silent=found["out"] is not None)
        elif here == "#" and (found := _COMMENT.match(self._text, self.at)):
            if self._within:
                refuse("A comment stands inside '$(...)'.", "Put it on a line of its own.")
            refuse_hidden(found[0])
        else:
            return False
        self.at = found.end()
        return True

    def _separator(self) -> None:
        """Take a separator at the very end, where it separates nothing."""
        found = _LAST_SEPARATOR.match(self._text, self.at)
        if found is None or self._made.awaits or self._within:
            refuse_at(self._text, self.at)
        refuse_hidden(found[0].rstrip("\n"))
        self._made.end_word()
        self.at = found.end()

    def _special(self, here: str) -> bool:
        """Take a character that is special only elsewhere."""
        if here == "?" and _ADDRESS.search(self._text, 0, self.at):
            self._take(here)
            return True
        if here == "{" and (found := _BRACES.match(self._text, self.at)):
            self._take(found[0])
            return True
        before = self._text[self.at - 1 : self.at]
        # Inside a word no shell takes `#` for a comment, or `^` and `!=` for history; a
        # tilde is expanded only where a word or a value begins.
        plain = self._made.in_word and (
            here in "#^"
            or (here == "!" and self._next() == "=")
            or (here == "~" and (before.isalnum() or before == "_"))
        )
        if plain:
            self._take(here)
        return plain

    def _pipe(self) -> None:
        if self._next() in {"|", "&"}:
            refuse_at(self._text, self.at)
        self._made.pipe(glued=self._text[self.at - 1 : self.at] == ">")
        self.at += 1

    def _line_end(self) -> None:
        if self._text[self.at] == ";":
            self._separator()
            return
        self._made.end_word()
        goes_on = self._made.awaits and not self._within
        if not (goes_on or _REST.match(self._text, self.at)) or self._within:
            refuse_at(self._text, self.at)
        self.at += 1

    def _single(self) -> None:
        self._made.add("")
        self.at += 1
        start = self.at
        while (here := self._inside("'")) != "'":
            if found := _IN_SINGLE.match(self._text, self.at):
                self._take_quoted(found[0])
            elif here == "$":
                self._refuse_declared()
                self._take(here)
            elif not (self._ref(here) or self._in_quotes(start, "'")):
                self._take_quoted(here)
        self.at += 1

    def _refuse_declared(self) -> None:
        """Refuse `$NAME` of a parameter where a shell would leave it as it is."""
        name = self._declared(self.at)
        if name is not None:
            refuse(
                f"'$' of the parameter {name} stands in single quotes, "
                "where a shell does not fill it in.",
                f"Write <{name}>, or use double quotes.",
            )

    def _declared(self, at: int) -> str | None:
        """Return the declared parameter that is named at `at`."""
        if self._refs is not None or at >= len(self._text):
            return None
        found = placeholders.at(self._text, at)
        name = placeholders.resolve(found[0], self._params) if found else ""
        return name if name in self._params else None

    def _double(self) -> None:
        self._made.add("")
        self.at += 1
        start = self.at
        while (here := self._inside('"')) != '"':
            if found := _IN_DOUBLE.match(self._text, self.at):
                self._take_quoted(found[0])
            elif self._ref(here) or self._in_quotes(start, '"'):
                continue
            elif here == "\\":
                self._double_escape()
            elif self._is_text_in_double(here):
                self._take_quoted(here)
            else:
                refuse_at(self._text, self.at)
        self.at += 1

    def _is_text_in_double(self, here: str) -> bool:
        follower = self._next() or ""
        if here == "!":
            return follower in ' ="\n'
        if here == "$":
            return follower in ' "|)/'
        return here != "`"

    def _inside(self, quote: str) -> str:
        if self.at >= len(self._text):
            kind = "single" if quote == "'" else "double"
            refuse(f"A {kind} quote is not closed.", f"Close it with {quote}.")
        return self._text[self.at]

    def _escape(self) -> None:
        follower = self._next()
        if follower == "\n":
            self.at += 2
            return
        if follower in {" ", "\t"} and _REST_OF_LINE.match(self._text, self.at + 1):
            refuse(
                "A backslash is followed by blanks at the end of the line.",
                "Remove the blanks, so that the command goes on in the next line.",
            )
        self._literal(follower, allowed=_ESCAPABLE)

    def _double_escape(self) -> None:
        follower = self._next()
        if follower == "\n":
            self.at += 2
        elif follower is not None and follower not in _ESCAPABLE_IN_DOUBLE | {"!"}:
            # Before anything else a backslash is a backslash to every shell.
            self._take("\\")
        else:
            self._literal(follower, allowed=_ESCAPABLE_IN_DOUBLE)

    def _literal(self, follower: str | None, *, allowed: Collection[str]) -> None:
        if follower is None:
            refuse("The command ends with a backslash.", "Remove it, or add the next line.")
        angle = follower == "<" and placeholders.at(self._text, self.at + 1) is not None
        if angle or self._declared(self.at + 1) is not None:
            refuse("A backslash stands before a placeholder.", "Remove the backslash.")
        if follower not in allowed:
            refuse(
                f"A backslash stands before {described(follower)}.",
                "Remove it, or put the text in single quotes.",
            )
        self._made.add(follower)
        self.at += 2

    def _ref(self, here: str) -> bool:
        """Take the character that stands for a parameter, if this is one."""
        ref = self._refs.get(here) if self._refs is not None else None
        if ref is not None:
            self._made.hold(ref)
            self.at += 1
        return ref is not None

    def _in_quotes(self, start: int, quote: str) -> bool:
        """Take a placeholder in quotes; one of several words only if it is all of them."""
        if self._refs is not None:
            return False
        found = placeholders.at(self._text, self.at)
        if found is None and self.at == start:
            described_ = placeholders.described_at(self._text, self.at)
            if described_ and self._text.startswith(quote, described_[1]):
                found = described_
        return self._named(found, angle=False)

    def _placeholder(self, here: str) -> bool:
        if self._refs is not None:
            return self._ref(here)
        found = placeholders.at(self._text, self.at)
        if found is None and here == "<":
            found = placeholders.described_at(self._text, self.at)
        return self._named(found, angle=here == "<")

    def _named(self, found: tuple[str, int] | None, *, angle: bool) -> bool:
        if found is None:
            return False
        if _NAME_GOES_ON.match(self._text, found[1]):
            refuse("A line ends inside the name of a parameter.", "Write the name on one line.")
        name = placeholders.resolve(found[0], self._params)
        self._made.hold(ParamRef(param=name), bare=angle and name not in self._params)
        self.at = found[1]
        return True

    def _take(self, text: str) -> None:
        self._made.add(text)
        self.at += len(text)

    def _take_quoted(self, text: str) -> None:
        refuse_hidden(text)
        self._take(text)

    def _next(self) -> str | None:
        return self._text[self.at + 1] if self.at + 1 < len(self._text) else None
