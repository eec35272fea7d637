"""Fixtures of all Kubernetes tests, as a plugin: the server, a corner of its shop, and kubectl.

A conftest imports it, too, maybe before it is named as a plugin, which is too late for pytest to
rewrite assertions; there are none here: PYTEST_DONT_REWRITE.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.cluster import kube_targets, kubectl_programs
from tests.contracts.cluster.kube_api import Api
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kube_targets import Cluster
from tests.contracts.cluster.kubectl_programs import Kubectl

__all__ = ["api", "cluster", "home", "kubectl", "shop"]

_PROGRAMS = kubectl_programs.found()


@pytest.fixture(scope="session", params=kube_targets.names())
def cluster(
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> Cluster:
    """Return each server in its turn."""
    return kube_targets.running(pytestconfig, request.param, tmp_path_factory.mktemp("cluster"))


@pytest.fixture
def api(cluster: Cluster) -> Api:
    """Return the admin's door to the server."""
    return cluster.api()


@pytest.fixture
def shop(cluster: Cluster) -> Iterator[Shop]:
    """Return a corner of the shop that is empty before and after."""
    corner = Shop(cluster)
    yield corner
    corner.clean()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home where kubectl keeps what it learned of the servers."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(params=_PROGRAMS.values(), ids=list(_PROGRAMS))
def kubectl(request: pytest.FixtureRequest, cluster: Cluster, home: Path) -> Kubectl:
    """Return each kubectl of the machine in its turn."""
    return Kubectl(program=request.param, cluster=cluster, home=home)
