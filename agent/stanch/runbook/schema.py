"""The JSON Schema of the front matter, for editors that check it while one writes."""

import ast
import inspect
from typing import Any

from stanch.runbook import model
from stanch.runbook.front_matter import KEYS
from stanch.runbook.model import Head

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LABEL = "^[A-Za-z_][A-Za-z0-9_]*$"
_NAME = "^[a-z][a-z0-9_-]{0,59}$"
_PLAIN = ["string", "number", "boolean"]
_DAY = {"type": "string", "format": "date"}
_URL = {"type": "string", "pattern": "^https?://"}
_NAMED = ("params", "hypotheses", "plans", "signs", "thresholds")


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the front matter of a runbook.

    It says of each key what it means. What takes more than a schema to tell (whether a
    sign or a step exists, whether an expression can be read) is found by the linter.
    """
    made = Head.model_json_schema(by_alias=True)
    about = _about()
    definitions: dict[str, Any] = made["$defs"]
    definitions.pop("LabelMatcher")
    for name, one in (*definitions.items(), ("Head", made)):
        for key, part in one["properties"].items():
            part.pop("title", None)
            part.pop("default", None)
            if text := about.get((name, key)):
                part["description"] = text
    # The reader takes every value as it is written, so a number needs no quotes.
    param: dict[str, Any] = definitions["Param"]["properties"]
    param["default"] = {"description": param["default"]["description"], "type": _PLAIN}
    param["values"]["items"] = {"type": _PLAIN}
    definitions["AlertMatch"] = _alert(definitions["AlertMatch"]["description"])
    properties: dict[str, Any] = made["properties"]
    url = {"description": "The URL under which alerts name this runbook.", **_URL}
    properties |= {"runbook_url": url}
    properties["alerts"]["minItems"] = 1
    for key in ("dashboards", "runbook_urls"):
        properties[key]["items"] = _URL
    for key in ("last_drill", "last_tested"):
        properties[key] = {"description": properties[key]["description"], **_DAY}
    for key in _NAMED:
        properties[key]["propertyNames"] = {"pattern": _NAME}
    return {
        "$schema": _DIALECT,
        "title": "Front matter of a stanch runbook",
        "description": made["description"],
        "type": "object",
        "properties": {key: properties[key] for key in KEYS},
        "required": made["required"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _about() -> dict[tuple[str, str], str]:
    """Return what the models' source says of each field, by class and by key."""
    found: dict[tuple[str, str], str] = {}
    for one in ast.parse(inspect.getsource(model)).body:
        if not isinstance(one, ast.ClassDef):
            continue
        names = {name: field.alias for name, field in getattr(model, one.name).model_fields.items()}
        for field, text in zip(one.body, one.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                match text:
                    case ast.Expr(value=ast.Constant(value=str(said))):
                        name = field.target.id
                        found[one.name, names[name] or name] = " ".join(said.split())
    return found


def _alert(about: str) -> dict[str, Any]:
    """Return the schema of one alert as it is written: labels, and matchers among them."""
    matchers = {
        "description": 'Matchers as in Alertmanager: alertname=~"Kube.+"',
        "type": "array",
        "items": {"type": "string", "pattern": "[=!]"},
    }
    return {
        "description": about,
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": _LABEL},
        "properties": {"matchers": matchers},
        "additionalProperties": {"type": _PLAIN},
    }
