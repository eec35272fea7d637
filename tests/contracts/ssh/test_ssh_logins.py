"""Logins: keys, certificates, ssh-agent, jump hosts and the configuration of OpenSSH."""

import contextlib
import getpass
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest

from stanch.settings.targets import HostSettings
from stanch.tools.clients.ssh import SshClient
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations.host import HostRead
from stanch.tools.outcome import Limits
from tests.contracts.ssh import ssh_around, ssh_servers
from tests.contracts.ssh.ssh_around import Proxy
from tests.contracts.ssh.ssh_servers import NAME, Server, line_of
from tests.time_bounds import below

Connect = Callable[..., SshClient]
UPTIME = HostRead(program="uptime", host=NAME)


@pytest.fixture(autouse=True)
def _uptime(server: Server) -> None:
    server.program("uptime", "echo up")


def answers(client: SshClient, host: str = NAME) -> bool:
    lines: list[str] = client.observe(UPTIME.model_copy(update={"host": host})).data["lines"]
    return lines == ["up"]


def failure(client: SshClient, host: str = NAME) -> str:
    with pytest.raises(TargetUnreachableError) as caught:
        client.observe(UPTIME.model_copy(update={"host": host}))
    return str(caught.value)


def test_the_second_of_two_keys_opens_the_login(server: Server, connect: Connect) -> None:
    keys = (server.keys.stranger, server.keys.user)
    assert answers(connect(identities=keys))


def test_a_refused_login_names_the_keys_that_were_tried_and_left_out(
    server: Server, connect: Connect, tmp_path: Path
) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.write_bytes(server.keys.user.read_bytes())
    open_to_all.chmod(0o644)
    locked = tmp_path / "locked"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(locked), passphrase="x")
    locked.chmod(0o600)
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("no key", encoding="utf-8")
    nonsense.chmod(0o600)
    keys = (server.keys.stranger, open_to_all, locked, nonsense, tmp_path / "none")
    said = failure(connect(identities=keys))
    assert f"{getpass.getuser()}@{NAME}" in said
    assert f"refuses the login with {server.keys.stranger}" in said
    assert f"{open_to_all} can be read by others (chmod 600" in said
    assert f"{locked} has a passphrase (unlock it with ssh-add" in said
    assert f"{nonsense} is no private key" in said
    assert f"{tmp_path / 'none'} cannot be read" in said


def test_without_any_key_it_says_so(connect: Connect, tmp_path: Path) -> None:
    assert "There is no key to log in" in failure(connect(identities=(tmp_path / "none",)))


def test_a_certificate_beside_the_key_opens_the_login(server: Server, connect: Connect) -> None:
    assert answers(connect(identities=(server.keys.certified,)))
    certificate = Path(f"{server.keys.certified}-cert.pub")
    text = certificate.read_bytes()
    certificate.unlink()
    try:
        assert "refuses the login" in failure(connect(identities=(server.keys.certified,)))
    finally:
        certificate.write_bytes(text)


@pytest.mark.parametrize("name", ["user", "certified", "rsa"])
def test_the_agent_signs_with_a_key_that_no_file_here_holds(
    server: Server, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    key: Path = server.folder / name
    if name == "rsa":
        made = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
        key = tmp_path / "rsa"
        ssh_servers.write_private(key, made)
        if server.kind == "asyncssh":
            pytest.skip("it reads the list of keys once")
        with server.keys.authorized.open("a", encoding="utf-8") as file:
            file.write(f"{line_of(made)}\n")
    with ssh_around.agent(tmp_path, (server.keys.stranger, key)) as where:
        monkeypatch.setenv("SSH_AUTH_SOCK", where)
        client = connect(identities=(tmp_path / "none",), agent=True)
        assert answers(client)
        client.close()
        assert "There is no key" in failure(connect(identities=(tmp_path / "none",)))


def test_many_threads_share_one_agent(
    server: Server, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = tuple(f"edge-{number}" for number in range(12))
    hosts = {name: HostSettings(address="127.0.0.1", port=server.port) for name in names}
    with ssh_around.agent(tmp_path, (server.keys.user,)) as where:
        monkeypatch.setenv("SSH_AUTH_SOCK", where)
        client = connect(identities=(tmp_path / "none",), agent=True, hosts=hosts)
        data = client.observe(HostRead(program="uptime", hosts=names)).data
        assert data["not_read"] == {}
        client.close()


def test_a_broken_agent_leaves_the_keys_of_files(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "agent"))
        listener.listen()

        def hang_up() -> None:
            line, _ = listener.accept()
            line.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        assert answers(connect(agent=True))
        thread.join()


def test_a_host_behind_another_is_reached_through_it(
    server: Server, connect: Connect, proxy: Proxy
) -> None:
    here = {
        "bastion": HostSettings(address="127.0.0.1", port=proxy.port),
        NAME: HostSettings(address="127.0.0.1", port=server.port, jump="bastion"),
        "edge-2": HostSettings(address="127.0.0.1", port=server.port, jump="bastion"),
    }
    key = line_of(server.keys.host)
    client = connect(hosts=here, known=f"bastion,{NAME},edge-2 {key}\n")
    data = client.observe(HostRead(program="uptime", hosts=(NAME, "edge-2"))).data
    assert data["not_read"] == {}
    assert client.connections == 3, "one to the host on the way, and two through it"
    assert proxy.accepted == 1
    for number in range(2, 8):
        proxy.cut()
        assert answers(client), "a new way is made, also when nobody has noticed the cut yet"
        assert proxy.accepted == number


def test_every_host_on_the_way_has_to_prove_who_it_is(server: Server, connect: Connect) -> None:
    here = {
        "bastion": HostSettings(address="127.0.0.1", port=server.port),
        NAME: HostSettings(address="127.0.0.1", port=server.port, jump="bastion"),
    }
    client = connect(hosts=here, known=f"{NAME} {line_of(server.keys.host)}\n")
    assert f"[bastion]:{server.port} is not known" in failure(client)


def test_a_host_that_the_one_on_the_way_cannot_reach_is_named(
    server: Server, connect: Connect
) -> None:
    here = {
        "bastion": HostSettings(address="127.0.0.1", port=server.port),
        NAME: HostSettings(address="127.0.0.1", port=ssh_servers.free_port(), jump="bastion"),
    }
    client = connect(hosts=here, known=f"* {line_of(server.keys.host)}\n")
    assert f"{NAME} cannot be reached through bastion" in failure(client)


def test_a_circle_of_jumps_is_an_error(connect: Connect) -> None:
    here = {"a": HostSettings(jump="b"), "b": HostSettings(jump="a")}
    assert "leads in a circle: a -> b -> a" in failure(connect(hosts=here), "a")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own_config"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_configuration_of_openssh_leads_to_the_host(
    server: Server, connect: Connect, tmp_path: Path
) -> None:
    known = tmp_path / "theirs"
    known.write_text(f"shop-edge {line_of(server.keys.host)}\n", encoding="utf-8")
    (tmp_path / "more.conf").write_text(
        f"Host edge-*\n  User {getpass.getuser()}\n  IdentityFile {server.keys.user}\n",
        encoding="utf-8",
    )
    config = written(
        tmp_path,
        f"""
        Include more.conf
        UserKnownHostsFile {known}
        Match exec "touch {tmp_path}/ran" host edge-1
            User nobody-at-all
        Host edge-1
            HostName 127.0.0.1
            Port={server.port}
            HostKeyAlias shop-edge
        Host edge-2
            ProxyJump {getpass.getuser()}@edge-1
            HostName 127.0.0.1
            Port {server.port}
            HostKeyAlias shop-edge
        Host edge-3
            ProxyCommand nc %h %p
        Host *
            User nobody-at-all
        """,
    )
    client = connect(config=config, identities=(), known_hosts=(), hosts={"x": HostSettings()})
    assert answers(client)
    assert answers(client, "edge-2")
    assert client.connections == 2, "the second one goes through the first"
    assert "ProxyCommand, which runs a shell" in failure(client, "edge-3")
    assert not (tmp_path / "ran").exists(), "a Match may not run anything"


@pytest.mark.parametrize(
    ("text", "said"),
    [("Host edge-1\n ProxyJump a b\n", "is not USER@HOST:PORT"), (None, "cannot be read")],
)
def test_a_configuration_that_leads_nowhere_is_named(
    connect: Connect, tmp_path: Path, text: str | None, said: str
) -> None:
    config = tmp_path / "missing" if text is None else written(tmp_path, text)
    assert said in failure(connect(config=config))


def test_a_group_is_not_a_host() -> None:
    from stanch.settings.targets import Targets

    client = SshClient(targets=Targets(groups={"edge": (NAME,)}))
    assert "edge is a group of hosts" in failure(client, "edge")


def test_a_closed_port_and_a_name_without_an_address_are_told_apart(connect: Connect) -> None:
    closed = HostSettings(address="127.0.0.1", port=ssh_servers.free_port())
    nowhere = HostSettings(address="no-such-host.invalid")
    client = connect(hosts={NAME: closed, "edge-2": nowhere})
    assert "cannot be reached: Connection refused" in failure(client)
    assert "edge-2 cannot be found" in failure(client, "edge-2")


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-Silent\r\n", b"x\r\n" * 3])
def test_a_host_that_accepts_and_says_nothing_is_given_up_in_time(
    connect: Connect, greeting: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        lines = []

        def accept() -> None:
            line, _ = listener.accept()
            line.sendall(greeting)
            lines.append(line)

        thread = threading.Thread(target=accept)
        thread.start()
        here = {NAME: HostSettings(address="127.0.0.1", port=listener.getsockname()[1])}
        begin = time.monotonic()
        said = failure(connect(hosts=here, connect_seconds=0.5))
        below(time.monotonic() - begin, 5, "long before the 10 s of the deadline")
        thread.join()
        lines[0].close()
    assert "within 0.5 s" in said
    assert ("key exchange" if b"SSH" in greeting else "says nothing") in said


def test_a_host_that_hangs_up_at_once_is_asked_again(server: Server, connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[threading.Thread] = []

        def serve() -> None:
            line, _ = listener.accept()
            line.close()
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", server.port))
            for pair in ((near, far), (far, near)):
                threads.append(threading.Thread(target=forward, args=pair))
                threads[-1].start()

        first = threading.Thread(target=serve)
        first.start()
        here = {NAME: HostSettings(address="127.0.0.1", port=listener.getsockname()[1])}
        client = connect(hosts=here, known=f"{NAME} {line_of(server.keys.host)}\n")
        assert answers(client)
        client.close()
        for one in (first, *threads):
            one.join(5)


def forward(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for one in (source, sink):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
    source.close()


def test_no_server_at_all_is_given_up_after_a_few_attempts(connect: Connect) -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)

        def serve() -> None:
            while not stop.is_set():
                try:
                    listener.accept()[0].close()
                except TimeoutError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        here = {NAME: HostSettings(address="127.0.0.1", port=listener.getsockname()[1])}
        said = failure(connect(hosts=here, limits=Limits(seconds=3.0)))
        stop.set()
        thread.join()
    assert "broke off the greeting" in said
