"""The card at every width, with every kind of text: whole, aligned, and never obeyed."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from stanch.cli.card import show_card
from stanch.incident import Difference, Preview, Proposal
from tests.unit import incident_samples as samples
from tests.unit.policy_samples import needs

WIDTHS = st.integers(min_value=36, max_value=140)


def drawn(proposal: Proposal, width: int = 80) -> list[str]:
    """Return the rows of a card, without its frame."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    show_card(console, proposal, samples.approval(proposal))
    rows = out.getvalue().splitlines()
    assert {len(row) for row in rows} == {min(width, 110)}
    assert rows[0].startswith("╭─ A-1 asks for a decision ─")
    assert all(row.startswith("│ ") and row.endswith(" │") for row in rows[1:-1])
    return [row[2:-2] for row in rows[1:-1]]


def squeezed(text: str) -> str:
    return "".join(text.split())


def with_differences(*differences: Difference) -> Proposal:
    return samples.proposal(
        preview=Preview(dry_run="accepted", note="", differences=differences, touches=("a pod",))
    )


@settings(max_examples=40)
@given(width=WIDTHS)
def test_nothing_that_is_bound_is_cut_at_any_width(width: int) -> None:
    proposal = samples.proposal(risks=("a risk " * 30, "another"), title="A long title " * 12)
    shown = squeezed("".join(drawn(proposal, width)))
    for text in (
        proposal.title,
        proposal.operation.as_text(),
        f"uid {proposal.operation.model_dump()['uid']}",
        f"{proposal.claim} [{', '.join(proposal.evidence)}]",
        *proposal.risks,
        *proposal.preview.touches,
        *(check.says for check in proposal.checks),
        proposal.inverse_note,
        proposal.requested_by,
        "2026-11-01 12:15:00Z",
        proposal.bound,
    ):
        assert squeezed(text) in shown


@settings(max_examples=40)
@given(
    path=st.text(min_size=1, max_size=200),
    before=st.text(max_size=300),
    after=st.text(max_size=300),
    width=WIDTHS,
)
def test_no_text_of_a_target_leaves_its_column(
    path: str, before: str, after: str, width: int
) -> None:
    proposal = with_differences(Difference(path=path, before=before, after=after))
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    show_card(console, proposal, samples.approval(proposal))
    assert "\x1b" not in out.getvalue()
    text = out.getvalue()
    assert text.count("\n") == len(text.splitlines()) == text.count("│\n") + 2
    begun = text.partition("What changes (")[2].partition("Bound to")[0].split("\n")[1:-1]
    for row in begun:
        assert row[2:5] in {"   ", " - ", " + "} or "accepted" in row, row


def test_a_value_with_line_ends_cannot_pass_for_a_row_of_the_card() -> None:
    proposal = with_differences(
        Difference(
            path="data.note", before="fine", after="fine\nMay answer  everybody\n\x1b[31mred"
        )
    )
    rows = drawn(proposal)
    assert " +  May answer  everybody" in [row.rstrip() for row in rows]
    assert not [row for row in rows if row.startswith("May answer  everybody")]
    assert any("\\x1b[31mred" in row for row in rows)


def test_a_label_that_repeats_stands_once() -> None:
    rows = drawn(samples.proposal(risks=("one", "two")))
    assert [row.rstrip() for row in rows if "Risks" in row] == ["Risks       one"]
    assert "            two" in [row.rstrip() for row in rows]


def test_a_change_without_a_way_back_and_without_approvers_says_so() -> None:
    proposal = samples.proposal(
        inverse=None, inverse_note="cannot be taken back", needs=needs(approvers=())
    )
    rows = [row.rstrip() for row in drawn(proposal)]
    assert "If not      cannot be taken back" in rows
    assert "May answer  nobody: the policy lists no one" in rows


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "(not there)"), (3, "3"), ({"b": [1], "a": "ä"}, '{"a": "ä", "b"')]
)
def test_a_value_is_shown_as_what_it_is(value: object, shown: str) -> None:
    rows = drawn(with_differences(Difference(path="spec.x", before=value, after="new")))
    assert any(row.startswith(f" -  {shown}") for row in rows)


def test_a_change_of_nothing_visible_says_so() -> None:
    rows = drawn(with_differences())
    assert "nothing in the object's own fields" in "".join(rows)
