"""The data that ship with stanch are found, in a checkout and beside an installed package."""

import importlib.util
import shutil
from pathlib import Path

import pytest

import stanch.library
from stanch.library import bundled

ROOT = Path(__file__).parents[3]


def test_a_checkout_uses_its_own_prompts_and_runbooks() -> None:
    assert bundled("prompts") == ROOT / "prompts"
    assert bundled("runbooks") == ROOT / "runbooks"


@pytest.mark.parametrize("name", ["commander", "devops", "db", "docs-writer"])
def test_the_prompts_of_all_roles_ship(name: str) -> None:
    assert (bundled("prompts") / f"{name}.md").read_text(encoding="utf-8").startswith("# ")


def test_an_installed_package_uses_the_data_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "stanch" / "library"
    (place / "prompts").mkdir(parents=True)
    shutil.copy(Path(stanch.library.__file__), place / "__init__.py")
    spec = importlib.util.spec_from_file_location("installed_library", place / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    installed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(installed)
    assert installed.bundled("prompts") == place / "prompts"
