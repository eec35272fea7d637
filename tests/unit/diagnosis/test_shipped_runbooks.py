import re
from pathlib import Path

import pytest

from stanch.diagnosis.findings import FINDINGS
from stanch.diagnosis.signs import SIGNS
from stanch.runbook.kinds import effect
from stanch.runbook.match import match
from stanch.runbook.model import Runbook
from stanch.runbook.read import read
from stanch.tools.operations import Effect

from .diagnosis_samples import RUNBOOKS, shipped

PRACTISED = {
    "bad-release",
    "bad-image",
    "config-error",
    "out-of-memory",
    "dependency-exhausted",
    "false-alarm",
}
NAMES = {
    *(f"kubernetes/{name}" for name in PRACTISED),
    "kubernetes/bad-statefulset",
    "kubernetes/canary-errors",
    "kubernetes/config-edited",
    "kubernetes/gitops-release",
    "kubernetes/port-mismatch",
    "kubernetes/secret-rotation",
    "kubernetes/cpu-hot-loop",
    "kubernetes/dependency-release",
    "kubernetes/dns-failure",
    "kubernetes/network-partition",
    "kubernetes/autoscaler-limit",
    "kubernetes/node-not-ready",
    "kubernetes/node-pressure",
    "kubernetes/quota-exceeded",
    "kubernetes/registry-outage",
    "kubernetes/traffic-spike",
    "kubernetes/unschedulable",
    "linux/clock-skew",
    "linux/disk-full",
    "linux/high-cpu",
    "linux/service-down",
    "linux/swarm-bad-release",
    "postgres/data-loss",
    "postgres/pool-exhausted",
    "postgres/primary-lost",
    "postgres/lock-contention",
    "postgres/slow-query",
    "postgres/database-slow",
    "postgres/rows-refused",
    "postgres/sequence-limit",
    "http/bad-gateway",
    "http/certificate-expired",
    "http/costly-flag",
    "http/dependency-down",
    "http/flood",
    "http/malicious-traffic",
    "http/service-down",
}
"""One for each failure mode, and those for services that are down and hosts that are busy
(RB-07 to RB-10)."""
every = pytest.mark.parametrize("book", shipped(), ids=lambda book: book.name)
practised = pytest.mark.parametrize(
    "book",
    [one for one in shipped() if one.name.rpartition("/")[2] in PRACTISED],
    ids=lambda book: book.name,
)
WORKLOAD = {"intent.undo_rollout", "intent.restart", "intent.scale"}


def test_the_shipped_runbooks_are_one_for_each_failure_mode() -> None:
    assert {one.name for one in shipped()} == NAMES


@pytest.mark.parametrize(
    "path", sorted(RUNBOOKS.glob("*/*.md")), ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_a_shipped_runbook_names_only_signs_and_findings_that_exist(path: Path) -> None:
    book = read(path, root=RUNBOOKS, signs=set(SIGNS), finding_names=set(FINDINGS))
    assert book.notes == ()


@every
def test_a_runbook_looks_in_three_to_twelve_steps(book: Runbook) -> None:
    assert 3 <= sum(step.section == "diagnosis" for step in book.steps) <= 12


@every
def test_every_hypothesis_names_mitigations_that_stand_in_the_document(book: Runbook) -> None:
    offered = {step.name for step in book.steps if step.section == "mitigation"}
    named: set[str] = set()
    for name in (name for one in book.hypotheses.values() for name in one.mitigations):
        plan = book.plans.get(name)
        named |= {name} if plan is None else {*plan.steps, *([plan.step] if plan.step else [])}
    assert named == offered


@every
def test_every_change_is_verified_and_says_how_it_is_undone(book: Runbook) -> None:
    for step in book.steps:
        if step.section == "mitigation":
            assert step.verify
            if step.template.kind in WORKLOAD:
                assert "rollout-complete" in step.verify
            else:
                # Nothing rolls out: what was wrong has to be gone, or what customers see.
                assert {"signs-cleared", "error-ratio-recovered"} & set(step.verify)
            assert "error-ratio-recovered" not in step.verify or book.sli is not None
            assert step.undo is not None
            assert step.soak_seconds >= 60
            assert step.deadline_seconds > step.soak_seconds


@practised
def test_a_practised_change_is_held_to_what_customers_see(book: Runbook) -> None:
    for step in book.steps:
        if step.section == "mitigation":
            assert {"rollout-complete", "error-ratio-recovered"} <= set(step.verify)
            assert step.soak_seconds >= 120
    assert book.sli is not None


@every
def test_no_hypothesis_leads_by_signs_that_speak_against_it(book: Runbook) -> None:
    for one in book.hypotheses.values():
        assert not set(one.supporting) & set(one.opposing)


@every
def test_every_own_sign_is_used(book: Runbook) -> None:
    used = {name for one in book.hypotheses.values() for name in (*one.supporting, *one.opposing)}
    used |= {name for step in book.steps for name in step.template.fields.get("before", ())}
    assert set(book.signs) <= used


@every
def test_a_runbook_is_useful_to_a_reader(book: Runbook) -> None:
    text = book.path.read_text(encoding="utf-8")
    for title in ("Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation", "Related"):
        assert f"\n## {title}\n" in text
    assert "Look-alike" in text
    assert book.risks


@every
def test_links_between_runbooks_lead_somewhere(book: Runbook) -> None:
    for target in re.findall(r"\]\(([^)]+\.md)\)", book.path.read_text(encoding="utf-8")):
        assert (book.path.parent / target).is_file(), target


@every
def test_what_is_changed_can_be_told_by_the_rules(book: Runbook) -> None:
    worst = {effect(step.template, book.params) for step in book.steps}
    assert worst <= {Effect.OBSERVE, Effect.MUTATE, Effect.DESTRUCTIVE}
    destructive = {
        step.name for step in book.steps if effect(step.template, book.params) is Effect.DESTRUCTIVE
    }
    # What is cut from a log, deleted or killed is lost; no other shipped change loses anything.
    assert destructive <= {"truncate-log", "delete-old-files", "kill-process", "promote-standby"}


def test_all_runbooks_measure_the_harm_alike() -> None:
    assert len({book.sli for book in shipped() if book.sli is not None}) == 1


@pytest.mark.parametrize(
    ("alert", "causes"),
    [
        ("ShopErrorRatioHigh", PRACTISED),
        ("KubePodCrashLooping", {"bad-release", "config-error", "out-of-memory", "false-alarm"}),
        ("KubePodImagePullBackOff", {"bad-image"}),
        ("KubeContainerOOMKilled", {"out-of-memory"}),
        ("KubeDeploymentRolloutStuck", PRACTISED - {"dependency-exhausted"}),
        ("KubeDeploymentReplicasMismatch", PRACTISED - {"dependency-exhausted"}),
    ],
)
def test_an_alert_leads_to_every_runbook_that_can_be_its_cause(
    alert: str, causes: set[str]
) -> None:
    found = {one.runbook.name for one in match(shipped(), {"alertname": alert})}
    assert found == {f"kubernetes/{name}" for name in causes}


def test_no_shipped_runbook_asks_for_secrets() -> None:
    for book in shipped():
        for step in book.steps:
            # When a Secret was written is a metric like any other; what is in it is not told.
            asked = step.text.replace("kube_secret_metadata_resource_version", "")
            if step.template.kind == "intent.guide":
                # A person is told where a secret belongs, and never to have it shown.
                for word in ("base64", ".data", "-o yaml", "-o json", "PGPASSWORD"):
                    assert word not in asked
                continue
            of_metrics = step.template.kind.startswith("metrics.")
            named = re.sub(r'\bsecret=~?"[^"]*"', "", asked) if of_metrics else asked
            assert "secret" not in named.lower()
