"""Markup: the HTML elements that stand open around the blocks of a document.

Markdown ends a piece of HTML at a blank line, and what it opened goes on in the page: a
block after `<div hidden>` is a block to Markdown, and nothing to who reads it. So a block
inside an open element is never executed. `<details>` alone is for the reader to open.
"""

import re
from typing import Final

_TAG: Final = re.compile(r"</?([A-Za-z][^\s/>]*)|<[!?]")
# A browser takes more for the end of a comment than Markdown does.
_COMMENT_END: Final = re.compile(r"--!?>")
_COMMENT: Final = re.compile(r"<!---?>")
_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)[^`]*(?<!`)\1(?!`)")
_EMPTY: Final = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr"),
        # A block of code ends a paragraph by itself.
        "p",
    }
)
_IN_TEXT: Final = frozenset(
    {
        *("a", "article", "aside", "b", "big", "blockquote", "button", "center", "code", "dd"),
        *("details", "dialog", "dir", "div", "dl", "dt", "em", "fieldset", "figure", "font"),
        *("footer", "form", "header", "i", "iframe", "li", "main", "marquee", "math", "menu"),
        *("nav", "nobr", "noembed", "noframes", "noscript", "object", "ol", "plaintext", "pre"),
        *("s", "script", "section", "select", "small", "strike", "strong", "style", "summary"),
        *("svg", "table", "template", "textarea", "title", "tt", "u", "ul", "xmp"),
    }
)
"""What goes on after the paragraph that it stands in; `<pod>` there is a placeholder."""
_RAW: Final = frozenset(
    {
        *("iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style"),
        *("textarea", "title", "xmp"),
    }
)
"""The elements in which tags are only text."""
_SHOWN: Final = frozenset({"details", "summary"})
_MOST_OPEN: Final = 100


class Markup:
    """Follows the elements that are open, from one piece of HTML to the next."""

    def __init__(self) -> None:
        self._open: list[tuple[str, bool]] = []
        """The elements that are open, and whether each may hide what is in it."""
        self._lost = False
        """Whether something is open whose end cannot be told."""

    @property
    def inside(self) -> bool:
        """Whether a block that comes now stands inside an element that may hide it."""
        return self._lost or any(hides for _, hides in self._open)

    def block(self, html: str) -> None:
        """Follow the tags of a block of HTML."""
        if not self._follow(html, None):
            self._lost = True

    def text(self, paragraph: str) -> None:
        """Follow the tags in the text of a paragraph or a heading."""
        if "<" in paragraph:
            self._follow(_CODE.sub("", paragraph), _IN_TEXT)

    def _follow(self, html: str, known: frozenset[str] | None) -> bool:
        """Follow the tags of `html`; return whether the last of them ends in it."""
        at = 0
        while found := _TAG.search(html, at):
            at = _end_of(html, found)
            if at < 0:
                return False
            name = (found[1] or "").lower()
            if not name or name in _EMPTY or (known is not None and name not in known):
                continue
            if found[0].startswith("</"):
                self._end(name)
            elif not self._in_raw():
                self._begin(name, html[found.end() : at - 1])
        return True

    def _begin(self, name: str, rest: str) -> None:
        # A quote that is not closed goes on behind the sign that seems to end the tag.
        odd = rest.count('"') % 2 or rest.count("'") % 2
        self._lost = self._lost or bool(odd) or len(self._open) >= _MOST_OPEN
        if name in _SHOWN or name not in _IN_TEXT:
            # The reader opens the one, and of the other nothing but an attribute hides.
            hides = rest.strip().lower() not in {"", "open"}
        else:
            hides = True
        self._open.append((name, hides))

    def _end(self, name: str) -> None:
        if self._in_raw() and self._open[-1][0] != name:
            return
        for at in reversed(range(len(self._open))):
            if self._open[at][0] == name:
                # Only this one: what was opened inside of it may well go on.
                del self._open[at]
                return

    def _in_raw(self) -> bool:
        return bool(self._open) and self._open[-1][0] in _RAW


def _end_of(html: str, tag: re.Match[str]) -> int:
    """Return where a tag or a comment ends; -1 when it does not."""
    start = tag.start()
    if html.startswith("<!--", start) and (empty := _COMMENT.match(html, start)):
        return empty.end()
    if html.startswith("<!--", start):
        end = _COMMENT_END.search(html, start + 4)
        return end.end() if end else -1
    return html.find(">", tag.end()) + 1 or -1
