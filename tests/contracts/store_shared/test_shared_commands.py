"""The command line of several machines on one store: what one opens, another answers."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from stanch.store import verify
from tests.contracts.store_shared.shared_scene import SharedScene
from tests.journeys.command import ME, Stanch
from tests.journeys.kill_scene import POLICY
from tests.services import postgres
from tests.unit.store.store_places import KEY

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


def desk(scene: SharedScene, name: str, **more: str) -> Stanch:
    """Return the command line of one machine."""
    home = scene.folder / name
    home.mkdir()
    (home / "policy.yaml").write_text(POLICY.replace("[ann]", f"[{ME}]"), encoding="utf-8")
    settings = {
        "STANCH_STORE": scene.url,
        "STANCH_AUDIT_KEY": KEY,
        "STANCH_KUBECONFIG": str(scene.stage.kubeconfig),
        "STANCH_RUNBOOKS": str(scene.stage.runbooks),
        "STANCH_CLOCK": str(scene.stage.clock),
    }
    return Stanch(home, settings | more)


def delivery(scene: SharedScene) -> str:
    labels = {
        "alertname": "OnlyUndo",
        "namespace": "shop",
        "deployment": scene.corner.name,
        "severity": "critical",
    }
    firing = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": "The new release looks wrong"},
        "startsAt": "2026-11-01T12:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "c6eadffa33fcdf37",
    }
    return json.dumps({"version": "4", "alerts": [firing]})


def test_an_incident_that_one_desk_opened_is_approved_and_carried_out_at_another(
    scene: SharedScene,
) -> None:
    first, second = desk(scene, "a"), desk(scene, "b")
    said = first.run("open", "--alertmanager", "-", given=delivery(scene)).stdout
    assert "INC-1 waits for a decision on A-1" in said
    # The same delivery at another machine is the same incident.
    again = second.run("open", "--alertmanager", "-", "--no-run", given=delivery(scene))
    assert "INC-1" in again.output
    assert [one["approval"] for one in second.json("pending")] == ["A-1"]
    said = second.said("approve", "A-1", "--yes")
    assert f"A-1 is approved by {ME}." in said
    assert "The change was made." in said
    assert scene.image() == "web:v1-ok"
    assert len(scene.sent()) == 1
    for one in (first, second):
        assert one.json("incidents")[0]["status"] == "closed"
        assert "The journal verifies" in one.said("audit", "verify")
        assert not (one.home / "stanch.db").exists()
        assert not (one.home / "graph.db").exists()


def test_no_command_shows_the_password_of_the_store(scene: SharedScene) -> None:
    wrong = "a-Secret-Pa55word"
    url = scene.url.replace(postgres.PASSWORD, wrong)
    locked_out = desk(scene, "a", STANCH_STORE=url).refused("incidents")
    assert "password authentication failed" in locked_out
    nobody = desk(scene, "b", STANCH_STORE=url.replace("127.0.0.1", "127.0.0.1:1/x@h"))
    for said in (locked_out, nobody.refused("incidents")):
        assert wrong not in said
        assert "store" in said.lower()


def test_a_machine_without_the_key_is_told_how_to_share_it(scene: SharedScene) -> None:
    desk(scene, "a").said("incidents")
    keyless = desk(scene, "b", STANCH_AUDIT_KEY="")
    said = keyless.refused("incidents")
    assert "every machine needs the same key" in said
    assert str(keyless.home / "keys" / "journal.key") in said
    _put(keyless.home / "keys" / "journal.key")
    assert keyless.json("incidents") == []
    with closing(scene.store()) as store:
        assert verify(store.database).faults == ()


def _put(file: Path) -> None:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text(KEY)
    file.chmod(0o600)
