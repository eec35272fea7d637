"""`stanch runbook import`: what is written, where, and what is said about it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stanch.cli import app

PLAIN = """\
# QueueGrows

## Diagnosis

```sh
kubectl get pods -n <namespace>
```

```sh
kubectl get pods -n shop; date
```
"""


def stanch(home: Path, *words: str) -> Result:
    return CliRunner(env={"STANCH_HOME": str(home)}).invoke(app, ["runbook", *words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "queues").mkdir(parents=True)
    (tmp_path / "docs" / "queues" / "QueueGrows.md").write_text(PLAIN, encoding="utf-8")
    (tmp_path / "docs" / "Other.md").write_text("# Other\n", encoding="utf-8")
    return tmp_path


def test_a_runbook_is_written_beside_the_document_and_lints_clean(folder: Path) -> None:
    source = folder / "docs" / "queues" / "QueueGrows.md"
    done = stanch(folder, "import", str(source))
    assert done.exit_code == 0, done.output
    made = source.with_name("QueueGrows.stanch.md")
    assert source.read_text(encoding="utf-8") == PLAIN
    assert stanch(folder, "lint", str(made)).exit_code == 0
    assert "line 5: step" in done.stdout
    assert done.stdout.endswith(f"Wrote {made}\n")
    assert "line 9: refused: RB020 " in done.stdout
    assert "parameter <namespace>: dns-label, from labels.namespace" in done.stdout
    assert "1 of 2 blocks with commands are executable (50.0 %)" in done.stdout
    assert "1  RB020 a command line holds more than plain words" in done.stdout


def test_a_file_that_is_there_is_kept_unless_it_is_forced(folder: Path) -> None:
    source = folder / "docs" / "queues" / "QueueGrows.md"
    made = source.with_name("QueueGrows.stanch.md")
    made.write_text("mine", encoding="utf-8")
    done = stanch(folder, "import", str(source))
    assert done.exit_code == 1
    assert "--force" in done.stderr
    assert done.stdout == ""
    assert made.read_text(encoding="utf-8") == "mine"
    assert stanch(folder, "import", str(source), "--force").exit_code == 0
    assert made.read_text(encoding="utf-8").startswith("---\ntitle: ")


def test_a_folder_gives_a_table_with_its_sum_and_keeps_its_shape(folder: Path) -> None:
    done = stanch(folder, "import", str(folder / "docs"), "--out", str(folder / "made"))
    assert done.exit_code == 0, done.output
    assert (folder / "made" / "queues" / "QueueGrows.stanch.md").is_file()
    assert (folder / "made" / "Other.stanch.md").is_file()
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line}
    assert rows["QueueGrows.md"] == ["2", "1", "0", "1", "0", "1"]
    assert rows["2"] == ["documents", "2", "1", "0", "1", "0", "1"]


def test_the_standard_output_gets_the_runbook_and_nothing_else(folder: Path) -> None:
    source = folder / "docs" / "queues" / "QueueGrows.md"
    done = stanch(folder, "import", str(source), "--out", "-")
    assert done.exit_code == 0
    assert done.stdout.startswith("---\ntitle: ")
    assert "executable" not in done.stdout
    assert not source.with_name("QueueGrows.stanch.md").exists()


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    done = stanch(folder, "import", str(folder / "docs"), "--dry-run", "--json")
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert said["coverage"]["executable"] == 1
    assert said["coverage"]["reasons"] == {"RB020": 1}
    assert {one["state"] for doc in said["documents"] for one in doc["blocks"]} == {
        "read",
        "refused",
    }
    assert [path for path in sorted(folder.rglob("*")) if path.suffix == ".md"] == [
        path for path in before if path.suffix == ".md"
    ]


@pytest.mark.parametrize("name", ["nowhere", "nowhere.md"])
def test_a_path_that_is_not_there_is_one_clear_error(folder: Path, name: str) -> None:
    done = stanch(folder, "import", str(folder / name))
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: there is no ")


def test_one_document_that_cannot_be_imported_stops_no_other(folder: Path) -> None:
    (folder / "docs" / "Broken.md").write_bytes(b"\xff\xfe")
    done = stanch(folder, "import", str(folder / "docs"), "--out", str(folder / "made"))
    assert done.exit_code == 1
    assert "Broken.md is not UTF-8" in done.stderr
    assert (folder / "made" / "Other.stanch.md").is_file()
