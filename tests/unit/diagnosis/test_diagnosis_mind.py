"""A diagnosis says which single sign would change its mind, and misses none."""

import itertools
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from stanch.diagnosis.mind import Turn, turns
from stanch.diagnosis.reading import SignSpec, unknown
from stanch.diagnosis.weigh import weigh
from stanch.incident import Sign
from stanch.runbook.model import HypothesisSpec

NAMES = tuple("abcdef")


def spec(name: str, weight: float = 1, *, needed: bool = False, rejects: bool = False) -> SignSpec:
    return SignSpec(
        name=name,
        about=name,
        read=lambda _: unknown("never"),
        weight=weight,
        needed=needed,
        rejects=rejects,
    )


def hypothesis(supporting: tuple[str, ...], opposing: tuple[str, ...] = ()) -> HypothesisSpec:
    return HypothesisSpec.model_validate(
        {"claim": "it", "for": supporting, "against": opposing, "mitigations": ()}
    )


def read(**holds: bool | None) -> dict[str, Sign]:
    return {
        name: Sign(name=name, holds=value, because="so", evidence=())
        for name, value in holds.items()
    }


PLAIN = {name: spec(name) for name in NAMES}


def test_the_open_sign_that_would_bring_the_rival_ahead_comes_first() -> None:
    table = PLAIN | {"c": spec("c", rejects=True)}
    both = {"one": hypothesis(("a", "b"), ("c",)), "two": hypothesis(("a", "d"))}
    found = turns(both, read(a=True, b=True, d=False), table=table)
    assert found[0] == Turn(sign="c", read=None, other=True, leads="two")
    assert found[0].says == "c was not read; if it held, two would lead."
    assert Turn(sign="b", read=True, other=False, leads=None) in found
    assert Turn(sign="d", read=False, other=True, leads=None) in found
    assert {one.sign for one in found} == {"c", "b", "d"}


def test_a_sign_that_changes_nothing_is_not_named() -> None:
    only = {"one": hypothesis(("a",), ("b",))}
    found = turns(only, read(a=True, b=True), table=PLAIN)
    assert [(one.sign, one.other, one.leads) for one in found] == [("a", False, None)]


def test_without_a_leading_hypothesis_there_is_no_mind_to_change() -> None:
    assert turns({"one": hypothesis(("a", "b", "c"))}, read(a=True), table=PLAIN) == ()
    assert turns({}, {}, table=PLAIN) == ()


some = st.lists(st.sampled_from(NAMES), max_size=4, unique=True).map(tuple)
tables = st.fixed_dictionaries(
    {
        name: st.builds(
            spec,
            st.just(name),
            st.sampled_from((1, 2)),
            needed=st.booleans(),
            rejects=st.booleans(),
        )
        for name in NAMES
    }
)
cases = st.dictionaries(
    st.sampled_from(("x", "y", "z")),
    st.builds(
        hypothesis,
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True).map(tuple),
        some,
    ),
    min_size=1,
)
readings = st.dictionaries(st.sampled_from(NAMES), st.sampled_from((True, False, None))).map(
    lambda found: read(**found)
)


@given(hypotheses=cases, signs=readings, table=tables)
def test_it_names_just_the_signs_that_trying_every_reading_finds(
    hypotheses: Mapping[str, HypothesisSpec],
    signs: dict[str, Sign],
    table: Mapping[str, SignSpec],
) -> None:
    def leads(seen: dict[str, Sign]) -> str | None:
        weighed = weigh(hypotheses, seen, table=table)
        return next((one.id for one in weighed if one.state == "leading"), None)

    now = leads(signs)
    expected = set()
    for name, holds in itertools.product(NAMES, (True, False)):
        then = leads({**signs, **read(**{name: holds})})
        if now is not None and then != now:
            expected.add((name, holds, then))
    found = turns(hypotheses, signs, table=table)
    assert {(one.sign, one.other, one.leads) for one in found} == expected
    assert len(found) == len(expected)
    keys = [(one.leads is None, one.read is not None) for one in found]
    assert keys == sorted(keys), "what makes another lead comes first, the open ones ahead"
