"""Reading is not the same as safe: what lies outside the cluster is read where policy lists it."""

from typing import Any

import pytest
from pydantic import ValidationError

from stanch.policy import HttpReads, Policy, Reads, judge
from stanch.policy.reads import forbidden_read
from stanch.runbook.command import command_template, sql_template
from stanch.runbook.fill import fill
from stanch.runbook.kinds import models
from stanch.tools.operations import BaseOperation, Operation, ReadCommits
from tests.unit.incident_samples import roll_back

LISTED = Reads(
    hosts=("web-*", "db1.shop.example"),
    sudo=("postgres",),
    databases=("shop",),
    http=(
        HttpReads(host="*.shop.example", paths=("/healthz", "/api/**")),
        HttpReads(host="prometheus", methods=("GET", "POST")),
    ),
)


def typed(text: str) -> Any:
    """Return the operation of a command that has no parameters."""
    template = command_template(text, {})
    return models()[template.kind].model_validate(fill(template.fields, {}))


def query(text: str, database: str | None) -> Any:
    template = sql_template(text, {}, database=database)
    return models()[template.kind].model_validate(fill(template.fields, {}))


@pytest.mark.parametrize(
    "operation",
    [
        typed("df -h"),
        typed("ssh web-1 df -h"),
        typed("ssh db1.shop.example sudo -u postgres ls /var/log/postgresql"),
        typed("curl -s https://www.shop.example/healthz"),
        typed("curl -s https://www.shop.example/api/v1/orders"),
        typed("curl -s 'http://prometheus/api/v1/query?query=up'"),
        query("SELECT 1", "shop"),
        query("SELECT 1", None),
        typed("kubectl get pods -n shop"),
    ],
    ids=lambda one: one.digest,
)
def test_what_is_listed_may_be_read(operation: Operation) -> None:
    verdict = judge(Policy(reads=LISTED), operation, approved=frozenset())
    assert verdict.answer == "allow", verdict.reason


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (typed("ssh mail-1 df -h"), "the host mail-1 under reads.hosts"),
        (typed("ssh db2 df -h"), "db2"),
        (typed("ssh web-1 sudo ls /var/log/audit"), "the user root under reads.sudo"),
        (typed("curl -s https://shop.example/healthz"), "GET shop.example/healthz"),
        (typed("curl -s https://www.shop.example/metrics"), "under reads.http"),
        (typed("curl -s -I https://www.shop.example/"), "HEAD"),
        (query("SELECT 1", "payroll"), "the database payroll under reads.databases"),
        (typed("helm list -A"), "no client for helm"),
    ],
    ids=str,
)
def test_what_is_not_listed_is_denied_with_its_reason(operation: Operation, says: str) -> None:
    verdict = judge(Policy(reads=LISTED), operation, approved=frozenset())
    assert verdict.answer == "deny"
    assert says in verdict.reason


@pytest.mark.parametrize(
    "operation",
    [typed("df -h"), typed("curl -s https://a.example/healthz"), query("SELECT 1", None)],
    ids=lambda one: one.digest,
)
def test_without_rules_nothing_outside_the_cluster_is_read(operation: Operation) -> None:
    assert judge(Policy(), operation, approved=frozenset()).answer == "deny"


def test_a_kind_that_no_rule_names_is_forbidden() -> None:
    reason = forbidden_read(LISTED, roll_back())
    assert reason is not None
    assert "no rule names" in reason


def test_a_star_ends_at_a_slash_and_two_do_not() -> None:
    rules = Reads(http=(HttpReads(host="a.example", paths=("/api/*/status",)),))
    one = typed("curl -s https://a.example/api/v1/status")
    two = typed("curl -s https://a.example/api/v1/x/status")
    assert forbidden_read(rules, one) is None
    assert forbidden_read(rules, two) is not None


def test_a_pattern_is_no_regular_expression() -> None:
    rules = Reads(hosts=("web.1",))
    assert forbidden_read(rules, typed("ssh webx1 df -h")) is not None


@pytest.mark.parametrize("wrong", [{"hosts": [""]}, {"http": [{"paths": ["/"]}]}, {"every": True}])
def test_rules_that_cannot_be_read_grant_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate({"reads": wrong})


def test_every_read_of_a_host_is_a_base_operation() -> None:
    assert isinstance(typed("df -h"), BaseOperation)


def test_commits_are_read_only_of_listed_repositories() -> None:
    read = ReadCommits(repository="shop")
    assert forbidden_read(Reads(repositories=("shop*",)), read) is None
    reason = forbidden_read(Reads(repositories=("other",)), read)
    assert reason == "the policy does not list the repository shop under reads.repositories"
    assert judge(Policy(), read, approved=frozenset()).answer == "deny"
