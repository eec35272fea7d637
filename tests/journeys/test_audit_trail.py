"""Every step of the gate is an entry with who, why and the digests that tie it to the others."""

import json
from pathlib import Path
from typing import Any

from stanch.incident import Proposal
from stanch.policy.load import load
from stanch.tools.operations import digest_of
from tests.contracts.clients.client_targets import Corner
from tests.journeys.command import ME, Stanch
from tests.journeys.conftest import BEFORE, Words, image
from tests.unit.store import tampering

GATE = (
    "incident.opened",
    "runbook.matched",
    "step.started",
    "step.finished",
    "proposal.made",
    "approval.requested",
    "approval.voted",
    "approval.approved",
    "approval.used",
    "mitigation.started",
    "mitigation.finished",
    "verification.started",
    "verification.passed",
    "incident.closed",
)


def events(stanch: Stanch, file: Path) -> list[dict[str, Any]]:
    """Return the entries of the incident as an export in CloudEvents has them."""
    stanch.said("audit", "export", "INC-1", "--format", "cloudevents", "-o", str(file), "--force")
    assert stanch.json("audit", "verify", str(file))["good"]
    lines = [json.loads(line) for line in file.read_text(encoding="ascii").splitlines()]
    return lines[1:]


def test_the_trail_of_a_change_ties_its_approval_to_what_was_sent(
    stanch: Stanch, alert: Words, released: Corner, tmp_path: Path
) -> None:
    planted = "hunter2-correct-horse"
    stanch.said(*alert, "--label", f"note=password={planted}")
    stanch.said("approve", "A-1", "--yes")
    assert image(released) == BEFORE
    told = events(stanch, tmp_path / "trail.jsonl")
    assert planted not in (tmp_path / "trail.jsonl").read_text(encoding="ascii")
    assert "password=" in told[0]["data"]["alert"]["labels"]["note"]
    assert all(one["actorkind"] and one["actorid"] and one["subject"] == "INC-1" for one in told)
    first: dict[str, dict[str, Any]] = {}
    for one in told:
        first.setdefault(one["type"].removeprefix("dev.stanch."), one)
    places = [first[kind]["sequence"] for kind in GATE]
    assert places == sorted(places)

    made = Proposal.model_validate_json(json.dumps(first["proposal.made"]["data"]["proposal"]))
    bound = first["proposal.made"]["data"]["bound"]
    assert made.bound == bound
    assert made.policy_sha256 == load(stanch.home / "policy.yaml").sha256
    [runbook] = first["runbook.matched"]["data"]["runbooks"]
    assert made.runbook_sha256 == runbook["sha256"]

    assert first["approval.requested"]["data"]["approval"]["bound"] == bound
    vote = first["approval.voted"]
    assert (vote["actorkind"], vote["actorid"]) == ("human", ME)
    assert (vote["data"]["bound"], vote["data"]["answer"]) == (bound, "approve")
    assert first["approval.used"]["data"]["bound"] == bound

    sent = first["mitigation.started"]["data"]
    assert sent["digest"] == digest_of(sent["operation"]) == made.operation.digest
    assert (sent["approval"], sent["by"], sent["bound"]) == ("A-1", [ME], bound)
    assert sent["reason"] == made.claim
    assert (sent["runbook_sha256"], sent["policy_sha256"]) == (
        made.runbook_sha256,
        made.policy_sha256,
    )
    done = first["mitigation.finished"]["data"]
    assert (done["digest"], done["bound"], done["result"]) == (sent["digest"], bound, "done")

    for one in told:
        if one["type"] == "dev.stanch.step.finished":
            assert len(one["data"]["sha256"]) == len(one["data"]["record_sha256"]) == 64
            assert one["actorkind"] == "agent"
            assert one["actorid"] == one["data"]["role"]


def test_whoever_changes_the_trail_afterwards_is_found_out(
    stanch: Stanch, alert: Words, tmp_path: Path
) -> None:
    stanch.said(*alert)
    anchor = tmp_path / "anchor.json"
    stanch.said("audit", "anchor", "-o", str(anchor))
    stanch.said("approve", "A-1", "--yes")
    assert stanch.json("audit", "verify", "--anchor", str(anchor))["good"]
    seq = next(one["seq"] for one in tampering.rows(stanch.home) if one["type"] == "approval.voted")
    tampering.write(
        stanch.home,
        f"UPDATE journal SET actor = replace(actor, '{ME}', 'eve') WHERE seq = {seq}",  # noqa: S608
    )
    done = stanch.run("audit", "verify", code=1)
    assert done.stderr.startswith(f"entry {seq} does not fit its seal")
    assert "What to do: " in done.stderr
    assert f"entry {seq} does not fit its seal" in stanch.refused("audit", "export")
    assert "no anchor is made" in stanch.refused("audit", "anchor")
