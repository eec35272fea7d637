import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from stanch.runbook.front_matter import KEYS, split
from stanch.runbook.model import ParamType
from stanch.runbook.schema import schema
from stanch.runbook.yaml_text import read_tree

RUNBOOKS = Path(__file__).parents[3] / "runbooks"


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for key, value in part.items() if key == "$ref")
        yield from (one for value in part.values() for one in references(value))
    elif isinstance(part, list):
        yield from (one for value in part for one in references(value))


def test_it_is_json_schema_with_every_key_and_nothing_that_it_does_not_define() -> None:
    made = schema()
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert tuple(made["properties"]) == KEYS
    assert made["required"] == ["title", "alerts"]
    assert made["additionalProperties"] is False
    assert {one.removeprefix("#/$defs/") for one in references(made)} <= made["$defs"].keys()
    assert json.loads(json.dumps(made)) == made


def test_editors_are_told_what_each_key_is_for() -> None:
    made = schema()
    silent = [key for key, part in made["properties"].items() if not part.get("description")]
    assert silent == ["detection", "sli"]  # What they refer to has the description.
    assert all(one["description"] for one in made["$defs"].values())
    assert made["$defs"]["Param"]["properties"]["from"]["description"].startswith("`labels.NAME`")


def test_the_keys_of_each_part_are_those_that_people_write() -> None:
    parts = schema()["$defs"]
    assert {"for", "against", "claim"} <= parts["HypothesisSpec"]["properties"].keys()
    assert parts["HypothesisSpec"]["required"] == ["claim", "for"]
    assert parts["Param"]["properties"]["type"]["enum"] == list(get_args(ParamType))
    assert parts["OwnSign"]["required"] == ["cel", "needs"]
    assert parts["Threshold"]["required"] == ["step", "value"]
    assert "LabelMatcher" not in parts
    assert all(
        one.get("additionalProperties") is False
        for name, one in parts.items()
        if name != "AlertMatch"
    )


def test_the_shipped_runbooks_write_nothing_that_it_does_not_know() -> None:
    made = schema()
    parts = {
        "params": "Param",
        "hypotheses": "HypothesisSpec",
        "signs": "OwnSign",
        "thresholds": "Threshold",
    }
    checked = 0
    for path in RUNBOOKS.rglob("*.md"):
        front = split(path.read_text())
        assert front is not None, path
        value = read_tree(front[0]).value
        assert value.keys() <= made["properties"].keys()
        assert value.keys() >= set(made["required"])
        for key, part in parts.items():
            name_pattern = made["properties"][key]["propertyNames"]["pattern"]
            for name, one in value.get(key, {}).items():
                assert re.search(name_pattern, name)
                assert one.keys() <= made["$defs"][part]["properties"].keys()
                assert one.keys() >= set(made["$defs"][part].get("required", ()))
                checked += 1
    assert checked > 20
