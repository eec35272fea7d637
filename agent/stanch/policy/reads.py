"""What may be looked at: a cluster and its metrics always, anything else where it is listed.

Reading is not the same as safe. A host, a database or an HTTP server may be asked only
if the rules name it, and another user's rights may be used only if they name the user.
"""

import re
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from stanch.tools.operations import (
    Frozen,
    HostRead,
    HttpRead,
    KubernetesRead,
    ManualRead,
    MetricsRead,
    Operation,
    ReadCommits,
    SqlRead,
)

Pattern = Annotated[str, Field(min_length=1, max_length=300)]
"""A name with `*` for any characters but `/`, and `**` for any characters."""


class HttpReads(Frozen):
    """Which requests that only read may be sent to which server."""

    host: Pattern
    """The host's name, or the name of a configured endpoint."""
    paths: tuple[Pattern, ...] = ("/**",)
    methods: tuple[str, ...] = ("GET", "HEAD")


class Reads(Frozen):
    """What may be looked at beside the cluster and its metrics."""

    hosts: tuple[Pattern, ...] = ()
    sudo: tuple[Pattern, ...] = ()
    """The users whose rights a reading program may use there, by sudo or by a login of theirs."""
    databases: tuple[Pattern, ...] = ()
    http: tuple[HttpReads, ...] = ()
    repositories: tuple[Pattern, ...] = ()
    """The repositories whose commits may be read."""
    decode: bool = False
    """Whether `base64 -d` may stand after a pipe: what it shows is often a secret."""


def forbidden_read(rules: Reads, operation: Operation) -> str | None:
    """Return why `operation`, which only reads, may not be run; None when it may.

    A kind of read that this function does not name is forbidden.
    """
    match operation:
        case HostRead():
            return _of_host(rules, operation)
        case HttpRead():
            return _of_http(rules, operation)
        case _ if isinstance(operation, SqlRead):
            return _of_database(rules, operation.database)
        case ReadCommits():
            if fits_any(rules.repositories, operation.repository):
                return None
            name = operation.repository
            return f"the policy does not list the repository {name} under reads.repositories"
        case ManualRead():
            return f"stanch has no client for {operation.program}; a person runs it"
        case _ if isinstance(operation, KubernetesRead | MetricsRead):
            return None
        case _:
            return f"no rule names {operation.kind}"


def _of_host(rules: Reads, read: HostRead) -> str | None:
    if not rules.hosts:
        return "the policy lists no host under reads.hosts"
    # Without a name it is for the incident's own hosts, each of which is judged by name.
    for host in (read.host,) if read.host is not None else read.hosts:
        if not fits_any(rules.hosts, host):
            return f"the policy does not list the host {host} under reads.hosts"
    for user in (read.login, read.sudo):
        if user is not None and not fits_any(rules.sudo, user):
            return f"the policy does not list the user {user} under reads.sudo"
    return None


def _of_http(rules: Reads, read: HttpRead) -> str | None:
    server = read.endpoint or read.host
    for rule in rules.http:
        if not fits_any((rule.host,), server) or read.method not in rule.methods:
            continue
        # Nobody knows beforehand to which path of the server an answer points.
        if read.follow and not ("/**" in rule.paths and "GET" in rule.methods):
            continue
        if fits_any(rule.paths, read.path):
            return None
    if read.follow:
        return (
            f"the policy does not list GET of all paths of {server} (/**) under reads.http, and "
            "the step follows wherever the server points to"
        )
    return f"the policy does not list {read.method} {server}{read.path} under reads.http"


def _of_database(rules: Reads, database: str | None) -> str | None:
    if not rules.databases:
        return "the policy lists no database under reads.databases"
    if database is not None and not fits_any(rules.databases, database):
        return f"the policy does not list the database {database} under reads.databases"
    return None


def fits_any(patterns: tuple[str, ...], text: str) -> bool:
    """Say whether one of the patterns stands for `text`."""
    return any(_compiled(pattern).fullmatch(text) for pattern in patterns)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*|\*)", pattern)
    wild = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(wild.get(piece) or re.escape(piece) for piece in pieces), re.DOTALL)
