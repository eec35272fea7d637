"""The fixtures of the cluster contract, and a header that says which servers are held to it."""

from tests.contracts.cluster import kube_targets, kubectl_programs
from tests.contracts.cluster.kube_fixtures import (
    api,
    cluster,
    home,
    kubectl,
    pytest_terminal_summary,
    shop,
)

__all__ = ["api", "cluster", "home", "kubectl", "pytest_terminal_summary", "shop"]


def pytest_report_header() -> list[str]:
    """Say first which servers and programs are tested, and which are not."""
    return [kube_targets.notice(), kubectl_programs.notice(kubectl_programs.found())]
