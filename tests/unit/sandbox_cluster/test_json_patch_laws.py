import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.cluster import patch_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=4), JSON, max_size=4)


def pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


@given(document=OBJECTS, key=st.text(max_size=4), value=JSON)
def test_what_was_added_can_be_tested_and_removed_again(
    document: dict[str, Any], key: str, value: Any
) -> None:
    bare = {name: item for name, item in document.items() if name != key}
    add = {"op": "add", "path": pointer(key), "value": value}
    check = {"op": "test", "path": pointer(key), "value": value}
    remove = {"op": "remove", "path": pointer(key)}
    assert patch_json.apply(bare, [add, check]) == {**bare, key: value}
    assert patch_json.apply(bare, [add, remove]) == bare


@given(document=OBJECTS, patch=OBJECTS)
def test_a_merge_patch_is_idempotent_and_leaves_the_old_document_alone(
    document: dict[str, Any], patch: dict[str, Any]
) -> None:
    before = copy.deepcopy(document)
    once = patch_json.merge(document, patch)
    assert patch_json.merge(once, patch) == once
    assert document == before


@given(document=OBJECTS, value=JSON)
def test_an_operation_never_changes_the_document_that_it_was_given(
    document: dict[str, Any], value: Any
) -> None:
    before = copy.deepcopy(document)
    for key in document:
        patch_json.apply(document, [{"op": "replace", "path": pointer(key), "value": value}])
    assert document == before


@given(items=st.lists(st.integers(), min_size=1, max_size=5), data=st.data())
def test_a_move_within_a_list_keeps_its_elements(items: list[int], data: st.DataObject) -> None:
    index = st.integers(0, len(items) - 1)
    start, end = data.draw(index), data.draw(index)
    move = {"op": "move", "from": f"/a/{start}", "path": f"/a/{end}"}
    moved = patch_json.apply({"a": items}, [move])["a"]
    assert sorted(moved) == sorted(items)
    assert moved[end] == items[start]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a", "value": True},
        {"op": "test", "path": "/a", "value": 2},
        {"op": "replace", "path": "/absent", "value": 1},
        {"op": "remove", "path": "/list/5"},
        {"op": "add", "path": "/list/01", "value": 1},
        {"op": "add", "path": "/list/4", "value": 1},
        {"op": "move", "from": "/deep", "path": "/deep/er"},
        {"op": "swap", "path": "/a"},
    ],
)
def test_an_operation_that_does_not_fit_is_refused(operation: dict[str, Any]) -> None:
    document = {"a": 1, "list": [1, 2, 3], "deep": {}}
    with pytest.raises(patch_json.PatchConflictError):
        patch_json.apply(document, [operation])


@pytest.mark.parametrize("patch", [{}, [1], [{"op": "add", "path": "a", "value": 1}], "x"])
def test_a_patch_that_is_none_is_refused(patch: Any) -> None:
    with pytest.raises(patch_json.PatchError):
        patch_json.apply({}, patch)


def test_the_dash_adds_at_the_end_of_a_list() -> None:
    assert patch_json.apply({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}]) == {
        "a": [1, 2]
    }


@pytest.mark.parametrize(
    ("document", "operation", "left"),
    [
        ({"a": 1}, {"op": "copy", "from": "/a", "path": "/b"}, {"a": 1, "b": 1}),
        ({"a": {"b": [1]}}, {"op": "move", "from": "/a/b", "path": "/c"}, {"a": {}, "c": [1]}),
        ({"a": [1, 2, 3]}, {"op": "remove", "path": "/a/1"}, {"a": [1, 3]}),
        ({"a": [{"b": 1}]}, {"op": "replace", "path": "/a/0/b", "value": 2}, {"a": [{"b": 2}]}),
        ({"a": 1.0}, {"op": "test", "path": "/a", "value": 1}, {"a": 1.0}),
        ({"a": {"b": [1]}}, {"op": "test", "path": "/a", "value": {"b": [1]}}, {"a": {"b": [1]}}),
        ({"a/b": 1, "c~d": 2}, {"op": "remove", "path": "/a~1b"}, {"c~d": 2}),
    ],
)
def test_an_operation_does_what_rfc_6902_says(
    document: dict[str, Any], operation: dict[str, Any], left: dict[str, Any]
) -> None:
    assert patch_json.apply(document, [operation]) == left


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": ""},
        {"op": "add", "path": "/a/b", "value": 1},
        {"op": "test", "path": "/list", "value": [1]},
        {"op": "test", "path": "/map", "value": {"b": 1, "c": 1}},
    ],
)
def test_an_operation_that_does_not_fit_leaves_the_document_alone(
    operation: dict[str, Any],
) -> None:
    document = {"a": 1, "list": [1, 2], "map": {"b": 1}}
    with pytest.raises(patch_json.PatchConflictError):
        patch_json.apply(document, [operation])
    assert document == {"a": 1, "list": [1, 2], "map": {"b": 1}}


@pytest.mark.parametrize("word", ["add", "replace", "test"])
def test_an_operation_that_needs_a_value_must_have_one(word: str) -> None:
    with pytest.raises(patch_json.PatchError, match=f"operation {word} needs a value"):
        patch_json.apply({"a": 1}, [{"op": word, "path": "/a"}])
