import pytest

from stanch.runbook import kinds
from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.tools.operations import Effect

ACTS = [
    # A thing behind the act does not make a report of it.
    *("http://app/restart/id/5", "http://app/deploy/version/1.2.3", "http://app/run/number/5"),
    # Jenkins looks for its method in the middle of the path.
    *("http://jenkins/job/x/build/api/json", "http://jenkins/job/x/doDelete/api/json"),
    "http://jenkins/job/x/build/consoleText",
    # The way of a well-known read, below an act.
    *("http://app/do-restart/api/v1/labels", "http://app/restart-all/api/v1/rules"),
    *("http://es:9200/_nodes/_shutdown", "http://es:9200/_forcemerge"),
    # Keys that name an action without being called so.
    *("'http://app/api?do_action=5'", "'http://app/x?cmnd=Power1'", "'http://app/x?btnCommand=go'"),
    *("'http://app/x?y=1;cmd=x'", "'http://app/x?httpMethod=DELETE'"),
    *("-H 'X-Tunneled-Method: DELETE' http://app/x", "-H '_method: DELETE' http://app/x"),
    # Orders: two words in one, new words with old beginnings, and words that stand last.
    *("http://app/clearcache", "http://app/cacheclear", "http://app/stopall", "http://app/doit"),
    *("http://app/reconnect", "http://app/reseed", "http://app/autodeploy", "http://app/untag"),
    *("http://app/print", "http://app/feature/on", "http://app/git/pull", "http://app/do"),
    *("http://app/makeAdmin", "http://app/bringUp", "http://app/leader/resign"),
    *("http://app/abortabortabort", "http://app/self-destruct", "http://app/order/place"),
    *("http://app/dump_to_s3", "http://app/loglevel/debug", "http://app/breaker/trip"),
    # Addresses that are told something by being asked at all.
    *("https://hc-ping.com/0a1b2c3d", "https://hooks.zapier.com/hooks/catch/1/2"),
    "'http://activemq:8161/api/message/orders?type=queue'",
    # Bodies on the way of a query that are not one.
    *("-X POST http://app/api/v1/query -d 'DROP TABLE x'",),
    "-X POST http://app/api/v1/query -d 'statement=DROP TABLE x'",
    '-X POST http://os:9200/_plugins/_sql --json \'{"query":"DELETE FROM x"}\'',
]
READS = [
    *("http://app/sync/status", "http://app/backup/status", "http://app/api/restart_count"),
    *("http://vault:8200/v1/sys/seal-status", "http://app/print/5", "http://app/tags"),
    "http://jenkins/job/folder/job/app/42/consoleText",
    "http://jenkins/job/app/lastSuccessfulBuild/api/json",
    *("http://jenkins/view/all/api/json", "http://jenkins/computer/api/json"),
    "'http://jaeger/api/traces?service=checkout&limit=20'",
    *("'http://app/search?q=delete'", "'http://solr/solr/admin/cores?action=STATUS'"),
    "'http://nn:9870/webhdfs/v1/tmp?op=LISTSTATUS'",
    "'http://blackbox:9115/probe?target=https://example.com&module=http_2xx'",
    *("http://app/namespaces/default/pods", "http://app/api/datasets", "http://app/reports/daily"),
    *("http://app/feature-flags/new-ui", "'http://app/orders?status=open'", "http://app/leader"),
    *("http://app/changelog", "http://app/logs/debug", "http://app/dumps"),
    "-X POST http://prom:9090/api/v1/query_range -d 'query=up&start=1&end=2&step=15'",
    "http://balancer:5555/v3/services/haproxy/runtime/backends/checkout/servers",
    "-H 'Content-Type: application/json' -d '{\"context\": {}}' http://flags/ofrep/v1/evaluate/flags",
]
UNSAFE = [
    *("'http://[64:ff9b::a9fe:a9fe]/latest/'", "'http://[::169.254.169.254]/latest/'"),
    *("'http://[2002:a9fe:a9fe::1]/latest/'", "http://alias/latest/meta-data/iam/"),
    *("http://alias/computeMetadata/v1/", "'http://app/view?u=http://169.254.169.254/x'"),
    *("'http://app/file?name=../../etc/passwd'", "'http://app/view?u=file:///etc/passwd'"),
    *("http:/127.0.0.1/x", "http:127.0.0.1/x"),
]


@pytest.mark.parametrize("command", ACTS)
def test_a_request_that_acts_is_no_read_however_it_is_spelled(command: str) -> None:
    template = command_template(f"curl -s {command}", {})
    assert template.kind.startswith("intent.")
    assert kinds.effect(template, {}) >= Effect.MUTATE


@pytest.mark.parametrize("command", READS)
def test_a_request_that_only_tells_of_acts_stays_a_read(command: str) -> None:
    assert command_template(f"curl -s {command}", {}).kind == "http.read"


@pytest.mark.parametrize("command", UNSAFE)
def test_a_server_is_not_sent_to_credentials_or_to_its_own_files(command: str) -> None:
    with pytest.raises(RefusedError):
        command_template(f"curl -s {command}", {})


@pytest.mark.parametrize("name", ["/tmp/x", "x", "./x"])
def test_wget_that_only_looks_still_empties_the_file_that_it_names(name: str) -> None:
    template = command_template(f"wget --spider -O {name} http://app/healthz", {})
    assert template.kind == "intent.manual"


def test_a_harmless_file_does_not_hide_a_harmful_one() -> None:
    for program in ("curl -o x -o /etc/x", "wget -O x -O /etc/x"):
        with pytest.raises(RefusedError):
            command_template(f"{program} http://app/x", {})
