"""The seeded cluster that every sandbox begins with, made once and then copied.

Making it takes seconds and copying it a fraction of one, so it is kept in the user's cache,
under a name that says from which programs and which schema it was made.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from stanch.sandbox.database import server
from stanch.sandbox.database.binaries import Binaries

DATABASE = "shop"
_SCHEMA = Path(__file__).with_name("schema.sql")
_FORMAT = "2"
_OLD = 14 * 24 * 3600.0
"""Wall seconds after which an unused cluster of another version is dropped."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """A copy of the seeded cluster that no server has run over yet."""

    folder: Path
    password: str
    """The administrator's, to be changed at once: all copies have the same."""


def copy(binaries: Binaries, wanted: Path) -> Seeded:
    """Return a new copy of the seeded cluster, in `wanted` where its user can go there.

    Raises:
        SandboxError: it cannot be made.
    """
    kept = _kept(binaries)
    if not kept.is_dir():
        _make(binaries, kept)
    os.utime(kept)
    if binaries.way.uid is None:
        folder = wanted
        server.forget(folder)
    else:
        # Nobody else can pass through the folders of root.
        folder = Path(tempfile.mkdtemp(prefix="stanch-postgres-"))
    shutil.copytree(kept / "data", folder, copy_function=shutil.copyfile, dirs_exist_ok=True)
    folder.chmod(0o700)
    _give(folder, binaries.way.uid)
    return Seeded(folder, (kept / "password").read_text(encoding="utf-8").strip())


def cache() -> Path:
    """Return the folder of the seeded clusters, in the user's cache."""
    return Path.home() / ".cache" / "stanch" / "postgres"


def _kept(binaries: Binaries) -> Path:
    text = "\0".join((_FORMAT, binaries.version, _SCHEMA.read_text(encoding="utf-8")))
    return cache() / hashlib.sha256(text.encode()).hexdigest()[:20]


def _make(binaries: Binaries, kept: Path) -> None:
    """Make the seeded cluster; whoever is first of several puts it in its place."""
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _drop_old(kept.parent)
    with tempfile.TemporaryDirectory(prefix="stanch-postgres-") as name:
        work = Path(name)
        password = secrets.token_urlsafe(18)
        file = work / "password"
        file.touch(mode=0o600)
        file.write_text(password + "\n", encoding="utf-8")
        _give(work, binaries.way.uid)
        binaries.run(
            "initdb",
            *("-D", str(work / "data"), "-U", server.ADMIN, "-A", "scram-sha-256"),
            *("--pwfile", str(file), "-E", "UTF8", "--locale=C", "--wal-segsize=4"),
            *("--no-sync", "--no-instructions"),
        )
        running = server.start(binaries, work / "data", password, log=work / "log.txt", clean=True)
        try:
            _fill(running.port, password)
        finally:
            running.stop()
        _give(work, None if binaries.way.uid is None else os.geteuid())
        _place(work, kept)


def _fill(port: int, password: str) -> None:
    login: dict[str, Any] = {
        "host": server.HOST,
        "port": port,
        "user": server.ADMIN,
        "password": password,
        "autocommit": True,
        "sslmode": "disable",
    }
    with psycopg.connect(**login, dbname="postgres") as admin:
        admin.execute(f"CREATE DATABASE {DATABASE}")
    with psycopg.connect(**login, dbname=DATABASE) as admin:
        # psycopg sends a text without parameters as it is, with all of its statements.
        admin.execute(_SCHEMA.read_bytes())
    with psycopg.connect(**login, dbname=DATABASE) as admin:
        # What was read while the tables were filled tells nothing about their use.
        admin.execute("SELECT pg_stat_reset()")
        admin.execute("VACUUM ANALYZE")
        admin.execute("CHECKPOINT")


def _place(work: Path, kept: Path) -> None:
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="new-") as name:
        new = Path(name) / "cluster"
        new.mkdir(mode=0o700)
        shutil.copytree(work / "data", new / "data")
        shutil.copy2(work / "password", new / "password")
        # Another process may have been faster; its cluster is as good.
        with contextlib.suppress(OSError):
            new.rename(kept)


def _drop_old(folder: Path) -> None:
    for one in folder.iterdir():
        if time.time() - one.stat().st_mtime > _OLD:
            server.forget(one)


def _give(folder: Path, uid: int | None) -> None:
    """Make `folder` and all in it belong to a user; None: leave it as it is."""
    if uid is None:
        return
    for place, _, files in os.walk(folder):
        os.chown(place, uid, uid)
        for file in files:
            os.chown(Path(place) / file, uid, uid)
