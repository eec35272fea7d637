"""Each change that takes something back is made by the hands that know it."""

from pathlib import Path

import pytest

from stanch.executor.clients import Clients
from stanch.settings import Settings
from stanch.tools.clients.kubernetes.argo import ArgoHands
from stanch.tools.clients.kubernetes.secret_hands import SecretHands
from stanch.tools.operations import ArgoRollBack, Change, RestoreSecret
from tests.contracts.clients.client_targets import Target

SHA = "a" * 64
RESTORE = RestoreSecret(
    namespace="shop",
    name="no-such-secret",
    uid="u",
    resource_version="1",
    from_name="no-such-source",
    from_uid="v",
    from_resource_version="1",
)
CHANGES: dict[str, tuple[Change, type]] = {
    "an application": (
        ArgoRollBack(
            namespace="shop",
            name="no-such-application",
            uid="u",
            history_id=1,
            entry_sha256=SHA,
            revisions=("a",),
            from_revisions=("b",),
        ),
        ArgoHands,
    ),
    "a secret": (RESTORE, SecretHands),
    "the backup of a secret": (RESTORE.inverse, SecretHands),
}


@pytest.mark.parametrize("case", CHANGES)
def test_the_executor_finds_the_hands_and_they_find_that_the_target_is_gone(
    target: Target, case: str, tmp_path: Path
) -> None:
    change, kind = CHANGES[case]
    clients = Clients(Settings(home=tmp_path, user="ana", kubeconfig=target.kubeconfig()))
    try:
        hands = clients.hands(change)
        assert isinstance(hands, kind)
        assert hands.look(change) == {"missing": True}
        assert hands.probe(change, key="k") is None
        assert not hands.preview(change, key="k").accepted
    finally:
        clients.close()
