"""A block in the language `manual` is one step for a person, and stays text (MIT-13)."""

from pathlib import Path

import pytest

from stanch.mitigation.manual import GuidedSteps
from stanch.runbook.bind import bind
from stanch.runbook.findings import Finding, RunbookError
from stanch.runbook.model import Runbook
from stanch.runbook.read import read
from stanch.tools.operations import DoByHand, Effect, GuideStep
from tests.unit.incident_samples import NOW

HEAD = """\
---
title: The primary is lost
owner: database
alerts:
  - {alertname: PrimaryLost}
params:
  database: {type: dns-label, from: labels.database}
  note: {type: sql-value, from: labels.note, about: never in a line}
signs:
  down:
    needs: [look]
    cel: "steps['look'].rows.size() == 0"
hypotheses:
  lost:
    claim: The primary of <database> is lost, or <database> is.
    for: [down]
    mitigations: [promote]
---
# The primary is lost

## Diagnosis

```sql {name=look}
SELECT 1 AS one FROM pg_roles WHERE rolname = '<note>'
```

"""
LINES = """\
# on the standby of <database>

pg_ctl promote -D "$PGDATA" && echo 'done; really' | tee /tmp/x
"""
WHOLE = "name=promote purpose=failover database=<database> before=down verify=signs-cleared"


def book(
    folder: Path,
    attributes: str = WHOLE,
    lines: str = LINES,
    about: str = "Promote the standby of `<database>`. It is final.",
    heading: str = "Mitigation",
) -> Runbook:
    file = folder / "lost.md"
    block = f"## {heading}\n\n{about}\n\n```manual {{{attributes}}}\n{lines}```\n"
    file.write_text(HEAD + block, encoding="utf-8")
    return read(file, root=folder)


def found(folder: Path, **parts: str) -> dict[str, Finding]:
    with pytest.raises(RunbookError) as caught:
        book(folder, **parts)
    return {one.code: one for one in caught.value.findings if not one.note}


def bound(one: Runbook) -> GuideStep:
    made = bind(one.step("promote"), {"database": "orders"}, params=one.params)
    assert isinstance(made, GuideStep)
    return made


def test_its_lines_are_kept_as_they_are_with_the_values_in_place(tmp_path: Path) -> None:
    intent = bound(book(tmp_path))
    assert intent.lines == (
        "# on the standby of orders",
        "pg_ctl promote -D \"$PGDATA\" && echo 'done; really' | tee /tmp/x",
    )
    assert intent.title == "Promote the standby of orders"
    assert (intent.database, intent.before, intent.purpose) == ("orders", ("down",), "failover")
    step = book(tmp_path).step("promote")
    assert (step.undo, step.section) == ("none", "mitigation")


def test_it_is_destructive_unless_the_runbook_says_that_it_is_not(tmp_path: Path) -> None:
    assert bound(book(tmp_path)).effect is Effect.DESTRUCTIVE
    assert bound(book(tmp_path, f"{WHOLE} worst=mutate")).effect is Effect.MUTATE


def test_the_change_that_it_becomes_says_what_it_touches(tmp_path: Path) -> None:
    intent = bound(book(tmp_path))
    strategy = GuidedSteps()
    assert strategy.looks(intent) == {}
    made = strategy.plan(intent, {}, now=NOW)
    change = made.operation
    assert isinstance(change, DoByHand)
    assert (change.kind, change.effect) == ("manual.do", Effect.DESTRUCTIVE)
    assert (change.reach.thing, change.reach.database) == ("failover/promote", "orders")
    assert change.target == "manual/orders/promote"
    assert made.observed == {"before": {"down": True}}
    assert made.inverse is None
    assert made.inverse_note
    assert "a person acts on database orders" in made.touches
    other = change.model_copy(update={"lines": ("pg_ctl demote",)})
    assert other.digest != change.digest, "an approval stands for exactly these lines"


def test_what_only_stands_for_a_secret_may_be_written(tmp_path: Path) -> None:
    lines = "PGPASSWORD=$NEW psql\nvault write x password=NEW_PASSWORD token=<database>\n"
    assert bound(book(tmp_path, lines=lines)).lines == (
        "PGPASSWORD=$NEW psql",
        "vault write x password=NEW_PASSWORD token=orders",
    )


def test_without_a_sentence_above_it_is_called_by_its_name(tmp_path: Path) -> None:
    intent = bound(book(tmp_path, about=""))
    assert intent.title == "promote"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"attributes": WHOLE.replace("before=down", "before=up")}, "RB063"),
        ({"attributes": WHOLE.replace("failover", "magic")}, "RB011"),
        ({"attributes": f"{WHOLE} worst=observe"}, "RB011"),
        ({"attributes": f"{WHOLE} undo=restore"}, "RB054"),
        ({"attributes": WHOLE.replace("before=down", "before=down,down")}, "RB011"),
        ({"attributes": WHOLE.replace(" verify=signs-cleared", "")}, "RB053"),
        ({"attributes": WHOLE.replace("<database>", "<elsewhere>")}, "RB040"),
        ({"attributes": WHOLE.replace("<database>", "a;b")}, "RB010"),
        ({"attributes": f"{WHOLE} range=1h"}, "RB011"),
        ({"lines": "# nothing to do\n"}, "RB014"),
        ({"lines": "psql -c 'DROP <what>'\n"}, "RB040"),
        ({"lines": "psql -c 'DROP <note>'\n"}, "RB027"),
        ({"lines": "x\n" * 61}, "RB028"),
        ({"lines": "PGPASSWORD=hunter22 psql\n"}, "RB028"),
        ({"lines": "psql postgres://app:hunter22@db/orders\n"}, "RB028"),
        ({"heading": "Diagnosis"}, "RB050"),
        ({"heading": "Meaning"}, "RB012"),
    ],
)
def test_what_is_wrong_with_it_is_found_when_it_is_read(
    tmp_path: Path, parts: dict[str, str], code: str
) -> None:
    assert code in found(tmp_path, **parts)


@pytest.mark.parametrize("attribute", ["purpose=failover", "before=down", "worst=mutate"])
def test_only_a_block_for_a_person_has_what_only_such_a_block_has(
    tmp_path: Path, attribute: str
) -> None:
    file = tmp_path / "lost.md"
    block = f"## Mitigation\n\n```sh {{name=promote {attribute}}}\nuptime\n```\n"
    file.write_text(HEAD + block, encoding="utf-8")
    with pytest.raises(RunbookError) as caught:
        read(file, root=tmp_path)
    assert "RB011" in {one.code for one in caught.value.findings}


@pytest.mark.parametrize("text", ["a\x1b[2Jb", "a\rb", "a\u202eb", "a\x00b"])
def test_no_line_can_make_a_terminal_do_anything(text: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        DoByHand(name="a", title="t", lines=(text,))
    with pytest.raises(ValueError, match="control character"):
        DoByHand(name="a", title=text, lines=("x",))
