"""Places: where in a template a parameter of each type may stand.

A field can be filled with anything of its own pattern. Two types need more care: a text
for the database, which is anything at all, and a type whose values hold separators.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from stanch.runbook.binding import BindingError
from stanch.runbook.fill import names
from stanch.runbook.model import Joined, Param, Template
from stanch.runbook.values import NARROW, UNDECLARED

_BOUND_BY_SERVER: Final = "values"
"""The field of SQL statements whose items the server binds, so that any text may be in them."""


def check_slots(template: Template, params: Mapping[str, Param], *, where: str) -> None:
    """Make sure that each parameter of `template` stands where values of its type may.

    Raises:
        BindingError: a text for the database stands elsewhere, or a type that is not
            narrow is a part of a field; `where` begins the message.
    """
    for field in _unbound(template.fields):
        _check_parts(field, params, where=where)
        for param in names([field]):
            refuse_bare(param, params, where=where)
    shown = [template.view, template.context, *(one.fields for one in template.filters)]
    _check_parts(shown, params, where=where)
    for param in names(shown):
        refuse_bare(param, params, where=where)


def _unbound(fields: Mapping[str, object]) -> Iterator[object]:
    """Yield the fields that no database server binds, those of inner commands included."""
    of_sql = "statement" in fields
    for name, field in fields.items():
        if of_sql and name == _BOUND_BY_SERVER:
            continue
        if isinstance(field, dict):
            yield from _unbound(field)
        else:
            yield field


def _check_parts(field: object, params: Mapping[str, Param], *, where: str) -> None:
    for joined in _joined(field):
        for name in names([joined]):
            type_ = params.get(name, UNDECLARED).type
            if type_ not in NARROW:
                raise BindingError(
                    f"{where}: <{name}> is of the type {type_}, which cannot be a part of a "
                    "field. Declare one parameter for the whole of the field."
                )


def refuse_bare(name: str, params: Mapping[str, Param], *, where: str) -> None:
    """Make sure that the parameter `name` is no text that only a database may be given.

    Raises:
        BindingError: it is.
    """
    if params.get(name, UNDECLARED).type == "sql-value":
        raise BindingError(
            f"{where}: <{name}> is of the type sql-value, which stands only where the "
            "database binds a value. Declare a narrower type."
        )


def _joined(field: object) -> Iterator[Joined]:
    match field:
        case Joined():
            yield field
        case dict():
            yield from _joined(list(field.values()))
        case list() | tuple():
            for item in field:
                yield from _joined(item)
        case _:
            return
