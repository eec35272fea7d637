"""Which files may be cut: those that the settings name, and never some others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.tools.operations.host_logs import TruncateLog, folders_of, may_cut, never_cut


@pytest.mark.parametrize(
    ("path", "patterns", "may"),
    [
        ("/var/log/app/a.log", ("/var/log/app/*.log",), True),
        ("/var/log/app/a.log", ("/var/log/app/*.json", "/var/log/app/a.log"), True),
        ("/var/log/app/sub/a.log", ("/var/log/app/*.log",), False),
        ("/var/log/app/a.log", ("/var/log/*/*.log",), True),
        ("/var/log/app/a.log", ("/var/log/*",), False),
        ("/var/log/app/a.log", (), False),
        ("/var/log/app/A.log", ("/var/log/app/a.log",), False),
    ],
)
def test_a_star_stays_within_one_folder(path: str, patterns: tuple[str, ...], *, may: bool) -> None:
    assert may_cut(path, patterns) is may


@given(st.sampled_from(["etc", "boot", "proc", "sys", "dev", "usr", "run", "root", "lib64"]))
def test_the_system_itself_is_never_cut(folder: str) -> None:
    assert never_cut(f"/{folder}/app.log")
    assert never_cut(f"/{folder}")
    assert not never_cut(f"/srv/{folder}x/app.log")


@given(st.text(max_size=40))
def test_what_may_be_cut_is_an_absolute_path_that_means_itself(path: str) -> None:
    if not never_cut(path):
        assert path.startswith("/")
        assert not set(path.split("/")) & {".", ".."}
        assert not set(path) & set(" \n\t*?[]$`\\'\"")


def test_an_operation_on_what_is_never_cut_cannot_be_made() -> None:
    fields = {"host": "h", "device": 1, "inode": 2, "owner": "root", "seen": 10, "keep": 0}
    with pytest.raises(ValueError, match="never cut"):
        TruncateLog(path="/etc/passwd", **fields)
    with pytest.raises(ValueError, match="no more than the 10 bytes"):
        TruncateLog(path="/var/log/a.log", **{**fields, "keep": 10})


def test_the_folders_above_a_file_begin_with_the_root() -> None:
    assert folders_of("/var/log/app/a.log") == ("/", "/var", "/var/log", "/var/log/app")
    assert folders_of("/a.log") == ("/",)
