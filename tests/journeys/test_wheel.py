"""What is released: the wheel holds everything that a run needs, and nothing else.

The wheel is built and unpacked here, and its commands run from `/` without the editable
installation of this checkout, so that a file that was left out cannot be found by chance.
"""

import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = ("agent", "tools", "sandbox")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
METADATA = f"stanch-{PROJECT['version']}.dist-info"
SHOWN = ("-S", "-c", "from stanch.cli import app; app(prog_name='stanch')")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def stanch(unpacked: Path, home: Path, *words: str) -> str:
    """Run the unpacked `stanch` from `/` and return what it printed."""
    done = subprocess.run(
        [sys.executable, *SHOWN, *words],
        cwd="/",
        env={
            "PYTHONPATH": f"{unpacked}:{sysconfig.get_path('purelib')}",
            "STANCH_HOME": str(home),
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_installs_one_name_and_its_metadata(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"stanch", METADATA}
    assert "stanch/__init__.py" not in names


def test_the_wheel_holds_every_module_runbook_and_prompt_of_the_checkout(wheel: Path) -> None:
    expected = {
        str(path.relative_to(ROOT / root).as_posix())
        for root in ROOTS
        for path in (ROOT / root / "stanch").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    for kind in ("runbooks", "prompts"):
        expected |= {
            f"stanch/library/{kind}/{path.relative_to(ROOT / kind).as_posix()}"
            for path in (ROOT / kind).rglob("*")
            if path.is_file()
        }
    names = zipfile.ZipFile(wheel).namelist()
    found = {name for name in names if name.startswith("stanch/")}
    assert found == expected


def test_the_metadata_says_what_is_needed(unpacked: Path) -> None:
    folder = unpacked / METADATA
    said = Parser().parsestr((folder / "METADATA").read_text(encoding="utf-8"))
    assert said["Requires-Python"] == ">=3.11"
    assert said["License-Expression"] == "Apache-2.0"
    assert said.get_all("Provides-Extra") == ["sandbox"]
    assert "stanch = stanch.cli:app" in (folder / "entry_points.txt").read_text(encoding="utf-8")


def test_the_installed_command_tells_its_version_from_any_folder(
    unpacked: Path, tmp_path: Path
) -> None:
    assert stanch(unpacked, tmp_path, "--version") == f"stanch {PROJECT['version']}\n"


def test_the_installed_command_finds_its_own_runbooks(unpacked: Path, tmp_path: Path) -> None:
    listed = stanch(unpacked, tmp_path, "runbook", "list").splitlines()
    shipped = {
        path.relative_to(ROOT / "runbooks").with_suffix("").as_posix()
        for path in (ROOT / "runbooks").rglob("*.md")
        if path.name != "README.md"
    }
    assert {line.split()[0] for line in listed} == shipped
    shown = stanch(unpacked, tmp_path, "runbook", "show", "kubernetes/bad-release")
    assert f"{unpacked}/stanch/library/runbooks/kubernetes/bad-release.md" in shown
