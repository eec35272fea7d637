"""Runbooks that nobody tried for long are told when that is asked for (RB-11)."""

from pathlib import Path

from click.testing import CliRunner

from stanch.cli import app

RUNBOOK = """\
---
title: The queue does not drain
alerts:
  - {{alertname: QueueGrows}}
{more}---
# The queue does not drain

## Diagnosis

```sh
kubectl get nodes
```
"""


def lint(folder: Path, *words: str, more: str = "") -> tuple[int, str]:
    (folder / "queue.md").write_text(RUNBOOK.format(more=more), encoding="utf-8")
    done = CliRunner().invoke(app, ["runbook", "lint", str(folder), *words])
    return done.exit_code, done.stdout + done.stderr


def test_nothing_is_said_of_age_unless_it_is_asked(tmp_path: Path) -> None:
    assert lint(tmp_path) == (0, "1 good, 0 refused\n")


def test_what_was_never_tried_or_too_long_ago_is_noted_and_can_be_used(tmp_path: Path) -> None:
    code, said = lint(tmp_path, "--stale", "90")
    assert code == 0
    assert "RB069 note: The runbook was never drilled or tested." in said
    code, said = lint(tmp_path, "--stale", "90", more="last_drill: 2020-01-31\n")
    assert code == 0
    assert "RB069 note: The runbook was last tried" in said
    assert "the limit is 90" in said


def test_a_limit_of_no_days_is_refused(tmp_path: Path) -> None:
    code, said = lint(tmp_path, "--stale", "0")
    assert code == 2
    assert "--stale" in said
