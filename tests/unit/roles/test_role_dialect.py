"""Stepping down to a simpler dialect always ends, and never asks for less than the shape."""

from hypothesis import given
from hypothesis import strategies as st

from stanch.roles.dialect import Dialect

WORDS = st.sampled_from(
    ["", "temperature", "use max_completion_tokens", "response_format", "too long", "json_schema"]
)


@given(complaints=st.lists(WORDS, min_size=6, max_size=6))
def test_after_five_complaints_no_dialect_is_left(complaints: list[str]) -> None:
    dialect: Dialect | None = Dialect()
    seen = set()
    for complaint in complaints:
        if dialect is None:
            break
        assert dialect not in seen
        seen.add(dialect)
        dialect = dialect.easier(complaint)
    assert dialect is None or len(seen) <= 6


def test_the_plainest_dialect_asks_for_nothing_but_an_answer_of_bounded_length() -> None:
    plain = Dialect(answer_format="text", temperature=False)
    assert plain.fields({"type": "object"}, 50) == {"max_tokens": 50}
    assert plain.easier("anything") is None


def test_the_field_that_the_server_names_counts_as_a_complaint_about_it() -> None:
    assert Dialect().easier("unsupported value", "temperature") == Dialect(temperature=False)
