"""Nothing is sent to a host that cannot prove to be the one that is known."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from stanch.settings.targets import HostSettings
from stanch.tools.clients.ssh import SshClient
from stanch.tools.clients.ssh.host_keys import HostKeyError
from stanch.tools.clients.ssh.known_hosts import KnownHosts
from stanch.tools.operations.host import HostRead
from tests.contracts.ssh import ssh_around, ssh_servers
from tests.contracts.ssh.ssh_servers import NAME, Server, line_of

Connect = Callable[..., SshClient]
UPTIME = HostRead(program="uptime", host=NAME)


@pytest.fixture(autouse=True)
def _uptime(server: Server) -> None:
    server.program("uptime", "echo up; touch $HOME/ran")
    (server.folder / "ran").unlink(missing_ok=True)


def hashed(name: str) -> str:
    salt = b"0123456789abcdefghij"
    digest = hmac.digest(salt, name.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def fingerprint(key: asyncssh.SSHKey) -> str:
    digest = hashlib.sha256(key.public_data).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def refused(server: Server, client: SshClient, host: str = NAME) -> str:
    with pytest.raises(HostKeyError) as caught:
        client.observe(UPTIME.model_copy(update={"host": host}))
    assert not (server.folder / "ran").exists(), "something was run on a host that is not known"
    return str(caught.value)


def accepts(client: SshClient, host: str = NAME) -> None:
    assert client.observe(UPTIME.model_copy(update={"host": host})).data["lines"] == ["up"]


def test_a_host_that_nobody_vouches_for_is_refused_and_how_to_mend_it(
    server: Server, connect: Connect
) -> None:
    said = refused(server, connect(known="# none\n"))
    assert f"[{NAME}]:{server.port} is not known" in said
    assert fingerprint(server.keys.host) in said
    assert f"'[{NAME}]:{server.port} {line_of(server.keys.host)}'" in said
    assert "known_hosts-0" in said


def test_the_line_that_the_refusal_offers_mends_it(server: Server, connect: Connect) -> None:
    said = refused(server, connect(known=""))
    line = said.partition("add the line '")[2].partition("'")[0]
    accepts(connect(known=f"{line}\n"))


def test_a_changed_key_is_refused_with_both_fingerprints_and_the_line(
    server: Server, connect: Connect
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    said = refused(server, connect(known=f"\n{NAME} {line_of(other)}\n"))
    assert "has changed" in said
    assert fingerprint(server.keys.host) in said
    assert fingerprint(other) in said
    assert "line 2 of" in said


@pytest.mark.parametrize("name", ["[edge-1]:{port}", "edge-1", "[127.0.0.1]:{port}", "127.0.0.1"])
def test_every_way_to_write_the_name_is_found(server: Server, connect: Connect, name: str) -> None:
    written = name.format(port=server.port)
    key = line_of(server.keys.host)
    accepts(connect(known=f"other,{written} {key}\n"))
    accepts(connect(known=f"{hashed(written)} {key} comment\n"))


@pytest.mark.parametrize(
    ("names", "known"),
    [
        ("edge-*", True),
        ("EDGE-?", True),
        ("*,!edge-1", False),
        ("!edge-1,edge-*", False),
        ("[edge-*]:*", True),
        ("edge-[12]", False),
        ("*.example.com", False),
    ],
)
def test_wildcards_and_negation(
    server: Server, connect: Connect, names: str, *, known: bool
) -> None:
    client = connect(known=f"{names} {line_of(server.keys.host)}\n")
    if known:
        accepts(client)
    else:
        assert "is not known" in refused(server, client)


def test_a_strange_line_is_passed_over_and_named_when_it_matters(
    server: Server, connect: Connect
) -> None:
    strange = "edge-1 ssh-ed25519 %%%\n@what edge-1 ssh-ed25519 AAAA\n|1|x edge\nedge-1 ssh-rsa\n"
    said = refused(server, connect(known=strange))
    accepts(connect(known=strange + server.known))
    assert "has lines that cannot be read: 1, 2, 3, 4" in said


def test_a_revoked_key_is_refused_though_another_line_vouches_for_it(
    server: Server, connect: Connect
) -> None:
    said = refused(server, connect(known=f"{server.known}@revoked * {line_of(server.keys.host)}\n"))
    assert "is revoked by line 2" in said


def test_a_host_that_has_the_known_key_of_another_type_is_asked_for_it(
    server: Server, connect: Connect
) -> None:
    ecdsa = line_of(server.keys.host_ecdsa)
    rsa = line_of(asyncssh.generate_private_key("ssh-rsa", key_size=2048))
    said = refused(server, connect(known=f"{NAME} {rsa}\n"))
    accepts(connect(known=f"{NAME} {ecdsa}\n"))
    accepts(connect(known=f"{hashed(NAME)} {ecdsa}\nother {line_of(server.keys.host)}\n"))
    assert "only its ssh-rsa key is known" in said


def authority(server: Server, names: str = "*") -> str:
    return f"@cert-authority {names} {line_of(server.keys.host_authority)}\n"


def test_a_certificate_of_a_trusted_authority_is_enough(server: Server, connect: Connect) -> None:
    accepts(connect(known=authority(server)))
    accepts(connect(known=authority(server, "edge-*")))
    accepts(
        connect(known=f"@cert-authority {hashed(NAME)} {line_of(server.keys.host_authority)}\n")
    )
    here = {"edge-7.example.com": HostSettings(address="127.0.0.1", port=server.port)}
    accepts(connect(known=authority(server), hosts=here), "edge-7.example.com")


def test_a_certificate_counts_only_for_the_hosts_that_it_names(
    server: Server, connect: Connect
) -> None:
    here = {"db-1": HostSettings(address="127.0.0.1", port=server.port)}
    said = refused(server, connect(known=authority(server), hosts=here), "db-1")
    assert "it is for edge-1, edge-*.example.com, not for db-1" in said


def test_a_certificate_of_a_stranger_or_a_revoked_authority_is_refused(
    server: Server, connect: Connect
) -> None:
    stranger = line_of(server.keys.user_authority)
    said = refused(server, connect(known=f"@cert-authority * {stranger}\n"))
    assert "nobody vouches for the authority" in said
    revoked = f"@revoked * {line_of(server.keys.host_authority)}\n"
    assert "is revoked" in refused(server, connect(known=authority(server) + revoked))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"valid_after": "20200101", "valid_before": "20200201"}, "it is not valid now"),
        ({"valid_after": "20900101", "valid_before": "20900201"}, "it is not valid now"),
        ({"user": True}, "it is for a user, not for a host"),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused(
    connect: Connect, tmp_path: Path, made: dict[str, Any], said: str
) -> None:
    keys = ssh_servers.Keys(tmp_path)
    if made.get("user"):
        keys.certificate = keys.host_authority.generate_user_certificate(
            keys.host, "edge", principals=[NAME]
        )
    else:
        keys.certificate = keys.host_authority.generate_host_certificate(
            keys.host, "edge", principals=[NAME], **made
        )
    with ssh_around.greeting_only(keys) as port:
        client = connect(
            known=f"@cert-authority * {line_of(keys.host_authority)}\n",
            hosts={NAME: HostSettings(address="127.0.0.1", port=port)},
        )
        with pytest.raises(HostKeyError, match=said):
            client.observe(UPTIME)


def test_a_large_file_is_parsed_once_and_a_hashed_one_is_not_searched_for_each_host(
    tmp_path: Path,
) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path / "known_hosts"
    others = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(200))
    lines = [f"{hashed(f'host-{n}')} {line_of(one)}" for n, one in enumerate(others)]
    path.write_text("\n".join([*lines, f"{hashed(NAME)} {line_of(key)}"]), encoding="utf-8")
    first = KnownHosts([path])
    assert first._files[0][1] is KnownHosts([path])._files[0][1]
    assert len(first._files[0][1].hashed_by_key[key.public_data]) == 1
    assert [one.number for one in first.vouching(NAME, key.public_data)] == [201]
    assert first.vouching(NAME, b"another") == []
    path.write_text(f"{NAME} {line_of(key)}\n", encoding="utf-8")
    assert [one.number for one in KnownHosts([path]).vouching(NAME)] == [1], "it has changed"


def test_a_file_is_parsed_once_for_many_threads(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.write_text(f"{NAME} {line_of(key)}\n" * 2000, encoding="utf-8")
    found: list[KnownHosts] = []
    threads = [threading.Thread(target=lambda: found.append(KnownHosts([path]))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len({id(one._files[0][1]) for one in found}) == 1
    assert replace(found[0].vouching(NAME)[0]).file == path
