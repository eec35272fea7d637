"""A change through TLS whose connection is cut: sent once, and its outcome is never guessed."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from stanch.tools.errors import OutcomeUnknownError
from stanch.tools.outcome import Limits
from tests.contracts.clients.client_changes import scale
from tests.contracts.clients.client_targets import Corner, Target
from tests.contracts.clients.conftest import Connect
from tests.contracts.clients.cutting_proxy import Cut, CuttingProxy


@pytest.mark.parametrize(("cut", "ran"), [("during", False), ("after", True)])
def test_a_change_that_is_cut_off_is_sent_once_and_probing_tells(
    connect: Connect, corner: Corner, target: Target, tmp_path: Path, *, cut: Cut, ran: bool
) -> None:
    corner.deploy()
    change = scale(corner, 2)
    config = target.config("operator")
    cluster = config["clusters"][0]["cluster"]
    server = urlsplit(cluster["server"])
    proxy = CuttingProxy((server.hostname or "", server.port or 443), cut)
    try:
        through = {**cluster, "server": f"https://127.0.0.1:{proxy.port}"}
        config["clusters"].append({"name": "proxy", "cluster": through})
        user = config["users"][0]["name"]
        config["contexts"].append({"name": "proxy", "context": {"cluster": "proxy", "user": user}})
        path = tmp_path / "config"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        client = connect(kubeconfig=path, act_context="proxy", limits=Limits(seconds=5))
        seen = client.look(change)
        with pytest.raises(OutcomeUnknownError, match="whether it ran is not known"):
            client.apply(change, key="k", observed=seen)
        assert proxy.requests == 1
        assert client.probe(change, key="k") is ran
        assert corner.get()["spec"]["replicas"] == (2 if ran else 1)
        assert corner.get()["metadata"]["generation"] == (2 if ran else 1)
    finally:
        proxy.close()
