"""Parts that say nothing, or end in the middle, hold nobody up and are told as what they are."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko  # type: ignore[import-untyped]
import pytest

from stanch.settings.targets import HostSettings, SshSettings, Targets
from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.clients.ssh import SshClient
from stanch.tools.clients.ssh.identities import Agent
from stanch.tools.errors import TargetUnreachableError, ToolError
from stanch.tools.operations import HostRead
from stanch.tools.outcome import Limits
from tests.time_bounds import below


@pytest.fixture
def silent_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("stanch.tools.clients.ssh.identities._AGENT_SECONDS", 0.3)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "agent"))
        listener.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        yield


@pytest.mark.usefixtures("silent_agent")
def test_an_agent_that_says_nothing_holds_nobody_up() -> None:
    agent = Agent()
    begin = time.monotonic()
    threads = [threading.Thread(target=agent.identities, daemon=True) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(3)
    below(time.monotonic() - begin, 2)
    assert not any(thread.is_alive() for thread in threads)
    assert agent.identities() == ()
    assert "ssh-agent gives no answer" in agent.trouble
    agent.close()


class _Ends(paramiko.ServerInterface):  # type: ignore[misc]
    """Lets everybody in, and ends a session when it is given a command, without a word."""

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "publickey"

    def check_auth_publickey(self, username: str, key: Any) -> int:
        del username, key
        return int(paramiko.AUTH_SUCCESSFUL)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        return int(paramiko.OPEN_SUCCEEDED)

    def check_channel_exec_request(self, channel: Any, command: bytes) -> bool:
        del command
        channel.close()
        return True


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[SshClient]:
    host, user = (paramiko.ECDSAKey.generate() for _ in range(2))
    user.write_private_key_file(str(tmp_path / "key"))
    (tmp_path / "config").touch()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        known = f"[web-1]:{port} {host.get_name()} {host.get_base64()}\n"
        (tmp_path / "known").write_text(known, encoding="utf-8")
        opened: list[Any] = []

        def serve() -> None:
            line, _ = listener.accept()
            transport = paramiko.Transport(line)
            opened.append(transport)
            transport.add_server_key(host)
            transport.start_server(server=_Ends())

        thread = threading.Thread(target=serve)
        thread.start()
        ssh = SshSettings(
            user="deploy",
            identities=(tmp_path / "key",),
            known_hosts=(tmp_path / "known",),
            config=tmp_path / "config",
            agent=False,
        )
        hosts = {"web-1": HostSettings(address="127.0.0.1", port=port)}
        client = SshClient(targets=Targets(ssh=ssh, hosts=hosts), limits=Limits(seconds=5))
        yield client
        client.close()
        thread.join()
        for transport in opened:
            transport.close()


def test_a_session_that_ends_without_a_word_is_no_refusal(ending: SshClient) -> None:
    # The command was sent, and may have run: only a plain no says that it did not.
    with pytest.raises(ToolError) as caught:
        ending.observe(HostRead(program="uptime", host="web-1"))
    assert isinstance(caught.value, NoAnswerError)
    assert isinstance(caught.value, TargetUnreachableError)
