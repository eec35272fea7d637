from typing import Any

import pytest
from pydantic import ValidationError

from stanch.tools.operations import Effect, HttpRead
from stanch.tools.operations.http import ChangeHttp
from stanch.tools.operations.http_effects import unsafe_host
from stanch.tools.operations.http_secrets import holds_credential

ACTING: list[dict[str, Any]] = [
    {"path": "/makeAdmin"},
    {"path": "/restart/id/5"},
    {"path": "/api/v1/query", "method": "POST", "body": "statement=DROP TABLE x"},
    {"path": "/_plugins/_sql", "method": "POST", "body": '{"query": "DELETE FROM x"}'},
    {"path": "/job/x/doDelete/api/json"},
    {"query": (("x", "1;cmd=go"),)},
    {"query": (("%61ction", "go"),)},
    {"query": (("u", "http://169.254.169.254/latest"),)},
    {"query": (("name", "%2e%2e/%2e%2e/x"),)},
    {"headers": (("X-Tunneled-Method", "delete"),)},
    {"path": "/latest/meta-data/"},
]
SECRETS: list[dict[str, Any]] = [
    {"headers": (("X-Functions-Key", "a"),)},
    {"headers": (("X-A", "Bearer abcdefgh1"),)},
    {"headers": (("Referer", "http://a:b@c/"),)},
    {"query": (("y", "1;token=a"),)},
    {"path": "/x/ghp_0123456789abcdef"},
    {"body": '{"a": "Bearer abcdefgh1"}', "method": "POST"},
    {"form": (("a", "AKIA0123456789ABCDEF"),), "method": "POST"},
    {"host": "hooks.slack.com", "path": "/services/T/B/x"},
    {"path": "/api/webhooks/1/x"},
]


@pytest.mark.parametrize("fields", ACTING)
def test_a_read_made_by_hand_is_held_to_the_same_rules(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HttpRead.model_validate({"host": "app", **fields})


@pytest.mark.parametrize("fields", SECRETS)
@pytest.mark.parametrize("model", [HttpRead, ChangeHttp])
def test_no_request_made_by_hand_holds_a_credential(
    model: type[HttpRead | ChangeHttp], fields: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({"host": "app", **fields})


@pytest.mark.parametrize(
    "host", ["[64:ff9b::a9fe:a9fe]", "[::169.254.169.254]", "[2002:a9fe:a9fe::1]"]
)
def test_an_old_address_in_a_new_one_is_found(host: str) -> None:
    assert unsafe_host(host) is not None


def test_a_semicolon_in_a_value_does_not_end_it() -> None:
    assert HttpRead(host="app", query=(("y", "1;z=2"),)).url == "https://app/?y=1%3Bz%3D2"


@pytest.mark.parametrize(
    ("name", "value", "held"),
    [
        ("key", "service/db/leader", False),
        ("key", "orders", False),
        ("code", "200", False),
        ("routing_key", "orders", False),
        ("key", "AIzaSyA0123456789", True),
        ("master_key", "x", True),
    ],
)
def test_a_key_of_a_store_is_no_credential(name: str, value: str, *, held: bool) -> None:
    assert holds_credential(name, value) is held


def test_a_cache_that_is_emptied_fills_again() -> None:
    assert ChangeHttp(host="app", path="/logs/_cache/clear").effect is Effect.MUTATE
    assert ChangeHttp(host="app", path="/logs/clear").effect is Effect.DESTRUCTIVE
