"""A fault that cannot be put into this world says why, and leaves the world as it was."""

import random

import pytest

from stanch.sandbox.faults import FAULTS, UnknownFaultError, database, hosts, inject, web
from stanch.sandbox.faults.base import Fault
from stanch.sandbox.faults.database_target import CLIENTS, chosen
from stanch.sandbox.shop.shop import Shop, open_shop

BARE = {
    "this practice world has no database": database.FAULTS,
    "this practice production has no hosts": hosts.FAULTS,
    "this practice world has no web part": web.FAULTS,
}


@pytest.fixture(scope="module")
def shop() -> Shop:
    """A world of nothing but the shop: no test of this file changes it."""
    return open_shop(now=1_790_000_000.0, seed=3, history=5)


def refused(shop: Shop, fault: str, why: str, **params: str) -> None:
    before = shop.cluster.store.journal.revision
    with pytest.raises(UnknownFaultError, match=why):
        inject(shop, fault, params=params)
    assert shop.cluster.store.journal.revision == before


@pytest.mark.parametrize(
    ("why", "fault"),
    [(why, fault) for why, faults in BARE.items() for fault in faults],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_a_fault_of_a_part_needs_that_part(shop: Shop, why: str, fault: Fault) -> None:
    refused(shop, fault.name, why)


def test_an_unknown_fault_is_answered_with_the_known_ones(shop: Shop) -> None:
    refused(
        shop, "earthquake", f"there is no fault 'earthquake'; choose one of: {', '.join(FAULTS)}"
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_an_unknown_parameter_is_answered_with_the_known_ones(shop: Shop, fault: str) -> None:
    known = ", ".join(sorted(FAULTS[fault].params)) or "none"
    refused(shop, fault, f"'{fault}' has no parameter 'colour'; it has: {known}$", colour="red")


@pytest.mark.parametrize("variant", ["sideways", "", "NEW"])
def test_a_value_that_is_none_of_the_known_ones_is_refused(shop: Shop, variant: str) -> None:
    why = f"the variant of config-error is new or in-place: '{variant}'"
    refused(shop, "config-error", why, variant=variant)


def test_what_is_not_told_is_chosen_by_the_seed_and_what_is_told_is_kept() -> None:
    def choose(told: str, seed: int) -> str:
        return chosen({"service": told}, "service", CLIENTS, random.Random(seed))

    assert {choose("", seed) for seed in range(20)} == set(CLIENTS)
    assert [choose("", 7)] * 3 == [choose("", 7) for _ in range(3)]
    assert {choose("catalog", seed) for seed in range(20)} == {"catalog"}
    with pytest.raises(
        UnknownFaultError, match="service='x' is not known; choose one of: payments"
    ):
        choose("x", 1)


def test_every_look_alike_is_a_fault_itself() -> None:
    named = {fault.look_alike for fault in FAULTS.values()} - {""}
    assert named <= FAULTS.keys()
    assert all(fault.look_alike != name for name, fault in FAULTS.items())
