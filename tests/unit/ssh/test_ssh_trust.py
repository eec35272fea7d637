"""What a certificate is worth, and what is told of hosts that misbehave."""

import socket
import threading
from pathlib import Path

import asyncssh
import pytest

from stanch.settings.targets import HostSettings, SshSettings, Targets
from stanch.tools.clients.patience import Deadline
from stanch.tools.clients.ssh.command import line_of, result_of
from stanch.tools.clients.ssh.config import Config
from stanch.tools.clients.ssh.fan_out import ask_all
from stanch.tools.clients.ssh.host_keys import HostKeyError, Offered, check, names_of
from stanch.tools.clients.ssh.known_hosts import KnownHosts, wildcards
from stanch.tools.clients.ssh.route import Router, Wanted
from stanch.tools.clients.ssh.session import Ran
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations.host import HostRead

NAMES = names_of("edge-1", "10.0.0.7", 2222)


def vouch(path: Path, marker: str, key: asyncssh.SSHKey) -> KnownHosts:
    kind, text, *_ = key.export_public_key().decode().split()
    path.write_text(f"{marker} {kind} {text}\n", encoding="utf-8")
    return KnownHosts([path])


def offer(key: asyncssh.SSHKey, certificate: bytes | None) -> Offered:
    return Offered("ssh-ed25519", key.public_data, certificate)


def test_the_most_telling_name_comes_first() -> None:
    assert NAMES.candidates == ("[edge-1]:2222", "edge-1", "[10.0.0.7]:2222", "10.0.0.7")
    assert names_of("Edge-1", "edge-1", 22).candidates == ("edge-1",)


@pytest.mark.parametrize("broken", ["signature", "length", "none"])
def test_a_certificate_that_was_tampered_with_is_worth_nothing(tmp_path: Path, broken: str) -> None:
    key, authority = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    whole = authority.generate_host_certificate(key, "x", principals=["edge-1"]).public_data
    known = vouch(tmp_path / "known", "@cert-authority *", authority)
    check(known, NAMES, offer(key, whole))
    match broken:
        case "signature":
            worse = whole[:-1] + bytes([whole[-1] ^ 1])
        case "length":
            worse = whole[:-9]
        case _:
            worse = key.public_data
    with pytest.raises(HostKeyError, match="Its certificate does not help"):
        check(known, NAMES, offer(key, worse))


def test_a_certificate_whose_key_is_known_as_it_is_needs_no_authority(tmp_path: Path) -> None:
    key, stranger = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    whole = stranger.generate_host_certificate(key, "x", principals=["edge-1"]).public_data
    check(vouch(tmp_path / "known", "edge-1", key), NAMES, offer(key, whole))


def test_only_stars_and_question_marks_are_special() -> None:
    assert wildcards("edge-?.example.com").fullmatch("edge-1.example.com")
    assert not wildcards("edge-1.example.com").fullmatch("edge-1xexample.com")
    assert not wildcards("[ab]").fullmatch("a")


def test_a_step_with_a_longer_limit_than_there_is_time_is_limited_here_too() -> None:
    read = HostRead(program="uptime", host="edge-1", seconds=3600)
    assert line_of(read, 4.2) == ("timeout -k 2 5s timeout 3600 uptime", True)
    short = read.model_copy(update={"seconds": 3})
    assert line_of(short, 4.2) == ("timeout 3 uptime", False)


def test_a_program_that_may_not_be_executed_is_told_in_words() -> None:
    from stanch.tools.clients.ssh.command import told

    read = HostRead(program="uptime", host="edge-1")
    ran = Ran(stdout=b"", stderr=b"denied", status=126, signal=None, truncated=False)
    data = result_of("edge-1", read, ran, limited=True)
    assert told(data) == "0 lines, exit status 126 (it may not be executed)"


def test_an_unexpected_failure_of_one_host_does_not_hide_the_others() -> None:
    def ask(host: str, deadline: Deadline) -> tuple[dict[str, object], bool]:
        assert deadline.left <= 5
        if host == "b":
            raise ZeroDivisionError("odd")
        return {"host": host}, False

    answers, missing, cut = ask_all(("a", "b", "c", "a"), ask, Deadline(5.0))
    assert list(answers) == ["a", "c"]
    assert missing == {"b": "b could not be asked: ZeroDivisionError: odd"}
    assert not cut


def router(tmp_path: Path, text: str, **ssh: object) -> Router:
    path = tmp_path / "config"
    path.write_text(text, encoding="utf-8")
    hosts = {"edge-9": HostSettings(address="10.9.9.9", port=2209, user="nine")}
    settings = SshSettings.model_validate({"config": path, **ssh})
    return Router(Targets(ssh=settings, hosts=hosts))


def test_a_call_goes_before_its_table_and_that_before_the_configuration(tmp_path: Path) -> None:
    text = "Host edge-*\n User theirs\n Port 2200\n HostName 10.1.1.1\n"
    found = router(tmp_path, text)
    own = found.route(Wanted(host="edge-9"))
    assert (own.user, own.port, own.address) == ("nine", 2209, "10.9.9.9")
    called = found.route(Wanted(host="edge-9", user="caller", port=22))
    assert (called.user, called.port) == ("caller", 22)
    assert called.words == "caller@edge-9 (10.9.9.9)"
    theirs = found.route(Wanted(host="edge-8"))
    assert (theirs.user, theirs.port, theirs.address) == ("theirs", 2200, "10.1.1.1")
    assert theirs.words == "theirs@edge-8 (10.1.1.1:2200)"
    assert router(tmp_path, text, user="ours", port=22).route(Wanted(host="edge-8")).user == "ours"


def test_the_login_that_acts_has_its_own_user_and_keys(tmp_path: Path) -> None:
    found = router(
        tmp_path, "", user="reader", act_user="operator",
        identities=("~/read",), act_identities=("~/act",),
    )  # fmt: skip
    act = found.route(Wanted(host="edge-9", act=True))
    assert (act.user, [path.name for path in act.identities]) == ("operator", ["act"])
    look = found.route(Wanted(host="edge-1"))
    assert (look.user, [path.name for path in look.identities]) == ("reader", ["read"])


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("Match host edge-1\n User a\n", "a"),
        ("Match exec true\n User a\nHost *\n User b\n", "b"),
        ('Match host edge-1 exec "true"\n User a\nHost *\n User b\n', "b"),
        ("Match localnetwork 10.0.0.0/8\n User a\nHost *\n User b\n", "b"),
        ("Match all\n User a\n", "a"),
        ("Host other\n User a\nMatch !host other\n User b\n", "b"),
        ("Host edge-1 !edge-1\n User a\nHost *\n User b\n", "b"),
        ("Host other\n Include inner\nHost *\n User b\n", "b"),
        ("Include inner\nUser b\n", "inner"),
        ("Include nothing-*\nUser b\n", "b"),
        ("CanonicalizeHostname yes\nnonsense\nUser=b\n", "b"),
    ],
)
def test_blocks_of_the_configuration_apply_as_in_openssh(
    tmp_path: Path, text: str, user: str
) -> None:
    (tmp_path / "inner").write_text("Host edge-*\n User inner\n", encoding="utf-8")
    assert router(tmp_path, text).route(Wanted(host="edge-1")).user == user


def test_no_jump_is_a_jump_that_is_none(tmp_path: Path) -> None:
    text = "Host edge-1\n ProxyJump none\nHost edge-*\n ProxyJump a@b:2,c\n"
    assert router(tmp_path, text).route(Wanted(host="edge-1")).jump is None
    last = router(tmp_path, text).route(Wanted(host="edge-2")).jump
    assert last is not None
    assert last.name == "c"
    assert last.jump is not None
    assert (last.jump.user, last.jump.name, last.jump.port) == ("a", "b", 2)


def test_a_key_of_the_configuration_alone_keeps_the_agent_out(tmp_path: Path) -> None:
    text = "IdentitiesOnly yes\nIdentityFile ~/own\n"
    found = router(tmp_path, text).route(Wanted(host="edge-1"))
    assert not found.agent
    assert [path.name for path in found.identities] == ["own"]


def test_a_configuration_that_makes_no_sense_is_an_error_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("Match all host x\n", encoding="utf-8")
    with pytest.raises(TargetUnreachableError, match=f"{path} makes no sense"):
        Config(path)
    assert Config(None).of("edge-1").address is None


def test_a_name_that_is_never_found_does_not_outlast_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stanch.tools.clients.ssh.dial import dial

    release = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        release.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    route = router(tmp_path, "").route(Wanted(host="slow.example.com"))
    with pytest.raises(TargetUnreachableError, match=r"was not found within 0\.2 s"):
        dial(route, 0.2)
    release.set()
