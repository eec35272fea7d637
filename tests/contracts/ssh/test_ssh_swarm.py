"""A rollback that nobody saw end is unknown; one that was refused changed nothing (MIT-02)."""

import getpass
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.sandbox.hosts.swarm import Service, image, spec_of
from stanch.tools.clients.ssh import SshClient
from stanch.tools.errors import OperationRefusedError, OutcomeUnknownError, PreconditionFailedError
from stanch.tools.operations.base import digest_of
from stanch.tools.operations.host_swarm import RollBackService
from tests.contracts.ssh.ssh_servers import NAME, OPERATOR, Server

Connect = Callable[..., SshClient]
API = "api"
SCRIPT = """
echo "$*" >> {folder}/calls
case "$2" in
inspect) cat {folder}/now ;;
rollback) {act} ;;
esac
"""


class Docker:
    """A host's docker, whose one service is a file; what a rollback does is a line of script."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.folder: Path = server.folder / "docker"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.service = Service(API, spec_of(API, "1", replicas=2), 1_790_000_000.0, 12)
        self.service.update(spec_of(API, "2", replicas=2, env=("MODE=fast",)), 1_790_000_100.0)
        self.writes("now")
        self.does(f"cp {self.folder}/after {self.folder}/now")
        self.service.roll_back(1_790_000_200.0)
        self.writes("after")

    def writes(self, name: str, service: Service | None = None) -> None:
        text = json.dumps([(service or self.service).shown()])
        (self.folder / name).write_text(text, encoding="utf-8")

    def does(self, act: str) -> None:
        self.server.program("docker", SCRIPT.format(folder=self.folder, act=act))

    @property
    def rollbacks(self) -> int:
        calls = (self.folder / "calls").read_text(encoding="utf-8")
        return calls.count("service rollback --detach api\n")


@pytest.fixture
def docker(server: Server) -> Iterator[Docker]:
    yield Docker(server)
    (server.programs / "docker").unlink()


@pytest.fixture
def client(connect: Connect) -> SshClient:
    return connect(act_user=getpass.getuser())


@pytest.fixture
def change(docker: Docker) -> RollBackService:
    # The service is rolled back in memory; its file still shows it as it was.
    shown: dict[str, Any] = json.loads((docker.folder / "now").read_text())[0]
    fields = {
        "host": NAME,
        "service": API,
        "service_id": shown["ID"],
        "version": shown["Version"]["Index"],
        "image": image(API, "2"),
        "to_image": image(API, "1"),
        "spec_sha256": digest_of(shown["Spec"]),
        "to_sha256": digest_of(shown["PreviousSpec"]),
    }
    return RollBackService.model_validate(fields)


def test_a_service_is_rolled_back_once(
    docker: Docker, client: SshClient, change: RollBackService
) -> None:
    observed = client.look(change)
    assert client.probe(change, key="k") is False
    outcome = client.apply(change, key="k", observed=observed)
    assert outcome.data["image"] == image(API, "1")
    assert (docker.rollbacks, client.probe(change, key="k")) == (1, True)
    with pytest.raises(PreconditionFailedError, match="version"):
        client.apply(change, key="k", observed=observed)
    assert docker.rollbacks == 1


def test_a_refusal_that_changed_nothing_is_a_refusal(
    docker: Docker, client: SshClient, change: RollBackService
) -> None:
    docker.does("echo 'Error response from daemon: rpc error: update out of sequence' >&2; exit 1")
    with pytest.raises(OperationRefusedError, match="update out of sequence"):
        client.apply(change, key="k", observed=client.look(change))
    assert client.probe(change, key="k") is False


def test_an_update_that_came_between_is_neither_done_nor_refused(
    docker: Docker, client: SshClient, change: RollBackService
) -> None:
    docker.service.update(spec_of(API, "3", replicas=2), 1_790_000_150.0)
    docker.writes("after")
    with pytest.raises(OutcomeUnknownError, match="others changed the service in the same moment"):
        client.apply(change, key="k", observed=client.look(change))
    assert client.probe(change, key="k") is None


def test_a_rollback_that_cannot_be_looked_at_is_unknown(
    docker: Docker, client: SshClient, change: RollBackService
) -> None:
    docker.does(f"rm {docker.folder}/now")
    with pytest.raises(OutcomeUnknownError, match="could not be looked at"):
        client.apply(change, key="k", observed=client.look(change))


def test_a_command_that_was_killed_is_unknown_and_sent_once(
    docker: Docker, client: SshClient, change: RollBackService
) -> None:
    docker.does("kill -9 $$")
    with pytest.raises(OutcomeUnknownError, match="ended badly"):
        client.apply(change, key="k", observed=client.look(change))
    assert (docker.rollbacks, client.probe(change, key="k")) == (1, False)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'Error response from daemon: This node is not a swarm manager.' >&2; exit 1", "man"),
        ("echo '[]'", "nobody can read"),
        ("echo '[{\"ID\": 1}'", "nobody can read"),
    ],
)
def test_a_host_that_tells_nothing_of_the_service_is_no_look(
    docker: Docker, client: SshClient, change: RollBackService, script: str, why: str
) -> None:
    docker.server.program("docker", script)
    with pytest.raises(OperationRefusedError, match=why):
        client.look(change)


def test_a_service_that_is_gone_is_missing(
    docker: Docker, client: SshClient, change: RollBackService
) -> None:
    docker.server.program("docker", "echo '[]'; echo 'Error: no such service: api' >&2; exit 1")
    assert client.look(change) == {"missing": True}
    assert not client.preview(change, key="k").accepted
    with pytest.raises(PreconditionFailedError, match="is gone"):
        client.apply(change, key="k", observed={"missing": True})


def test_docker_is_asked_with_sudo_where_the_change_says_so(
    docker: Docker, server: Server, connect: Connect, change: RollBackService
) -> None:
    if server.kind == "sshd":
        pytest.skip("it would need a second user of the system")
    server.program("sudo", f'echo "$*" >> {docker.folder}/sudo; shift; exec "$@"')
    client = connect(act_user=OPERATOR)
    change = change.model_copy(update={"sudo": True})
    client.apply(change, key="k", observed=client.look(change))
    assert "-n docker service rollback --detach api" in (docker.folder / "sudo").read_text()
    server.program("sudo", "echo 'sudo: a password is required' >&2; exit 1")
    with pytest.raises(OperationRefusedError, match="a password is required"):
        client.look(change)
