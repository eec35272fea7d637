"""What the shop's containers do follows from image, configuration and memory limit."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.shop import images, objects
from stanch.sandbox.shop.pods import quantity
from stanch.sandbox.shop.programs import ShopPrograms
from stanch.sandbox.shop.services import CHECKOUT, NAMESPACE
from stanch.sandbox.shop.settings_check import complaint
from stanch.sandbox.shop.shop import open_shop

POD: Mapping[str, Any] = {"metadata": {"namespace": NAMESPACE, "uid": "1", "name": "p"}}


@pytest.fixture
def decide() -> Callable[..., str]:
    programs = ShopPrograms(images.stocked())
    cluster = Cluster(now=1_790_000_000.0, programs=programs)
    cluster.store.create("namespaces", "", objects.namespace())
    cluster.store.create("configmaps", NAMESPACE, objects.config_map(CHECKOUT))
    bad = objects.config_map(CHECKOUT, 2, WORKERS="many")
    cluster.store.create("configmaps", NAMESPACE, bad)

    def word(**changed: Any) -> str:
        container = {**copy.deepcopy(objects.container(CHECKOUT, "1.8.2")), **changed}
        return programs.behaviour(cluster, dict(POD), container).word

    return word


def limits(memory: str) -> dict[str, Any]:
    return {"limits": {"memory": memory}}


def from_config(name: str, *, optional: bool = False) -> list[dict[str, Any]]:
    return [{"configMapRef": {"name": name, "optional": optional}}]


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({}, "slow"),
        ({"image": "registry.local/shop/checkout:9.9.9"}, "badimage"),
        ({"image": "busybox:1.36"}, "ok"),
        ({"image": "busybox:crash3"}, "crash"),
        ({"resources": limits("64Mi")}, "oom"),
        ({"resources": limits("184Mi")}, "oom"),
        ({"resources": limits("185Mi")}, "slow"),
        ({"resources": {}}, "slow"),
        ({"envFrom": from_config("checkout-config-2")}, "crash"),
        ({"envFrom": from_config("checkout-config-3")}, "badconfig"),
        ({"envFrom": from_config("checkout-config-3", optional=True)}, "slow"),
        ({"env": [{"name": "WORKERS", "value": "0"}]}, "crash"),
        (
            {
                "envFrom": from_config("checkout-config-2"),
                "env": [{"name": "WORKERS", "value": "4"}],
            },
            "slow",
        ),
    ],
)
def test_a_container_behaves_as_what_it_was_given(
    decide: Callable[..., str], changed: dict[str, Any], word: str
) -> None:
    assert decide(**changed) == word


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PAYMENTS_URL", "payments:8080", "is not a URL"),
        ("POOL_WAIT_MS", "5s", "cannot parse '5s'"),
        ("WORKERS", "-1", "cannot parse"),
        ("POOL_SIZE", "0", "greater than 0"),
        ("WORKERS", "8", None),
        ("PAYMENTS_URL", "http://payments:8080", None),
        ("INDEX", "anything", None),
    ],
)
def test_a_complaint_names_the_setting_and_the_reason(
    name: str, value: str, words: str | None
) -> None:
    said = complaint({name: value}, source="configmap/x")
    if words is None:
        assert said is None
    else:
        assert said is not None
        assert name in said
        assert words in said
        assert "configmap/x" in said


@pytest.mark.parametrize(
    ("text", "number"), [("128Mi", 128 * 2**20), ("1.5Gi", 1.5 * 2**30), ("250m", 0.25), ("2", 2)]
)
def test_quantities_are_read(text: str, number: float) -> None:
    assert quantity(text) == number


def test_an_odd_quantity_is_refused() -> None:
    with pytest.raises(ValueError, match="'12 apples' is not a quantity"):
        quantity("12 apples")


def test_the_logs_are_a_bounded_sample_in_order_of_time() -> None:
    shop = open_shop(now=1_790_000_000.0, history=100)
    [pod, *_] = [one for one in shop.pods() if one.service == "storefront"]
    life = shop.cluster.logs.current(pod.uid, "storefront")
    assert life is not None
    lines = [(at, line) for at, line in life.lines if line.startswith("ts=")]
    assert 5 <= len(lines) <= 20 * 12
    assert [at for at, _ in lines] == sorted(at for at, _ in lines)
    assert all("level=" in line and "route=" in line and "status=" in line for _, line in lines)
