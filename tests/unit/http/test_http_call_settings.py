"""What a table of a configured call may say, and which values its arguments take (MIT-15)."""

import copy
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stanch.settings.arguments import ArgumentSettings
from stanch.settings.targets import EndpointSettings, Targets

Argument: TypeAdapter[Any] = TypeAdapter(ArgumentSettings)
URL = {"url": "https://edge.example"}
LIMIT: dict[str, Any] = {
    "does": "lets <tenant> ask <rate> times a second",
    "method": "PUT",
    "path": "/limits/<tenant>",
    "body": '{"rate": "<rate>"}',
    "arguments": {"tenant": {"type": "name"}, "rate": {"type": "integer", "least": 1, "most": 9}},
    "read": {"path": "/limits/<tenant>", "facts": {"rate": "/rate"}},
    "sets": {"rate": "<rate>"},
    "inverse": "restore",
}
BLOCK: dict[str, Any] = {
    "does": "keeps <network> out",
    "method": "PUT",
    "path": "/blocks/<network>",
    "arguments": {"network": {"type": "network"}},
    "read": {"path": "/blocks/<network>", "may_be_absent": True},
    "inverse_when_absent": "unblock",
}
UNBLOCK: dict[str, Any] = {
    **{name: BLOCK[name] for name in ("path", "arguments", "read")},
    "does": "lets <network> in",
    "method": "DELETE",
    "leaves": "absent",
    "inverse": "block",
}


def endpoint(**calls: Any) -> EndpointSettings:
    return EndpointSettings.model_validate({**URL, "calls": calls})


def test_a_limit_and_a_block_with_its_end_are_taken() -> None:
    found = endpoint(limit=LIMIT, block=BLOCK, unblock=UNBLOCK)
    assert list(found.calls) == ["limit", "block", "unblock"]
    assert found.calls["limit"].template == {"rate": "<rate>"}
    assert found.calls["block"].template is None


def test_the_tables_of_the_documentation_are_taken() -> None:
    page = (Path(__file__).parents[3] / "docs" / "runbooks.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    tables = tomllib.loads("\n".join(one for one in blocks if "[endpoints." in one))["endpoints"]
    tables["edge"] |= URL
    tables["flagd"] = {"url": "https://flagd.example", "kind": "flagd"}
    tables["flags"].pop("credential")
    found = Targets.model_validate({"endpoints": tables}).endpoints
    assert found["edge"].calls["limit-clients"].inverse == "restore"
    assert found["flags"].kill_switches["bank-fallback"].thrown == "on"


def changed(call: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**copy.deepcopy(call), **more}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no JSON", changed(LIMIT, body="rate=<rate>"), "its body is no JSON"),
    ("no object", changed(LIMIT, body='"<rate>"'), "object or array"),
    ("key", changed(LIMIT, body='{"<rate>": 1}'), "a key of its body"),
    ("unknown", changed(LIMIT, path="/limits/<tenant>/<zone>"), "<zone> is not one of"),
    ("unused", changed(LIMIT, body="{}"), "rate stands neither in its path nor in its body"),
    ("unread", changed(LIMIT, sets={"speed": 1}), "it sets speed, which is not read"),
    ("nothing seen", changed(LIMIT, sets={}, inverse=None), "nothing that is read shows"),
    ("fixed", changed(LIMIT, sets={"rate": 5}, inverse="restore"), "rate cannot be restored"),
    ("dots", changed(LIMIT, path="/limits/../<tenant>"), "holds '.' or '..'"),
    ("relative", changed(LIMIT, path="limits/<tenant>"), "String should match pattern"),
    ("query", changed(LIMIT, path="/limits/<tenant>?x=1"), "String should match pattern"),
    ("own fact", changed(LIMIT, read={**LIMIT["read"], "facts": {"version": "/v"}}), "be called"),
    ("pointer", changed(LIMIT, read={**LIMIT["read"], "facts": {"rate": "rate"}}), "match pattern"),
    ("method", changed(LIMIT, method="GET"), "Input should be"),
    ("url", changed(LIMIT, url="https://else.example"), "Extra inputs"),
    (
        "other resource",
        changed(LIMIT, precondition="etag", read={"path": "/x/<tenant>", "facts": {"rate": "/r"}}),
        "read the same path",
    ),
    ("unseen end", changed(UNBLOCK, read={"path": "/blocks/<network>"}), "may_be_absent"),
    ("restore none", changed(BLOCK, inverse_when_absent="restore"), "cannot be restored"),
    (
        "unknown after",
        changed(BLOCK, read={**BLOCK["read"], "facts": {"why": "/why"}}),
        "what why is after it is not known",
    ),
    ("no inverse", changed(LIMIT, inverse="nothing"), "is no call here"),
    ("other facts", changed(BLOCK, read={**BLOCK["read"], "path": "/b"}), "do not read the same"),
    ("foreign", changed(LIMIT, inverse="unblock"), "needs <network>"),
]


@pytest.mark.parametrize(("name", "call", "why"), WRONG, ids=[one[0] for one in WRONG])
def test_a_table_that_cannot_hold_is_refused_with_the_reason(
    name: str, call: dict[str, Any], why: str
) -> None:
    del name
    with pytest.raises(ValidationError, match=why):
        endpoint(mine=call, unblock=changed(UNBLOCK, inverse=None))


def test_a_call_may_not_be_called_as_the_inverse_is() -> None:
    with pytest.raises(ValidationError, match="no call may be called restore"):
        endpoint(restore=LIMIT)


def test_the_place_of_a_mistake_is_told() -> None:
    tables = {"endpoints": {"edge": {**URL, "calls": {"limit": changed(LIMIT, method="GET")}}}}
    with pytest.raises(ValidationError) as raised:
        Targets.model_validate(tables)
    assert raised.value.errors()[0]["loc"] == ("endpoints", "edge", "calls", "limit", "method")


def test_flags_are_evaluated_by_an_endpoint_that_can() -> None:
    flags = {"url": "https://flags.example", "kind": "unleash", "evaluated_by": "reader"}
    for kind in ("flagd", "ofrep"):
        reader = {"url": "https://flagd.example", "kind": kind}
        Targets.model_validate({"endpoints": {"flags": flags, "reader": reader}})
    for tables in ({"flags": flags}, {"flags": flags, "reader": URL}):
        with pytest.raises(ValidationError, match="no endpoint of the kind flagd or ofrep"):
            Targets.model_validate({"endpoints": tables})


def test_a_kill_switch_says_what_is_lost_and_which_way_it_is_thrown() -> None:
    switch = {"loses": "Search.", "thrown": "on"}
    found = EndpointSettings.model_validate({**URL, "kill_switches": {"no-search": switch}})
    assert found.kill_switches["no-search"].thrown == "on"
    for wrong in ({"loses": "Search."}, {"thrown": "on"}, {**switch, "loses": ""}):
        with pytest.raises(ValidationError):
            EndpointSettings.model_validate({**URL, "kill_switches": {"no-search": wrong}})


def taken(table: dict[str, Any], value: object) -> Any:
    return Argument.validate_python(table).taken(value)


@pytest.mark.parametrize(
    ("table", "value", "result"),
    [
        ({"type": "integer", "least": 1, "most": 9}, "7", 7),
        ({"type": "integer", "least": -5, "most": 9}, -5, -5),
        ({"type": "choice", "values": ["low", "high"]}, "low", "low"),
        ({"type": "name"}, "checkout-api", "checkout-api"),
        ({"type": "name", "pattern": "/[a-z]+"}, "/quote", "/quote"),
        ({"type": "network"}, "198.51.100.7", "198.51.100.7/32"),
        ({"type": "network"}, "198.51.100.0/24", "198.51.100.0/24"),
        ({"type": "network"}, "2001:DB8::1", "2001:db8::1/128"),
        ({"type": "network", "written": "address"}, "198.51.100.7/32", "198.51.100.7"),
        ({"type": "network", "widest_v4": 16}, "198.51.0.0/16", "198.51.0.0/16"),
    ],
)
def test_a_value_of_the_type_is_taken_in_its_one_spelling(
    table: dict[str, Any], value: object, result: object
) -> None:
    assert taken(table, value) == result


@pytest.mark.parametrize(
    ("table", "value"),
    [
        ({"type": "integer", "least": 1, "most": 9}, 0),
        ({"type": "integer", "least": 1, "most": 9}, "10"),
        ({"type": "integer", "least": 1, "most": 9}, True),
        ({"type": "integer", "least": 1, "most": 9}, 2.0),
        ({"type": "integer", "least": 1, "most": 9}, "07"),
        ({"type": "integer", "least": 1, "most": 9}, "\u0667"),
        ({"type": "choice", "values": ["low"]}, "lower"),
        ({"type": "choice", "values": ["low"]}, 1),
        ({"type": "name"}, ".."),
        ({"type": "name"}, "a/b"),
        ({"type": "name"}, "a\n"),
        ({"type": "name", "pattern": ".*"}, ""),
        ({"type": "name", "pattern": ".*"}, ".."),
        ({"type": "name", "pattern": "(?s:.*)"}, "a\r\nb"),
        ({"type": "network"}, 3325256711),
        ({"type": "network"}, "fe80::1%eth0"),
        ({"type": "network"}, "::ffff:198.51.100.7"),
        ({"type": "network"}, "2001:db8::/32"),
        ({"type": "network"}, "255.255.255.255"),
        ({"type": "network", "written": "address"}, "198.51.100.0/24"),
        ({"type": "network", "never": ["198.51.100.0/24"]}, "198.51.100.7"),
        ({"type": "network", "widest_v4": 8}, "9.0.0.0/8x"),
    ],
)
def test_any_other_value_is_refused(table: dict[str, Any], value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        taken(table, value)


@pytest.mark.parametrize(
    "table",
    [
        {"type": "integer", "least": 5, "most": 4},
        {"type": "choice", "values": []},
        {"type": "name", "pattern": "("},
        {"type": "network", "widest_v4": 0},
        {"type": "network", "never": ["nonsense"]},
        {"type": "text"},
    ],
)
def test_a_type_without_bounds_is_no_type(table: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Argument.validate_python(table)


@given(st.ip_addresses(), st.integers(0, 128))
def test_nothing_that_is_blocked_holds_an_address_of_ones_own(address: Any, prefix: int) -> None:
    text = f"{address}/{min(prefix, address.max_prefixlen)}"
    try:
        network = taken({"type": "network", "widest_v4": 8, "widest_v6": 24}, text)
    except ValueError:
        return
    assert not str(network).startswith(
        ("10.", "127.", "192.168.", "0.", "fe80", "fc", "fd", "::1/")
    )
