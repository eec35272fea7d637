"""Arguments into the places of a template and out of a request; never out of their place."""

import json
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stanch.settings.calls import CallSettings
from stanch.tools.operations import Effect, MakeCall
from stanch.tools.operations.http_call_forms import (
    Sent,
    UnfitArgumentError,
    accepted,
    after,
    facts_of,
    matched,
    sent,
)
from stanch.tools.operations.http_calls import definition_of
from tests.unit.http.test_http_call_settings import BLOCK, LIMIT, UNBLOCK, changed

CALL = CallSettings.model_validate(LIMIT)
DEEP = CallSettings.model_validate(
    changed(
        LIMIT,
        body='{"rules": [{"who": "tenant:<tenant>", "rate": "<rate>", "on": true, "tag": null}]}',
    )
)
ANY = CallSettings.model_validate(
    changed(
        LIMIT,
        arguments={**LIMIT["arguments"], "tenant": {"type": "name", "pattern": "(?s:.{1,40})"}},
    )
)


def test_a_request_gives_its_arguments_and_they_give_the_request() -> None:
    for call in (CALL, DEEP):
        request = sent(call, {"tenant": "acme", "rate": 7})
        assert request.path == "/limits/acme"
        assert matched(call, request) == {"tenant": "acme", "rate": 7}
    body = json.loads(sent(DEEP, {"tenant": "acme", "rate": 7}).body or "")
    assert body == {"rules": [{"who": "tenant:acme", "rate": 7, "on": True, "tag": None}]}


@pytest.mark.parametrize(
    "other",
    [
        Sent("POST", "/limits/acme", '{"rate": 7}'),
        Sent("PUT", "/limits", '{"rate": 7}'),
        Sent("PUT", "/limits/acme/", '{"rate": 7}'),
        Sent("PUT", "/limits/acme/x", '{"rate": 7}'),
        Sent("PUT", "/limits/acme", None),
        Sent("PUT", "/limits/acme", ""),
        Sent("PUT", "/limits/acme", "rate=7"),
        Sent("PUT", "/limits/acme", "[7]"),
        Sent("PUT", "/limits/acme", "[" * 100_000),
        Sent("PUT", "/limits/acme", '{"rate": 7, "more": 1}'),
        Sent("PUT", "/limits/acme", '{"rate": [7]}'),
        Sent("PUT", "/limits/acme", '{"rate": null}'),
        Sent("PUT", "/limits/acme", '{"rate": 7.0}'),
    ],
)
def test_another_request_is_not_the_call(other: Sent) -> None:
    assert matched(CALL, other) is None


@pytest.mark.parametrize(
    ("path", "rate"), [("/limits/a%2Fb", 7), ("/limits/..", 7), ("/limits/acme", 10)]
)
def test_the_call_with_a_value_that_may_not_stand_there_is_told(path: str, rate: int) -> None:
    with pytest.raises(UnfitArgumentError):
        matched(CALL, Sent("PUT", path, json.dumps({"rate": rate})))


def test_a_value_in_two_places_is_the_same_in_both() -> None:
    call = CallSettings.model_validate(
        changed(BLOCK, body='{"network": "<network>"}', inverse_when_absent=None)
    )
    asked = Sent("PUT", "/blocks/198.51.100.7", '{"network": "198.51.100.7"}')
    assert matched(call, asked) == {"network": "198.51.100.7/32"}
    assert matched(call, asked._replace(path="/blocks/198.51.100.8")) is None


@pytest.mark.parametrize(
    "given",
    [{}, {"tenant": "a"}, {"tenant": "a", "rate": 1, "more": 1}, {"tenant": "a", "rate": 0}],
)
def test_arguments_that_are_missing_too_many_or_unfit_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UnfitArgumentError):
        accepted(CALL, given)


@given(st.text(min_size=1, max_size=40))
def test_whatever_a_name_holds_stays_one_part_of_the_path(name: str) -> None:
    try:
        arguments = accepted(ANY, {"tenant": name, "rate": 7})
    except UnfitArgumentError:
        return
    request = sent(ANY, arguments)
    assert request.path.isascii()
    assert request.path.count("/") == 2
    assert not set("?# \r\n") & set(request.path)
    assert unquote(request.path.rpartition("/")[2]) == name
    assert matched(ANY, request) == arguments


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/rate", 7),
        ("/deep/0/x~1y", "z"),
        ("/deep/1", None),
        ("/deep/-1", None),
        ("/deep/00", None),
        ("/none/at/all", None),
        ("/rate/more", None),
        ("/text/0", None),
    ],
)
def test_a_fact_is_what_its_pointer_leads_to(pointer: str, value: object) -> None:
    read = {"path": "/limits/<tenant>", "facts": {"rate": pointer}}
    call = CallSettings.model_validate(changed(LIMIT, read=read))
    body = {"rate": 7, "deep": [{"x/y": "z"}], "text": "abc"}
    assert facts_of(call, 200, body) == {"present": True, "rate": value}


def test_what_is_absent_has_no_facts_and_a_call_says_what_it_leaves() -> None:
    unblock = CallSettings.model_validate(UNBLOCK)
    assert facts_of(unblock, 404, {}) == {"present": False}
    assert after(unblock, {"network": "198.51.100.7/32"}) == {"present": False}
    assert after(CALL, {"tenant": "a", "rate": 3}) == {"present": True, "rate": 3}


def change(**more: Any) -> MakeCall:
    fields = {
        "endpoint": "edge",
        "call": "limit",
        "does": "limits",
        "arguments": (("rate", 3), ("network", "198.51.100.0/24"), ("zone", "eu")),
        "method": "PUT",
        "path": "/limits/a",
        "place": "/limits/a",
        "before": {"rate": 50},
        "after": {"rate": 3},
        "definition": definition_of(CALL),
        "undone_by": "limit",
        **more,
    }
    return MakeCall.model_validate(fields)


def test_a_policy_sees_how_much_a_call_sets_and_how_many_it_shuts_out() -> None:
    sizes = {one.name: (one.before, one.after) for one in change().reach.sizes}
    assert sizes == {"rate": (None, 3), "addresses": (None, 256)}
    assert (change().reach.thing, change().reach.endpoint) == ("calls/limit", "edge")


@pytest.mark.parametrize(
    "body",
    [
        '{"token": "whatever"}',
        '{"rules": [{"password": "x"}]}',
        '{"note": "Bearer abcdefghijklmnopqrstuvwxyz0123456789"}',
    ],
)
def test_a_call_that_would_tell_a_secret_is_none(body: str) -> None:
    with pytest.raises(ValidationError, match="holds a credential"):
        change(body=body)


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ({"present": True, "api-token": "x"}, "holds a credential"),
        ({"present": True, "rule": {"password": "x"}}, "holds a credential"),
        ({"present": True, "rules": ["x" * 9000]}, "too much to be shown"),
    ],
)
def test_what_is_read_is_shown_and_so_it_is_short_and_no_secret(
    before: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        change(before=before)


def test_what_nothing_takes_back_is_destructive() -> None:
    assert change().effect is Effect.MUTATE
    assert change(undone_by=None).effect is Effect.DESTRUCTIVE


def test_the_digest_of_a_table_changes_with_every_word_of_it() -> None:
    assert definition_of(CALL) == definition_of(CallSettings.model_validate(LIMIT))
    for more in ({"does": "does <rate>"}, {"loses": "much"}, {"path": "/limit/<tenant>"}):
        assert definition_of(CallSettings.model_validate(changed(LIMIT, **more))) != definition_of(
            CALL
        )
