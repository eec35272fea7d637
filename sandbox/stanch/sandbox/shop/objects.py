"""The Kubernetes objects of the shop, as its deploy pipeline would apply them."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from stanch.sandbox.shop.services import NAMESPACE, Service

CHANGE_CAUSE = "kubernetes.io/change-cause"
PORT = 8080


def namespace() -> dict[str, Any]:
    """Return the shop's Namespace."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": {"kubernetes.io/metadata.name": NAMESPACE}},
    }


def config_name(service: Service, number: int = 1) -> str:
    """Return the name of the service's ConfigMap of that number."""
    return f"{service.name}-config-{number}"


def config_map(service: Service, number: int = 1, **changed: str) -> dict[str, Any]:
    """Return the service's ConfigMap of that number, with some values changed."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": config_name(service, number),
            "namespace": NAMESPACE,
            "labels": {"app": service.name},
        },
        "data": {**service.config, **changed},
    }


def secret_name(service: str) -> str:
    """Return the name of the Secret with the service's login to the database."""
    return f"{service}-db"


def secret(service: Service, password: str) -> dict[str, Any]:
    """Return the Secret with the service's login to the database."""
    login = {"username": service.name, "password": password}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret_name(service.name),
            "namespace": NAMESPACE,
            "labels": {"app": service.name},
        },
        "type": "Opaque",
        "data": {name: b64encode(value.encode()).decode() for name, value in login.items()},
    }


def secret_value(held: Mapping[str, Any], key: str = "password") -> str | None:
    """Return one value of a Secret; None when it has none."""
    value = (held.get("data") or {}).get(key)
    return None if value is None else b64decode(value).decode()


def service_object(service: Service) -> dict[str, Any]:
    """Return the Service that spreads requests over the ready pods."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": service.name,
            "namespace": NAMESPACE,
            "labels": {"app": service.name},
        },
        "spec": {
            "type": "ClusterIP",
            "selector": {"app": service.name},
            "ports": [{"name": "http", "port": PORT, "targetPort": PORT, "protocol": "TCP"}],
        },
    }


def deployment(service: Service, version: str) -> dict[str, Any]:
    """Return the Deployment of `version`."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": service.name,
            "namespace": NAMESPACE,
            "labels": {"app": service.name},
            "annotations": {CHANGE_CAUSE: change_cause(service, version)},
        },
        "spec": {
            "replicas": service.replicas,
            "minReadySeconds": 5,
            "progressDeadlineSeconds": 120,
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app": service.name}},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {
                    "maxSurge": service.max_surge,
                    "maxUnavailable": service.max_unavailable,
                },
            },
            "template": {
                "metadata": {
                    "labels": {"app": service.name},
                    "annotations": {"shop.example/version": version},
                },
                "spec": {"containers": [container(service, version)]},
            },
        },
    }


def change_cause(service: Service, version: str) -> str:
    """Return the words that the deploy pipeline leaves on a release."""
    return f"deployer: release {service.name} {version}"


def container(service: Service, version: str) -> dict[str, Any]:
    """Return the one container of the service's pods."""
    reference = {"name": secret_name(service.name), "key": "password"}
    password = {"name": "DATABASE_PASSWORD", "valueFrom": {"secretKeyRef": reference}}
    return {
        "name": service.name,
        "image": service.image(version),
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "envFrom": [{"configMapRef": {"name": config_name(service)}}],
        **({"env": [password]} if service.database else {}),
        "readinessProbe": {
            "httpGet": {"path": "/ready", "port": PORT},
            "periodSeconds": 1,
            "failureThreshold": 3,
        },
        "resources": {
            "requests": {"cpu": service.cpu_request, "memory": f"{service.memory_mib}Mi"},
            "limits": {"cpu": "1", "memory": f"{service.memory_limit_mib}Mi"},
        },
    }
