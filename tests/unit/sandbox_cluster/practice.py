"""A practice cluster without HTTP, and short words for what the tests do with it."""

from typing import Any

from stanch.sandbox.cluster.engine import Cluster

START = 1_750_000_000.0


def new_cluster(seed: int = 0) -> Cluster:
    """Return a cluster with the namespace shop."""
    cluster = Cluster(now=START, seed=seed)
    cluster.store.create("namespaces", "", {"metadata": {"name": "shop"}})
    return cluster


def deploy(cluster: Cluster, image: str = "v1", **spec: Any) -> dict[str, Any]:
    """Create the Deployment web."""
    container = {"name": "web", "image": f"registry.local/web:{image}"}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    body = {
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec},
    }
    return cluster.store.create("deployments", "shop", body)


def set_image(cluster: Cluster, image: str) -> None:
    """Give the Deployment web another image."""
    container = {"name": "web", "image": f"registry.local/web:{image}"}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    cluster.store.patch_merge("deployments", "shop", "web", patch)


def run(cluster: Cluster, seconds: float) -> None:
    """Let simulated time pass."""
    cluster.advance(cluster.now + seconds)


def web(cluster: Cluster) -> dict[str, Any]:
    """Return the Deployment web."""
    return cluster.store.get("deployments", "shop", "web")


def pods(cluster: Cluster) -> list[dict[str, Any]]:
    """Return the pods of the Deployment web."""
    return cluster.store.list("pods", "shop", labels={"app": "web"})


def reasons(cluster: Cluster) -> set[str]:
    """Return the reasons of all events in the shop."""
    return {event["reason"] for event in cluster.store.list("events", "shop")}


def condition(obj: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return a condition of an object."""
    found: dict[str, Any] = next(c for c in obj["status"]["conditions"] if c["type"] == kind)
    return found
