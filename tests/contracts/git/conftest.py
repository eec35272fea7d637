"""A remote with its clone, and a commit in it that is to be undone."""

import tempfile
from pathlib import Path

import pytest

from tests.contracts.git.revert_scene import SLOW, Scene


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return a scene whose scratch folders can be counted."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    here = Scene(tmp_path)
    here.begin()
    return here


@pytest.fixture
def bad(scene: Scene) -> str:
    """Return a commit that is to be undone; another came after it."""
    found = scene.write("limits.toml", SLOW, "Wait longer\n\nand more")
    scene.write("app.py", "print('two')\n", "Say two")
    return found
