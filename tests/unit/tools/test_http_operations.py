from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stanch.tools.operations import Effect, HttpRead
from stanch.tools.operations.http import ChangeHttp
from stanch.tools.operations.http_effects import unsafe_host
from stanch.tools.operations.http_words import ACTING, FINAL, effect_of_words


@pytest.mark.parametrize(
    "fields",
    [
        {"method": "POST"},
        {"method": "DELETE"},
        {"method": "GET", "body": "x"},
        {"path": "/actuator/shutdown"},
        {"query": (("action", "reload"),)},
        {"headers": (("X-HTTP-Method-Override", "DELETE"),)},
        {"path": "/v1/secret/data/app"},
        {"query": (("watch", "true"),)},
        {"path": "/index.php"},
    ],
)
def test_a_read_cannot_be_made_of_a_request_that_acts_or_gives_out_secrets(
    fields: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        HttpRead.model_validate({"host": "app", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"host": "169.254.169.254"},
        {"host": "metadata.google.internal"},
        {"host": "127.1"},
        {"host": "app", "endpoint": "app"},
        {"host": ""},
        {"endpoint": "app", "port": 80},
        {"host": "app", "path": "/a/../b"},
        {"host": "app", "path": "/a%2F..%2Fb"},
        {"host": "app", "path": "/%61"},
        {"host": "app", "path": "/a?b=c"},
        {"host": "app", "path": "/debug/pprof/heap"},
        {"host": "app", "headers": (("Authorization", "Bearer abc"),)},
        {"host": "app", "headers": (("X-A", "a\r\nX-B: b"),)},
        {"host": "app", "headers": (("Transfer-Encoding", "chunked"),)},
        {"host": "app", "query": (("api_key", "abc"),)},
        {"host": "app/x"},
        {"host": "a@b"},
        {"host": "app", "port": 0},
    ],
)
@pytest.mark.parametrize("model", [HttpRead, ChangeHttp])
def test_no_request_can_be_made_that_reaches_beyond_its_fields(
    model: type[HttpRead | ChangeHttp], fields: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(fields)


@given(
    word=st.sampled_from(sorted(ACTING | FINAL)),
    form=st.sampled_from(["/{}", "/api/v2/{}", "/x/{}/5", "/do-{}", "/{}_all", "/{}.json", "/{}/"]),
    upper=st.booleans(),
    escaped=st.booleans(),
)
def test_a_path_with_the_name_of_an_act_is_never_a_read(
    word: str, form: str, *, upper: bool, escaped: bool
) -> None:
    said = word.title() if upper else word
    path = form.format(said)
    # The worst spelling that a server would still understand; the model wants the plain one.
    text = "".join(f"%{ord(one):02X}" for one in path) if escaped else path
    assert effect_of_words(text) is not Effect.OBSERVE
    with pytest.raises(ValidationError):
        HttpRead(host="app", path=path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/label/job/values"),
        ("POST", "/prometheus/api/v1/query_range"),
        ("GET", "/job/deploy/12/consoleText"),
        ("POST", "/logs-2024/_search"),
        ("GET", "/_cat/indices"),
        ("GET", "/build/info"),
        ("GET", "/apis/batch/v1/namespaces/shop/cronjobs"),
        ("GET", "/deployments"),
        ("HEAD", "/startupz"),
        ("GET", "/checkout/health"),
        ("GET", "/v3/services/haproxy/runtime/backends/checkout/servers"),
        ("GET", "/v3/services/haproxy/runtime/backends/deploy-kill/servers/restart-1"),
        ("POST", "/ofrep/v1/evaluate/flags"),
        ("POST", "/ofrep/v1/evaluate/flags/kill-switch"),
    ],
)
def test_well_known_reads_are_reads_in_spite_of_their_words(method: str, path: str) -> None:
    assert HttpRead(method=method, host="app", path=path).effect is Effect.OBSERVE


@pytest.mark.parametrize(
    "path",
    [
        "/delete/api/v1/query",
        "/v1/catalog/x/deregister",
        "/_flush",
        "/job/x/build",
        "/disable/metrics",
        "/v3/services/haproxy/runtime/backends/checkout/servers/web-1/drain",
        "/drain/v3/services/haproxy/runtime/backends/shop/servers",
        "/v3/services/haproxy/runtime/backends/checkout/restart",
        "/ofrep/v1/evaluate/flags",
    ],
)
def test_a_name_that_only_resembles_a_known_read_is_none(path: str) -> None:
    with pytest.raises(ValidationError):
        HttpRead(host="app", path=path)


@pytest.mark.parametrize("body", ["{}", '{"context": {"targetingKey": "delete-me"}}'])
def test_a_flag_is_evaluated_for_a_context_and_nothing_else(body: str) -> None:
    path = "/ofrep/v1/evaluate/flags/new-search"
    read = HttpRead(method="POST", host="flags", path=path, body=body)
    assert read.effect is Effect.OBSERVE


@pytest.mark.parametrize(
    "body",
    [
        "enabled=false",
        "[]",
        '{"context": "all"}',
        '{"context": {}, "value": false}',
        '{"context": {}',
        "[" * 100_000,
    ],
)
def test_a_body_that_is_more_than_a_context_evaluates_no_flag(body: str) -> None:
    path = "/ofrep/v1/evaluate/flags/new-search"
    with pytest.raises(ValidationError):
        HttpRead(method="POST", host="flags", path=path, body=body)
    assert ChangeHttp(method="POST", host="flags", path=path, body="{}").effect >= Effect.MUTATE


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_what_a_balancer_runs_is_not_read_by_changing_it(method: str) -> None:
    path = "/v3/services/haproxy/runtime/backends/shop/servers/web-1"
    with pytest.raises(ValidationError):
        HttpRead(method=method, host="balancer", path=path)


def test_a_change_is_never_less_than_a_change() -> None:
    assert ChangeHttp(host="app").effect is Effect.MUTATE
    assert ChangeHttp(host="app", path="/users/delete").effect is Effect.DESTRUCTIVE
    assert ChangeHttp(host="app", path="/containers/x/exec").unbounded


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.1.1", "[fe80::1]", "[fd00:ec2::254]", "100.100.100.200", "2852039166"),
        *("0xa9.0xfe.0xa9.0xfe", "169.254.169.254.nip.io", "METADATA.google.internal", "224.0.0.1"),
        *("[::ffff:a9fe:a9fe]", "1.2.3", "01.2.3.4"),
    ],
)
def test_an_address_that_hides_or_gives_out_credentials_is_not_asked(host: str) -> None:
    assert unsafe_host(host) is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.1.2.3", "app", "es-0.es.shop.svc"])
def test_an_ordinary_server_may_be_asked(host: str) -> None:
    assert unsafe_host(host) is None


def test_a_request_is_shown_with_the_name_of_its_credential_and_escaped_once() -> None:
    call = HttpRead(
        host="app",
        port=8443,
        path="/a%2Fb",
        query=(("q", "x&y=z"), ("v", "")),
        credential="reader",
        insecure=True,
    )
    assert call.url == "https://app:8443/a%2Fb?q=x%26y%3Dz&v"
    assert call.as_text() == "curl -sS -k -u '{reader}' 'https://app:8443/a%2Fb?q=x%26y%3Dz&v'"
    assert call.target == "http/app"
    assert HttpRead(endpoint="grafana", path="/api/health").url == "{grafana}/api/health"
