from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.cluster import selectors
from stanch.sandbox.cluster.status import ApiError

LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["x", "y", "z"]))


@given(labels=LABELS, key=st.sampled_from("abc"), values=st.sets(st.sampled_from("xyz")))
def test_notin_is_the_opposite_of_in(labels: dict[str, str], key: str, values: set[str]) -> None:
    listed = ",".join(sorted(values)) or "none"
    inside = selectors.label_test(f"{key} in ({listed})")(labels)
    outside = selectors.label_test(f"{key} notin ({listed})")(labels)
    assert inside is not outside


@given(labels=LABELS)
def test_the_text_of_an_object_selector_chooses_the_same(labels: dict[str, str]) -> None:
    selector = {
        "matchLabels": {"a": "x"},
        "matchExpressions": [
            {"key": "b", "operator": "NotIn", "values": ["y", "z"]},
            {"key": "c", "operator": "Exists"},
        ],
    }
    text = selectors.selector_text(selector)
    assert selectors.label_test(text)(labels) == selectors.object_selector(selector)(labels)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier!=back", True),
        ("app!=web", False),
        ("missing!=web", True),
        ("app in (web, shop),!missing", True),
        ("example.com/size>3", True),
        ("example.com/size<3", False),
        ("missing", False),
    ],
)
def test_a_query_chooses_by_labels(text: str, chosen: bool) -> None:  # a table
    labels = {"app": "web", "tier": "front", "example.com/size": "5"}
    assert selectors.label_test(text)(labels) is chosen


@pytest.mark.parametrize("text", ["app=", "a b", "=x", "a in x", "a in (!)", "a=b=c"])
def test_only_a_readable_selector_is_taken(text: str) -> None:
    if text == "app=":
        assert selectors.label_test(text)({"app": ""})
        return
    with pytest.raises(ApiError) as refused:
        selectors.label_test(text)
    assert refused.value.code == 400


def test_fields_choose_pods_by_node_and_phase() -> None:
    pod = {"metadata": {"name": "a"}, "spec": {"nodeName": "n"}, "status": {"phase": "Running"}}
    assert selectors.field_test("pods", "spec.nodeName=n,status.phase!=Failed")(pod)
    assert not selectors.field_test("pods", "metadata.name=b")(pod)


def test_a_field_that_cannot_be_selected_by_is_refused() -> None:
    with pytest.raises(ApiError, match=r"field label not supported: spec\.image"):
        selectors.field_test("pods", "spec.image=x")


def test_a_missing_object_selector_chooses_nothing_and_an_empty_one_all() -> None:
    assert not selectors.object_selector(None)({"a": "x"})
    assert selectors.object_selector({})({"a": "x"})


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ({"key": "a", "operator": "In", "values": ["x", "y"]}, "a in (x,y)"),
        ({"key": "a", "operator": "NotIn", "values": ["x"]}, "a notin (x)"),
        ({"key": "a", "operator": "Exists"}, "a"),
        ({"key": "a", "operator": "DoesNotExist"}, "!a"),
    ],
)
@pytest.mark.parametrize("labels", [{}, {"a": "x"}, {"a": "z"}])
def test_an_expression_chooses_what_its_text_chooses(
    expression: dict[str, Any], text: str, labels: dict[str, str]
) -> None:
    selector = {"matchExpressions": [expression]}
    assert selectors.selector_text(selector) == text
    wanted = selectors.object_selector(selector)(labels)
    assert selectors.label_test(text)(labels) is wanted
    found = labels.get("a")
    expected = {
        "In": found in {"x", "y"},
        "NotIn": found != "x",
        "Exists": found is not None,
        "DoesNotExist": found is None,
    }
    assert wanted is expected[str(expression["operator"])]
