"""What a line of a known_hosts file vouches for, as sshd(8) describes the form."""

import base64
import hashlib
import hmac
import os
from pathlib import Path

import pytest

from stanch.tools.clients.ssh.known_hosts import KnownHosts


def wire(kind: str, content: bytes) -> bytes:
    """Return a public key as it is sent: its type, and what else it is made of."""
    parts = kind.encode(), content
    return b"".join(len(one).to_bytes(4, "big") + one for one in parts)


KIND = "ssh-ed25519"
KEY, OTHER = (wire(KIND, bytes([number]) * 32) for number in (7, 8))
TEXT = base64.b64encode(KEY).decode()
SALT = b"0123456789abcdefghij"


def hashed(name: str) -> str:
    """Return a name as `ssh-keygen -H` writes it."""
    digest = hmac.new(SALT, name.encode(), hashlib.sha1).digest()
    return "|1|" + "|".join(base64.b64encode(one).decode() for one in (SALT, digest))


def known(folder: Path, *lines: str) -> KnownHosts:
    path = folder / "known_hosts"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return KnownHosts([path])


@pytest.mark.parametrize(
    ("names", "meant", "not_meant"),
    [
        ("edge-1", ["edge-1"], ["edge-11", "edge"]),
        ("Edge-1,10.0.0.7", ["edge-1", "10.0.0.7"], ["Edge-1", "10.0.0.70"]),
        ("[edge-1]:2222", ["[edge-1]:2222"], ["edge-1", "[edge-1]:22"]),
        ("edge-1,,", ["edge-1"], [""]),
        ("edge-?", ["edge-1", "edge-9"], ["edge-", "edge-10"]),
        ("*.example", ["a.example", "a.b.example"], ["example", "a.examples"]),
        ("edge-*,!edge-9", ["edge-1", "edge-99"], ["edge-9"]),
        ("!edge-9", [], ["edge-9", "edge-1"]),
        (hashed("edge-1"), ["edge-1"], ["edge-2", hashed("edge-1")]),
        (hashed("[edge-1]:2222"), ["[edge-1]:2222"], ["edge-1"]),
    ],
)
def test_a_line_vouches_for_the_names_that_it_means_and_no_other(
    tmp_path: Path, names: str, meant: list[str], not_meant: list[str]
) -> None:
    found = known(tmp_path, f"{names} {KIND} {TEXT} a remark")
    assert found.strange == ()
    for name in meant:
        assert [one.key for one in found.vouching(name)] == [KEY], name
        assert [one.key for one in found.vouching(name, KEY)] == [KEY], name
    for name in not_meant:
        assert found.vouching(name) == [], name
        assert found.vouching(name, KEY) == [], name


def test_a_hashed_line_vouches_for_its_own_key_only(tmp_path: Path) -> None:
    found = known(tmp_path, f"{hashed('edge-1')} {KIND} {TEXT}")
    assert found.vouching("edge-1", OTHER) == []
    assert found.types == {KIND}


@pytest.mark.parametrize(
    "line",
    [
        f"edge-1 {KIND}",
        f"edge-1 {TEXT}",
        f"edge-1 {KIND} not-base64!",
        f"edge-1 {KIND} {TEXT[:-2]}=",
        f"edge-1 ssh-rsa {TEXT}",
        f"edge-1 {KIND.upper()} {TEXT}",
        f", {KIND} {TEXT}",
        f"@revoke edge-1 {KIND} {TEXT}",
        f"@cert-authority {KIND} {TEXT}",
        f"{hashed('edge-1').replace('|1|', '|2|')} {KIND} {TEXT}",
        f"{hashed('edge-1')}|more {KIND} {TEXT}",
        f"|1|{base64.b64encode(SALT).decode()} {KIND} {TEXT}",
        f"|1|salt?|digest? {KIND} {TEXT}",
        f"|1|{base64.b64encode(SALT).decode()}|{base64.b64encode(SALT[:7]).decode()} {KIND} {TEXT}",
    ],
)
def test_a_line_that_makes_no_sense_vouches_for_nothing_and_is_told_by_its_number(
    tmp_path: Path, line: str
) -> None:
    found = known(tmp_path, "# a remark", "", line, f"edge-2 {KIND} {TEXT}")
    assert found.strange == ((tmp_path / "known_hosts", (3,)),)
    assert found.vouching("edge-1") == []
    assert found.authorities("edge-1") == []
    assert found.revoked("edge-1", [KEY]) is None
    assert [one.number for one in found.vouching("edge-2")] == [4]


@pytest.mark.parametrize("names", ["edge-1", "edge-*", hashed("edge-1")])
def test_a_marked_line_vouches_for_no_key_but_certifies_or_revokes(
    tmp_path: Path, names: str
) -> None:
    lines = (f"@cert-authority {names} {KIND} {TEXT}", f"@revoked {names} {KIND} {TEXT}")
    found = known(tmp_path, *lines)
    assert found.vouching("edge-1") == []
    assert [one.number for one in found.authorities("edge-1")] == [1]
    assert found.authorities("web-1") == []
    revoked = found.revoked("edge-1", [OTHER, KEY])
    assert revoked is not None
    assert revoked.number == 2
    assert found.revoked("edge-1", [OTHER]) is None
    assert found.revoked("web-1", [KEY]) is None


def test_a_line_that_excludes_another_name_of_the_host_does_not_vouch_for_it(
    tmp_path: Path,
) -> None:
    found = known(tmp_path, f"edge-*,!10.0.0.7 {KIND} {TEXT}")
    assert found.vouching("edge-1", same=["10.0.0.8"])
    assert found.vouching("edge-1", same=["10.0.0.7"]) == []


def test_a_file_that_is_not_there_vouches_for_nobody_until_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    assert KnownHosts([path]).vouching("edge-1") == []
    assert KnownHosts([path]).strange == ()
    assert known(tmp_path, f"edge-1 {KIND} {TEXT}").vouching("edge-1")


def test_a_file_of_absurd_size_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"edge-1 {KIND} {TEXT}\n", encoding="utf-8")
    os.truncate(path, 64 * 1024 * 1024 + 1)
    assert KnownHosts([path]).vouching("edge-1") == []
