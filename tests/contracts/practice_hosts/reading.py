"""How a runbook of hosts is read in a test: the agent's parser, client, signs and weights.

Only the graph is left out; what it does between them is done here in a few lines.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stanch.diagnosis.own_signs import own_hypotheses, own_signs
from stanch.diagnosis.signs import read_sign
from stanch.diagnosis.view import View
from stanch.diagnosis.weigh import weigh
from stanch.executor.printed import output, printed
from stanch.incident import Alert, Evidence, Hypothesis
from stanch.runbook.bind import bind, bind_shown
from stanch.runbook.model import Runbook, Step
from stanch.runbook.read import read
from stanch.sandbox.shop.promql import Sample
from stanch.settings.targets import Targets
from stanch.tools.clients.ssh import SshClient
from stanch.tools.operations import HostRead, QueryMetrics, digest_of
from tests.contracts.practice_hosts.conftest import World

ROOT = Path(__file__).parents[3] / "runbooks"
WHEN = datetime(2026, 11, 1, tzinfo=UTC)


def runbook(name: str) -> Runbook:
    """Return one of the shipped runbooks."""
    return read(ROOT / f"{name}.md", root=ROOT)


class Reader:
    """Reads runbooks on the hosts of a practice world, as the incident of one alert."""

    def __init__(self, world: World, client: SshClient) -> None:
        self._world = world
        self._client = client
        firing = world.shop.alerts.firing()
        assert firing, "no alert fires"
        rule, alert = firing[0]
        self.alert = Alert(
            fingerprint=alert.fingerprint,
            name=rule.name,
            source="alertmanager",
            labels=dict(alert.labels),
            starts_at=WHEN,
        )
        self.host = self.alert.labels["instance"].partition(":")[0]
        self.values: dict[str, str] = {}

    def weighed(self, book: Runbook) -> tuple[Hypothesis, ...]:
        """Run the diagnosis in waves, and weigh the runbook's hypotheses."""
        self.values = {
            name: self.alert.labels[param.source.removeprefix("labels.")]
            for name, param in book.params.items()
            if param.source and param.source.removeprefix("labels.") in self.alert.labels
        }
        seen: dict[str, Evidence] = {}
        for _ in range(3):
            for step in self._open(book, seen):
                seen[step.name] = self._evidence(book, step, len(seen))
                if step.output is not None and (found := output(seen[step.name].data)):
                    self.values[self._param(book, step.output)] = found
        view = View(evidence=tuple(seen.values()), params=self.values, alert=self.alert, now=WHEN)
        table = own_signs(book, seen)
        signs = {name: read_sign(view, spec) for name, spec in table.items()}
        return weigh(own_hypotheses(book), signs, table=table)

    def _open(self, book: Runbook, seen: dict[str, Evidence]) -> Iterator[Step]:
        for step in book.steps:
            known = all(name in self.values for name in step.template.params)
            if step.section == "diagnosis" and step.name not in seen and known:
                yield step

    def _param(self, book: Runbook, kept: str) -> str:
        return next((n for n, one in book.params.items() if one.source == f"output.{kept}"), kept)

    def _evidence(self, book: Runbook, step: Step, at: int) -> Evidence:
        operation = bind(step, self.values, params=book.params)
        view, filters = bind_shown(step, self.values, params=book.params)
        data: dict[str, Any]
        if isinstance(operation, HostRead):
            operation = operation.model_copy(update={"host": self.host})
            data = dict(self._client.observe(operation).data)
            assert data["exit_status"] not in {126, 127}, (step.name, data["stderr"])
        else:
            assert isinstance(operation, QueryMetrics)
            data = self._measured(operation.expression)
        if view is not None or filters:
            data["shown"] = printed(operation.kind, data, view, filters, now=WHEN)
            assert "error" not in data["shown"], (step.name, data["shown"])
        return Evidence(
            id=f"E-{at:03d}",
            incident="INC-1",
            step=step.name,
            role=step.role,
            operation=operation.model_dump(mode="json"),
            operation_text=operation.as_text(),
            status="ok",
            data=data,
            text="",
            collected_at=WHEN,
            duration=0.0,
            sha256=digest_of(data),
        )

    def _measured(self, expression: str) -> dict[str, Any]:
        found = self._world.shop.engine.instant(expression, self._world.shop.now)
        assert isinstance(found, list)
        return {
            "result": [
                {"metric": dict(one.labels), "value": [0, str(one.value)]}
                for one in found
                if isinstance(one, Sample)
            ]
        }


def targets(world: World) -> Targets:
    """Return the settings that lead to the hosts of a world."""
    return Targets.model_validate(world.hosts.settings())
