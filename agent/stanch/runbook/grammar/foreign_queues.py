"""RabbitMQ and its kin: what lists queues, and what empties them."""

from typing import Final

from stanch.runbook.grammar.foreign_table import Answer, Reader, program
from stanch.runbook.grammar.slots import shown
from stanch.runbook.words import Word

_NODE: Final = "-n --node -p --vhost -t --timeout --formatter"
_QUIET: Final = "-q --quiet -s --silent -l --longnames"
_QUEUES: Final = program(
    observe="""
        quorum_status, check_if_node_is_quorum_critical, help,
        check_if_node_is_mirror_sync_critical,
        check_if_cluster_has_classic_queue_mirroring_policy
    """,
    mutate="add_member, grow, rebalance, reclaim_quorum_memory",
    values=_NODE,
    switches=_QUIET,
)
_PLUGINS: Final = program(
    observe="list, directories, is_enabled, version, help",
    mutate="enable, disable",
    values=_NODE,
    switches=_QUIET,
)
_UPGRADE: Final = program(
    observe="await_online_quorum_plus_one, await_online_synchronized_mirror, help",
    mutate="drain, revive, post_upgrade",
    values=_NODE,
    switches=_QUIET,
)
_STREAMS: Final = program(
    observe="list_stream_connections, list_stream_consumers, list_stream_publishers, stream_status",
    mutate="add_replica, restart_stream",
    values=_NODE,
    switches=_QUIET,
)
_ADMIN: Final = program(
    observe="list, show, version, help",
    mutate="declare, publish, get",
    hidden="export",
    values="""
        -H --host -P --port -V --vhost -u --username -p --password -U --base-uri -c --config -N
        --node --path-prefix -f --format -S --sort -d --depth --request-timeout
    """,
    switches="-s --ssl -q --quiet -k --ssl-insecure -R --sort-reverse -b --bash-completion",
)
_NATS: Final = program(
    observe="""
        server list, server ls, server info, server ping, server report jetstream,
        server check connection, server check stream, stream ls, stream list, stream info,
        stream report, stream state, consumer ls, consumer list, consumer info, consumer report,
        account info, rtt, server report connections, server report accounts, kv ls, kv status,
        kv history, object ls, object info, context ls, context list
    """,
    mutate="""
        stream add, stream edit, consumer add, consumer edit, pub, publish, request,
        consumer pause, consumer resume, stream cluster step-down, consumer cluster step-down,
        consumer next, stream backup
    """,
    hidden="context show, kv get",
    endless="sub, subscribe, events, server watch, stream view, top",
    values="-s --server --context --timeout --user --password --creds --nkey",
)


_CELERY: Final = program(
    observe="inspect, status, report",
    mutate="control cancel_consumer, control add_consumer, control rate_limit, control pool_grow",
    endless="events",
    values="""
        -A --app -b --broker --result-backend --loader --config --workdir -t --timeout
        -d --destination
    """,
    switches="-C --no-color -q --quiet -j --json",
)


def _admin(name: str, words: tuple[Word, ...]) -> Answer:
    """Judge rabbitmqadmin; what is fetched from a queue is only safe when it goes back."""
    said = [shown(word) for word in words]
    modes = {word.partition("=")[2] for word in said if word.startswith(("ackmode", "requeue"))}
    answer = _ADMIN.read(name, words)
    if "get" in said and not modes <= {"ack_requeue_true", "reject_requeue_true", "true"}:
        return Answer.DESTRUCTIVE
    return answer


READERS: Final[dict[str, Reader]] = {
    "rabbitmq-queues": _QUEUES.read,
    "rabbitmq-plugins": _PLUGINS.read,
    "rabbitmq-upgrade": _UPGRADE.read,
    "rabbitmq-streams": _STREAMS.read,
    "rabbitmqadmin": _admin,
    "nats": _NATS.read,
    "celery": _CELERY.read,
}
