"""The fixtures of the cluster contract."""

from tests.contracts.cluster.kube_fixtures import api, cluster, home, kubectl, shop

__all__ = ["api", "cluster", "home", "kubectl", "shop"]
