"""Which packages a command of stanch has loaded when it ends: asked of a fresh process."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HEAVY = ("kubernetes", "langgraph", "openai", "paramiko", "pydantic", "rich", "sqlalchemy")

_PROGRAM = """\
import json, sys
from stanch.cli import app
try:
    app(sys.argv[2:], prog_name="stanch")
except SystemExit as end:
    status = end.code or 0
else:
    status = 0
with open(sys.argv[1], "w") as out:
    json.dump({"status": status, "modules": sorted(sys.modules)}, out)
"""


def loaded_by(words: Sequence[str], home: Path) -> frozenset[str]:
    """Run `stanch` with `words` on the folder `home`; return the packages that it loaded.

    Raises:
        RuntimeError: the command failed.
    """
    home.mkdir(parents=True, exist_ok=True)
    answer = home / "loaded.json"
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(answer), *words],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(answer.read_text(encoding="utf-8")) if done.returncode == 0 else {}
    if said.get("status") != 0:
        raise RuntimeError(f"stanch {' '.join(words)} failed: {done.stderr or done.stdout}")
    return frozenset(name.partition(".")[0] for name in said["modules"])


def environment(home: Path) -> dict[str, str]:
    """Return this process's environment without its own settings of stanch."""
    kept = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - handed on to the child
        if not name.startswith(("STANCH_", "OPENAI_", "COVERAGE_"))
    }
    return kept | {"STANCH_HOME": str(home)}
