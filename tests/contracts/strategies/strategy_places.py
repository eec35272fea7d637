"""The practice targets that several drills share, each started when it is first asked for."""

import tempfile
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import yaml

from tests.contracts.clients import client_targets
from tests.contracts.clients.client_targets import Target
from tests.contracts.sql.sql_shop import furnish
from tests.contracts.strategies.strategy_rights import grant
from tests.services import postgres
from tests.services.postgres import Postgres


class Places:
    """Clusters and a database server; `close` stops what was started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._clusters: dict[str, Target] = {}
        self._server: Postgres | None = None

    def cluster(self, name: str) -> Target:
        """Return the practice cluster, or the real one."""
        if name not in self._clusters:
            folder = self._folder / name
            folder.mkdir(parents=True)
            found = client_targets.start(name, folder)
            self._stack.callback(found.close)
            if name == "real":
                self._stack.enter_context(grant(found))
            self._clusters[name] = found
        return self._clusters[name]

    def kubeconfig(self, name: str) -> Path:
        """Return a kubeconfig with a context for each user of a cluster."""
        target, path = self.cluster(name), self._folder / f"{name}.kubeconfig"
        if not path.exists():
            path.write_text(yaml.safe_dump(client_targets.contexts(target)), encoding="utf-8")
        return path

    def server(self) -> Postgres:
        """Return a furnished PostgreSQL, of the first kind that is installed.

        Raises:
            AbsentError: none is.
        """
        if self._server is None:
            # pytest's own folders are closed to the user that the server runs as.
            folder = self._stack.enter_context(
                tempfile.TemporaryDirectory(prefix="stanch-postgres-")
            )
            self._server = self._stack.enter_context(_first(Path(folder)))
            furnish(self._server)
        return self._server

    def close(self) -> None:
        """Stop everything that was started."""
        self._stack.close()


def _first(folder: Path) -> AbstractContextManager[Postgres]:
    absent = ""
    for kind in postgres.kinds():
        try:
            postgres.programs(kind)
        except postgres.AbsentError as error:
            absent += f"{error}. "
        else:
            return postgres.running(kind, folder)
    raise postgres.AbsentError(absent)
