"""aws: service and operation, judged by how the operation's name begins."""

import re
from typing import Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.foreign_table import (
    Answer,
    Reader,
    flag_name,
    listed,
    raised,
    refuse,
)
from stanch.runbook.grammar.slots import literal, shown
from stanch.runbook.words import Word

_VALUES: Final = frozenset(
    {
        *("--profile", "--region", "--output", "--query", "--color", "--ca-bundle"),
        *("--cli-read-timeout", "--cli-connect-timeout", "--cli-binary-format"),
    }
)
_SWITCHES: Final = frozenset(
    {"--no-paginate", "--no-cli-pager", "--no-sign-request", "--debug", "--no-verify-ssl"}
)
_CALM: Final = frozenset(
    {
        *("--force-new-deployment", "--output", "--create-options", "--start-time", "--stop-time"),
        *("--start-date", "--start-from-head", "--start-query", "--tag-filters", "--tag-keys"),
        *("--tag-key", "--tag-specifications", "--start-record", "--created-after", "--add"),
        *("--starting-token", "--enable", "--enabled", "--set-identifier", "--tag-list"),
    }
)
_OBSERVE: Final = listed(
    """describe list get batch-get head lookup search simulate validate check estimate preview
    filter detect help wait scan query view tail ls summarize discover evaluate is compare"""
)
_MUTATE: Final = listed(
    """create start stop reboot enable disable put update modify associate disassociate attach
    detach add tag untag register set copy import allocate assign unassign authorize revoke
    accept apply change complete confirm publish resume suspend rotate failover restore retry
    send upload deploy submit request resize run replace renew export generate initiate
    increase merge notify open pause post provision record revert switchover sync unlock
    subscribe unsubscribe configure login signal enter exit rebuild refresh resend activate
    deactivate claim join batch-put batch-write mb website"""
)
_FINAL: Final = frozenset(
    {
        *(
            "put-bucket-lifecycle",
            "put-bucket-lifecycle-configuration",
            "put-lifecycle-policy",
            "put-lifecycle-configuration",
        ),
        *("put-retention-policy", "update-time-to-live", "batch-write-item"),
        *("restore-table-from-cluster-snapshot", "apply-pending-maintenance-action", "put-item"),
        *("update-item", "update-secret", "put-secret-value", "set-retention-policy"),
    }
)
"""Operations that overwrite or delete data, although their names begin like others."""
_SCRIPTS: Final = listed(
    """send-command execute-command start-session start-automation-execution start-execution
    start-sync-execution start-job-run add-steps create-association execute-statement
    batch-execute-statement execute-sql send-ssh-public-key
    send-serial-console-ssh-public-key ssh"""
)
_SECRET_WORDS: Final = listed(
    """secret password token tokens credentials login authorization oauth2 decrypt presign
    keypair"""
)
_SECRETS: Final = frozenset(
    {
        *("get-secret-value", "batch-get-secret-value", "get-password-data", "get-random-password"),
        *("describe-user-pool-client", "get-login", "get-login-password", "get-session-token"),
        *("get-federation-token", "get-role-credentials", "get-cluster-credentials", "presign"),
        *("get-cluster-credentials-with-iam", "get-credentials", "get-id-token", "decrypt"),
        *("generate-data-key", "generate-data-key-pair", "re-encrypt", "export-certificate"),
        *("get-credentials-for-identity", "export-credentials", "generate-db-auth-token"),
        *("get-open-id-token", "get-open-id-token-for-developer-identity", "get-access-token"),
        *("assume-role", "assume-role-with-saml", "assume-role-with-web-identity"),
        *("get-instance-access-details", "download-default-key-pair", "get-authorization-token"),
        *("get-relational-database-master-user-password"),
    }
)
_METADATA: Final = frozenset({"list", "describe"})
_RECEIVES: Final = frozenset({"get-object", "get-job-output", "get-export", "get-snapshot-block"})
"""Reads that write their answer to a file, or that the server counts."""
_STREAMED: Final = listed(
    """get-sdk get-clip get-media get-object-torrent get-thing-shadow get-profile get-tile
    get-work-unit-results get-package-version-asset get-blob get-raw-message-content
    get-playback get-media-for-fragment-list get-dash get-model get-configuration
    get-usage get-chunk get-slot get-attachment-file get-named-shadow get-content"""
)
"""Reads whose answer is a stream, which aws writes to a file."""
_SELECTS: Final = re.compile(
    r"--query-string=? ?['\"(\s]*(?:select|show|describe|explain)\b", re.IGNORECASE
)
_DELETES: Final = re.compile(r"\bDELETE\b")
_METADATA_OF_SECRETS: Final = frozenset(
    {"get-account-authorization-details", "get-login-profile", "download-db-log-file-portion"}
)
_INCLUDED: Final = {
    "get-parameter": "--with-decryption",
    "get-parameters": "--with-decryption",
    "get-parameters-by-path": "--with-decryption",
    "get-parameter-history": "--with-decryption",
    "get-api-key": "--include-value",
    "get-api-keys": "--include-values",
}


def _read(program: str, words: tuple[Word, ...]) -> Answer:
    names, rest = _operation(words)
    flags = [name for word in words if (name := flag_name(word))]
    if any(flag.startswith("--cli-input") or flag == "--endpoint-url" for flag in flags):
        refuse(program, "its arguments or its server stand elsewhere")
    service, operation = names
    if service == "ec2" and "--dry-run" in flags and "--no-dry-run" not in flags:
        return Answer.OBSERVE
    if _INCLUDED.get(operation) in flags:
        refuse(program, "hidden")
    if service == "s3":
        return _s3(operation, rest, flags)
    if (service, operation) == ("logs", "tail") and "--follow" in flags:
        refuse(program, "endless")
    if service == "configure":
        return _configure(operation)
    answer = max(_named(program, service, operation), raised(flags, calm=_CALM))
    return max(answer, _told(operation, rest, flags))


def _told(operation: str, rest: tuple[Word, ...], flags: list[str]) -> Answer:
    """Return what the words behind an operation make of it."""
    said = [shown(word) for word in rest]
    text = " ".join(said)
    if operation == "start-query-execution" and not _SELECTS.search(text):
        return Answer.SCRIPT
    if operation == "change-resource-record-sets" and _DELETES.search(text):
        return Answer.DESTRUCTIVE
    if operation == "set-instance-health" and "unhealthy" in text.lower():
        return Answer.DESTRUCTIVE
    # An answer that is a stream is written to the file that is named without a flag.
    named = bool(rest) and flag_name(rest[0]) is None and operation != "help"
    streams = operation in _STREAMED and not _ends_in_value(said)
    wakes = operation == "get-console-screenshot" and "--wake-up" in flags
    waits = operation == "wait" or operation in {"tail", "lookup"}
    return Answer.MUTATE if (named and not waits) or streams or wakes else Answer.OBSERVE


def _ends_in_value(said: list[str]) -> bool:
    return len(said) % 2 == 0


def _operation(words: tuple[Word, ...]) -> tuple[tuple[str, str], tuple[Word, ...]]:
    """Return service and operation, and the words behind them."""
    names: list[str] = []
    at = 0
    while at < len(words) and len(names) < 2:
        flag = flag_name(words[at])
        if flag is None:
            names.append(literal(words[at], "What aws is asked for"))
        elif flag in _VALUES:
            at += "=" not in str(words[at][0])
        elif flag not in _SWITCHES:
            raise RefusedError(
                "RB023", f"{flag} stands before the operation of aws.", remedy="Write it behind."
            )
        at += 1
    return (names[0] if names else "help", names[1] if len(names) > 1 else "help"), words[at:]


def _named(program: str, service: str, operation: str) -> Answer:
    parts = operation.split("-")
    first = "-".join(parts[:2]) if parts[0] == "batch" else parts[0]
    if (service, operation) == ("lambda", "invoke") or operation in {
        "invoke-async",
        "invoke-agent",
    }:
        refuse(program, "it runs a function, and nobody can foresee what that does")
    if operation in _METADATA_OF_SECRETS:
        return Answer.OBSERVE
    if operation in _SECRETS:
        refuse(program, "hidden")
    if first not in _METADATA and first in _OBSERVE and _SECRET_WORDS.intersection(parts):
        refuse(program, "hidden")
    if operation in _SCRIPTS:
        return Answer.SCRIPT
    if operation in _FINAL:
        return Answer.DESTRUCTIVE
    if operation in _RECEIVES or operation == "update-kubeconfig":
        return Answer.MUTATE
    if first in _OBSERVE:
        return Answer.OBSERVE
    if operation in {"receive-message", "cancel-key-deletion", "deregister-targets"}:
        return Answer.MUTATE
    return Answer.MUTATE if first in _MUTATE else Answer.DESTRUCTIVE


def _configure(operation: str) -> Answer:
    if operation in {"list", "list-profiles", "help"}:
        return Answer.OBSERVE
    if operation in {"get", "export-credentials"}:
        refuse("aws", "hidden")
    return Answer.MUTATE


def _s3(operation: str, rest: tuple[Word, ...], flags: list[str]) -> Answer:
    places = [shown(word) for word in rest if flag_name(word) is None]
    dry = "--dryrun" in flags and operation in {"cp", "mv", "rm", "sync"}
    if dry:
        return Answer.OBSERVE
    if operation == "presign":
        refuse("aws", "hidden")
    match operation:
        case "ls" | "help":
            return Answer.OBSERVE
        case "cp" if places[1:] == ["-"] and places[0].startswith("s3://"):
            return raised(flags, calm=_CALM)
        case "cp" | "mb" | "website" | "sync":
            return max(Answer.MUTATE, raised(flags, calm=_CALM))
        case _:
            return Answer.DESTRUCTIVE


READERS: Final[dict[str, Reader]] = {"aws": _read}
