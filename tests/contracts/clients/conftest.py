"""Fixtures of the clients' contract: each test of the Kubernetes client runs on every cluster."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.clients.kubernetes.objects_patch import ObjectHands
from stanch.tools.outcome import Limits
from tests.contracts.clients import client_targets
from tests.contracts.clients.client_front import Front
from tests.contracts.clients.client_targets import Corner, Target

Connect = Callable[..., KubernetesClient]


def pytest_report_header() -> str:
    tested = " and the ".join(client_targets.names())
    return (
        f"clients contract: the {tested} cluster (a real one is named by {client_targets.VARIABLE})"
    )


@pytest.fixture(scope="session", params=client_targets.names())
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    found = client_targets.start(request.param, tmp_path_factory.mktemp("cluster"))
    yield found
    found.close()


@pytest.fixture
def corner(target: Target) -> Iterator[Corner]:
    made = Corner(target)
    yield made
    made.clean()


@pytest.fixture
def connect(target: Target) -> Iterator[Connect]:
    """Open clients of the cluster, as admin unless told otherwise, and close them at the end."""
    opened: list[KubernetesClient] = []

    def connect(
        user: str = "admin",
        *,
        kubeconfig: Path | None = None,
        context: str | None = None,
        act_context: str | None = None,
        limits: Limits | None = None,
    ) -> KubernetesClient:
        client = KubernetesClient(
            kubeconfig=kubeconfig or target.kubeconfig(user),
            context=context,
            act_context=act_context,
            limits=limits or Limits(),
        )
        opened.append(client)
        return client

    yield connect
    for client in opened:
        client.close()


@pytest.fixture
def client(connect: Connect) -> KubernetesClient:
    """Return a client of the cluster with all rights."""
    return connect()


@pytest.fixture
def hands(client: KubernetesClient) -> ObjectHands:
    """Return what patches objects, with all rights."""
    return client.objects


@pytest.fixture
def front(target: Target) -> Iterator[Front]:
    """Start a front before the cluster that misbehaves on request."""
    import httpx2

    door = target.door("operator")
    behind = httpx2.Client(base_url=door.base_url, transport=door._transport, timeout=30)
    opened = Front(behind)
    yield opened
    opened.close()


@pytest.fixture
def fronted(target: Target, front: Front, tmp_path: Path) -> Path:
    """Return a kubeconfig whose context `front` is the front, and `direct` the way past it."""
    config = target.config("operator")
    cluster = config["clusters"][0]["cluster"]
    path = tmp_path / "fronted.kubeconfig"
    both = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "direct",
        "clusters": [
            {"name": "direct", "cluster": cluster},
            {"name": "front", "cluster": {"server": front.url}},
        ],
        "users": [{"name": "operator", "user": config["users"][0]["user"]}],
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": "operator"}}
            for name in ("direct", "front")
        ],
    }
    path.write_text(yaml.safe_dump(both), encoding="utf-8")
    return path


@pytest.fixture
def target_contexts(target: Target, tmp_path: Path) -> Path:
    """Return a kubeconfig with a context for each user, under the user's name."""
    path = tmp_path / "contexts.kubeconfig"
    path.write_text(yaml.safe_dump(client_targets.contexts(target)), encoding="utf-8")
    return path
