"""A gate tells of every one of its items, and what nothing shows is missed (GATE-02 to GATE-07)."""

from typing import Literal, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.incident import Phase
from stanch.process import GATES, gate_items

Result: TypeAlias = Literal["met", "missed", "waived"]
NAMES = sorted({item.name for gate in GATES.values() for item in gate})
RESULTS = st.dictionaries(
    st.sampled_from(NAMES) | st.text(),
    st.tuples(st.sampled_from(["met", "missed", "waived"]), st.text()),
)


def test_every_phase_ends_with_a_gate_that_can_hold_it_or_says_why_not() -> None:
    assert set(GATES) == set(Phase)
    names = [item.name for gate in GATES.values() for item in gate]
    assert len(names) == len(set(names))
    assert all(item.says for gate in GATES.values() for item in gate)


@given(st.sampled_from(Phase), RESULTS)
def test_every_item_is_told_of_and_nothing_but_the_items(
    phase: Phase, results: dict[str, tuple[Result, str]]
) -> None:
    items = gate_items(phase, results)
    assert [(i.name, i.says, i.blocking) for i in items] == [
        (i.name, i.says, i.blocking) for i in GATES[phase]
    ]
    for item in items:
        if item.name in results:
            assert (item.result, item.because) == results[item.name]
        else:
            assert (item.result, item.because) == ("missed", "nothing shows it")


@pytest.mark.parametrize(
    ("phase", "blocking"),
    [
        (Phase.TRIAGE, {"severity-assessed", "runbook-found"}),
        (Phase.INVESTIGATE, {"evidence-collected", "leading-hypothesis"}),
        (Phase.MITIGATE, {"approved-by-a-person", "checks-held"}),
        (Phase.RESOLVE, {"harm-over"}),
        (Phase.POSTMORTEM, {"document-written"}),
    ],
)
def test_what_holds_an_incident_back_is_this_and_no_more(phase: Phase, blocking: set[str]) -> None:
    assert {item.name for item in gate_items(phase, {}) if item.blocking} == blocking
