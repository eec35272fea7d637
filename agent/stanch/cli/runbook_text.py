"""How an operation that is not bound yet is shown: its fields by name, parameters as `<name>`."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stanch.runbook.model import Template


def lines_of(template: "Template") -> Iterator[tuple[str, str]]:
    """Yield a word for the left edge and a text, for each field that says something."""
    for name, value in template.fields.items():
        if value not in (None, (), [], {}, False):
            yield name, shown(value)
    if template.context is not None:
        yield "context", shown(template.context)
    for name, value in (template.view or {}).items():
        if value not in (None, (), [], {}, False):
            yield f"view {name}", shown(value)
    for one in template.filters:
        yield "filter", " ".join((one.kind, *_flat(one.fields)))


def shown(value: object) -> str:
    """Return a field on one line; a parameter in it is `<name>`."""
    from stanch.runbook.model import Joined, ParamRef

    match value:
        case ParamRef():
            return f"<{value.param}>"
        case Joined():
            return "".join(shown(part) for part in value.parts)
        case str():
            return value
        case {"text": word, **rest} if rest.keys() <= {"role", "value", "glue"}:
            glue = rest.get("glue", " ")
            return shown(word) + (f"{glue}{shown(rest['value'])}" if "value" in rest else "")
        case {"code": code, **rest} if not rest:
            return shown(code)
        case Mapping():
            return "{" + ", ".join(_flat(value)) + "}"
        case list() | tuple():
            return ", ".join(shown(item) for item in value)
        case _:
            return str(value).lower() if isinstance(value, bool) else str(value)


def as_data(template: "Template") -> dict[str, Any]:
    """Return the template as JSON has it, with parameters as `<name>`."""
    return {
        "kind": template.kind,
        "fields": _plain(template.fields),
        "params": list(template.params),
        "context": None if template.context is None else _plain(template.context),
        "view": None if template.view is None else _plain(template.view),
        "filters": [{"kind": one.kind, "fields": _plain(one.fields)} for one in template.filters],
    }


def _flat(fields: Mapping[str, object]) -> Iterator[str]:
    for name, value in fields.items():
        if value not in (None, (), [], {}, False):
            yield f"{name}={shown(value)}"


def _plain(value: object) -> Any:
    from stanch.runbook.model import Joined, ParamRef

    match value:
        case ParamRef() | Joined():
            return shown(value)
        case Mapping():
            return {str(name): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value
