"""The alert rules about the database, by the names under which the field knows them."""

from types import MappingProxyType

from stanch.sandbox.database.template import DATABASE
from stanch.sandbox.shop.rules import Rule

_CRITICAL = MappingProxyType({"severity": "critical"})
_WARNING = MappingProxyType({"severity": "warning"})
_OF_CLIENT = MappingProxyType({"severity": "critical", "deployment": "{{ $labels.service }}"})


def rules() -> tuple[Rule, ...]:
    """Return the rules."""
    return (*_server(), *_clients())


def _server() -> tuple[Rule, ...]:
    usable = (
        "(pg_settings_max_connections - pg_settings_superuser_reserved_connections"
        " - pg_settings_reserved_connections)"
    )
    return (
        Rule(
            "PostgresqlDown",
            "pg_up == 0",
            30,
            _CRITICAL,
            "PostgreSQL {{ $labels.instance }} does not answer",
            "The exporter of {{ $labels.instance }} has had no answer for 30 seconds.",
        ),
        Rule(
            "PostgresLockWaits",
            "pg_blocked_sessions > 0",
            30,
            _CRITICAL,
            "Sessions of {{ $labels.datname }} wait for locks",
            "{{ $value }} sessions of {{ $labels.datname }} wait for locks of others, for 30"
            " seconds.",
        ),
        Rule(
            "PostgresqlTooManyConnections",
            "label_replace("
            f"sum by (instance) (pg_stat_activity_count) / sum by (instance) ({usable})"
            f', "datname", "{DATABASE}", "", "") > 0.9',
            30,
            _CRITICAL,
            "PostgreSQL {{ $labels.instance }} has hardly a connection left",
            "{{ $value | humanizePercentage }} of the connections that ordinary users may have"
            " are taken.",
        ),
        Rule(
            "PostgresSequenceNearLimit",
            'label_replace(pg_sequences_last_value / pg_sequences_max_value, "relname", "$1",'
            ' "sequencename", "(.+)_id_seq") > 0.9',
            30,
            _CRITICAL,
            "The sequence {{ $labels.sequencename }} has nearly used up its numbers",
            "{{ $value | humanizePercentage }} of the numbers of {{ $labels.sequencename }} are"
            " given out.",
        ),
    )


def _clients() -> tuple[Rule, ...]:
    return (
        _refused(
            "DatabaseAuthenticationFailing",
            "28P01|28000",
            "{{ $labels.service }} cannot log in to {{ $labels.datname }}",
        ),
        _refused(
            "DatabaseConnectionsRefused",
            "53300",
            "{{ $labels.service }} is refused connections to {{ $labels.datname }}",
        ),
        _refused(
            "DatabaseWritesRefused",
            "23505|23514|2200H",
            "The database {{ $labels.datname }} refuses rows of {{ $labels.service }}",
        ),
        Rule(
            "PostgresqlSlowQueries",
            _errors("57014") + " > 0",
            45,
            _WARNING,
            "Statements of {{ $labels.service }} take too long",
            "{{ $value }} statements per second of {{ $labels.service }} on {{ $labels.datname }}"
            " were given up for their time.",
        ),
    )


def _errors(codes: str) -> str:
    return (
        "sum by (namespace, service, datname, usename)"
        f' (rate(db_client_errors_total{{sqlstate=~"{codes}"}}[1m]))'
    )


def _refused(name: str, codes: str, summary: str) -> Rule:
    return Rule(
        name,
        f"{_errors(codes)} > 0",
        30,
        _OF_CLIENT,
        summary,
        "{{ $value }} times per second, {{ $labels.service }} as {{ $labels.usename }} was told"
        f" one of {codes.replace('|', ', ')}.",
    )
