"""A victim is told from a cause by who calls whom."""

import itertools
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.diagnosis.topology import Measured, Topology, topology
from stanch.diagnosis.view import View
from stanch.incident import Evidence

from .diagnosis_samples import LABELS, NOW, alert, deployment, listed, ratio, sign, template, view

WELL, BAD = (0.0,) * 10, (0.4,) * 10


def called(name: str, *callees: str) -> dict[str, object]:
    env = [{"name": f"{one.upper()}_URL", "value": f"http://{one}:8080"} for one in callees]
    made = template(env=env)
    return deployment(name, template=made)


SHOP = listed(
    "deployments",
    called("storefront", "catalog", "checkout"),
    called("checkout", "payments"),
    called("catalog"),
    called("payments"),
)


def measured(**ratios: Sequence[float]) -> list[Evidence]:
    return [
        ratio(*values, service=name, step="error-ratio").model_copy(
            update={"id": f"E-{at:03}", "step": "error-ratio"}
        )
        for at, (name, values) in enumerate(ratios.items(), start=20)
    ]


def seen(declared: Mapping[str, Sequence[str]] | None = None, **ratios: Sequence[float]) -> View:
    shop = SHOP.model_copy(update={"id": "E-900"})
    return View((shop, *measured(**ratios)), LABELS, alert(), NOW, declared=declared or {})


def test_calls_are_followed_to_their_end() -> None:
    found = topology(seen())
    assert found.reached("storefront") == {"catalog", "checkout", "payments"}
    assert found.callers("payments") == {"checkout", "storefront"}
    assert found.reached("payments") == frozenset()


def test_what_the_settings_declare_is_called_too() -> None:
    found = topology(seen({"payments": ("shop-db",), "jobs": ("shop-db",)}))
    assert found.callers("shop-db") == {"payments", "checkout", "storefront", "jobs"}


def test_a_victim_has_a_callee_that_fails_and_a_cause_has_none() -> None:
    victim = seen(storefront=WELL, checkout=BAD, payments=BAD, catalog=WELL)
    found = sign("a-callee-fails", victim)
    assert found.holds is True
    assert "at the end stands payments" in found.because
    assert sign("fails-by-itself", victim).holds is False
    cause = seen(storefront=BAD, checkout=BAD, payments=WELL, catalog=WELL)
    assert sign("a-callee-fails", cause).holds is False
    assert sign("fails-by-itself", cause).holds is True
    assert topology(cause).roots("storefront") == {"checkout"}


def test_a_callee_that_was_not_measured_leaves_it_open() -> None:
    half = seen(checkout=BAD)
    assert sign("a-callee-fails", half).holds is None
    assert sign("fails-by-itself", half).holds is None
    assert sign("a-callee-fails", view()).holds is None
    assert sign("fails-by-itself", seen(checkout=WELL, payments=WELL)).holds is False
    assert sign("fails-by-itself", seen(payments=WELL)).holds is None


def test_a_database_that_nobody_measures_is_found_by_its_callers() -> None:
    uses = {"checkout": ("shop-db",), "payments": ("shop-db",)}
    down = seen(uses, storefront=BAD, checkout=BAD, payments=BAD, catalog=WELL)
    found = sign("only-callers-of-one-fail", down)
    assert found.holds is True
    assert "shop-db" in found.because
    own = seen(uses, storefront=BAD, checkout=BAD, payments=WELL, catalog=WELL)
    assert sign("only-callers-of-one-fail", own).holds is False
    every = seen(uses, storefront=BAD, checkout=BAD, payments=BAD, catalog=BAD)
    assert sign("only-callers-of-one-fail", every).holds is False, "then all is common to all"
    calm = seen(uses, storefront=BAD, checkout=WELL, payments=WELL, catalog=WELL)
    assert sign("only-callers-of-one-fail", calm).holds is False
    assert sign("only-callers-of-one-fail", seen(uses, checkout=BAD)).holds is None


NAMES = ("a", "b", "c", "d")
graphs = st.fixed_dictionaries({n: st.frozensets(st.sampled_from(NAMES)) for n in NAMES})


@given(calls=graphs, bad=st.frozensets(st.sampled_from(NAMES)), who=st.sampled_from(NAMES))
def test_roots_fail_and_call_nothing_that_fails(
    calls: Mapping[str, frozenset[str]], bad: frozenset[str], who: str
) -> None:
    ratios = {
        name: Measured(service=name, ratio=0.5 * (name in bad), fails=name in bad, evidence="E-1")
        for name in NAMES
    }
    found = Topology(calls=calls, measured=ratios, evidence=())
    reach = {who}
    for _ in NAMES:
        reach |= set(itertools.chain.from_iterable(calls[name] for name in reach))
    assert found.reached(who) == reach - {who}
    for root in found.roots(who):
        assert root in bad
        assert root in reach
        assert not found.reached(root) & bad
    circle = all(found.reached(name) & bad for name in reach & bad)
    assert bool(found.roots(who)) == (bool(reach & bad) and not circle)


@pytest.mark.parametrize("at", ["storefront", "checkout"])
def test_the_way_of_blame_ends_where_the_failure_begins(at: str) -> None:
    found = topology(seen(storefront=BAD, checkout=BAD, payments=BAD, catalog=WELL))
    assert found.roots(at) == {"payments"}
