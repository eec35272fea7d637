"""The alert rules of the shop, as data: a PromQL expression, how long, and what to say.

Labels and annotations may use `{{ $labels.NAME }}` and `{{ $value }}`, the latter also
through `humanize` and `humanizePercentage`, as in Prometheus.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_RATIO = (
    "sum by (namespace, service) (rate(http_requests_total"
    '{service=~"storefront|checkout",code=~"5.."}[1m]))'
    " / sum by (namespace, service) (rate(http_requests_total"
    '{service=~"storefront|checkout"}[1m]))'
)
WARNING = MappingProxyType({"severity": "warning"})
CRITICAL = MappingProxyType({"severity": "critical"})


def by_deployment(expression: str) -> str:
    """Return `expression`, a vector by pod, summed by the deployment that owns the pods."""
    return (
        "sum by (namespace, deployment) (label_replace("
        f'{expression}, "deployment", "$1", "pod", "(.+)-[a-z0-9]+-[a-z0-9]+")) > 0'
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule."""

    name: str
    expression: str
    for_seconds: float
    labels: Mapping[str, str]
    summary: str
    description: str


def error_ratio(threshold: str = "0.05", *, shown: str = "5%") -> Rule:
    """Return the rule on the error ratio of what customers use, with this threshold."""
    return Rule(
        name="ShopErrorRatioHigh",
        expression=f"{_RATIO} > {threshold}",
        for_seconds=60,
        labels=MappingProxyType({"severity": "critical", "deployment": "{{ $labels.service }}"}),
        summary=f"More than {shown} of the requests to {{{{ $labels.service }}}} fail",
        description=(
            "{{ $value | humanizePercentage }} of the requests to {{ $labels.service }}"
            f" were answered with 5xx in the last minute (limit {shown})."
        ),
    )


def standard() -> tuple[Rule, ...]:
    """Return the rules that the shop runs with."""
    return (error_ratio(), _called(), *_rollouts(), *_containers())


def _called() -> Rule:
    """Return the rule on the error ratio of the services behind what customers use."""
    requests = 'http_requests_total{{service!~"storefront|checkout"{}}}'
    failed, every = (
        f"sum by (namespace, service) (rate({requests.format(more)}[1m]))"
        for more in (',code=~"5.."', "")
    )
    return Rule(
        name="ShopServiceErrorRatioHigh",
        expression=f"{failed} / {every} > 0.05",
        for_seconds=60,
        labels=MappingProxyType({"severity": "warning", "deployment": "{{ $labels.service }}"}),
        summary="More than 5% of the calls to {{ $labels.service }} fail",
        description=(
            "{{ $value | humanizePercentage }} of the calls to {{ $labels.service }}"
            " were answered with 5xx in the last minute (limit 5%)."
        ),
    )


def _rollouts() -> tuple[Rule, ...]:
    return (
        Rule(
            "KubeDeploymentReplicasMismatch",
            'kube_deployment_spec_replicas{namespace="shop"}'
            ' != kube_deployment_status_replicas_available{namespace="shop"}',
            120,
            WARNING,
            "Deployment {{ $labels.deployment }} does not have the replicas it wants",
            "{{ $labels.namespace }}/{{ $labels.deployment }} wants {{ $value }} replicas, and"
            " for 2 minutes another number has been available.",
        ),
        Rule(
            "KubeDeploymentRolloutStuck",
            'kube_deployment_status_replicas_updated{namespace="shop"}'
            ' < kube_deployment_spec_replicas{namespace="shop"}',
            180,
            WARNING,
            "The rollout of {{ $labels.deployment }} does not come to its end",
            "Only {{ $value }} pods of {{ $labels.namespace }}/{{ $labels.deployment }} are of"
            " its newest revision, for 3 minutes.",
        ),
    )


def _containers() -> tuple[Rule, ...]:
    waiting = 'max_over_time(kube_pod_container_status_waiting_reason{{reason=~"{}"}}[1m])'
    return (
        Rule(
            "KubePodCrashLooping",
            by_deployment(waiting.format("CrashLoopBackOff")),
            60,
            CRITICAL,
            "Pods of {{ $labels.deployment }} crash again and again",
            "{{ $value }} containers of {{ $labels.namespace }}/{{ $labels.deployment }} wait in"
            " CrashLoopBackOff.",
        ),
        Rule(
            "KubePodImagePullBackOff",
            by_deployment(waiting.format("ErrImagePull|ImagePullBackOff")),
            60,
            CRITICAL,
            "Pods of {{ $labels.deployment }} cannot pull their image",
            "{{ $value }} waiting states of {{ $labels.namespace }}/{{ $labels.deployment }} name"
            " an image that cannot be pulled.",
        ),
        Rule(
            "KubeContainerOOMKilled",
            by_deployment('kube_pod_container_status_last_terminated_reason{reason="OOMKilled"}'),
            30,
            CRITICAL,
            "Containers of {{ $labels.deployment }} are killed for using too much memory",
            "{{ $value }} containers of {{ $labels.namespace }}/{{ $labels.deployment }} were"
            " last ended by the kernel at their memory limit.",
        ),
    )
