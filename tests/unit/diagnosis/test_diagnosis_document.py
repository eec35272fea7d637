"""What docs/diagnosis.md says of signs, scores and times is what the code does."""

import re
from pathlib import Path

from stanch.diagnosis import changes, metric_signs, onset, weigh
from stanch.diagnosis.mind import turns
from stanch.diagnosis.signs import SIGNS
from stanch.incident import Hypothesis, Sign
from stanch.runbook.model import HypothesisSpec

TEXT = (Path(__file__).parents[3] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)
NAME = re.compile(r"`([a-z-]+)`")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of each table row under a heading, without the heads."""
    part = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [re.split(r" ?\| ", row) for row in ROW.findall(part) if "`" in row]


def case(**other: bool | None) -> tuple[dict[str, HypothesisSpec], dict[str, Sign]]:
    """Return the hypotheses and the signs of the worked example, some signs read otherwise."""
    cells = rows("A worked example")
    specs: dict[str, HypothesisSpec] = {}
    signs: dict[str, Sign] = {}
    for row in cells:
        names = [NAME.findall(cell) for cell in row]
        if len(row) == 3:
            body = {"claim": "it", "for": names[1], "against": names[2], "mitigations": ()}
            specs[names[0][0]] = HypothesisSpec.model_validate(body)
        else:
            holds = {"holds": True, "does not hold": False, "unknown": None}[row[1]]
            signs[names[0][0]] = Sign(name=names[0][0], holds=holds, because="so", evidence=())
    for name, value in other.items():
        key = name.replace("_", "-")
        signs[key] = signs[key].model_copy(update={"holds": value})
    assert (len(specs), len(signs)) == (2, 8)
    return specs, signs


def example(**other: bool | None) -> dict[str, Hypothesis]:
    return {one.id: one for one in weigh.weigh(*case(**other))}


def test_every_built_in_sign_is_listed_as_it_is() -> None:
    listed = [row for row in rows("From evidence to signs") if len(row) == 4]
    written = {NAME.findall(row[0])[0]: row[1:] for row in listed}
    alone = {
        name: ", ".join(
            word for word, is_so in (("needed", one.needed), ("rejects", one.rejects)) if is_so
        )
        for name, one in SIGNS.items()
    }
    assert {name: [cell.strip() for cell in row] for name, row in written.items()} == {
        name: [f"{one.weight:g}", alone[name], one.about] for name, one in SIGNS.items()
    }


def test_the_worked_example_comes_out_as_it_says() -> None:
    found = example()
    assert (found["bad-release"].state, found["bad-release"].score) == ("leading", 1.0)
    assert found["dependency-exhausted"].state == "rejected"
    other = example(errors_only_in_new_version=False, errors_in_all_versions=True)
    assert other["bad-release"].state == "rejected"
    assert other["dependency-exhausted"].score == 0.25
    assert not any(one.state == "leading" for one in other.values())


def test_what_would_change_its_mind_is_what_it_says() -> None:
    assert [(one.sign, one.other, one.leads) for one in turns(*case())] == [
        ("errors-in-all-versions", True, None)
    ]


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"at least {weigh.LEAST:g}," in TEXT
    assert f"at least {weigh.MARGIN:g} ahead" in TEXT
    assert changes.HALF.total_seconds() == 5 * 60
    assert changes.FOLLOWS.total_seconds() == 15 * 60
    assert changes.SLACK.total_seconds() == 20
    assert "/ 5 min)    for -20 s <= L <= 15 min" in TEXT
    assert f"a gap longer than {metric_signs.LARGEST_GAP:g} seconds or three steps" in TEXT
    assert metric_signs.CALM_BEFORE_ALERT == 5 * 60
    sizes = (onset._ALLOWANCE, onset._DECISION, onset._CEILING, onset._SPREADS)
    assert sizes == (0.5, 1.0, 3.0, 5.0)
    for words in ("- 0.5\n", "A sum *S* of 1 ", "+ z, 0, 3)", "5 * s)"):
        assert words in TEXT
