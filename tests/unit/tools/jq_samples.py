"""Tables of jq programs: what ours gives for one line of a table, and what the real jq gives.

A line is `input ~ program ~ wanted`, where `wanted` is the array of all outputs, or for an
error a part of its message.
"""

import shutil
import subprocess
from typing import TypeAlias

import pytest

from stanch.tools.filters import run
from stanch.tools.filters.jq import Jq
from stanch.tools.filters.written import Part

Case: TypeAlias = tuple[str, str, str]


def cases(table: str) -> list[Case]:
    """Return the lines of `table`, each in its three parts."""
    lines = [line.split(" ~ ") for line in table.split("\n") if line]
    return [(given, program, wanted) for given, program, wanted in lines]


def outputs(program: str, given: str) -> str:
    """Return all that `program` prints for `given`, as one array."""
    made = Jq(program=(Part(code=program),), compact=True)
    return f"[{','.join(run([made], given).split(chr(10))[:-1])}]"


def needs_jq() -> None:
    """Skip the test where there is no jq to compare with."""
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")


def real(programs: list[str]) -> list[str]:
    """Return what the real jq prints for each of `programs`, which give one value each."""
    needs_jq()
    done = subprocess.run(
        ["jq", "-nc", ",\n".join(f"({program})" for program in programs)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout.split("\n")[:-1]
