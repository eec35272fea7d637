"""Objects in each format and order that kubectl has, whatever their list leaves out."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.tools.views import View, ViewError, render

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)


def shown(items: list[dict[str, Any]], **view: Any) -> str:
    return render("kubernetes.list", {"items": items}, View(**view), now=NOW)


def thing(name: str, **parts: Any) -> dict[str, Any]:
    return {"kind": "Claim", "apiVersion": "v1", "metadata": {"name": name}, **parts}


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ([3, 1, 2], "bca"),
        ([2.5, 10, 2], "cab"),
        (["b", "a", "c"], "bac"),
        (["2", None, "1"], "bca"),
        (["1Gi", "500Mi", "2G"], "bac"),
        (["1.5", "250m", "1"], "bca"),
        (["1Ki", "1k", "1000001u"], "cba"),
        (["10", "9", ".5"], "cba"),
        (["-1", "1", "0"], "acb"),
        (["1Gi", "large", "500Mi"], "cab"),
        (
            ["2026-01-10T10:00:00+02:00", "2026-01-10T09:00:00Z", "2026-01-09T23:00:00Z"],
            "cab",
        ),
    ],
)
def test_objects_stand_in_the_order_of_a_value_and_what_has_none_comes_first(
    values: list[Any], order: str
) -> None:
    items = [thing(name, v=value) for name, value in zip("abc", values, strict=True)]
    names = shown(items, format="name", sort_by=".v").split()
    assert "".join(name.removeprefix("claim/") for name in names) == order


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ([thing("a"), thing("b")], "no object has a value at .v"),
        ([thing("a", v=1), thing("b", v="x")], "values of several types"),
        ([thing("a", v=1), thing("b", v=True)], "values of several types"),
        ([thing("a", v={}), thing("b", v={})], "has not the expected shape"),
    ],
)
def test_objects_that_have_no_order_are_refused(items: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ViewError, match=says):
        shown(items, sort_by=".v")


def test_no_objects_are_no_lines_and_an_empty_list() -> None:
    assert shown([]) == ""
    assert shown([], format="name", sort_by=".v") == ""
    assert json.loads(shown([], format="json")) == {
        "apiVersion": "v1",
        "items": [],
        "kind": "List",
        "metadata": {"resourceVersion": ""},
    }


def test_json_and_yaml_hold_the_object_without_who_manages_its_fields() -> None:
    full = thing("a", data={"text": "über", "n": None})
    full["metadata"]["managedFields"] = [{"manager": "x"}]
    bare = thing("a", data={"text": "über", "n": None})
    one = {"object": full}
    assert render("kubernetes.read", one, View(format="json"), now=NOW) == (
        json.dumps(bare, indent=4, ensure_ascii=False) + "\n"
    )
    assert render("kubernetes.read", one, View(format="yaml"), now=NOW) == (
        "apiVersion: v1\ndata:\n  n: null\n  text: über\nkind: Claim\nmetadata:\n  name: a\n"
    )
    assert json.loads(shown([full], format="json"))["items"] == [bare]
    assert full["metadata"]["managedFields"]
    assert shown([{"kind": "Odd", "metadata": None}], format="json").count('"Odd"') == 1


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"kind": "Deployment", "apiVersion": "apps/v1"}, "deployment.apps/x"),
        ({"kind": "Pod", "apiVersion": "v1"}, "pod/x"),
        ({"involvedObject": {}}, "event/x"),
        ({"subsets": []}, "endpoints/x"),
        ({"spec": {"scaleTargetRef": {}}}, "horizontalpodautoscaler/x"),
        ({"spec": {"clusterIP": "None"}}, "service/x"),
        ({"spec": {"containers": []}}, "pod/x"),
        ({"spec": None}, "/x"),
    ],
)
def test_an_item_without_a_kind_is_known_by_its_shape(parts: dict[str, Any], name: str) -> None:
    assert shown([{"metadata": {"name": "x"}, **parts}], format="name") == f"{name}\n"


def test_labels_end_a_table_and_namespaces_begin_it_when_they_are_asked_for() -> None:
    one = thing("a")
    one["metadata"] |= {"namespace": "shop", "labels": {"b": "2", "a": "1"}}
    assert shown([one], labels=True).splitlines() == [
        "NAME   AGE         LABELS",
        "a      <unknown>   a=1,b=2",
    ]
    row = shown([one], namespaces=True, headers=False).split()
    assert row == ["shop", "a", "<unknown>"]
    far = thing("b")
    far["metadata"]["namespace"] = "bank"
    assert shown([one, far], namespaces=False).startswith("NAME ")
    assert shown([thing("b")], namespaces=True).startswith("NAME ")


def test_custom_columns_print_values_as_go_does() -> None:
    full = thing("a", t=True, o={"b": [1, "x"], "a": None}, l=[1, 2], f=2e7)
    columns = "T:.t,O:.o,L:.l,EACH:.l[*],F:.f,GONE:.gone"
    heads, row = shown([full], format="custom-columns", expression=columns).splitlines()
    assert heads.split() == ["T", "O", "L", "EACH", "F", "GONE"]
    assert row.replace("   ", "|").replace("| ", "|") == (
        "true|map[a:<nil> b:[1 x]]|[1 2]|1,2|2e+07|<none>"
    )


@pytest.mark.parametrize("path", ["{.metadata.name}", ".metadata.name", "metadata.name"])
def test_a_sort_key_is_a_path_with_or_without_braces(path: str) -> None:
    items = [thing("b"), thing("a")]
    assert shown(items, format="name", sort_by=path) == "claim/a\nclaim/b\n"
