"""The alert rules about the machines: those of the node mixin, and one of the load balancers.

The times that they hold before they fire are shorter than in the mixin, because a rehearsal
is shorter than a day.
"""

from types import MappingProxyType

from stanch.sandbox.shop.rules import Rule

_CRITICAL = MappingProxyType({"severity": "critical"})
_WARNING = MappingProxyType({"severity": "warning"})
_REAL = '{fstype!="",fstype!~"tmpfs|vfat",mountpoint!=""}'
_EDGE_ERRORS = (
    'sum by (instance) (rate(nginx_http_response_count_total{status=~"5.."}[1m]))'
    " / sum by (instance) (rate(nginx_http_response_count_total[1m]))"
)


def standard() -> tuple[Rule, ...]:
    """Return the rules that the hosts are watched with."""
    return (*_disks(), *_clocks(), *_units(), _processors(), _edges())


def _disks() -> tuple[Rule, ...]:
    return (
        Rule(
            "NodeFilesystemAlmostOutOfSpace",
            f"node_filesystem_avail_bytes{_REAL} / node_filesystem_size_bytes{_REAL} * 100 < 5"
            f" and node_filesystem_readonly{_REAL} == 0",
            15,
            _CRITICAL,
            "Filesystem of {{ $labels.instance }} has less than 5% space left",
            "Filesystem on {{ $labels.device }}, mounted on {{ $labels.mountpoint }}, at"
            " {{ $labels.instance }} has only {{ $value | humanize }}% available space left.",
        ),
        Rule(
            "NodeFilesystemAlmostOutOfFiles",
            f"node_filesystem_files_free{_REAL} / node_filesystem_files{_REAL} * 100 < 5"
            f" and node_filesystem_readonly{_REAL} == 0",
            15,
            _CRITICAL,
            "Filesystem of {{ $labels.instance }} has less than 5% inodes left",
            "Filesystem on {{ $labels.device }}, mounted on {{ $labels.mountpoint }}, at"
            " {{ $labels.instance }} has only {{ $value | humanize }}% available inodes left.",
        ),
    )


def _clocks() -> tuple[Rule, ...]:
    return (
        Rule(
            "NodeClockNotSynchronising",
            "min_over_time(node_timex_sync_status[1m]) == 0 and node_timex_maxerror_seconds >= 16",
            45,
            _WARNING,
            "The clock of {{ $labels.instance }} is not synchronising",
            "The clock at {{ $labels.instance }} is not synchronising. Ensure NTP is configured"
            " on this host.",
        ),
        Rule(
            "NodeClockSkewDetected",
            "abs(node_time_seconds - time()) > 60",
            60,
            _WARNING,
            "The clock of {{ $labels.instance }} is wrong",
            "The clock at {{ $labels.instance }} is out of sync by {{ $value | humanize }} s.",
        ),
    )


def _units() -> tuple[Rule, ...]:
    return (
        Rule(
            "NodeSystemdServiceFailed",
            'node_systemd_unit_state{state="failed"} == 1',
            30,
            _WARNING,
            "Systemd service {{ $labels.name }} has entered failed state at {{ $labels.instance }}",
            "Systemd service {{ $labels.name }} has entered failed state at"
            " {{ $labels.instance }}.",
        ),
    )


def _processors() -> Rule:
    return Rule(
        "HostHighCpuLoad",
        '(1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[1m]))) > 0.8',
        15,
        _WARNING,
        "The processors of {{ $labels.instance }} are busy",
        "{{ $value | humanizePercentage }} of the processors of {{ $labels.instance }} have been"
        " in use.",
    )


def _edges() -> Rule:
    """Return the rule on an edge that fails where the others do not."""
    apart = f"(max({_EDGE_ERRORS}) - min({_EDGE_ERRORS}))"
    return Rule(
        "NginxHighHttp5xxErrorRate",
        f"{_EDGE_ERRORS} > 0.3 and on () {apart} > 0.25",
        45,
        _CRITICAL,
        "{{ $labels.instance }} answers many requests with 5xx, the other load balancer does not",
        "{{ $value | humanizePercentage }} of the requests to {{ $labels.instance }} were"
        " answered with 5xx.",
    )
