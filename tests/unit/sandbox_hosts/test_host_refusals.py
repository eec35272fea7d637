"""What a practice host refuses, and that nothing of this machine is ever run for it."""

import ast
from pathlib import Path

import pytest

import stanch.sandbox.hosts as package
from stanch.sandbox.hosts.server import words
from tests.unit.sandbox_hosts.conftest import Run

_FOLDER = Path(package.__file__).parent
_FORBIDDEN = {"subprocess", "os", "pty", "shutil", "ctypes", "multiprocessing", "signal", "socket"}


def test_no_module_of_the_hosts_can_start_a_program() -> None:
    files = [*_FOLDER.rglob("*.py"), _FOLDER.parent / "faults" / "hosts.py"]
    assert len(files) > 30
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [one.name.partition(".")[0] for one in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [(node.module or "").partition(".")[0]]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "__import__", "open"}, path
            elif isinstance(node, ast.Attribute):
                assert node.attr not in {"create_subprocess_exec", "create_subprocess_shell"}, path
            assert not _FORBIDDEN & set(names), path


@pytest.mark.parametrize(
    "line",
    [
        "bash -c id",
        "sh",
        "python3 -c 1",
        "rm -rf /",
        "dd if=/dev/zero",
        "nc -l 1",
        "vi /etc/passwd",
    ],
)
def test_what_is_not_in_the_table_is_not_found(still: Run, line: str) -> None:
    told = still(line)
    assert told.status == 127
    assert told.err == f"bash: line 1: {line.split(maxsplit=1)[0]}: command not found\n"


@pytest.mark.parametrize(
    "line",
    [
        "df; id",
        "df | sh",
        "df && id",
        "echo $(id)",
        "echo `id`",
        "echo $HOME",
        "ls *",
        "df > /x",
        "df\nid",
        "cat <(id)",
        "! df",
        "ls {a,b}",
        "ls ~",
    ],
)
def test_nothing_that_needs_a_shell_is_understood(still: Run, line: str) -> None:
    told = still(line)
    assert (told.status, told.out) == (126, "")
    assert "Permission denied" in told.err


@pytest.mark.parametrize("line", ["df 'x", 'df "x', "df " + "x" * 20_000])
def test_a_line_that_cannot_be_split_is_refused(still: Run, line: str) -> None:
    assert still(line).status == 126


def test_quoted_words_arrive_as_they_are() -> None:
    assert words("echo 'a b;c' \"d$e\" f\\ g") == ["echo", "a b;c", "d$e", "f g"]


def test_no_shell_is_given(still: Run) -> None:
    assert still(None).status == 1


@pytest.mark.parametrize(
    "path",
    [
        "/etc/shadow",
        "/etc/ssh/ssh_host_rsa_key",
        "/etc/nginx/shop.key",
        "/home/reader/.ssh/id",
        "/etc/../etc/shadow",
    ],
)
def test_secrets_cannot_be_read(still: Run, path: str) -> None:
    told = still(f"cat {path}")
    assert told.status == 1
    assert not told.out


@pytest.mark.parametrize("user", ["reader", "operator"])
def test_a_unit_is_restarted_with_sudo_only(still: Run, user: str) -> None:
    told = still("systemctl restart nginx", user=user)
    assert told.status == 1
    assert "Interactive authentication required" in told.err


def test_the_reader_changes_nothing_with_sudo_either(still: Run) -> None:
    before = still("systemctl show nginx -p InvocationID").out
    for line in (
        "sudo -n systemctl restart nginx",
        "sudo -n truncate -s 0 /var/log/shop/access.json",
        "sudo -n logrotate -f /etc/logrotate.d/shop",
    ):
        assert still(line).status == 1
    assert still("systemctl show nginx -p InvocationID").out == before


def test_the_operator_may_restart_and_nothing_else_of_systemctl(still: Run) -> None:
    for verb in ("stop", "start", "reload"):
        assert still(f"sudo -n systemctl {verb} nginx", user="operator").status == 1
    assert still("systemctl is-active nginx").out == "active\n"


def test_sudo_without_n_would_ask_for_a_password(still: Run) -> None:
    assert "a password is required" in still("sudo df").err


def test_an_option_that_a_tool_does_not_have_is_refused_in_its_words(still: Run) -> None:
    told = still("df -q")
    assert (told.status, told.err) == (
        1,
        "df: invalid option -- 'q'\nTry 'df --help' for more information.\n",
    )
    assert still("df --what").err.startswith("df: unrecognized option '--what'\n")
    assert still("timeout x df").status == 125


def test_wrappers_are_understood_and_bounded(still: Run) -> None:
    assert still("timeout -k 2 10s sudo -n -u root -- env LC_ALL=C nproc").out == "2\n"
    assert still("timeout 5 timeout 5 timeout 5 timeout 5 timeout 5 nproc").status == 126
