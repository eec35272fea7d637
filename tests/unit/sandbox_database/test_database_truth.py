"""What the referee remarks of a database, and what it leaves out."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.database.truth import State, differences

names = st.sampled_from(["a_idx", "b_idx", "payments", "catalog"])
states = st.builds(
    State,
    objects=st.dictionaries(
        st.tuples(st.sampled_from(["indexes", "roles"]), names),
        st.fixed_dictionaries({"kin": names, "value": st.integers(0, 2)}),
    ),
    ended=st.dictionaries(names, st.integers(0, 3)),
)
NONE: frozenset[tuple[str, str]] = frozenset()


def state(*objects: tuple[str, str, dict[str, Any]], **ended: int) -> State:
    return State({(kind, name): one for kind, name, one in objects}, ended)


INDEX = ("indexes", "x_idx", {"kin": "products", "valid": True})


def test_what_was_made_taken_away_or_changed_is_remarked() -> None:
    assert differences(state(), state(INDEX), NONE) == ["database: created: indexes/x_idx"]
    assert differences(state(INDEX), state(), NONE) == ["database: deleted: indexes/x_idx"]
    other = ("indexes", "x_idx", {"kin": "products", "valid": False})
    assert differences(state(INDEX), state(other), NONE) == ["database: changed: indexes/x_idx"]


def test_an_index_may_be_built_where_its_table_may_be_helped() -> None:
    assert differences(state(), state(INDEX), frozenset({("indexes", "products")})) == []
    assert differences(state(), state(INDEX), frozenset({("indexes", "orders")})) != []


def test_only_sessions_that_were_ended_since_are_remarked() -> None:
    before, after = state(payments=1, psql=0), state(payments=3, psql=1)
    assert differences(before, after, frozenset({("sessions", "psql")})) == [
        "database: 2 sessions ended: payments"
    ]


@given(one=states)
def test_a_database_that_nobody_touched_has_no_differences(one: State) -> None:
    assert differences(one, one, NONE) == []


@given(before=states, after=states)
def test_everything_that_differs_is_either_remarked_or_allowed(before: State, after: State) -> None:
    found = differences(before, after, NONE)
    touched = before.objects.keys() | after.objects.keys()
    changed = {key for key in touched if before.objects.get(key) != after.objects.get(key)}
    assert sum("sessions ended" not in one for one in found) == len(changed)
    allowed = frozenset((kind, name) for kind, name in changed)
    left = differences(before, after, allowed)
    assert all("sessions ended" in one for one in left)
