"""The alert rules about room: autoscalers at their limit, full quotas, pods without a node."""

from stanch.sandbox.shop.rules import CRITICAL, WARNING, Rule, by_deployment

_HPA = "kube_horizontalpodautoscaler"
_REFUSED = 'kube_deployment_status_condition{condition="ReplicaFailure",status="true"} == 1'
_FULL = (
    "max by (namespace, resourcequota)"
    ' (kube_resourcequota{type="used"} / ignoring (type) (kube_resourcequota{type="hard"} > 0))'
    " >= 1"
)

RULES = (
    Rule(
        "KubeHpaMaxedOut",
        f"label_replace(({_HPA}_status_current_replicas == {_HPA}_spec_max_replicas)"
        " * on (namespace, horizontalpodautoscaler) group_left (scaletargetref_name)"
        f' {_HPA}_info, "deployment", "$1", "scaletargetref_name", "(.+)")',
        15,
        WARNING,
        "The autoscaler of {{ $labels.deployment }} runs as many pods as it may",
        "{{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} has {{ $value }} replicas,"
        " which is its maximum.",
    ),
    Rule(
        "KubeQuotaExceeded",
        "sum by (namespace, deployment, resourcequota) ("
        f"({_REFUSED}) * on (namespace) group_left (resourcequota) ({_FULL}))",
        30,
        WARNING,
        "The quota {{ $labels.resourcequota }} refuses pods of {{ $labels.deployment }}",
        "Pods of {{ $labels.namespace }}/{{ $labels.deployment }} cannot be created, and the quota"
        " {{ $labels.resourcequota }} is used up.",
    ),
    Rule(
        "KubeQuotaFullyUsed",
        f"({_FULL}) < 1.0001",
        900,
        WARNING,
        "The quota {{ $labels.resourcequota }} is used up",
        "{{ $labels.namespace }}/{{ $labels.resourcequota }} has been used up for 15 minutes.",
    ),
    Rule(
        "KubePodUnschedulable",
        by_deployment('kube_pod_status_unschedulable{namespace="shop"}'),
        30,
        WARNING,
        "Pods of {{ $labels.deployment }} find no node",
        "{{ $value }} pods of {{ $labels.namespace }}/{{ $labels.deployment }} wait for a node.",
    ),
    Rule(
        "KubePodNotReady",
        by_deployment(
            'kube_pod_status_phase{namespace="shop",phase=~"Pending|Unknown"}',
        ),
        300,
        WARNING,
        "Pods of {{ $labels.deployment }} do not start",
        "{{ $value }} pods of {{ $labels.namespace }}/{{ $labels.deployment }} have been pending"
        " for 5 minutes.",
    ),
    Rule(
        "KubePodEvicted",
        by_deployment('kube_pod_status_reason{namespace="shop",reason="Evicted"}'),
        15,
        CRITICAL,
        "Pods of {{ $labels.deployment }} were evicted",
        "{{ $value }} pods of {{ $labels.namespace }}/{{ $labels.deployment }} were given up by"
        " their node, which is short of something.",
    ),
    Rule(
        "KubeCPUOvercommit",
        'sum(kube_pod_container_resource_requests{resource="cpu"})'
        ' / sum(kube_node_status_allocatable{resource="cpu"}) > 0.9',
        300,
        WARNING,
        "The nodes have hardly any processors left to give",
        "Pods ask for {{ $value | humanizePercentage }} of what the nodes can give.",
    ),
)
