from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from stanch.diagnosis.signs import SIGNS
from stanch.diagnosis.weigh import LEAST, MARGIN, weigh
from stanch.incident import Hypothesis, Sign
from stanch.runbook.model import HypothesisSpec

names = st.sampled_from(sorted(SIGNS))
answers = st.sampled_from([True, False, None])


@st.composite
def specs(draw: st.DrawFn) -> HypothesisSpec:
    chosen = draw(st.lists(names, min_size=2, max_size=10, unique=True))
    cut = draw(st.integers(min_value=1, max_value=len(chosen)))
    return spec(chosen[:cut], chosen[cut:])


tables = st.dictionaries(names, answers)


def spec(pros: list[str], cons: list[str] | None = None) -> HypothesisSpec:
    return HypothesisSpec.model_validate(
        {"claim": "It broke.", "for": pros, "against": cons or [], "mitigations": ["undo"]}
    )


def signs(table: Mapping[str, bool | None]) -> dict[str, Sign]:
    return {
        name: Sign(name=name, holds=holds, because="seen", evidence=("E-001",))
        for name, holds in table.items()
    }


def alone(one: HypothesisSpec, table: Mapping[str, bool | None]) -> Hypothesis:
    return weigh({"a": one}, signs(table))[0]


@given(specs(), tables, st.data())
def test_a_supporting_sign_that_comes_to_hold_never_lowers_the_score(
    one: HypothesisSpec, table: dict[str, bool | None], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(one.supporting))
    assert alone(one, {**table, name: True}).score >= alone(one, table).score


@given(specs(), tables, names)
def test_a_further_supporting_sign_that_holds_never_lowers_the_score(
    one: HypothesisSpec, table: dict[str, bool | None], name: str
) -> None:
    more = one.model_copy(update={"supporting": (*one.supporting, name)})
    if name not in one.opposing:
        before, after = alone(one, table), alone(more, {**table, name: True})
        assert after.score >= before.score


@given(specs(), tables, names)
def test_an_opposing_sign_never_raises_the_score(
    one: HypothesisSpec, table: dict[str, bool | None], name: str
) -> None:
    more = one.model_copy(update={"opposing": (*one.opposing, name)})
    for holds in (True, False, None):
        seen = {**table, name: holds}
        assert alone(more, seen).score <= alone(one, seen).score


@given(specs(), tables)
def test_an_unread_sign_weighs_no_more_than_one_that_does_not_hold(
    one: HypothesisSpec, table: dict[str, bool | None]
) -> None:
    known = {name: holds for name, holds in table.items() if holds is not None}
    nothing = {name: holds for name, holds in known.items() if holds}
    assert alone(one, known).score <= alone(one, nothing).score
    assert alone(one, known) == alone(one, {**dict.fromkeys(SIGNS), **known}).model_copy(
        update={"open": alone(one, known).open}
    )


@given(st.dictionaries(st.sampled_from("abcdef"), specs(), max_size=6), tables, st.randoms())
def test_the_order_of_hypotheses_and_signs_does_not_matter(
    some: dict[str, HypothesisSpec], table: dict[str, bool | None], chance: object
) -> None:
    ids, rows = list(some), list(table)
    chance.shuffle(ids)  # type: ignore[attr-defined] # hypothesis gives a Random
    chance.shuffle(rows)  # type: ignore[attr-defined]
    shuffled = weigh({k: some[k] for k in ids}, signs({n: table[n] for n in rows}))
    assert shuffled == weigh(some, signs(table))


@given(st.dictionaries(st.sampled_from("abcdef"), specs(), max_size=6), tables)
def test_scores_are_ranked_bounded_and_at_most_one_leads_clearly(
    some: dict[str, HypothesisSpec], table: dict[str, bool | None]
) -> None:
    ranked = weigh(some, signs(table))
    scores = [one.score for one in ranked]
    assert sorted(one.id for one in ranked) == sorted(some)
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert all(one.score == 0 for one in ranked if one.state == "rejected")
    leading = [one for one in ranked if one.state == "leading"]
    assert leading in ([], [*ranked[:1]])
    if leading:
        assert leading[0].score >= LEAST
        assert all(leading[0].score - other >= MARGIN - 1e-9 for other in scores[1:])


def test_with_nothing_read_nothing_leads_and_nothing_is_rejected() -> None:
    [one] = weigh({"a": spec(["recent-rollout"], ["no-recent-rollout"])}, {})
    assert (one.score, one.state) == (0, "possible")
    assert [sign.name for sign in one.open] == ["recent-rollout", "no-recent-rollout"]


def test_equal_hypotheses_stay_equal_and_none_leads() -> None:
    same = spec(["recent-rollout"])
    found = weigh({"a": same, "b": same}, signs({"recent-rollout": True}))
    assert [(one.id, one.state) for one in found] == [("a", "possible"), ("b", "possible")]


def test_a_sign_that_rejects_alone_outweighs_all_support() -> None:
    one = spec(["recent-rollout", "new-pods-fail"], ["errors-in-all-versions"])
    table = dict.fromkeys(["recent-rollout", "new-pods-fail", "errors-in-all-versions"], True)
    found = alone(one, table)
    assert (found.score, found.state) == (0, "rejected")
    assert [sign.name for sign in found.opposing] == ["errors-in-all-versions"]


def test_a_needed_sign_that_does_not_hold_rejects_and_an_unread_one_does_not() -> None:
    one = spec(["killed-for-memory", "recent-rollout"])
    assert alone(one, {"killed-for-memory": False, "recent-rollout": True}).state == "rejected"
    left = alone(one, {"recent-rollout": True})
    assert left.state == "possible"
    assert 0 < left.score < LEAST


def test_an_ordinary_opposing_sign_takes_half_and_does_not_reject() -> None:
    one = spec(["recent-rollout"], ["new-version-was-well"])
    found = alone(one, {"recent-rollout": True, "new-version-was-well": True})
    assert (found.score, found.state) == (0.5, "leading")


def test_a_sign_that_no_table_knows_is_unknown_even_when_it_is_handed_in() -> None:
    one = spec(["it-feels-like-it"])
    [found] = weigh({"a": one}, signs({"it-feels-like-it": True}))
    assert (found.score, found.state) == (0, "possible")


def test_the_evidence_of_what_was_weighed_is_cited() -> None:
    found = alone(spec(["recent-rollout"]), {"recent-rollout": True})
    assert found.evidence == ("E-001",)
    assert found.mitigations == ("undo",)
