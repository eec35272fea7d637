"""What pods and nodes use now, from the metrics API as plain numbers; pure but for the import."""

from decimal import Decimal
from typing import Any


def pod_usage(item: dict[str, Any]) -> dict[str, Any]:
    """Return {"pod", "containers": [{"name", "cpu_cores", "memory_bytes"}]} of a PodMetrics."""
    containers = item.get("containers") or []
    return {
        "pod": item["metadata"]["name"],
        "containers": [{"name": c["name"], **_amounts(c["usage"])} for c in containers],
    }


def node_usage(item: dict[str, Any]) -> dict[str, Any]:
    """Return {"node", "cpu_cores", "memory_bytes"} of a NodeMetrics."""
    return {"node": item["metadata"]["name"], **_amounts(item["usage"])}


def _amounts(usage: dict[str, str]) -> dict[str, Any]:
    return {
        "cpu_cores": float(_number(usage.get("cpu", "0"))),
        "memory_bytes": int(_number(usage.get("memory", "0"))),
    }


def _number(quantity: str) -> Decimal:
    from kubernetes.utils.quantity import parse_quantity  # noqa: PLC0415 - imported by now

    return Decimal(parse_quantity(quantity))  # type: ignore[no-untyped-call]
