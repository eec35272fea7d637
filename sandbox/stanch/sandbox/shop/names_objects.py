"""The cluster's resolver as Kubernetes objects: CoreDNS, its Service and its Corefile."""

from typing import Any

SPACE = "kube-system"
RESOLVER = "coredns"
SERVICE = "kube-dns"
ADDRESS = "10.96.0.10"
REPLICAS = 2
LABELS = {"k8s-app": "kube-dns"}
ZONE = "cluster.local"
COREFILE = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
"""
_IMAGE = "registry.k8s.io/coredns/coredns:v1.11.3"


def every() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the objects of the resolver, each with its resource."""
    return ("configmaps", config_map()), ("services", service()), ("deployments", deployment())


def config_map() -> dict[str, Any]:
    """Return the ConfigMap with the Corefile."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": RESOLVER, "namespace": SPACE},
        "data": {"Corefile": COREFILE},
    }


def service() -> dict[str, Any]:
    """Return the Service that every pod asks for names."""
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
        {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153},
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": SERVICE, "namespace": SPACE, "labels": dict(LABELS)},
        "spec": {"clusterIP": ADDRESS, "selector": dict(LABELS), "ports": ports},
    }


def deployment() -> dict[str, Any]:
    """Return the Deployment of CoreDNS."""
    container = {
        "name": RESOLVER,
        "image": _IMAGE,
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
            {"name": "metrics", "containerPort": 9153, "protocol": "TCP"},
        ],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}},
        "resources": {
            "limits": {"memory": "170Mi"},
            "requests": {"cpu": "100m", "memory": "70Mi"},
        },
        "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns", "readOnly": True}],
    }
    volume = {
        "name": "config-volume",
        "configMap": {"name": RESOLVER, "items": [{"key": "Corefile", "path": "Corefile"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": RESOLVER, "namespace": SPACE, "labels": dict(LABELS)},
        "spec": {
            "replicas": REPLICAS,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "selector": {"matchLabels": dict(LABELS)},
            "template": {
                "metadata": {"labels": dict(LABELS)},
                "spec": {"dnsPolicy": "Default", "containers": [container], "volumes": [volume]},
            },
        },
    }
