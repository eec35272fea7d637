from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stanch.runbook import kinds
from stanch.runbook.command import command_template
from stanch.runbook.fill import fill
from stanch.runbook.findings import CODES, RefusedError
from stanch.runbook.model import Joined, Param, ParamRef
from stanch.runbook.values import PATTERNS
from stanch.tools.operations import Effect, HttpRead
from stanch.tools.operations.http import ChangeHttp

PARAMS = {
    "host": Param(type="hostname"),
    "port": Param(type="integer", least=1, most=65535),
    "index": Param(type="label-value"),
    "name": Param(type="dns-label"),
    "count": Param(type="integer"),
}
READS: list[tuple[str, dict[str, Any]]] = [
    (
        "-s http://127.0.0.1:8500/v1/kv/service/db/leader",
        {"scheme": "http", "host": "127.0.0.1", "port": 8500, "path": "/v1/kv/service/db/leader"},
    ),
    ("localhost:9090/metrics", {"scheme": "http", "host": "localhost", "port": 9090}),
    ("-skI https://app.example.com", {"method": "HEAD", "insecure": True}),
    ("-sSfL --max-time 5 https://app.example.com/ready", {"follow": True, "path": "/ready"}),
    ("-s -o /dev/null -w '%{http_code}' https://app/healthz", {"host": "app"}),
    ("-s 'http://[::1]:9090/metrics'", {"host": "[::1]", "port": 9090}),
    (
        "'https://es:9243/_cat/shards?v&h=index,shard&s=store'",
        {"query": [["v", ""], ["h", "index,shard"], ["s", "store"]]},
    ),
    (
        "-sG http://prom:9090/api/v1/query --data-urlencode 'query=rate(x{job=\"restart\"}[5m])'",
        {"query": [["query", 'rate(x{job="restart"}[5m])']]},
    ),
    ("-X POST http://prom:9090/api/v1/query -d 'query=up'", {"method": "POST", "body": "query=up"}),
    (
        "-X GET 'http://es:9200/govuk/_search?pretty' -d '{\"query\": {\"match_all\": {}}}'",
        {"body": '{"query": {"match_all": {}}}'},
    ),
    ("-s http://jenkins/job/deploy/lastBuild/api/json", {"path": "/job/deploy/lastBuild/api/json"}),
    ("-s 'http://app/pods?include_deleted=true&start=1'", {"path": "/pods"}),
    ("-s http://app/a%2Fb/%63", {"path": "/a%2Fb/c"}),
    ("-s 'http://app/a b'", {"path": "/a%20b"}),
    (
        "http://<host>:<port>/health",
        {"host": ParamRef(param="host"), "port": ParamRef(param="port")},
    ),
    (
        "https://<name>.example.com/<index>/_count",
        {
            "host": Joined(parts=(ParamRef(param="name"), ".example.com")),
            "path": Joined(parts=("/", ParamRef(param="index"), "/_count")),
        },
    ),
    (
        "<host>:9200/_cluster/health",
        {"host": ParamRef(param="host"), "scheme": "http", "port": 9200},
    ),
    ('"$URL/executions/<name>"', {"endpoint": ParamRef(param="URL")}),
    ("-H 'Host: pages' https://127.0.0.1", {"headers": [["Host", "pages"]]}),
    ("-r 0-99 https://app/log", {"headers": [["Range", "bytes=0-99"]]}),
]
CHANGES = [
    ("mutate", '-X POST http://app:4180/api/task -d \'{"task": "check"}\''),
    ("mutate", "--json '{\"on\": false}' http://flags/api/v1/flags/x"),
    ("mutate", "-X PURGE http://varnish/assets/"),
    ("mutate", "-XPUT http://es:9200/_cluster/settings -d '{}'"),
    ("mutate", "-X GET http://app/health -d x=1"),
    ("mutate", "-s http://app/actuator/shutdown"),
    ("mutate", "-s http://app/%73hutdown"),
    ("mutate", "-s http://app/%2573hutdown"),
    ("mutate", "-s http://app/shutDown"),
    ("mutate", "-s http://app/safe-restart"),
    ("mutate", "-s 'http://solr/admin/cores?action=RELOAD'"),
    ("mutate", "-s 'http://app/logging?level=debug'"),
    ("mutate", "-s http://app/cgi-bin/x.cgi"),
    ("mutate", "-I http://app/failover"),
    ("mutate", "-s http://app/v1/health/items/reload"),
    ("mutate", "-s -H 'X-HTTP-Method-Override: PUT' http://app/x"),
    ("mutate", '-s http://app/graphql -d \'{"query": "{ me { id } }"}\''),
    ("mutate", "-XPOST http://es:9200/logs/_cache/clear"),
    ("mutate", "-d 'token=<name>' http://app/login"),
    ("destructive", "-I -X DELETE http://es:9200/logs-2024"),
    ("destructive", "-sXDELETE http://app/x"),
    ("destructive", "-X delete http://app/x"),
    ("destructive", "-s 'http://app/x?_method=delete'"),
    ("destructive", "-s -H 'X-HTTP-Method-Override: DELETE' http://app/x"),
    ("destructive", "-X POST -g 'http://prom/api/v1/admin/tsdb/delete_series?match[]=up'"),
    ("destructive", "-XPOST http://es:9200/logs/_delete_by_query -d '{}'"),
    ("destructive", "-XPOST http://es:9200/_snapshot/r/s/_restore"),
    ("destructive", "-s 'http://app/api?action=delete&id=5'"),
    ("destructive", "-s http://app/users/5/remove"),
    ("destructive", "-s 'http://solr/update?stream.body=%3Cdelete%3E'"),
    ("destructive", "-s 'http://jenkins/scriptText?script=x'"),
    ("destructive", "http://clickhouse:8123/ -d 'DROP TABLE x'"),
    ("destructive", "-X POST http://docker:2375/containers/db/exec"),
    ("destructive", '-s http://app/graphql -d \'{"query": "mutation { x }"}\''),
    ("destructive", '-X POST http://app/rpc -d \'{"method": "deleteUser"}\''),
    ("destructive", r"-X POST http://app/rpc -d '{\"method\": \"\\u0064elete\"}'"),
]
BY_HAND = [
    ("manual.read", "-I --socks5 localhost:5000 https://127.0.0.1:1443"),
    ("manual.read", "--resolve app:443:10.0.0.1 https://app/health"),
    ("intent.manual", "-x http://proxy:3128 -X DELETE https://app/x"),
    ("intent.manual", "-o out.json https://app/x"),
    ("intent.manual", "-LO https://app/x.tgz"),
]
REFUSED = [
    *("file:///etc/shadow", "dict://redis:6379/flushall", "ftp.example.com/x", "gopher://r/_x"),
    *("-o /etc/cron.d/x http://mirror/x", "-o <name> http://mirror/x", "-sD /etc/motd http://app"),
    *("-w '%output{/root/.bashrc}x' http://app", "-w @/etc/passwd http://app"),
    *("-c /tmp/jar http://app", "-b /tmp/jar http://app", "--trace /tmp/x http://app"),
    *("-K /tmp/curlrc http://app", "-T /etc/hosts http://app", "-d @/etc/shadow http://app"),
    *("--data-urlencode x@/etc/passwd http://app", "-F f=@/etc/passwd http://app"),
    *("-F 'f=<!/etc/passwd' http://app", "-H @/etc/passwd http://app", "-n http://app"),
    *("--unix-socket /var/run/docker.sock http://x/containers/json", "-sN http://app/events"),
    *("-s http://app/actuator/heapdump", "-s http://app/debug/pprof/profile"),
    *("-s http://169.254.169.254/latest/", "-s http://2852039166/", "-s http://0xA9FEA9FE/"),
    *("-s http://metadata.google.internal/", "-s 'http://[::ffff:169.254.169.254]/'"),
    *("-s http://0251.0376.0251.0376/", "-s http://app -H 'Host: 169.254.169.254'"),
    *("-s http://app/actuator/env", "-s https://vault:8200/v1/secret/data/app"),
    *("-s http://app/../x", "-s http://app/%2e%2e/x", "-s 'http://app/{x,shutdown}'"),
    *("http://a http://b", "-s http://a --next http://b", "-s", "$SCHEME://app/x"),
    *(
        '"http://app/x?$NAME=1"',
        "'http://app/x?action=<name>'",
        '-d "$PAYLOAD" http://app',
        "-d '{\"<name>\": 1}' http://app",
    ),
    *('-d \'{"password": "abc"}\' http://app', "-u admin http://app", "-E a.pem https://app"),
    *("--reques DELETE http://app", "-s 'http://app/api?watch=true'", "-X 'G T' http://app"),
    *("-x http://u:p@proxy:1 http://app", "-x http://proxy:1 -u a:b http://app", "-p http://app"),
    *("-I -d x=1 http://app", "http:///x", "http://app:0x50/", "http://app/%zz", "'http://a\\@b/'"),
]


def curl(command: str) -> Any:
    return command_template(f"curl {command}", PARAMS)


def said(command: str) -> tuple[str, str | None]:
    """Return all that is said of `command`, and the name of its credential."""
    try:
        template = curl(command)
    except RefusedError as refused:
        return f"{refused.code} {refused}", None
    return repr(template), template.fields["credential"]


@pytest.mark.parametrize(("command", "fields"), READS)
def test_a_request_that_only_reads_becomes_a_read(command: str, fields: dict[str, Any]) -> None:
    template = curl(command)
    assert template.kind == "http.read"
    assert fields.items() <= template.fields.items()
    assert kinds.effect(template, PARAMS) is Effect.OBSERVE


@pytest.mark.parametrize(("effect", "command"), CHANGES)
def test_a_request_that_acts_becomes_an_intent_whatever_its_method_is(
    effect: str, command: str
) -> None:
    template = curl(command.replace("<!", "<"))
    assert (template.kind, kinds.effect(template, PARAMS).word) == ("intent.http", effect)


@pytest.mark.parametrize(("kind", "command"), BY_HAND)
def test_what_stanch_cannot_send_is_left_to_a_person(kind: str, command: str) -> None:
    template = curl(command)
    assert template.kind == kind
    assert (kinds.effect(template, PARAMS) is Effect.OBSERVE) is (kind == "manual.read")


@pytest.mark.parametrize("command", REFUSED)
def test_what_is_not_one_harmless_request_is_refused_with_its_reason(command: str) -> None:
    with pytest.raises(RefusedError) as refused:
        curl(command.replace("<!", "<"))
    assert refused.value.code in CODES
    assert refused.value.remedy


def test_a_request_that_runs_what_it_carries_counts_as_unbounded() -> None:
    assert kinds.unbounded(curl("-s 'http://jenkins/scriptText?script=x'"), PARAMS)
    assert not kinds.unbounded(curl("-X DELETE http://app/x"), PARAMS)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ('-H "Authorization: Bearer $TOKEN" https://app/x', "TOKEN"),
        ("-u 'reader:<password>' https://app/x", "password"),
        ("'https://<user>:<password>@app/x'", "password"),
        ("'https://app/x?api_key=<key>'", "key"),
        ('-H "PRIVATE-TOKEN: ${GITLAB}" https://app/x', "GITLAB"),
        ("-u xxx:yyy https://app/x", "default"),
    ],
)
def test_a_credential_is_kept_by_its_name(command: str, name: str) -> None:
    template = curl(command)
    assert template.fields["credential"] == name
    assert template.params == ()
    assert template.fields["path"] == "/x"


@given(
    secret=st.from_regex(r"[a-z0-9]{16,20}", fullmatch=True).map(lambda text: f"qz{text}"),
    place=st.sampled_from(
        [
            *("-u a:{} https://app/x", "https://a:{}@app/x", "'https://app/x?token={}'"),
            *("'https://app/x?key={}'", "-H 'Authorization: Bearer {}' https://app/x"),
            *("-H 'X-Api-Key: {}' https://app/x", "-b 'session={}' https://app/x"),
            *("--oauth2-bearer {} https://app/x", "-G -d 'access_token={}' https://app/x"),
            *("-d 'password={}' https://app/x", "-F 'token={}' https://app/x"),
            *('-d \'{{"a": {{"secret": "{}"}}}}\' https://app/x', "-x http://a:{}@p:1 https://app"),
        ]
    ),
)
def test_a_credential_in_clear_never_enters_a_template(secret: str, place: str) -> None:
    answer, credential = said(place.format(secret))
    assert secret not in answer
    assert credential in {"default", None}
    assert (credential is None) is answer.startswith("RB035")


@given(
    name=st.from_regex(PATTERNS["dns-label"], fullmatch=True),
    index=st.from_regex(PATTERNS["label-value"], fullmatch=True),
)
def test_a_value_stays_in_its_segment_and_in_its_key(name: str, index: str) -> None:
    template = curl("'https://<name>.x/a/<index>/_count?q=<index>&size=1'")
    try:
        made = HttpRead.model_validate(fill(template.fields, {"name": name, "index": index}))
    except ValidationError:
        return
    assert made.path.split("/") == ["", "a", index, "_count"]
    assert made.query == (("q", index), ("size", "1"))
    assert made.host == f"{name}.x"


def test_a_value_that_makes_a_read_act_is_refused_when_it_is_bound() -> None:
    template = curl("http://app/api/<name>")
    with pytest.raises(ValidationError, match="is no read"):
        HttpRead.model_validate(fill(template.fields, {"name": "shutdown"}))


_TEXT = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
_KEY = st.from_regex(r"[a-z]{1,8}", fullmatch=True)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "DELETE"]),
    segments=st.lists(
        st.from_regex(r"[a-zA-Z0-9]{1,6}(%2F|%20)?[a-z]{0,3}", fullmatch=True), max_size=4
    ),
    query=st.lists(st.tuples(_KEY, _TEXT), max_size=3),
)
def test_the_text_of_a_request_is_read_back_as_the_same_request(
    method: str, segments: list[str], query: list[tuple[str, str]]
) -> None:
    try:
        made = ChangeHttp(
            method=method, host="app", path="/" + "/".join(segments), query=tuple(query)
        )
    except ValidationError:
        return
    try:
        template = command_template(made.as_text(), {})
    except RefusedError:
        # A read of secrets or without an end is not typed, while an intent may name it.
        return
    read = ChangeHttp.model_validate(template.fields)
    assert (read.method, read.host, read.path, read.query) == (
        made.method,
        made.host,
        made.path,
        made.query,
    )
