"""Where a step looks that names no host or database: the alert's labels, then the service."""

from typing import Any

import pytest

from stanch.graph.targets import Place, of_intent, of_read, place
from stanch.settings import Settings
from stanch.settings.targets import Targets
from stanch.tools.operations import HostRead
from stanch.tools.operations.sql import QuerySql
from stanch.tools.operations.sql_intents import CancelQuery
from tests.unit import incident_samples as samples

TARGETS = Targets.model_validate(
    {
        "hosts": {"db-1": {}, "edge-1": {}},
        "groups": {"edge": ["edge-1", "edge-2"]},
        "databases": {
            "main": {"host": "h", "dbname": "shop", "user": "u"},
            "other": {"host": "h", "dbname": "ledger", "user": "u"},
        },
        "services": {"checkout": {"hosts": "edge", "database": "main"}},
    }
)
READ = HostRead.model_validate({"program": "uptime"})
QUERY = QuerySql(statement="SELECT 1")


def found(tmp_path: Any, labels: dict[str, str]) -> Place:
    incident = samples.incident(alert=samples.alert(labels=labels))
    return place(Settings(home=tmp_path, user="ann", targets=TARGETS), incident)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"instance": "db-1:9100"}, Place(hosts=("db-1",))),
        ({"instance": "edge-2:9100", "service": "checkout"}, Place(("edge-2",), "main")),
        ({"instance": "10.0.0.9:9100"}, Place()),
        ({"service": "checkout"}, Place(("edge-1", "edge-2"), "main")),
        ({"datname": "ledger", "service": "checkout"}, Place(("edge-1", "edge-2"), "other")),
        ({"datname": "unknown"}, Place()),
    ],
)
def test_the_labels_say_where(tmp_path: Any, labels: dict[str, str], expected: Place) -> None:
    assert found(tmp_path, labels) == expected


def test_a_step_without_a_host_is_for_those_of_the_incident() -> None:
    one, _ = of_read(Place(hosts=("db-1",)), READ)
    several, _ = of_read(Place(hosts=("edge-1", "edge-2")), READ)
    nobody, why = of_read(Place(), READ)
    assert isinstance(one, HostRead)
    assert isinstance(several, HostRead)
    assert (one.host, several.hosts) == ("db-1", ("edge-1", "edge-2"))
    assert nobody == READ
    assert "no host is known" in why


def test_a_step_that_names_its_host_keeps_it() -> None:
    named = READ.model_copy(update={"host": "jobs-1"})
    assert of_read(Place(hosts=("db-1",)), named) == (named, "")


def test_a_statement_without_a_database_is_for_that_of_the_incident() -> None:
    there, _ = of_read(Place(database="main"), QUERY)
    assert isinstance(there, QuerySql)
    assert there.database == "main"
    assert "no database is known" in of_read(Place(), QUERY)[1]


def test_an_intent_is_for_the_database_of_the_incident_and_for_one_host_only() -> None:
    assert of_intent(Place(database="main"), CancelQuery(pid=7)).model_dump()["database"] == "main"
