"""A primary that is lost and a standby beside it, played by one web server; and a home."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from stanch.incident import Event
from stanch.store import Store
from tests.journeys.command import ME, Stanch
from tests.services.web_server import WebServer

RUNBOOK = """\
---
title: The primary is lost
owner: database
alerts:
  - {{alertname: PrimaryLost}}
params:
  database: {{type: dns-label, from: labels.database}}
signs:
  primary-is-down:
    about: The primary does not take writes.
    needs: [primary]
    needed: true
    cel: "steps['primary'].json.writable == false"
  standby-caught-up:
    about: The standby has all that the primary had sent.
    needs: [standby]
    cel: "steps['standby'].json.behind == 0"
  standby-behind:
    about: The standby lacks some of it.
    needs: [standby]
    cel: "steps['standby'].json.behind > 0"
hypotheses:
  lost:
    claim: The primary of <database> is lost, and its standby is there.
    for: [primary-is-down]
    against: [standby-behind]
    mitigations: [promote]
risks:
  - What the standby did not get is gone.
---
# The primary is lost

## Diagnosis

```sh {{name=primary role=db}}
curl -s http://127.0.0.1:{port}/primary
```

```sh {{name=standby role=db}}
curl -s http://127.0.0.1:{port}/standby
```

```sh {{name=writes role=db}}
curl -s http://127.0.0.1:{port}/writes
```

## Mitigation

Fence the old primary and promote the standby of `<database>`. It cannot be taken back.

```manual {{{attributes}}}
# on the standby of <database>
pg_ctl promote -D "$PGDATA"
psql -c 'CHECKPOINT' dbname=<database>
```
"""
ATTRIBUTES = (
    "name=promote role=db purpose=failover worst=destructive database=<database> "
    "before=primary-is-down,standby-caught-up verify=signs-cleared soak=1s deadline=8s"
)
POLICY = """\
version: 1
environments:
  - name: databases
    where:
      databases: [orders]
    ceiling: destructive
    allow:
      - kinds: [manual.do]
        things: ["failover/*"]
    approval:
      approvers: [{people}]
      expires_minutes: 15
      destructive: {{quorum: 1}}
reads:
  http: [{{host: "127.0.0.1"}}]
"""


@dataclass(slots=True)
class Pair:
    """The two databases; `promote` is what a person does by hand."""

    writable: bool = False
    behind: int = 0
    port: int = 0
    asked: list[str] = field(default_factory=list)
    falls_behind_after: int | None = None
    """After so many looks at the standby it lacks something."""

    def promote(self) -> None:
        self.writable = True

    def shown(self, path: str) -> dict[str, object]:
        self.asked.append(path)
        looks = self.asked.count("/standby")
        if self.falls_behind_after is not None and looks > self.falls_behind_after:
            self.behind = 7
        return {"writable": self.writable, "behind": self.behind}


@contextmanager
def pair() -> Iterator[Pair]:
    """Serve the two until the end of the `with`."""
    here = Pair()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            raw = json.dumps(here.shown(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def do_POST(self) -> None:
            raise AssertionError(f"stanch sent something: {self.path}")

        do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 - names of the library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Stay silent."""

    server = WebServer(("127.0.0.1", 0), Handler)
    here.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class ByHand:
    """One home whose only incident needs a person's hands."""

    stanch: Stanch
    pair: Pair

    def open(self) -> str:
        return self.stanch.said(
            *("open", "No write is taken", "--label", "alertname=PrimaryLost"),
            *("--label", "database=orders", "--no-wait"),
        )

    def events(self) -> tuple[Event, ...]:
        with closing(Store(self.stanch.home)) as store:
            return tuple(store.journal.events("INC-1"))

    def kinds(self) -> list[str]:
        return [one.type for one in self.events()]


def home(folder: Path, pair_: Pair) -> ByHand:
    """Make a home with the runbook and a policy that lists me."""
    books, place = folder / "runbooks", folder / "home"
    books.mkdir()
    place.mkdir()
    text = RUNBOOK.format(port=pair_.port, attributes=ATTRIBUTES)
    (books / "primary-lost.md").write_text(text, encoding="utf-8")
    (place / "policy.yaml").write_text(POLICY.format(people=ME), encoding="utf-8")
    return ByHand(Stanch(place, {"STANCH_RUNBOOKS": str(books)}), pair_)
