"""docs/policy.md is true to the code: its example, its answers, its kinds and its defaults."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
import yaml
from click.testing import CliRunner

from stanch.cli import app
from stanch.policy import (
    Approval,
    Asked,
    BreakGlass,
    Environment,
    Forbidden,
    Limits,
    Policy,
    Reads,
    Situation,
    Verdict,
    judge_change,
    kinds,
    load,
)
from stanch.policy.environment import PLACES
from stanch.tools.operations import ChangeOperation, Effect
from stanch.tools.operations.reach import Reach, Size
from tests.docs.documents import ROOT, blocks, prose

PAGE = ROOT / "docs" / "policy.md"
TEXT = PAGE.read_text(encoding="utf-8")
[EXAMPLE] = blocks(PAGE, "yaml")
VARIANTS = {
    "loses": (("data",), ()),
    "undone_by": (None, ("back", ())),
    "login": ("LOGIN", ""),
}
"""Values of fields that are no choice of words, and on which thing and effect depend."""
OWN_BRANCH = re.compile(r"(?<=stanch/revert-)[0-9A-Za-z-]+$")
PARTS: dict[str, Any] = {
    "schema_name": "SCHEMA",
    "path": "/PATH",
    "logs": (SimpleNamespace(path="/PATH"),),
    "changes": (),
    "arguments": (),
    "sessions": (SimpleNamespace(login="LOGIN", pid=1),),
    "workload": SimpleNamespace(resource="deployments", name="NAME"),
    "branch": "stanch/revert-0-0",
    "parents": (),
    "mainline": None,
    "seconds": 0,
}
"""What stands in fields that are more than a name."""


def rows(title: str) -> list[list[str]]:
    """Return the rows of the first table below the heading `title`, without its head."""
    _, _, rest = prose(PAGE).partition(f" {title}\n")
    [table, *_] = re.findall(r"^(?:\|.*\n)+", rest, re.MULTILINE)
    lines = table.splitlines()[2:]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]


def ticked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def made(model: Any) -> Iterator[Any]:
    """Yield an operation of `model` for each choice that its thing and effect may depend on."""
    choices: dict[str, tuple[Any, ...]] = {}
    for name, field in model.model_fields.items():
        words = get_args(field.annotation)
        if name in VARIANTS:
            choices[name] = VARIANTS[name]
        elif words and all(isinstance(one, str) for one in words):
            choices[name] = words
        elif name in {*PARTS, "limit", "from_limit", "replicas", "from_replicas"}:
            choices[name] = (PARTS.get(name, 3),)
        elif field.default is None and name in PLACES:
            choices[name] = (name.upper(), None)
        elif not isinstance(field.default, str) or name == "namespace":
            choices[name] = (name.upper(),)
    for values in product(*choices.values()):
        yield model.model_construct(**dict(zip(choices, values, strict=True)))


OPERATIONS = {one.model_fields["kind"].default: one for one in get_args(ChangeOperation)}


def test_the_table_lists_exactly_the_kinds_that_a_policy_may_name() -> None:
    assert [ticked(row[0]) for row in rows("Rules")] == [[kind] for kind in kinds()]


@pytest.mark.parametrize("kind", kinds())
def test_the_table_says_of_a_kind_what_its_operation_says_of_itself(kind: str) -> None:
    [(_, meaning, things, place, effect)] = [row for row in rows("Rules") if row[0] == f"`{kind}`"]
    every = [(one.reach, one.effect) for one in made(OPERATIONS[kind])]
    assert meaning
    touched = {thing for one, _ in every for thing in one.things}
    assert ticked(things) == sorted({OWN_BRANCH.sub("ID", one) for one in touched})
    assert set(effect.split(" or ")) == {word.word for _, word in every}
    named = {name for reach, _ in every for name in PLACES if getattr(reach, name) is not None}
    assert set(re.findall(r"[a-z]+", place)) & set(PLACES) == named


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STANCH_HOME", str(tmp_path))
    found = tmp_path / "policy.yaml"
    found.write_text(EXAMPLE, encoding="utf-8")
    found.chmod(0o600)
    return found


def test_the_example_is_a_policy_of_which_check_has_nothing_bad_to_say(file: Path) -> None:
    for words in (["policy", "check"], ["policy", "check", str(file)]):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        assert "warning" not in done.output
        for name in ("staging", "databases", "production"):
            assert f"{name}: up to " in done.output


@pytest.mark.parametrize("row", rows("A whole policy"), ids=lambda row: f"{row[0]} {row[1]}")
def test_explain_answers_what_the_page_says_of_a_command(row: list[str], file: Path) -> None:
    [command], severity, answer = ticked(row[0]), row[1], row[2]
    rated = ["--severity", severity] if severity else []
    done = CliRunner().invoke(app, ["policy", "explain", command, "--file", str(file), *rated])
    assert done.exit_code == 0, done.output
    assert answer in done.output


def at(text: str, kind: str = "sql.cancel", count: int = 1) -> tuple[str, str]:
    """Return the answer of the example's databases at a moment."""
    policy = Policy.model_validate(yaml.safe_load(EXAMPLE))
    reach = Reach(thing="sessions/app", database="orders", count=count)
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    asked = Asked(kind=kind, effect=Effect.MUTATE, reach=reach)
    found = judge_change(policy, asked, Situation(now=moment, role="db", severity="SEV2"))
    return found.answer, found.reason


def test_the_freeze_the_windows_and_the_condition_of_the_example_hold() -> None:
    assert at("2026-11-17T12:00:00")[0] == "ask"
    assert at("2026-11-17T03:00:00")[1].startswith("databases has no window open now")
    assert at("2026-11-22T00:30:00")[0] == "ask"
    assert "nobody of the data team is there" in at("2026-12-25T12:00:00")[1]
    assert "no rule of databases allows" in at("2026-11-17T12:00:00", count=21)[1]


@pytest.mark.parametrize(
    ("title", "model"),
    [
        ("Environments", Environment),
        ("Limits", Limits),
        ("Who approves", Approval),
        ("What may be looked at", Reads),
    ],
)
def test_every_key_of_the_policy_stands_in_its_table(title: str, model: Any) -> None:
    named = {word for row in rows(title) for word in ticked(row[0])}
    # By effect and severity there is a sentence each, and the quorum stands under these.
    if model is Approval:
        assert all(f"`{name}`" in TEXT for name in ("mutate", "destructive", "severities"))
        named = named - {"quorum"} | {"mutate", "destructive", "severities"}
    assert named == set(model.model_fields)


def test_the_defaults_are_those_of_the_code() -> None:
    limits = {ticked(row[0])[0]: row[2] for row in rows("Limits")}
    assert limits["max_factor"] == f"{Limits().max_factor:g}"
    assert limits["max_percent"] == f"{Limits().max_percent:g}"
    assert limits["max_count"] == str(Limits().max_count)
    assert limits["hosts_at_once"] == str(Limits().hosts_at_once)
    assert limits["max_size"].endswith(f": {max(Limits().max_size.values())}")
    assert set(ticked(limits["max_size"])) == set(Limits().max_size)
    home = Environment.model_validate({"name": "a", "where": {}})
    assert f"{home.rate.changes} times in {home.rate.minutes:g} minutes" in TEXT
    assert f"`break_glass.minutes` ({BreakGlass().minutes:g} by default" in TEXT
    approval = {ticked(row[0])[0]: row[2] for row in rows("Who approves")}
    assert approval["expires_minutes"] == f"{Approval().expires_minutes:g}"
    assert approval["quorum"] == (
        f"{Approval().mutate.quorum} to mutate, {Approval().destructive.quorum} for what is "
        "destructive"
    )


def test_what_is_forbidden_by_default_is_named() -> None:
    forbidden = Forbidden()
    for namespace in forbidden.where.namespaces:
        assert f"`{namespace}`" in TEXT
    assert forbidden.things == ("**/stanch-*", "**/*-stanch")
    assert "begins with `stanch-` or ends in `-stanch`" in TEXT


def test_the_table_of_conditions_names_every_variable() -> None:
    policy = Situation(now=datetime(2026, 11, 1, tzinfo=UTC))
    reach = Reach(thing="pods/web", namespace="shop")
    facts = Asked(kind="kubernetes.evict", effect=Effect.MUTATE, reach=reach).facts(policy)
    meant = {f"{name}.{field}" for name, fields in facts.items() for field in fields}
    assert {word for row in rows("Conditions") for word in ticked(row[0])} == meant


def test_a_policy_that_is_not_there_grants_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / "policy.yaml") == Policy()
    assert Policy().environments == ()


@pytest.mark.parametrize(
    ("when", "answer"),
    [
        ("has(incident.labels.tier) && incident.labels.tier == 'gold'", "ask"),
        ("has(change.before.replicas) && change.before.replicas > 3", "ask"),
        ("incident.labels.tier == 'gold'", "a condition of the policy cannot be computed"),
    ],
)
def test_what_is_not_there_is_asked_for_before_it_is_read(when: str, answer: str) -> None:
    rules = yaml.safe_load(EXAMPLE)
    [_, databases, _] = rules["environments"]
    databases["deny"] = [{"kinds": ["sql.*"], "when": when}]
    reach = Reach(thing="sessions/app", database="orders")
    asked = Asked(kind="sql.cancel", effect=Effect.MUTATE, reach=reach)
    moment = datetime(2026, 11, 17, 12, tzinfo=UTC)
    situation = Situation(now=moment, role="db", severity="SEV2")
    found = judge_change(Policy.model_validate(rules), asked, situation)
    assert answer in f"{found.answer}: {found.reason}"


def test_break_glass_lifts_ceiling_freeze_and_window_and_nothing_else() -> None:
    policy = Policy.model_validate(yaml.safe_load(EXAMPLE))
    night = datetime(2026, 11, 17, 3, tzinfo=UTC)
    broken = Situation(
        now=night,
        role="db",
        severity="SEV2",
        glass_until=night + timedelta(hours=1),
        glass_by=policy.people(policy.break_glass.people)[0],
    )

    def of(kind: str, effect: Effect, **reach: Any) -> Verdict:
        return judge_change(policy, Asked(kind=kind, effect=effect, reach=Reach(**reach)), broken)

    shut = of("sql.cancel", Effect.MUTATE, thing="sessions/app", database="orders")
    log = "logs/var/log/shop/access.json"
    cut = of("host.truncate_log", Effect.DESTRUCTIVE, thing=log, host="web-1")
    for lifted in (shut, cut):
        assert lifted.answer == "ask"
        assert lifted.needs is not None
        assert lifted.needs.glass
    assert cut.needs is not None
    assert cut.needs.quorum == 2
    own = of("kubernetes.restart", Effect.MUTATE, thing="deployments/a", namespace="kube-system")
    none = of("kubernetes.pause", Effect.MUTATE, thing="deployments/a", namespace="shop")
    sizes = (Size(name="replicas", before=4, after=41),)
    many = of(
        "kubernetes.scale", Effect.MUTATE, thing="deployments/a", namespace="shop", sizes=sizes
    )
    assert [one.answer for one in (own, none, many)] == ["deny"] * 3
