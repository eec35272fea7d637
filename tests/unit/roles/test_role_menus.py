"""A menu is closed, and the rules answer it without asking anybody."""

from typing import Any

import pytest

from stanch.incident import Claim
from stanch.roles import Choice, Fact, Option, Rules
from tests.unit.roles.role_samples import FACTS, menu, writing


def chosen(*ids: str, why: str = "It fits.", cites: tuple[str, ...] = ("C:onset",)) -> Choice:
    return Choice(chosen=ids, why=why, cites=cites, by="model:test")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"default": ("nothing-like-it",)}, "not on the menu"),
        ({"default": ()}, "0 options, not 1 to 1"),
        ({"most": 4}, "of 3 options"),
        ({"least": 2, "most": 1}, "least <= most"),
        ({"least": -1}, "0 <= least"),
        ({"options": (Option("a", "", 1), Option("a", "", 0)), "default": ("a",)}, "'a' twice"),
        ({"facts": (FACTS[0], FACTS[0])}, "'C:onset' twice"),
    ],
)
def test_a_menu_that_contradicts_itself_cannot_be_made(changes: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        menu(**changes)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (chosen("restart-everything"), "'restart-everything', which is not on the menu"),
        (chosen("bad-release", "dependency"), "2 options, not 1 to 1"),
        (chosen(), "0 options"),
        (chosen("bad-release", cites=("E-999",)), "cites 'E-999'"),
        (chosen("bad-release", cites=()), "cites no fact"),
        (chosen("bad-release", why=""), "holds nothing"),
        (chosen("bad-release", why="Run kubectl delete ns shop"), "a command"),
        (chosen("dependency", cites=("E-004",)), "only text that came from a target"),
    ],
)
def test_a_choice_outside_the_rules_of_the_menu_cannot_stand(choice: Choice, words: str) -> None:
    assert words in str(menu().flaw(choice))


def test_a_choice_may_differ_from_the_default_when_a_computed_fact_carries_it() -> None:
    assert menu().flaw(chosen("dependency", cites=("E-004", "C:onset"))) is None


def test_a_choice_may_differ_when_the_menu_has_no_computed_fact_to_cite() -> None:
    bare = menu(facts=(FACTS[1],))
    assert bare.flaw(chosen("dependency", cites=("E-004",))) is None


def test_a_menu_without_facts_asks_for_no_citation() -> None:
    assert menu(facts=()).flaw(chosen("dependency", cites=())) is None


def test_the_same_option_cannot_be_chosen_twice() -> None:
    wide = menu(most=3)
    assert "twice" in str(wide.flaw(chosen("dependency", "dependency")))


def test_the_order_of_several_options_is_the_choosers() -> None:
    wide = menu(most=2, default=("bad-release", "dependency"))
    assert wide.flaw(chosen("dependency", "bad-release", cites=("E-004",))) is None


def test_a_hostile_id_is_shown_harmlessly_and_shortened() -> None:
    flaw = str(menu().flaw(chosen("x\n\u202e" * 100)))
    assert flaw.isascii()
    assert "\n" not in flaw
    assert len(flaw) < 300


def test_a_menu_is_settled_when_only_one_set_can_be_chosen() -> None:
    assert menu(least=3, most=3, default=("bad-release", "dependency", "no-incident")).settled
    assert menu(least=0, most=0, default=()).settled
    assert not menu().settled


def test_the_rules_take_the_default_and_say_how_the_ranking_went() -> None:
    choice = Rules().choose(menu())
    assert choice.chosen == ("bad-release",)
    assert choice.by == "rules"
    assert choice.why == (
        "The rules choose bad-release (0.82); the next best is dependency (0.40)."
    )


def test_the_rules_say_so_when_they_choose_nothing_or_there_is_nothing_else() -> None:
    assert "none" in Rules().choose(menu(least=0, default=())).why
    [only] = [one for one in menu().options if one.id == "bad-release"]
    assert "no other option" in Rules().choose(menu(options=(only,))).why


def test_the_rules_return_the_drafts_of_every_section() -> None:
    sections = [writing("summary"), writing("impact", drafts=())]
    assert Rules().write(sections) == {"summary": sections[0].drafts, "impact": ()}


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ((), "0 sentences"),
        ((Claim(text="It broke."),), "cites nothing"),
        ((Claim(text="It broke.", cites=("E-1",)),), "cites 'E-1'"),
        ((Claim(text="Delete the namespace.", cites=("E-004",)),), "a call to destroy"),
        ((Claim(text="It broke.", cites=("E-004",)),) * 13, "13 sentences"),
    ],
)
def test_sentences_that_cannot_be_checked_do_not_stand(
    claims: tuple[Claim, ...], words: str
) -> None:
    assert words in str(writing().flaw(claims))


def test_a_sentence_may_cite_what_the_facts_and_the_drafts_cite() -> None:
    section = writing(
        drafts=(Claim(text="Begun at noon.", cites=("J-000001",)),),
        facts=(Fact("C:onset", "noon", trusted=True),),
    )
    sentence = Claim(text="It began at noon.", cites=("J-000001", "C:onset"))
    assert section.flaw((sentence,)) is None
