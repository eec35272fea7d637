"""Views as data: which output format was asked for, and its expression."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from stanch.tools.operations import Frozen
from stanch.tools.views import custom_columns, jsonpath_syntax
from stanch.tools.views.errors import ViewError

Format = Literal["table", "wide", "name", "json", "yaml", "jsonpath", "custom-columns"]

_HELD: Final = "\U000f0000"
"""Stands for a parameter while the places of parameters are looked at."""


class View(Frozen):
    """How the answer of a read is printed, so that filters and outputs find lines in it."""

    format: Format = "table"
    expression: Annotated[str, Field(max_length=4000)] = ""
    """The template of jsonpath or custom-columns."""
    headers: bool = True
    labels: bool = False
    """Whether a table ends with a column of labels."""
    namespaces: bool | None = None
    """Whether a table begins with a column of namespaces (-A); None when they differ."""
    sort_by: Annotated[str, Field(max_length=400)] = ""
    """The path of the value by which the objects are put in order."""

    @model_validator(mode="after")
    def _can_be_printed(self) -> Self:
        check(self)
        return self


def check(view: View) -> None:
    """Make sure that answers can be printed in the format of `view`.

    Raises:
        ViewError: its expression is missing, is too much, or cannot be read.
    """
    takes = view.format in {"jsonpath", "custom-columns"}
    if takes and not view.expression:
        raise ViewError(f"{view.format} has no expression", f"Write -o {view.format}='...'.")
    if view.expression and not takes:
        raise ViewError(f"the format {view.format} takes no expression", "Leave it out.")
    if view.format == "jsonpath":
        jsonpath_syntax.parse(view.expression)
    elif view.format == "custom-columns":
        custom_columns.parse(view.expression)
    if view.sort_by:
        jsonpath_syntax.parse_path(view.sort_by)


def inside_string(parts: Sequence[object]) -> bool:
    """Return whether each parameter among `parts` stands in a string of a jsonpath.

    Text is a `str`, anything else a parameter. A value there is compared or printed, and
    cannot lead anywhere, as long as it holds no quote and no backslash.
    """
    written = "".join(part if isinstance(part, str) else _HELD for part in parts)
    try:
        # Names cannot hold the private character, so it is accepted in strings alone.
        template = jsonpath_syntax.parse(written)
    except ViewError:
        return False
    return not any(_HELD in text for text in jsonpath_syntax.bare_texts(template))
