"""A rollback is asked for once, whatever becomes of the answer or moves meanwhile (MIT-02)."""

from pathlib import Path

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.errors import OutcomeUnknownError
from stanch.tools.outcome import Limits
from tests.contracts.clients.argo_scene import (
    AUTOMATED,
    Application,
    application,
    change_of,
    planned,
)
from tests.contracts.clients.client_front import Front, Misdeed, Seen
from tests.contracts.clients.conftest import Connect
from tests.contracts.clients.secret_scene import fronted_admin

__all__ = ["application", "fronted_admin"]


@pytest.mark.parametrize(("misdeed", "ran"), [("cut before", False), ("cut after", True)])
def test_a_rollback_whose_answer_is_lost_is_asked_for_once_and_probing_tells(
    connect: Connect,
    client: KubernetesClient,
    application: Application,
    fronted_admin: tuple[Front, Path],
    *,
    misdeed: Misdeed,
    ran: bool,
) -> None:
    front, config = fronted_admin
    application.create(AUTOMATED)
    made = planned(client, application.name)
    front.rule = lambda seen: misdeed if seen.method == "PATCH" else None
    limits = Limits(seconds=5)
    hands = connect(kubeconfig=config, act_context="front", limits=limits).applications
    with pytest.raises(OutcomeUnknownError, match="whether it ran is not known"):
        hands.apply(change_of(made), key="k", observed=made.observed)
    assert len(front.patches) == 1
    assert client.applications.probe(change_of(made), key="k") is ran
    assert ("operation" in application.get()) is ran


def test_an_application_that_moves_under_the_patch_is_patched_on_its_next_version(
    connect: Connect,
    client: KubernetesClient,
    application: Application,
    fronted_admin: tuple[Front, Path],
) -> None:
    front, config = fronted_admin
    application.create(AUTOMATED)
    made = planned(client, application.name)

    def move(seen: Seen) -> None:
        if seen.method == "PATCH" and len(front.patches) < 3:
            application.merge({"status": {"reconciledAt": f"{len(front.patches)}"}})

    front.rule = move
    hands = connect(kubeconfig=config, act_context="front").applications
    hands.apply(change_of(made), key="k", observed=made.observed)
    assert (len(front.patches), len(front.made)) == (3, 1), "two were voided by the version"
