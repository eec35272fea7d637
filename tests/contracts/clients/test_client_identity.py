"""Who the Kubernetes client is, and what it says when it cannot be that, or cannot get through."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations import InspectWorkload, ListObjects, ReadLogs, RolloutHistory
from stanch.tools.outcome import Limits
from tests.contracts.clients.client_changes import scale
from tests.contracts.clients.client_front import Front
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json, Target
from tests.contracts.clients.conftest import Connect

NODES = ListObjects(resource="nodes")


def written(config: Json, path: Path) -> Path:
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


@pytest.fixture
def closing() -> Iterator[int]:
    """Listen on a port and close every connection at once; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def close_all() -> None:
            while not stop.is_set():
                connection, _ = listener.accept()
                connection.close()

        thread = threading.Thread(target=close_all)
        thread.start()
        port = listener.getsockname()[1]
        yield port
        stop.set()
        socket.create_connection(("127.0.0.1", port)).close()
        thread.join()


@pytest.mark.parametrize(
    "operation",
    [
        InspectWorkload(namespace=NAMESPACE, name="x"),
        RolloutHistory(namespace=NAMESPACE, name="x"),
        ReadLogs(namespace=NAMESPACE, deployment="x"),
    ],
    ids=lambda operation: operation.kind,
)
def test_a_missing_right_is_named_with_the_user(
    connect: Connect, operation: InspectWorkload | RolloutHistory | ReadLogs
) -> None:
    with pytest.raises(OperationRefusedError) as caught:
        connect("nobody").observe(operation)
    assert 'User "nobody" cannot get' in str(caught.value)
    assert "Grant 'get' on deployments.apps in namespace shop" in str(caught.value)


def test_an_unknown_credential_is_told_from_a_missing_right(
    connect: Connect, target: Target, tmp_path: Path
) -> None:
    config = target.config("reader")
    config["users"][0]["user"] = {"token": "not-the-token"}
    client = connect(kubeconfig=written(config, tmp_path / "config"))
    with pytest.raises(OperationRefusedError, match="does not accept the credential") as caught:
        client.observe(NODES)
    assert "not-the-token" not in str(caught.value)


def test_the_contexts_of_one_kubeconfig_are_different_people(
    connect: Connect, target_contexts: Path
) -> None:
    assert connect(kubeconfig=target_contexts, context="reader").observe(NODES).data["items"]
    with pytest.raises(OperationRefusedError, match='User "nobody"'):
        connect(kubeconfig=target_contexts).observe(NODES)
    with pytest.raises(TargetUnreachableError, match=r"no context 'root'\. It has: admin, nobody"):
        connect(kubeconfig=target_contexts, context="root").observe(NODES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "There is no kubeconfig at"),
        ("", "cannot be used"),
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ("contexts: []\nclusters: []\nusers: []", "lacks the"),
        (
            (
                "{current-context: a, contexts: [{name: a, context: {cluster: gone, user: u}}], "
                "clusters: [{name: b, cluster: {}}], users: [{name: u, user: {token: s3cret}}]}"
            ),
            "lacks the entry 'gone'",
        ),
    ],
)
def test_a_broken_kubeconfig_is_one_clear_sentence(
    connect: Connect, tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "kubeconfig"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(TargetUnreachableError, match=said) as caught:
        connect(kubeconfig=path).observe(NODES)
    assert str(path) in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_server_that_is_not_there_is_unreachable_and_nothing_was_sent(
    connect: Connect, corner: Corner, target: Target, tmp_path: Path, closing: int
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    seen = connect().look(change)
    config = target.config()
    with socket.create_server(("127.0.0.1", 0)) as unused:
        free = unused.getsockname()[1]
    for port in (free, closing):
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"
        path = written(config, tmp_path / f"{port}")
        client = connect(kubeconfig=path, limits=Limits(seconds=3))
        with pytest.raises(TargetUnreachableError, match=f"127.0.0.1:{port}") as caught:
            client.apply(change, key="k", observed=seen)
        assert not caught.value.may_have_run
    assert corner.get()["spec"]["replicas"] == 1


def test_an_actor_that_cannot_connect_changes_nothing_and_says_so(
    connect: Connect, corner: Corner, target: Target, tmp_path: Path, closing: int
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    config = target.config()
    cluster = config["clusters"][0]["cluster"]
    config["clusters"].append(
        {"name": "far", "cluster": {**cluster, "server": f"https://127.0.0.1:{closing}"}}
    )
    user = config["users"][0]["name"]
    config["contexts"].append({"name": "far", "context": {"cluster": "far", "user": user}})
    path = written(config, tmp_path / "config")
    client = connect(kubeconfig=path, act_context="far", limits=Limits(seconds=3))
    with pytest.raises(TargetUnreachableError, match="cannot be reached") as caught:
        client.apply(change, key="k", observed=client.look(change))
    assert not caught.value.may_have_run
    assert client.probe(change, key="k") is False


def test_a_server_with_an_untrusted_certificate_is_not_spoken_to(
    connect: Connect, target: Target, tmp_path: Path
) -> None:
    config = target.config("reader")
    del config["clusters"][0]["cluster"]["certificate-authority-data"]
    client = connect(kubeconfig=written(config, tmp_path / "config"), limits=Limits(seconds=3))
    with pytest.raises(TargetUnreachableError, match="certificate is not trusted"):
        client.observe(NODES)


def test_a_credential_plugin_that_fails_is_quoted(
    connect: Connect, target: Target, tmp_path: Path
) -> None:
    config = target.config("reader")
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", "import sys; sys.exit('the sign-in has expired')"],
        "interactiveMode": "Never",
    }
    config["users"][0]["user"] = {"exec": plugin}
    client = connect(kubeconfig=written(config, tmp_path / "config"))
    with pytest.raises(TargetUnreachableError, match="the sign-in has expired"):
        client.observe(NODES)


def test_twenty_reads_run_side_by_side(
    connect: Connect, front: Front, fronted: Path, corner: Corner
) -> None:
    corner.deploy()
    together = threading.Barrier(20)
    errors: list[BaseException] = []
    # Each request waits in the front until all twenty have arrived.
    front.rule = lambda _: (together.wait(10), None)[1]
    client = connect(kubeconfig=fronted, context="front")

    def read() -> None:
        try:
            client.observe(NODES)
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            errors.append(error)

    for _ in range(2):
        threads = [threading.Thread(target=read) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    assert front.most_going == 20
    assert len({seen.connection for seen in front.seen}) == 20, "connections are used again"


def test_the_package_is_imported_at_the_first_operation_only(target: Target) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from stanch.tools.clients.kubernetes import KubernetesClient\n"
        "from stanch.tools.clients.metrics import MetricsClient\n"
        "from stanch.tools.operations import TopNodes, ListObjects\n"
        f"client = KubernetesClient(kubeconfig=Path({str(target.kubeconfig())!r}), context=None)\n"
        "MetricsClient(url='http://127.0.0.1:9')\n"
        "heavy = {'kubernetes', 'urllib3', 'httpx2', 'tenacity'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "assert client.observe(ListObjects(resource='nodes')).data['items']\n"
        "assert 'kubernetes.client.api.core_v1_api' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=240)


def test_a_client_that_was_closed_opens_again(client: KubernetesClient) -> None:
    client.observe(NODES)
    client.close()
    assert client.observe(NODES).data["items"]
