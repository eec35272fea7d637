"""What the settings say of logs that may be cut, and of pools of connections."""

from typing import Any

import pytest
from pydantic import ValidationError

from stanch.settings.targets import HostSettings, PoolSettings, Targets

POOL: dict[str, Any] = {
    "namespace": "shop",
    "deployment": "web",
    "database": "orders",
    "role": "app",
    "variable": "DB_POOL_SIZE",
}


def test_no_log_may_be_cut_where_none_is_named() -> None:
    assert HostSettings().logs == ()
    found = Targets.model_validate({"hosts": {"edge-1": {"logs": ["/var/log/shop/*.log"]}}})
    assert found.hosts["edge-1"].logs == ("/var/log/shop/*.log",)


@pytest.mark.parametrize("pattern", ["var/log/*.log", "*", "", "/var/log/two words"])
def test_a_log_is_named_by_its_whole_path(pattern: str) -> None:
    with pytest.raises(ValidationError, match="logs"):
        HostSettings(logs=(pattern,))


def test_a_pool_has_one_pair_unless_it_says_more() -> None:
    found = Targets.model_validate({"pools": {"web": POOL}}).pools["web"]
    assert isinstance(found, PoolSettings)
    assert (found.pairs, found.variable) == (1, "DB_POOL_SIZE")


@pytest.mark.parametrize("wrong", [{"pairs": 0}, {"variable": "A=B"}, {"size": 4}])
def test_a_pool_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Targets.model_validate({"pools": {"web": POOL | wrong}})
