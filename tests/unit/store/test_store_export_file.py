"""An exported file takes its place as a whole, or not at all."""

import stat
from pathlib import Path

import pytest

from stanch.store.export import ExportError, replacing


def write(file: Path, raw: bytes) -> None:
    with replacing(file, force=False) as out:
        out.write(raw)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    with replacing(file, force=False) as out:
        out.write(b"one")
        assert not file.exists()
    assert file.read_bytes() == b"one"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(ExportError, match="exists already; name another file, or add --force"):
        write(file, b"two")
    with pytest.raises(ZeroDivisionError), replacing(file, force=True) as out:
        out.write(b"two" * (1 // 0))
    assert file.read_bytes() == b"one"
    with replacing(file, force=True) as out:
        out.write(b"three")
    assert file.read_bytes() == b"three"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_came_to_be_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    with pytest.raises(ExportError, match="exists already"), replacing(file, force=False):
        file.write_bytes(b"theirs")
    assert file.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot be written: No such file or directory"):
        write(tmp_path / "no" / "export.jsonl", b"")
