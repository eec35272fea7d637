"""The grammar of PromQL: where parameters may stand, and how values come into them.

An expression is parsed, its parameters may only stand in the strings of label matchers
that compare for equality, and after the values are put in it is parsed again: all but
those strings must be as it was.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

from stanch.runbook import placeholders
from stanch.runbook.findings import RefusedError

Shape: TypeAlias = tuple[Any, ...]
"""A parsed expression as nested tuples, equal for equal expressions."""

MOST_CHARACTERS: Final = 4000

_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "AggregateExpr": ("op", "modifier", "param", "expr"),
    "AggModifier": ("type", "labels"),
    "UnaryExpr": ("expr",),
    "BinaryExpr": ("op", "modifier", "lhs", "rhs"),
    "BinModifier": ("card", "matching", "return_bool", "group_labels", "fill_values"),
    "LabelModifier": ("type", "labels"),
    "VectorMatchFillValues": ("lhs", "rhs"),
    "ParenExpr": ("expr",),
    "SubqueryExpr": ("expr", "offset", "at", "range", "step"),
    "AtModifier": ("type", "at"),
    "NumberLiteral": ("val",),
    "StringLiteral": ("val",),
    "Matchers": ("matchers", "or_matchers"),
    "VectorSelector": ("name", "matchers", "offset", "at"),
    "MatrixSelector": ("vector_selector", "range"),
    "Call": ("func", "args"),
    "Function": ("name",),
}
_LEAVES: Final = frozenset(
    {
        *("NoneType", "str", "int", "float", "bool", "timedelta", "datetime", "TokenType"),
        *("AggModifierType", "AtModifierType", "LabelModifierType", "VectorMatchCardinality"),
    }
)
"""What cannot be taken apart further. Any other node is refused: its shape is unknown."""
_EQUALITY: Final = frozenset({"MatchOp.Equal", "MatchOp.NotEqual"})


def template_text(text: str, declared: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Return `text` with its parameters as `<name>`, and their names.

    Raises:
        RefusedError: it is not PromQL, or a parameter stands where none may.
    """
    written = "".join(
        placeholders.dollars_to_angles(piece, declared) if kind == "string" else piece
        for kind, piece in _pieces(text)
    ).strip()
    for kind, piece in _pieces(written):
        if kind == "code" and (found := placeholders.ANGLE.search(piece)):
            raise _stray(found[1])
    held: list[str] = []

    def note(value: str) -> str:
        held.extend(found[1] for found in placeholders.IN_TEXT.finditer(value))
        if unknown := placeholders.DOLLAR.search(value):
            raise RefusedError(
                "RB040",
                f"'{unknown[0]}' is not declared under params.",
                remedy="Declare it, or write the value out.",
            )
        return value

    _shape_of(written, note)
    written_names = _names(written)
    if sorted(written_names) != sorted(held):
        more = Counter(written_names) - Counter(held)
        raise _stray(next(iter(more or Counter(held))))
    return written, tuple(dict.fromkeys(written_names))


def names(text: str) -> tuple[str, ...]:
    """Return the names of the parameters in the strings of `text`, each once, in order."""
    return tuple(dict.fromkeys(_names(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the expression `text` with `values` in place of its parameters.

    Raises:
        KeyError: a value is missing.
        RefusedError: a value would change more than the string that it stands in.
    """
    bound = "".join(
        _filled_string(piece, values) if kind == "string" else piece
        for kind, piece in _pieces(text)
    )

    def put(value: str) -> str:
        return placeholders.IN_TEXT.sub(lambda found: values[found[1]], value)

    if _shape_of(text, put) != _shape_of(bound, str):
        raise RefusedError(
            "RB031",
            "A value would change more than the string that it stands in.",
            remedy="Let it stand alone in an equality matcher.",
        )
    return bound


def _filled_string(piece: str, values: Mapping[str, str]) -> str:
    return placeholders.IN_TEXT.sub(lambda found: _escaped(values[found[1]], piece[0]), piece)


def _shape_of(text: str, fill: Callable[[str], str]) -> Shape:
    # The parser is a compiled library: only a runbook with a query has to load it.
    import promql_parser  # noqa: PLC0415

    if len(text) > MOST_CHARACTERS:
        raise RefusedError(
            "RB030",
            f"The PromQL expression is longer than {MOST_CHARACTERS} characters.",
            remedy="Shorten it, or record a part of it as a rule.",
        )
    try:
        return _shape(promql_parser.parse(text), fill)
    except ValueError as error:
        raise RefusedError(
            "RB030",
            f"The PromQL expression cannot be parsed: {error}.",
            remedy='A parameter stands in the string of a matcher: label="<name>".',
        ) from error
    except RecursionError as error:
        raise RefusedError(
            "RB030", "The PromQL expression is nested too deeply.", remedy="Flatten it."
        ) from error


def _shape(node: object, fill: Callable[[str], str]) -> Shape:
    """Return `node` as tuples; `fill` is given the values of equality matchers."""
    name = type(node).__name__
    if name == "Matcher":
        operator, label, value = (getattr(node, one) for one in ("op", "name", "value"))
        filled_value = fill(value) if str(operator) in _EQUALITY else value
        return (name, str(operator), label, filled_value)
    if name in _FIELDS:
        return (name, *(_shape(getattr(node, field), fill) for field in _FIELDS[name]))
    if isinstance(node, list):
        return ("list", *(_shape(item, fill) for item in node))
    if name not in _LEAVES:
        raise RefusedError(
            "RB030", f"The PromQL expression holds a {name}.", remedy="Write it without that."
        )
    # Tokens show themselves by their text only; two equal ones are not equal objects.
    return (name, str(node) if name == "TokenType" else repr(node))


def _stray(name: str) -> RefusedError:
    return RefusedError(
        "RB031",
        f"<{name}> stands outside an equality matcher.",
        remedy=f'Write it as label="<{name}>" or label!="<{name}>".',
    )


def _names(text: str) -> list[str]:
    strings = (piece for kind, piece in _pieces(text) if kind == "string")
    return [found[1] for piece in strings for found in placeholders.IN_TEXT.finditer(piece)]


def _pieces(text: str) -> Iterator[tuple[Literal["code", "string", "comment"], str]]:
    """Yield the pieces of `text` in order; a string has its quotes."""
    start = at = 0
    while at < len(text):
        if text[at] not in "\"'`#":
            at += 1
            continue
        yield "code", text[start:at]
        start = at
        if text[at] == "#":
            line_end = text.find("\n", at)
            at = len(text) if line_end < 0 else line_end
            yield "comment", text[start:at]
        else:
            at = _end_of_string(text, at)
            yield "string", text[start:at]
        start = at
    yield "code", text[start:]


def _end_of_string(text: str, start: int) -> int:
    quote, at = text[start], start + 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" and quote != "`" else 1
    return min(at + 1, len(text))


def _escaped(value: str, quote: str) -> str:
    """Return `value` as it is written inside a literal that begins with `quote`."""
    if quote == "`":
        return value
    return "".join(
        f"\\{one}" if one in {"\\", quote} else one if one.isprintable() else _code(one)
        for one in value
    )


def _code(character: str) -> str:
    point = ord(character)
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
