"""What an ssh-agent says is used as far as it can be, and waited for only once."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import asyncssh
import paramiko  # type: ignore[import-untyped]
import pytest

from stanch.tools.clients.ssh.dial import dial
from stanch.tools.clients.ssh.identities import Agent
from stanch.tools.clients.ssh.route import Route
from stanch.tools.errors import TargetUnreachableError

LIST_KEYS, KEYS = 11, 12
Listen = Callable[[Sequence[tuple[bytes, str]] | None], "Listener"]


def text(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


class Listener:
    """An agent that lists its keys as the protocol says, or hangs up when it has none to list."""

    def __init__(self, path: Path, keys: Sequence[tuple[bytes, str]] | None) -> None:
        self.accepted = 0
        self._keys = keys
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.accepted += 1
                with line:
                    while self._keys is not None and (asked := line.recv(4096)):
                        assert asked == text(bytes([LIST_KEYS]))
                        listed = b"".join(
                            text(blob) + text(name.encode()) for blob, name in self._keys
                        )
                        line.sendall(
                            text(bytes([KEYS]) + len(self._keys).to_bytes(4, "big") + listed)
                        )

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listen]:
    opened: list[Listener] = []

    def listen(keys: Sequence[tuple[bytes, str]] | None) -> Listener:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        opened.append(Listener(tmp_path / "agent", keys))
        return opened[-1]

    yield listen
    for one in opened:
        one.close()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_a_certificate_of_the_agent_is_offered_before_any_key(listen: Listen, kind: str) -> None:
    key, authority = (asyncssh.generate_private_key(one) for one in (kind, "ssh-ed25519"))
    whole = authority.generate_user_certificate(key, "me", principals=["me"]).public_data
    listen([(key.public_data, "plain"), (whole, "signed"), (key.public_data, "")])
    agent = Agent()
    with contextlib.closing(agent):
        found = agent.identities()
    assert [one.name for one in found] == [
        "certificate signed of the agent",
        "plain of the agent",
        f"{kind} of the agent",
    ]
    assert found[0].key.public_blob.key_blob == whole
    assert agent.trouble == ""


def test_keys_of_a_kind_that_cannot_be_used_are_passed_over(listen: Listen) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    strange = text(b"sk-ssh-ed25519@openssh.com") + text(b"k" * 32) + text(b"ssh:")
    signed = text(b"sk-ssh-ed25519-cert-v01@openssh.com") + text(b"n" * 32)
    listen([(strange, "token"), (signed, "signed token"), (key.public_data, "plain")])
    agent = Agent()
    with contextlib.closing(agent):
        assert [one.name for one in agent.identities()] == ["plain of the agent"]


def test_an_agent_that_hung_up_once_is_asked_no_more(listen: Listen) -> None:
    listener = listen(None)
    agent = Agent()
    with contextlib.closing(agent):
        assert agent.identities() == ()
        assert "the ssh-agent gives no answer" in agent.trouble
        assert agent.identities() == ()
    assert listener.accepted == 1


def test_a_key_of_an_agent_that_was_closed_signs_nothing_and_says_why(listen: Listen) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    listen([(key.public_data, "plain")])
    agent = Agent()
    [found] = agent.identities()
    agent.close()
    with pytest.raises(paramiko.SSHException, match="asked no more"):
        found.key.sign_ssh_data(b"words")


def route(address: str, port: int) -> Route:
    return Route(
        name="edge-1",
        known_as="edge-1",
        address=address,
        port=port,
        user="me",
        identities=(),
        agent=False,
        known_hosts=(),
    )


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1"])
def test_a_host_is_reached_by_name_or_address_and_small_messages_go_at_once(address: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        dial(route(address, server.getsockname()[1]), 10.0) as line,
    ):
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        accepted, _ = server.accept()
        accepted.close()


def test_without_time_left_no_connection_is_begun() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        with pytest.raises(TargetUnreachableError, match="no connection within 0 s"):
            dial(route("127.0.0.1", server.getsockname()[1]), 0.0)
        with pytest.raises(BlockingIOError):
            server.accept()
