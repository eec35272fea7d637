"""The forced command of docs/security.md lets a login look, and do nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, blocks

[PROGRAM] = blocks(ROOT / "docs" / "security.md", "python")


def sent(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Send `line` to a login that the program is forced on."""
    return subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM],
        env={"PATH": "/usr/bin:/bin", "SSH_ORIGINAL_COMMAND": line},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("line", ["cat here", "timeout -k 2 20s cat 'here'"])
def test_a_look_is_let_through_with_or_without_a_time_limit(line: str, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("found")
    assert sent(line, tmp_path).stdout == "found"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "touch made",
        "timeout -k 2 20s touch made",
        "timeout -k 2 -s9 20s touch made",
        "timeout 20s touch made",
        "sh -c 'touch made'",
        "sudo touch made",
    ],
)
def test_anything_else_is_refused(line: str, tmp_path: Path) -> None:
    ended = sent(line, tmp_path)
    assert ended.returncode != 0
    assert "only looks" in ended.stderr
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("line", ["cat x; touch made", "cat $(touch made)", "cat x > made"])
def test_no_shell_reads_the_line(line: str, tmp_path: Path) -> None:
    sent(line, tmp_path)
    assert not (tmp_path / "made").exists()
