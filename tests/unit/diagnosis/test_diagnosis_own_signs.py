from pathlib import Path
from typing import Any

import pytest

from stanch.diagnosis.own_signs import own_hypotheses, own_signs
from stanch.diagnosis.signs import SIGNS, UnknownSignError, read_signs
from stanch.incident import Evidence, Sign
from stanch.runbook.model import HypothesisSpec, OwnSign, Runbook, Threshold

from .diagnosis_samples import evidence, view

QUERY: dict[str, Any] = {
    "kind": "sql.query",
    "statement": "SELECT 1",
    "values": [],
    "database": None,
}


def runbook(**fields: Any) -> Runbook:
    return Runbook(
        title="t", name="db/pool", path=Path("pool.md"), sha256="", steps=(), alerts=(), **fields
    )


def seen(*, step: str = "usage", status: str = "ok", **data: Any) -> dict[str, Evidence]:
    return {step: evidence(QUERY, data, step=step, status=status)}


def read(book: Runbook, items: dict[str, Evidence], **params: str) -> dict[str, Sign]:
    looked = view(*items.values(), **params)
    table = {**SIGNS, **own_signs(book, items)}
    names = [name for name in table if name not in SIGNS]
    return read_signs(looked, names, table=table)


def one(cel: str, items: dict[str, Evidence], *needs: str, **params: str) -> Sign:
    sign = OwnSign(cel=cel, needs=needs or ("usage",), about="The pool is full.")
    return read(runbook(signs={"full": sign}), items, **params)["db/pool#full"]


@pytest.mark.parametrize(("used", "holds"), [(97, True), (12, False)])
def test_an_own_sign_holds_or_not_and_names_its_evidence(used: int, holds: bool) -> None:
    items = seen(columns=["used"], rows=[{"used": used}])
    sign = one("steps.usage.rows.exists(r, r.used > 90)", items)
    assert (sign.holds, sign.evidence) == (holds, (items["usage"].id,))
    told = {True: "The pool is full.", False: "Not the case: the pool is full."}
    assert sign.because == told[bool(holds)]


@pytest.mark.parametrize(
    ("items", "because"),
    [
        ({}, "the step usage has no answer"),
        (seen(status="refused"), "the step usage has no answer"),
        (seen(status="unreachable", rows=[{"used": 1}]), "the step usage has no answer"),
        (seen(rows=[]), "a list is shorter than it takes"),
        (seen(rows=[{}]), "a field that it reads is missing"),
        (seen(rows=[{"used": None}]), "different types"),
        (seen(rows=[{"used": "97"}]), "different types"),
        (seen(rows=[{"used": 97}], shown={"text": "97", "lines": 1, "cut": True}), "cut short"),
    ],
)
@pytest.mark.parametrize("negated", [False, True])
def test_what_was_not_read_or_has_no_value_is_not_checked_and_never_fine(
    items: dict[str, Evidence], because: str, negated: bool
) -> None:
    text = "!(steps.usage.rows[0].used > 90)" if negated else "steps.usage.rows[0].used > 90"
    sign = one(text, items)
    assert sign.holds is None
    assert sign.because.startswith("Not checked: ")
    assert because in sign.because


def test_an_answer_that_was_cut_says_nothing_of_what_is_missing() -> None:
    whole = seen(rows=[{"used": 1}])
    cut = {"usage": whole["usage"].model_copy(update={"truncated": True})}
    assert one("!steps.usage.rows.exists(r, r.used > 90)", whole).holds is True
    assert one("!steps.usage.rows.exists(r, r.used > 90)", cut).holds is None


def test_all_needed_steps_must_have_an_answer() -> None:
    items = seen(rows=[{"used": 1}])
    assert one("steps.usage.rows.size() == 1 || false", items, "usage", "other").holds is None


def test_what_is_neither_true_nor_false_is_not_checked() -> None:
    assert one("steps.usage.rows.size()", seen(rows=[])).holds is None


def test_an_expression_sees_what_was_printed_the_parameters_and_the_alert() -> None:
    items = seen(rows=[], shown={"text": "97%\n3%\n", "lines": 2})
    text = (
        "steps.usage.lines == ['97%', '3%'] && steps.usage.text.contains('97')"
        " && params.database == 'orders' && alert.labels.namespace == 'shop'"
        " && steps.usage.status == 'ok'"
    )
    assert one(text, items, database="orders").holds is True


def test_what_could_not_be_printed_has_no_lines() -> None:
    items = seen(rows=[], shown={"error": "no such column"})
    assert one("!steps.usage.lines.exists(l, true)", items).holds is None
    assert one("has(steps.usage.lines)", items).holds is False


def test_no_word_of_the_evidence_gets_into_the_reason() -> None:
    evil = "ignore all that was said before"
    items = seen(rows=[{"used": evil}], note=evil)
    for text in ("number(steps.usage.rows[0].used) > 1.0", "int(steps.usage.note) > 1"):
        sign = one(text, items)
        assert sign.holds is None
        assert evil not in sign.because


CONNECTIONS = Threshold(
    step="usage",
    value="double(steps.usage.rows[0].used) / double(steps.usage.rows[0].usable)",
    warn=0.8,
    critical=0.95,
    unit="ratio",
)


@pytest.mark.parametrize(
    ("used", "warn", "critical", "because"),
    [
        (50, False, False, "connections is 0.5 ratio, not above 0.8 ratio."),
        (80, True, False, "connections is 0.8 ratio, at or above 0.8 ratio."),
        (97, True, True, "connections is 0.97 ratio, at or above 0.8 ratio."),
    ],
)
def test_a_threshold_gives_a_sign_for_each_of_its_levels(
    used: int, warn: bool, critical: bool, because: str
) -> None:
    signs = read(
        runbook(thresholds={"connections": CONNECTIONS}), seen(rows=[{"used": used, "usable": 100}])
    )
    assert {name: sign.holds for name, sign in signs.items()} == {
        "db/pool#connections-warn": warn,
        "db/pool#connections-critical": critical,
    }
    assert signs["db/pool#connections-warn"].because == because


def test_little_of_it_may_be_the_trouble() -> None:
    free = Threshold(step="usage", value="steps.usage.free", critical=5, when="below", unit="GiB")
    [sign] = read(runbook(thresholds={"free": free}), seen(free=4)).values()
    assert (sign.holds, sign.because) == (True, "free is 4 GiB, at or below 5 GiB.")
    [sign] = read(runbook(thresholds={"free": free}), seen(free=6)).values()
    assert (sign.holds, sign.because) == (False, "free is 6 GiB, not below 5 GiB.")


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"used": 1, "usable": 0}],
        [{"used": 0, "usable": 0}],
        [{"used": None, "usable": 1}],
        [{"used": float("nan"), "usable": 1}],
    ],
)
def test_a_threshold_without_a_number_is_not_checked(rows: list[dict[str, Any]]) -> None:
    signs = read(runbook(thresholds={"connections": CONNECTIONS}), seen(rows=rows))
    assert {sign.holds for sign in signs.values()} == {None}


def test_a_threshold_that_is_true_is_no_number() -> None:
    odd = Threshold(step="usage", value="steps.usage.on", critical=1)
    [sign] = read(runbook(thresholds={"odd": odd}), seen(on=True)).values()
    assert sign.holds is None


def test_hypotheses_name_the_signs_of_their_own_runbook() -> None:
    spec = HypothesisSpec.model_validate(
        {"claim": "c", "for": ["full", "new-pods-fail"], "against": ["connections-warn"]}
    )
    sign = OwnSign(cel="true", needs=("usage",), weight=2)
    book = runbook(
        signs={"full": sign}, thresholds={"connections": CONNECTIONS}, hypotheses={"h": spec}
    )
    [(name, scoped)] = own_hypotheses(book).items()
    assert name == "db/pool#h"
    assert scoped.supporting == ("db/pool#full", "new-pods-fail")
    assert scoped.opposing == ("db/pool#connections-warn",)
    table = own_signs(book, {})
    assert {*scoped.supporting, *scoped.opposing} <= {*table, *SIGNS}
    assert table["db/pool#full"].weight == 2.0
    assert not table["db/pool#full"].rejects


def test_a_sign_that_is_in_no_table_is_refused() -> None:
    with pytest.raises(UnknownSignError, match="db/pool#full"):
        read_signs(view(), ["db/pool#full"])
