"""What takes too long is tried again, and nothing else is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.time_bounds import TooSlowError, below

ROOT = Path(__file__).parents[1]
TRIES = """
from pathlib import Path
from tests.time_bounds import below

def count() -> int:
    notes = Path(__file__).with_suffix(".notes")
    with notes.open("a") as file:
        file.write("x")
    return len(notes.read_text())

def test_it() -> None:
    {body}
"""


def test_a_bound_is_held_and_broken() -> None:
    below(0.5, 1)
    for taken in (1.0, 1.5, float("nan")):
        with pytest.raises(TooSlowError, match=r"not less than 1 s. It waits\."):
            below(taken, 1, "It waits.")


@pytest.mark.parametrize(
    ("body", "status", "tries"),
    [
        ("below(1.0 if count() == 1 else 0.0, 0.5)", 0, 2),
        ("below(float(count()), 0.5)", 1, 3),
        ("assert count() > 1", 1, 1),
        ("assert count() > 1, 'TooSlowError: so it says'", 1, 1),
        ("raise TimeoutError(count())", 1, 1),
    ],
)
def test_only_what_took_too_long_is_tried_again(
    body: str, status: int, tries: int, tmp_path: Path
) -> None:
    module = tmp_path / "test_once.py"
    module.write_text(TRIES.format(body=body))
    alone = ["-n", "0", "-p", "no:cacheprovider", "--rootdir", str(ROOT), "--reruns-delay", "0"]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), *alone, str(module)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == status, done.stdout + done.stderr
    assert module.with_suffix(".notes").read_text() == "x" * tries
