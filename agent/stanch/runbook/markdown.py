"""Markdown: the fenced blocks of a runbook, with their section, lines and paragraph.

Only a fenced block can ever be executed: indented code, inline code, quotations and HTML
are for the reader.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from markdown_it import MarkdownIt

Section: TypeAlias = Literal["diagnosis", "mitigation"]

_CLOSING = re.compile(r"^[\s>]*(`{3,}|~{3,})\s*$")


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


def read_blocks(text: str) -> tuple[Block, ...]:
    """Return the fenced blocks of the Markdown `text`, quotations left out."""
    lines = text.split("\n")
    blocks: list[Block] = []
    section: Section | None = None
    section_level = 7
    about = ""
    quoted = 0
    tokens = _parser().parse(text)
    for at, token in enumerate(tokens):
        match token.type:
            case "heading_open":
                about = ""
                level = int(token.tag[1])
                if level <= section_level or _section(tokens[at + 1].content):
                    section = _section(tokens[at + 1].content)
                    section_level = level if section else 7
            case "inline" if tokens[at - 1].type == "paragraph_open" and not quoted:
                about = " ".join(token.content.split())
            case "blockquote_open" | "blockquote_close":
                quoted += token.nesting
            case "fence" if token.map and not quoted:
                start, end = token.map
                marker = _CLOSING.match(lines[end - 1]) if end - start > 1 else None
                blocks.append(
                    Block(
                        section=section,
                        info=token.info.strip(),
                        content=token.content,
                        line=start,
                        about=about,
                        closed=marker is not None and marker[1].startswith(token.markup),
                    )
                )
                about = ""
    return tuple(blocks)


def _section(heading: str) -> Section | None:
    match heading.strip().strip(":").lower():
        case "diagnosis":
            return "diagnosis"
        case "mitigation":
            return "mitigation"
        case _:
            return None


@cache
def _parser() -> MarkdownIt:
    # Inline markup is not needed: a paragraph is kept as it is written.
    return MarkdownIt("commonmark").disable(["inline", "text_join"], True)
