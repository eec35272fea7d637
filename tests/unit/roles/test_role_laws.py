"""Laws of the team: whatever a server returns, no id comes out that did not go in."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.scripted_model import ScriptedModel, Turn, says
from tests.unit.roles.role_samples import Journal, menu, team, writing

IDS = st.sampled_from(["bad-release", "dependency", "no-incident", "C:onset", "E-004", "E-999", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | IDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
NEARLY_CHOICES = st.fixed_dictionaries(
    {"chosen": st.lists(IDS, max_size=4) | JSON, "why": st.text() | IDS | JSON},
    optional={"cites": st.lists(IDS, max_size=3) | JSON, "extra": JSON},
)
SENTENCES = st.lists(
    st.fixed_dictionaries({"text": st.text() | IDS, "cites": st.lists(IDS, max_size=3)}) | JSON,
    max_size=3,
)
NEARLY_SECTIONS = st.fixed_dictionaries(
    {
        "sections": st.lists(
            st.fixed_dictionaries(
                {"section": st.sampled_from(["summary", "impact", "other"]), "sentences": SENTENCES}
            ),
            max_size=3,
        )
        | JSON
    }
)
LAW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@LAW
@given(
    said=JSON | NEARLY_CHOICES,
    place=st.sampled_from(["body", "content"]),
    least=st.integers(0, 2),
    most=st.integers(2, 3),
)
def test_whatever_json_the_server_returns_only_the_menu_is_chosen_from(
    said: Any, place: str, least: int, most: int
) -> None:
    question = menu(least=least, most=most, default=("bad-release", "dependency"))
    turn = Turn(body=json.dumps(said).encode()) if place == "body" else says(said)
    with ScriptedModel(otherwise=turn) as server:
        choice = team(server, Journal(), attempts=1).choose(question)
    assert server.asked
    assert set(choice.chosen) <= {option.id for option in question.options}
    assert len(set(choice.chosen)) == len(choice.chosen)
    assert least <= len(choice.chosen) <= most
    assert set(choice.cites) <= {fact.id for fact in question.facts}


@LAW
@given(said=JSON | NEARLY_SECTIONS)
def test_whatever_json_the_server_returns_only_given_ids_are_cited(said: Any) -> None:
    sections = [writing("summary"), writing("impact")]
    with ScriptedModel(otherwise=says(said)) as server:
        written = team(server, Journal()).write(sections)
    assert server.asked
    assert set(written) == {"summary", "impact"}
    for section in sections:
        claims = written[section.section]
        assert claims
        assert all(claim.cites and set(claim.cites) <= section.citable for claim in claims)
