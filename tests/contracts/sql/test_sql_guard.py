"""The guard of SQL in depth: what the parser would let pass is stopped below it, on each server."""

from collections.abc import Iterator

import pytest

from tests.bench.sql_guard import Guarded, guarded, passes, tally
from tests.bench.sql_guard_attacks import ATTACKS, HONEST, UNKNOWABLE
from tests.services import postgres

_LAYERS = {
    *("one statement", "one transaction", "cursor", "role", "read-only", "time", "size"),
    *("server", "rolled back"),
}


@pytest.fixture(scope="module", params=postgres.kinds())
def target(request: pytest.FixtureRequest) -> Iterator[Guarded]:
    try:
        with guarded(request.param) as made:
            yield made
    except postgres.AbsentError as absent:
        pytest.skip(str(absent))


def test_there_are_attacks_of_every_class() -> None:
    assert sum(map(len, ATTACKS.values())) >= 120
    assert len({one for group in ATTACKS.values() for one in group}) >= 120
    assert min(map(len, ATTACKS.values())) >= 5


def test_no_attack_has_an_effect_with_the_parser_or_without(target: Guarded) -> None:
    held = [target.attack(*one) for one in target.statements()]

    print(*tally(held), sep="\n")
    assert [one.statement for one in held if one.effect] == []
    assert [one.statement for one in held if not one.parser] == []
    assert [(one.statement, one.below) for one in held if one.below not in _LAYERS] == []


def test_what_no_parser_can_know_is_stopped_below_it(target: Guarded) -> None:
    held = [target.attack("", one) for one in UNKNOWABLE]

    assert {one.below for one in held} == {"time", "read-only"}
    assert [one.effect for one in held if one.effect] == []


@pytest.mark.parametrize("statement", HONEST)
def test_an_honest_diagnostic_passes(target: Guarded, statement: str) -> None:
    assert passes(statement)

    held = target.attack("honest", statement)

    assert (held.below, held.effect) == ("rolled back", "")


def test_the_watch_notices_what_an_attack_would_do(target: Guarded) -> None:
    target.shop.run("INSERT INTO other VALUES (1)", "NOTIFY guard, 'seen'")
    changed = target.attack("", "SELECT 1")
    quiet = target.attack("", "SELECT 1")

    assert "seen" in changed.effect
    assert quiet.effect == ""
