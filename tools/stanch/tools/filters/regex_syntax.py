"""POSIX regular expressions, as GNU programs read them, translated for a linear-time engine.

What cannot be said there (back-references, a word's edge beside anything but a word) is
refused. Classes and words are those of the C locale: letters are ASCII letters.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from stanch.tools.filters.errors import ProgramError
from stanch.tools.filters.regex import quoted, quoted_one
from stanch.tools.filters.regex_brackets import Brackets
from stanch.tools.filters.written import Written, stray

Dialect = Literal["basic", "extended", "awk"]

_MOST_REPEATS: Final = 255
_INTERVAL: Final = re.compile(r"([0-9]{1,3})(?:(,)([0-9]{0,3}))?")
_SHORTHANDS: Final = {
    "w": "[0-9A-Za-z_]",
    "W": "[^0-9A-Za-z_]",
    "s": r"[ \t\n\v\f\r]",
    "S": r"[^ \t\n\v\f\r]",
}
_CONTROLS: Final = {"t": r"\t", "f": r"\f", "v": r"\v", "r": r"\r"}
_NO_WORD_EDGE: Final = "Write \\b, or use -w."


def translated(program: Written, source: str, dialect: Dialect) -> str:
    """Return the pattern `source`, a piece of `program`, in the syntax of the engine.

    Raises:
        ProgramError: it is malformed, or says what the engine cannot.
    """
    reader = _Reader(program, source, dialect)
    pattern = reader.alternatives(depth=0)
    if reader.at < len(source):
        raise ProgramError("a parenthesis in the pattern is not opened", "Escape it.")
    return pattern


@dataclass(slots=True)
class _Reader:
    program: Written
    source: str
    dialect: Dialect
    at: int = 0
    word_before: bool = False
    """Whether what was read last ends with a word's character, whatever it matches."""
    edge_before: bool = False
    """Whether a word begins here, so that a word's character must come next."""
    opened: int = field(default=0)

    def alternatives(self, depth: int) -> str:
        if depth > 20:
            raise ProgramError("the pattern is nested too deeply", "Write a simpler one.")
        found = [self._branch(depth)]
        while self._takes("|"):
            found.append(self._branch(depth))
        return "|".join(found)

    def _branch(self, depth: int) -> str:
        done: list[str] = []
        self.word_before = False
        start = self.at
        while self.at < len(self.source):
            sign = self._sign()
            if sign == "op|" or (sign == "op)" and (depth or self.dialect == "basic")):
                break
            if self.dialect != "basic" and sign == "op)":
                raise ProgramError("a parenthesis in the pattern is not opened", "Escape it.")
            done.append(self._piece(sign, depth, first=not done))
        if self.edge_before:
            raise ProgramError("\\< stands before no word", _NO_WORD_EDGE)
        if self.dialect == "awk" and start == self.at and self.source:
            raise ProgramError("a part of the pattern is empty", "Use ? behind a part instead.")
        return "".join(done)

    def _sign(self) -> str:
        """Return what stands here: `opX` for an operator X, else the character or escape."""
        here = self.source[self.at]
        after = self.source[self.at + 1 : self.at + 2]
        if here == "\\":
            if self.dialect == "basic" and after and after in "(){}|+?":
                return f"op{after}"
            return here + after
        if here in ("(){}|+?" if self.dialect != "basic" else ""):
            return f"op{here}"
        return f"op{here}" if here in "*.[^$" else here

    def _takes(self, operator: str) -> bool:
        if self.at >= len(self.source) or self._sign() != f"op{operator}":
            return False
        self.at += 2 if self.source[self.at] == "\\" else 1
        return True

    def _piece(self, sign: str, depth: int, *, first: bool) -> str:
        start = self.at
        if sign in {"op*", "op+", "op?", "op{"}:
            return self._leading(sign, first=first)
        if sign == "op^" and self._caret(first=first):
            self.at += 1
            if self.dialect != "basic":
                self._no_repeat("^")
                return "^"
            # A basic expression may go on with a star that means itself.
            return "^" + (self._star() if self._stands("op*") else "")
        if sign == "op$" and self._dollar():
            self.at += 1
            if self.dialect != "basic":
                self._no_repeat("$")
            return "$"
        edge = self._edge(sign)
        if edge is not None:
            return edge
        atom, word = self._atom(sign, depth)
        return self._repeated(atom, start, word=word)

    def _stands(self, sign: str) -> bool:
        return self.at < len(self.source) and self._sign() == sign

    def _star(self) -> str:
        self.at += 1
        return self._repeated(r"\x{2a}", self.at - 1, word=False)

    def _leading(self, sign: str, *, first: bool) -> str:
        if sign == "op*" and self.dialect == "basic" and first:
            return self._star()
        raise ProgramError(f"'{sign[2:]}' in the pattern repeats nothing", "Escape it.")

    def _caret(self, *, first: bool) -> bool:
        return self.dialect != "basic" or first

    def _dollar(self) -> bool:
        rest = self.source[self.at + 1 :]
        return self.dialect != "basic" or not rest or rest.startswith((r"\)", r"\|"))

    def _no_repeat(self, anchor: str) -> None:
        if self.at < len(self.source) and self._sign() in {"op*", "op+", "op?", "op{"}:
            raise ProgramError(f"'{anchor}' cannot be repeated", "Put it in brackets.")

    def _edge(self, sign: str) -> str | None:
        """Return the pattern of an edge of a word, when `sign` is one."""
        if sign not in {r"\b", r"\B", r"\<", r"\>", r"\`", r"\'"} or self.dialect == "awk":
            return None
        self.at += 2
        self._no_repeat(sign)
        if sign == r"\<":
            self.edge_before = True
            return r"\b"
        if sign == r"\>":
            if not self.word_before:
                raise ProgramError("\\> stands behind no word", _NO_WORD_EDGE)
            return r"\b"
        return {r"\`": "^", r"\'": "$"}.get(sign, sign)

    def _atom(self, sign: str, depth: int) -> tuple[str, bool]:
        """Return the pattern of one atom, and whether it is sure to be a word's character."""
        if sign == "op(":
            return self._group(depth), False
        if sign == "op[":
            return self._brackets(), False
        if sign == "op.":
            self.at += 1
            return ".", False
        if sign.startswith("\\"):
            return self._escape(sign)
        character = sign.removeprefix("op") or sign
        self.at += 2 if self.source[self.at] == "\\" else 1
        value = self.program.value(character)
        if value is None:
            return quoted_one(character), character.isascii() and _is_word(character)
        return f"(?:{quoted(value)})", bool(value) and all(map(_is_word, (value[0], value[-1])))

    def _escape(self, sign: str) -> tuple[str, bool]:
        self.at += 2
        follower = sign[1:]
        if not follower:
            raise ProgramError("the pattern ends with a backslash", "Remove it, or double it.")
        if self.program.value(follower) is not None:
            raise stray("an escape")
        if follower.isdigit():
            raise ProgramError(
                "the pattern refers back to a group, which takes unbounded time", "Write it out."
            )
        if follower in _SHORTHANDS and self.dialect != "awk":
            return _SHORTHANDS[follower], follower == "w"
        if follower in _CONTROLS and self.dialect == "awk":
            return _CONTROLS[follower], False
        if follower.isalnum() or follower in "<>`'" or not follower.isascii():
            raise ProgramError(
                f"'\\{follower}' means nothing here, or not the same everywhere",
                "Write [0-9] for digits, [[:space:]] for blanks.",
            )
        return quoted_one(follower), follower == "_"

    def _group(self, depth: int) -> str:
        self.at += 2 if self.source[self.at] == "\\" else 1
        if self.edge_before:
            raise ProgramError("\\< stands before a group", _NO_WORD_EDGE)
        inner = self.alternatives(depth + 1)
        if not self._takes(")"):
            raise ProgramError("a parenthesis in the pattern is not closed", "Close it.")
        return f"({inner})"

    def _brackets(self) -> str:
        found = Brackets(self.program, self.source, self.at, in_awk=self.dialect == "awk")
        pattern = found.read()
        self.at = found.at
        return pattern

    def _repeated(self, atom: str, start: int, *, word: bool) -> str:
        if self.edge_before and not word:
            raise ProgramError("\\< stands before no word", _NO_WORD_EDGE)
        held = self.program.value(self.source[start]) is not None
        self.word_before = word
        repeated = False
        while self.at < len(self.source):
            sign = self._sign()
            if sign not in {"op*", "op+", "op?", "op{"}:
                break
            if held:
                raise stray("a repetition")
            if repeated:
                raise ProgramError("a repetition in the pattern is repeated", "Write one.")
            repeated = True
            if self.edge_before:
                raise ProgramError("\\< stands before a repetition", _NO_WORD_EDGE)
            self.at += 2 if self.source[self.at] == "\\" else 1
            count = self._interval() if sign == "op{" else sign[2:]
            atom = f"(?:{atom}){count}"
            self.word_before = self.word_before and count[0] not in "*?" and "{0" not in count
        self.edge_before = False
        return atom

    def _interval(self) -> str:
        found = _INTERVAL.match(self.source, self.at)
        if found is None or (found[3] and int(found[1]) > int(found[3])):
            raise ProgramError("an interval in the pattern is malformed", "Write {2} or {2,5}.")
        self.at = found.end()
        if not self._takes("}"):
            raise ProgramError("an interval in the pattern is not closed", "Close it with }.")
        if found[3] == "0" or (not found[2] and int(found[1]) == 0):
            raise ProgramError("the pattern repeats something not even once", "Leave it out.")
        if max(int(found[1]), int(found[3] or 0)) > _MOST_REPEATS:
            raise ProgramError(f"the pattern repeats more than {_MOST_REPEATS} times")
        return "{" + found[0] + "}"


def _is_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")
