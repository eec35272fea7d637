"""Who may import whom: the contracts of pyproject.toml hold, and each of them can break."""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = ("agent", "tools", "sandbox")
COMMAND = "from importlinter.cli import lint_imports_command as run; run()"
RESULT = re.compile(r"^(.+?) (KEPT|BROKEN)(?: \(.*\))?$", re.MULTILINE)


class Planted(NamedTuple):
    """One import that must not be, and the contract that it breaks."""

    file: str
    line: str
    contract: str


PLANTED = {
    "a role reaches the executor": Planted(
        "agent/stanch/roles/rules.py",
        "import stanch.executor",
        "Data flows one way",
    ),
    "a package stands in no layer": Planted(
        "agent/stanch/shortcut/__init__.py",
        '"""A package that nobody placed."""',
        "Data flows one way",
    ),
    "the store asks the policy": Planted(
        "agent/stanch/store/records.py",
        "import stanch.policy",
        "Data flows one way",
    ),
    "an operation knows its client": Planted(
        "tools/stanch/tools/operations/base.py",
        "import stanch.tools.clients.metrics",
        "Inside tools, operations know no client",
    ),
    "a report holds a client": Planted(
        "agent/stanch/report/facts.py",
        "import stanch.tools.clients.metrics",
        "Only the executor holds a client",
    ),
    "the graph holds a client": Planted(
        "agent/stanch/graph/triage.py",
        "import stanch.tools.clients.kubernetes",
        "Only the executor holds a client",
    ),
    "a role turns a step into an operation": Planted(
        "agent/stanch/roles/rules.py",
        "import stanch.runbook.bind",
        "Only the graph turns a runbook step into an operation",
    ),
    "a role looks into the practice production": Planted(
        "agent/stanch/roles/rules.py",
        "import stanch.sandbox.world",
        "The agent does not know the practice production",
    ),
    "the practice production reads the agent's settings": Planted(
        "sandbox/stanch/sandbox/world.py",
        "import stanch.settings",
        "The practice production does not know the agent",
    ),
    "the service uses LangGraph": Planted(
        "agent/stanch/service/running.py",
        "import langgraph.graph",
        "LangGraph stays in the graph",
    ),
    "the policy starts a program": Planted(
        "agent/stanch/policy/judge.py",
        "import subprocess",
        "What decides touches nothing outside",
    ),
    "a sign asks the clock": Planted(
        "agent/stanch/diagnosis/signs.py",
        "import time",
        "What decides touches nothing outside",
    ),
    "two modules import each other": Planted(
        "agent/stanch/incident/alert.py",
        "import stanch.incident.incident",
        "No circles anywhere",
    ),
}


def checked(tree: Path) -> tuple[int, dict[str, str]]:
    """Return the exit status of import-linter over `tree`, and its word on each contract.

    Without `site` the editable installation of this checkout is not on the path, so that
    only the modules of `tree` are seen.
    """
    path = ":".join([*(str(tree / root) for root in ROOTS), sysconfig.get_path("purelib")])
    done = subprocess.run(
        [sys.executable, "-S", "-c", COMMAND, "--no-cache"],
        cwd=tree,
        env={"PYTHONPATH": path, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    results = dict(RESULT.findall(done.stdout))
    assert results, f"import-linter gave no verdicts:\n{done.stdout}{done.stderr}"
    return done.returncode, results


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for root in ROOTS:
        shutil.copytree(
            ROOT / root, tmp_path / root, ignore=shutil.ignore_patterns("__pycache__", "*.json")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_checkout_keeps_every_contract() -> None:
    status, results = checked(ROOT)
    assert {name for name, result in results.items() if result == "BROKEN"} == set()
    assert status == 0
    assert {one.contract for one in PLANTED.values()} == set(results)


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_an_import_that_must_not_be_breaks_its_contract(tree: Path, planted: Planted) -> None:
    file = tree / planted.file
    file.parent.mkdir(exist_ok=True)
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text(f"{before}\n{planted.line}\n", encoding="utf-8")
    status, results = checked(tree)
    assert results[planted.contract] == "BROKEN"
    assert status == 1


def test_no_package_root_hides_the_other_parts_of_the_namespace() -> None:
    assert [root for root in ROOTS if (ROOT / root / "stanch" / "__init__.py").exists()] == []
