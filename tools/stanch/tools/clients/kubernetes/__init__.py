"""The client of a Kubernetes cluster. `kubernetes` itself is imported at the first operation."""

from stanch.tools.clients.kubernetes.client import KubernetesClient

__all__ = ["KubernetesClient"]
