"""The order of a wave: cheap before costly, telling before the rest."""

from pathlib import Path

from stanch.executor import Request
from stanch.graph.order import cost, ordered
from stanch.runbook.folder import read_folder
from stanch.tools.operations import HostRead, ListObjects, Operation, QueryMetrics
from stanch.tools.operations.sql import QuerySql

BOOK = """---
title: A disk is full
alerts: [{alertname: DiskFull}]
signs:
  full: {needs: [space], cel: "steps['space'].lines.size() > 0", weight: 2}
thresholds:
  used: {step: space, value: "1", critical: 2}
---
## Diagnosis
```sh {name=space}
df -h
```
```sh {name=load}
uptime
```
"""


def host(program: str, *hosts: str) -> Operation:
    return HostRead.model_validate({"program": program, "hosts": hosts})


def request(step: str, operation: Operation) -> Request:
    return Request(step=step, role="devops", operation=operation)


def test_what_is_cheap_begins_before_what_works_through_files(tmp_path: Path) -> None:
    wave = [
        request("du", host("du")),
        request("everywhere", host("lsof", "a", "b")),
        request("load", host("uptime")),
        request("rows", QuerySql(statement="SELECT 1")),
        request("book.space", host("df")),
        request("pods", ListObjects(resource="pods", namespace="shop")),
        request("rate", QueryMetrics(expression="up")),
    ]
    (tmp_path / "book.md").write_text(BOOK)
    names = [one.step for one in ordered(wave, read_folder(tmp_path).runbooks)]
    assert names == ["pods", "rate", "book.space", "load", "rows", "du", "everywhere"]
    assert cost(wave[1]) == 3
