"""SQL as a tree: the one door to PostgreSQL's parser, and what text may come to it.

The parser is libpg_query behind the library postgast; nothing else in stanch knows it. A
tree is made of protobuf messages, of which `name`, `children` and plain field access are
all that readers use.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, Final, TypeAlias

Node: TypeAlias = Any
"""One node of a tree: a protobuf message of libpg_query."""

MOST_CHARACTERS: Final = 20_000
_DEEPEST: Final = 200
_MESSAGE: Final = 11
"""The protobuf type of fields that hold messages."""

_TOKEN: Final = re.compile(
    r"""(?P<comment>--[^\n]*|/\*)
      | (?P<dollar>(?<![A-Za-z0-9_$])\$(?P<tag>(?:[A-Za-z_][A-Za-z0-9_]*)?)\$)
      | (?P<escape>(?<![A-Za-z0-9_$])[eE]')
      | (?P<string>')
      | (?P<name>")""",
    re.VERBOSE,
)
_END_STRING: Final = re.compile(r"'(?:[^']|'')*'")
_END_ESCAPE: Final = re.compile(r"[eE]'(?:[^'\\]|''|\\.)*'", re.DOTALL)
_END_NAME: Final = re.compile(r'"(?:[^"]|"")*"')
_BOTH_WAYS: Final = re.compile(r"(['\"])(?:(?!\1)[^\\]|\1\1|\\.)*\1", re.DOTALL)
"""A quoted text in the dialects that know backslashes; it must end in the same place."""


class StatementError(ValueError):
    """A statement that stanch does not take.

    `syntax` says that PostgreSQL cannot read it; `at` is then the character where, if known.
    """

    def __init__(
        self, message: str, *, remedy: str = "", syntax: bool = False, at: int | None = None
    ) -> None:
        super().__init__(f"{message} {remedy}".rstrip())
        self.message = message
        self.remedy = remedy
        self.syntax = syntax
        self.at = at


def parse(statement: str) -> Node:
    """Return the tree of the one statement.

    Raises:
        StatementError: it cannot be parsed, or is not exactly one statement.
    """
    statements = _parsed(statement)
    if len(statements) != 1:
        raise StatementError(
            "It holds no statement." if not statements else "It holds several statements.",
            remedy="Write each statement by itself.",
        )
    return unwrapped(statements[0].stmt)


def deparse(node: Node) -> str:
    """Return the tree of a statement as text, in PostgreSQL's own spelling.

    Raises:
        StatementError: it cannot be written.
    """
    postgast = _library()
    whole = postgast.ParseResult()
    inner = whole.stmts.add().stmt
    for field in inner.DESCRIPTOR.fields:
        if field.message_type is not None and field.message_type.name == name(node):
            getattr(inner, field.name).CopyFrom(node)
    try:
        written: str = postgast.deparse(whole)
    except (postgast.PgQueryError, UnicodeDecodeError) as error:
        raise StatementError(f"It cannot be written again: {error}.") from error
    return written


def _parsed(statement: str) -> Node:
    if "\0" in statement or len(statement) > MOST_CHARACTERS:
        raise StatementError(f"It is longer than {MOST_CHARACTERS} characters, or holds a NUL.")
    postgast = _library()
    try:
        return postgast.parse(statement).stmts
    except postgast.PgQueryError as error:
        raise StatementError(
            f"PostgreSQL cannot read it: {error.message}.",
            syntax=True,
            # Counted in characters from 1, whatever postgast says of bytes.
            at=error.cursorpos - 1 if error.cursorpos else None,
        ) from error
    except (UnicodeEncodeError, _decode_error()) as error:
        raise StatementError("It is nested too deeply, or is no text.") from error


@cache
def _library() -> Any:
    # The parser is a compiled library: only a runbook with SQL has to load it.
    return import_module("postgast")


@cache
def _decode_error() -> type[Exception]:
    found: type[Exception] = import_module("google.protobuf.message").DecodeError
    return found


def name(node: Node) -> str:
    """Return what kind of node it is: SelectStmt, FuncCall ..."""
    found: str = node.DESCRIPTOR.name
    return found


def unwrapped(node: Node) -> Node:
    """Return the node inside the wrapper `Node`, or `node` itself."""
    if name(node) == "Node":
        which = node.WhichOneof("node")
        return node if which is None else getattr(node, which)
    return node


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below `node`."""
    for field, value in node.ListFields():
        if field.type != _MESSAGE:
            continue
        for item in (value,) if hasattr(value, "DESCRIPTOR") else value:
            child = unwrapped(item)
            # A wrapper that wraps nothing stands where a list has a gap.
            if name(child) != "Node":
                yield child


def nodes(root: Node) -> Iterator[Node]:
    """Yield `root` and all nodes below it.

    Raises:
        StatementError: the tree is deeper than any honest statement's.
    """
    stack = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > _DEEPEST:
            raise StatementError("It is nested too deeply.", remedy="Flatten it.")
        yield node
        stack.extend((child, depth + 1) for child in children(node))


def strings(items: Node) -> tuple[str, ...]:
    """Return the texts of a list of String nodes; another node counts as `*`."""
    return tuple(
        unwrapped(item).sval if name(unwrapped(item)) == "String" else "*" for item in items
    )


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield the pieces of `text` in order, each with what it is.

    These are: code, comment, string, escape (a string with backslashes), name (in double
    quotes), dollar (a string between dollars). What is not closed is its own piece.
    """
    at = 0
    while found := _TOKEN.search(text, at):
        if found.start() > at:
            yield "code", text[at : found.start()]
        kind = found.lastgroup or "comment"
        if found["dollar"] is not None:
            kind = "dollar"
        at = _end(text, found, kind)
        yield kind, text[found.start() : at]
    if at < len(text):
        yield "code", text[at:]


def _end(text: str, found: re.Match[str], kind: str) -> int:
    start = found.start()
    if kind == "comment":
        return found.end() if found[0] != "/*" else _end_of_comment(text, start)
    if kind == "dollar":
        closed = text.find(found[0], found.end())
        return len(text) if closed < 0 else closed + len(found[0])
    whole = {"string": _END_STRING, "escape": _END_ESCAPE, "name": _END_NAME}[kind]
    ended = whole.match(text, start)
    return ended.end() if ended else len(text)


def _end_of_comment(text: str, start: int) -> int:
    depth = 0
    for mark in re.finditer(r"/\*|\*/", text[start:]):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return start + mark.end()
    return len(text)


def plain(text: str) -> str:
    """Return `text` without its comments and the semicolon at its end.

    Raises:
        StatementError: it holds what two readers could take for different things.
    """
    kept = []
    for kind, piece in pieces(text.replace("\r\n", "\n")):
        _check(kind, piece)
        kept.append(" " if kind == "comment" else piece)
    return "".join(kept).strip().removesuffix(";").rstrip()


def _check(kind: str, piece: str) -> None:
    if kind == "comment" and piece.startswith(("/*!", "/*M!")):
        raise StatementError(
            "'/*!' begins a comment that MySQL carries out.", remedy="Write it without that."
        )
    if kind in {"string", "name"} and "\\" in piece and not _BOTH_WAYS.fullmatch(piece):
        raise StatementError(
            "A backslash stands before a quote, which databases read in different ways.",
            remedy="Write a quote inside a text twice.",
        )
    if not piece.isascii() or not piece.isprintable():
        for character in piece:
            check_character(character, inside=kind != "code")


def check_character(character: str, *, inside: bool) -> None:
    """Refuse a character that can be taken for another one, or is not seen.

    Raises:
        StatementError: it is one.
    """
    category = unicodedata.category(character)
    if character in "\t\n" or (character.isascii() and character.isprintable()):
        return
    # Some encodings turn what looks like a quote into one.
    if (
        not inside
        or not (category[0] in "LMN" and category != "Lm")
        or (unicodedata.normalize("NFKC", character) != character)
    ):
        code = f"U+{ord(character):04X}"
        raise StatementError(
            f"It holds {code} ({unicodedata.name(character, 'a control character').lower()}).",
            remedy="Type it in plain ASCII.",
        )
