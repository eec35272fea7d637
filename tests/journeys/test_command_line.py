"""The command line, from the alert to the post-mortem, and everything that reads in between."""

import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.contracts.clients.client_targets import Corner
from tests.journeys.command import ME, PROGRAM, Stanch
from tests.journeys.conftest import AFTER, BEFORE, Words, image, labels
from tests.journeys.pseudo_terminal import terminal


def webhook(*alerts: dict[str, Any], **more: Any) -> str:
    return json.dumps({"version": "4", "alerts": list(alerts)} | more)


def firing(deployment: str, **changes: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {
            "alertname": "ReleaseDoubted",
            "namespace": "shop",
            "deployment": deployment,
            "severity": "warning",
        },
        "annotations": {"summary": "The new release looks wrong"},
        "startsAt": "2026-11-01T12:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "c6eadffa33fcdf37",
    } | changes


def test_an_incident_goes_from_the_alert_to_the_post_mortem(
    stanch: Stanch, alert: Words, released: Corner
) -> None:
    said = stanch.said(*alert)
    assert said.startswith("INC-1 opened: The new release looks wrong\n")
    assert "INC-1 waits for a decision on A-1" in said
    assert image(released) == AFTER

    [waiting] = stanch.json("pending")
    names = ["approval", "incident", "proposal", "title", "environment", "approvers", "votes"]
    assert list(waiting) == [*names, "quorum", "expires_at", "expired"]
    assert (waiting["approvers"], waiting["votes"], waiting["quorum"]) == ([ME], 0, 1)
    assert (waiting["approval"], waiting["incident"], waiting["expired"]) == ("A-1", "INC-1", False)
    assert waiting["title"] in stanch.said("pending")

    said = stanch.said("approve", "A-1", "--yes")
    assert f"A-1 is approved by {ME}." in said
    assert "The change was made." in said
    assert "INC-1 is closed." not in stanch.said("pending")
    assert image(released) == BEFORE

    [one] = stanch.json("incidents")
    assert (one["id"], one["status"], one["phase"]) == ("INC-1", "closed", "postmortem")
    assert stanch.said("incidents").startswith("INC-1    closed        ")

    shown = stanch.json("show", "INC-1")
    assert list(shown) == ["incident", "evidence", "proposals", "approvals", "events"]
    assert shown["approvals"][0]["decided_by"] == ME
    assert {item["status"] for item in shown["evidence"]} == {"ok"}
    summary = stanch.said("show", "INC-1").partition("summary ")[2]
    assert "INC-1      closed, in the phase postmortem; SEV" in summary
    assert f"Cause      The newest release of {released.name} is doubted." in summary
    assert "take-back#doubted" in summary
    assert "done, its checks held" in summary
    assert f"A-1 for P-1: used by {ME} (operating system user)" in summary

    entries = stanch.json("timeline", "INC-1")
    assert [one["at"] for one in entries] == sorted(one["at"] for one in entries)
    assert len(stanch.said("timeline", "INC-1").splitlines()) == len(entries)

    path = Path(stanch.said("postmortem", "INC-1", "--path").strip())
    assert str(path) in summary
    assert stanch.said("postmortem", "INC-1").strip() == path.read_text(encoding="utf-8").strip()
    assert stanch.json("postmortem", "INC-1")["facts"]["outcome"] == "cured"

    audit = stanch.json("audit", "verify")
    assert {"good", "entries", "evidence", "proposals", "faults"} <= set(audit)
    assert audit["good"]
    assert audit["faults"] == []
    assert "The journal verifies" in stanch.said("audit", "verify")


def test_a_delivery_opens_one_incident_however_often_it_comes(
    stanch: Stanch, tmp_path: Path
) -> None:
    file = tmp_path / "delivery.json"
    resolved = firing("web", status="resolved", fingerprint="aa")
    file.write_text(webhook(firing("web"), resolved, truncatedAlerts=2), encoding="utf-8")
    first = stanch.run("open", "--alertmanager", str(file), "--no-run")
    assert first.stdout == "INC-1 opened: The new release looks wrong\n"
    assert "left out 2 alerts" in first.stderr

    again = stanch.run("open", "--alertmanager", "-", "--no-run", given=webhook(firing("web")))
    assert again.stdout.startswith("INC-1 is open already")
    later = firing("web", startsAt="2026-11-02T12:00:00Z")
    new = stanch.run("open", "--alertmanager", "-", "--no-run", given=webhook(later))
    assert new.stdout.startswith("INC-2 opened")
    assert [one["id"] for one in stanch.json("incidents")] == ["INC-2", "INC-1"]

    nothing = stanch.run("open", "--alertmanager", "-", given=webhook(resolved))
    assert nothing.stdout == "No alert in it is firing; nothing was opened.\n"


def test_an_incident_that_was_only_opened_is_resumed(
    stanch: Stanch, alert: Words, released: Corner
) -> None:
    assert "waits" not in stanch.said(*alert, "--no-run")
    assert stanch.json("show", "INC-1")["evidence"] == []
    assert "INC-1 waits for a decision on A-1" in stanch.said("resume", "INC-1", "--no-wait")
    assert "Next       stanch approve A-1" in stanch.said("show", "INC-1")
    events = stanch.json("show", "INC-1")["events"]
    assert "INC-1 waits for a decision on A-1" in stanch.said("resume", "INC-1")
    assert stanch.json("show", "INC-1")["events"] == events, "a second resume repeated something"

    said = stanch.said("approve", "A-1", "--yes", "--no-run")
    assert said.endswith(f"A-1 is approved by {ME}.\n")
    assert image(released) == AFTER
    assert "INC-1 is closed." in stanch.said("resume", "INC-1")
    assert image(released) == BEFORE
    assert stanch.said("resume", "INC-1") == "INC-1 is closed already\n"


def test_a_parameter_given_by_hand_comes_before_a_label(stanch: Stanch, released: Corner) -> None:
    words = labels("ReleaseDoubted", "another-name")
    stanch.said(*words, "--param", f"deployment={released.name}")
    [proposal] = stanch.json("show", "INC-1")["proposals"]
    assert proposal["operation"]["name"] == released.name


def test_a_rejection_changes_nothing_and_hands_the_incident_over(
    stanch: Stanch, alert: Words, released: Corner
) -> None:
    stanch.said(*alert)
    assert "needs a reason" in stanch.refused("reject", "A-1", "--reason", "  ")
    said = stanch.said("reject", "A-1", "--reason", "wrong target", code=4)
    assert f"A-1 is rejected by {ME}." in said
    assert "INC-1 is handed over." in said
    assert image(released) == AFTER
    assert "rejected by" in stanch.said("show", "INC-1").partition("summary ")[2]
    assert "wrong target" in stanch.said("postmortem", "INC-1")


def test_a_no_at_the_card_records_nothing(stanch: Stanch, alert: Words) -> None:
    stanch.said(*alert)
    for answer in ("n\n", ""):
        error = stanch.refused("approve", "A-1", given=answer)
        assert "nothing was recorded" in error
    assert stanch.json("pending")[0]["approval"] == "A-1"


def test_the_help_names_every_command_and_each_has_its_own(stanch: Stanch) -> None:
    said = stanch.said("--help")
    for name in ("demo", "init", "open", "resume", "pending", "settle", "audit", "graph"):
        assert f"  {name} " in said
        assert "Usage: stanch" in stanch.said(name, "--help")


def test_version_and_graph_are_printed(stanch: Stanch) -> None:
    assert stanch.said("--version") == f"stanch {version('stanch')}\n"
    said = stanch.said("graph")
    assert "flowchart TD" in said
    assert "hand_over" in said


def test_init_writes_a_policy_once(stanch: Stanch) -> None:
    policy = stanch.home / "policy.yaml"
    error = stanch.refused("init")
    assert str(policy) in error
    policy.unlink()
    assert f"{ME} may approve changes in shop" in stanch.said("init", "--namespace", "shop")
    assert f"oncall: [{ME}]" in policy.read_text(encoding="utf-8")


def test_the_runbooks_are_listed_shown_and_checked(stanch: Stanch, runbook_folder: Path) -> None:
    names = [one["name"] for one in stanch.json("runbook", "list")]
    assert "take-back" in names
    assert "kubernetes/bad-release" in names
    lines = stanch.said("runbook", "list").splitlines()
    assert [line.split()[0] for line in lines] == names

    shown = stanch.json("runbook", "show", "take-back")
    assert [step["name"] for step in shown["steps"]] == ["workload", "history", "logs", "take-back"]
    said = stanch.said("runbook", "show", "take-back")
    assert "mitigation  take-back  (devops, mutate, intent.undo_rollout, line " in said
    assert "kubectl rollout undo deployment/<deployment> -n <namespace>" in said

    assert stanch.said("runbook", "lint") == f"{len(names)} good, 0 refused\n"
    file = runbook_folder / "take-back.md"
    assert stanch.said("runbook", "lint", str(file)) == "1 good, 0 refused\n"
    assert stanch.said("runbook", "lint", str(runbook_folder)) == "1 good, 0 refused\n"


def test_a_decision_from_another_process_moves_the_one_that_waits(
    stanch: Stanch, alert: Words, released: Corner
) -> None:
    with terminal([*PROGRAM, *alert], stanch.environment()) as waiting:
        waiting.until("Approve A-1?")
        assert f"{os.getpid()}" not in stanch.refused("resume", "INC-1")
        assert "The change was made." in stanch.said("approve", "A-1", "--yes")
        said = waiting.end()
    assert f"Approved   A-1 by {ME} (operating system user)" in said
    assert "INC-1 is closed." in said
    assert image(released) == BEFORE
    assert stanch.json("audit", "verify")["good"]
