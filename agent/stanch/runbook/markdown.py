"""Markdown: the fenced blocks of a runbook, with their section, lines and paragraph.

Only a fenced block can ever be executed. Indented code, inline code, quotations and HTML
are for the reader; they are returned as asides, so that whoever meant them to be executed
can be told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token

from stanch.runbook.markup import Markup
from stanch.runbook.sections import Section, section

__all__ = ["Aside", "Block", "Document", "Section", "all_blocks", "read_blocks", "read_document"]

AsideKind: TypeAlias = Literal["indented", "inline", "html", "quoted", "nested", "enclosed"]

_CLOSING = re.compile(r"^[\s>]*(`{3,}|~{3,})\s*$")
_OPENING = re.compile(r"^ {0,3}(?:`{3,}|~{3,})", re.MULTILINE)
# A run of more backquotes than three marks nothing that is worth a note.
_SPAN = re.compile(r"(?<!`)(`{1,3})(?!`)([^`]{1,400})(?<!`)\1(?!`)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block."""

    section: Section | None
    """The section that it stands in; None for prose."""
    info: str
    content: str
    line: int
    """The line of its opening fence in the text, counted from 0."""
    about: str
    """The paragraph right above it."""
    closed: bool

    @property
    def nested(self) -> int | None:
        """The line of its content, counted from 0, in which another fence begins."""
        found = _OPENING.search(self.content)
        return self.content.count("\n", 0, found.start()) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Something that looks like code and is never executed."""

    kind: AsideKind
    section: Section | None
    line: int
    """Its first line in the text, counted from 0."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a Markdown text holds that is code, or looks like it."""

    blocks: tuple[Block, ...]
    asides: tuple[Aside, ...]


def read_blocks(text: str) -> tuple[Block, ...]:
    """Return the fenced blocks of the Markdown `text`, quotations and HTML left out."""
    return read_document(text).blocks


def all_blocks(text: str) -> tuple[Block, ...]:
    """Return every fenced block of `text`; of those that are never executed, section is None."""
    document = read_document(text)
    quoted = [
        Block(section=None, info="", content=one.text, line=one.line, about="", closed=True)
        for one in document.asides
        if one.kind in {"quoted", "enclosed"}
    ]
    return tuple(sorted((*document.blocks, *quoted), key=lambda one: one.line))


def read_document(text: str) -> Document:
    """Return the fenced blocks of the Markdown `text`, and what only looks like them."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = text.split("\n")
        self._blocks: list[Block] = []
        self._asides: list[Aside] = []
        self._section: Section | None = None
        self._level = 7
        self._about = ""
        self._quoted = 0
        self._markup = Markup()

    def read(self) -> Document:
        tokens = _parser().parse(self._text)
        for at, token in enumerate(tokens):
            match token.type:
                case "heading_open" if token.level == 0:
                    self._heading(token, tokens[at + 1].content)
                case "inline":
                    self._inline(token, tokens[at - 1])
                case "blockquote_open" | "blockquote_close":
                    self._quoted += token.nesting
                case "fence" if self._quoted:
                    self._aside("quoted", token)
                case "fence" if self._markup.inside:
                    self._aside("enclosed", token)
                case "fence":
                    self._fence(token)
                case "code_block":
                    self._aside("indented", token)
                case "html_block":
                    self._markup.block(token.content)
                    self._aside("html", token)
        return Document(blocks=tuple(self._blocks), asides=tuple(self._asides))

    def _heading(self, token: Token, heading: str) -> None:
        self._about = ""
        level, found = int(token.tag[1]), section(heading)
        if level <= self._level or found:
            self._section = found
            self._level = level if found else 7

    def _inline(self, token: Token, opening: Token) -> None:
        self._markup.text(token.content)
        if opening.type == "paragraph_open" and not self._quoted:
            self._about = " ".join(token.content.split())
        line, counted = _first(token.map), 0
        for found in _SPAN.finditer(token.content):
            line += token.content.count("\n", counted, found.start())
            counted = found.start()
            text = " ".join(found[2].split())
            self._asides.append(Aside(kind="inline", section=self._section, line=line, text=text))

    def _fence(self, token: Token) -> None:
        start, end = token.map or (0, 0)
        last = self._lines[end - 1] if end - start > 1 and end <= len(self._lines) else ""
        marker = _CLOSING.match(last)
        block = Block(
            section=self._section,
            info=token.info.strip(),
            content=token.content,
            line=start,
            about=self._about,
            closed=marker is not None and marker[1].startswith(token.markup),
        )
        self._blocks.append(block)
        self._about = ""
        if block.nested is not None:
            line = start + 1 + block.nested
            text = "\n".join(token.content.split("\n")[block.nested :])
            self._asides.append(Aside(kind="nested", section=self._section, line=line, text=text))

    def _aside(self, kind: AsideKind, token: Token) -> None:
        line = _first(token.map)
        self._asides.append(Aside(kind=kind, section=self._section, line=line, text=token.content))


def _first(lines: Sequence[int] | None) -> int:
    return lines[0] if lines else 0


@cache
def _parser() -> MarkdownIt:
    # Inline markup is not needed: a paragraph is kept as it is written.
    return MarkdownIt("commonmark").disable(["inline", "text_join"], True)
