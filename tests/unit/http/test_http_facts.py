"""What must still hold of a flag and of a weight, made of what the servers answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.tools.operations.http_acts import evaluation_facts, flag_facts, server_facts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def test_the_facts_of_a_flag_are_those_of_one_environment() -> None:
    feature = {
        "name": "f",
        "createdAt": "2026-11-01",
        "lastSeenAt": "2026-11-21",
        "environments": [{"name": "a", "enabled": True}, {"name": "b", "enabled": False}],
    }
    assert flag_facts(feature, "a") == {
        "flag": "f",
        "created_at": "2026-11-01",
        "archived": False,
        "environment": "a",
        "enabled": True,
    }
    assert flag_facts(feature, "b")["enabled"] is False
    assert flag_facts(feature, "c") == {"missing": True}


@given(feature=st.dictionaries(st.sampled_from(["name", "environments", "archived"]), JSON))
def test_whatever_a_server_answers_gives_facts(feature: dict[str, Any]) -> None:
    facts = flag_facts(feature, "production")
    assert facts == {"missing": True} or isinstance(facts["enabled"], bool)
    assert set(server_facts(feature)) == {"name", "address", "port", "admin_state", "weight"}


@pytest.mark.parametrize(
    ("value", "on"),
    [
        (True, True),
        (False, False),
        ("red", True),
        ("", False),
        (0, False),
        (3, True),
        (None, False),
    ],
)
def test_a_flag_is_on_when_it_evaluates_to_something(value: Any, on: bool) -> None:
    answer = {"key": "f", "value": value, "variant": "v", "reason": "STATIC"}
    assert evaluation_facts(answer) == {"flag": "f", "enabled": on, "variant": "v"}
