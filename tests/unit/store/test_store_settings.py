"""STANCH_STORE is a secret: it stands in no file, and is shown nowhere."""

import subprocess
import sys
from pathlib import Path

import pytest

from stanch.executor import Redactor
from stanch.settings import SettingsError, read

URL = "postgresql://stanch:hunter%402@db.example/stanch"


def test_the_url_is_read_from_the_environment_and_hidden(tmp_path: Path) -> None:
    settings = read({"STANCH_HOME": str(tmp_path), "STANCH_STORE": URL})
    assert settings.store_url == URL
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter" not in shown
    said = Redactor(settings.secrets).text(f"cannot connect to {URL} with hunter@2")
    assert "hunter" not in said
    assert read({"STANCH_HOME": str(tmp_path)}).store_url is None


def test_the_url_may_not_stand_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "stanch.toml").write_text(f'store = "{URL}"\n')
    with pytest.raises(SettingsError, match="may not hold 'store'"):
        read({"STANCH_HOME": str(tmp_path)})


def test_a_store_of_one_machine_does_not_load_what_only_a_shared_one_needs(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from stanch.store import Store\n"
        "store = Store(pathlib.Path(sys.argv[1]))\n"
        "with store.hold('INC-1'): assert store.held('INC-1')\n"
        "store.close()\n"
        "print(*(name for name in sys.modules if name in {'psycopg', 'stanch.store.postgres',"
        " 'stanch.store.lease', 'langgraph'}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "home")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == ""
