"""A pipeline in the making: the scanner adds text and parameters, and words come out.

What concerns a word as a whole is judged here, when it ends: assignments, reserved words,
and placeholders that a shell would read as redirects.
"""

import re
from typing import Final, TypeAlias

from stanch.runbook import redirects
from stanch.runbook.forbidden import RESERVED, refuse
from stanch.runbook.model import ParamRef

Word: TypeAlias = tuple[str | ParamRef, ...]
"""Text and parameters, in order; two texts never stand side by side."""

_ASSIGNMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")


class Pipeline:
    """Collects the stages of one pipeline."""

    def __init__(self) -> None:
        self._stages: list[tuple[Word, ...]] = []
        self._words: list[Word] = []
        self._parts: list[str | ParamRef] | None = None
        self._bare: list[int] = []
        """The parts of the word that are undeclared, in angles and outside quotes."""
        self._open: str | None = None
        """The name of such a part that the word before ended with."""
        self._redirected = False
        self._silent = False

    @property
    def in_word(self) -> bool:
        """Whether a word has begun and not ended."""
        return self._parts is not None

    @property
    def awaits(self) -> bool:
        """Whether the stage, after its pipe or at the begin, has no word yet."""
        return not self._words and self._parts is None

    def add(self, text: str) -> None:
        """Add `text` to the word; an empty text begins one."""
        parts = self._begun()
        if parts and isinstance(parts[-1], str):
            parts[-1] += text
        else:
            parts.append(text)

    def hold(self, ref: ParamRef, *, bare: bool = False) -> None:
        """Add a parameter to the word; `bare` if a shell would read it as a redirect."""
        parts = self._begun()
        parts.append(ref)
        if bare:
            self._bare.append(len(parts) - 1)

    def redirect(self, *, silent: bool) -> None:
        """Note a redirect; `silent` if it leaves nothing for a pipe."""
        if not self._words:
            refuse("A redirect stands before the command.", "Leave it out.")
        self._redirected = True
        self._silent = self._silent or silent

    def pipe(self, *, glued: bool) -> None:
        """End the stage; `glued` if the pipe stands right after its last character."""
        self.end_word()
        if not self._words:
            refuse("A pipe has nothing before it.", "Write the command before it.")
        if glued and self._open is not None:
            redirects.refuse_piped(self._open)
        if self._silent:
            refuse("The answer is discarded before the pipe.", "Leave the redirect out.")
        self._stages.append(tuple(self._words))
        self._words = []
        self._open = None
        self._redirected = self._silent = False

    def stages(self) -> tuple[tuple[Word, ...], ...]:
        """End the pipeline and return the words of each of its commands."""
        self.end_word()
        if self._stages and not self._words:
            refuse("A pipe leads to nothing.", "Remove it, or write the filter after it.")
        return (*self._stages, tuple(self._words)) if self._words else ()

    def end_word(self) -> None:
        """End the word, if one has begun."""
        if self._parts is None:
            return
        if self._bare or self._open is not None:
            self._check_bare(self._parts)
        # The empty text of a pair of quotes beside a parameter says nothing.
        word = tuple(part for part in self._parts if part != "") or ("",)
        if not self._words:
            _check_program(word)
        self._words.append(word)
        self._parts = None

    def _begun(self) -> list[str | ParamRef]:
        if self._parts is None:
            if self._redirected:
                refuse("Words follow a redirect.", "Leave the redirect out, or put it last.")
            self._parts = []
        return self._parts

    def _check_bare(self, parts: list[str | ParamRef]) -> None:
        if self._open is not None and isinstance(parts[0], str):
            redirects.refuse_followed(self._open, self._program(), parts[0])
        self._open = None
        for at in self._bare:
            held = parts[at]
            before = parts[at - 1] if at else ""
            after = parts[at + 1] if at + 1 < len(parts) else ""
            if isinstance(held, ParamRef) and isinstance(after, str):
                before = before if isinstance(before, str) else ""
                redirects.refuse_glued(held.param, before, after)
                if at + 1 >= len(parts) - (parts[-1] == ""):
                    self._open = held.param
        self._bare = []

    def _program(self) -> str:
        for word in self._words:
            if word != ("sudo",):
                return word[0] if isinstance(word[0], str) else ""
        return ""


def _check_program(word: Word) -> None:
    first = word[0]
    if not isinstance(first, str):
        return
    if _ASSIGNMENT.match(first):
        refuse("The line begins with the assignment of a variable.", "Declare it as a parameter.")
    if len(word) == 1 and first in RESERVED:
        refuse(
            f"'{first}' belongs to the shell's own language, which needs a shell.",
            "Write out the single commands, each on a line of its own.",
        )
    if not first.isascii():
        refuse(
            "The name of the program holds a character that is not ASCII.",
            "Type it again: letters of other alphabets look the same.",
        )
