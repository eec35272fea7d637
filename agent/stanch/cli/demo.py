"""`stanch demo`: a whole incident in the practice production, from alert to post-mortem.

The practice production is another program, started beside this one and spoken to through
its commands: the agent knows nothing of it but addresses.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from stanch.cli.init import make_folder, write_policy
from stanch.cli.session import Session, identity, session
from stanch.cli.terminal import person

if TYPE_CHECKING:
    from stanch.incident import Approval
    from stanch.settings import Settings

FAULTS = (
    "bad-release",
    "bad-image",
    "config-error",
    "oom",
    "red-herring",
    "no-incident",
    "prompt-injection",
)
_ALERT_SECONDS = 60


@click.command()
@click.option("--fault", type=click.Choice(FAULTS), default="bad-release", show_default=True)
@click.option("--approve", is_flag=True, help="Approve by itself: for an unattended run.")
@click.option(
    "--speed",
    type=click.FloatRange(1, 60),
    default=30.0,
    show_default=True,
    help="Seconds of the practice production in one second of yours.",
)
@click.option("--seed", type=int, default=1, show_default=True)
def demo(fault: str, *, approve: bool, speed: float, seed: int) -> None:
    """Run a whole incident in the practice production.

    The shop breaks, its alert opens the incident, and you are asked before anything is
    changed. While you are asked, the practice production runs at the speed of the wall.
    """
    from stanch.service.running import prepare
    from stanch.settings import read

    base = read()
    if not (approve or person()):
        raise click.ClickException("nobody can be asked here; give --approve to run unattended")
    home = base.home / "demo"
    with _Practice(home / "practice", speed=speed, seed=seed) as practice:
        click.echo(
            f"A practice production is up at {practice.about['prometheus_url']}, "
            f"running {speed:g} times as fast as the wall."
        )
        settings = _settings(base, home, practice)
        practice.tell("break", fault, "--seed", str(seed))
        click.echo(f"The shop was broken ({fault}). Waiting for its alert ...")
        with ThreadPoolExecutor(1) as pool:
            # The alert takes seconds to fire, and so do the imports of a run.
            ready = pool.submit(prepare)
            alerts = practice.tell("alerts", "--wait", str(_ALERT_SECONDS))
            ready.result()
        with session(settings) as here:
            status = _incident(here, practice, alerts, approve=approve)
            status = _judged(here, practice) or status
    sys.exit(status)


class _Practice:
    """A practice production that lives as long as the demo."""

    def __init__(self, home: Path, *, speed: float, seed: int) -> None:
        self._home = home
        self._speed = speed
        self._seed = seed
        self.about: dict[str, Any] = {}

    def __enter__(self) -> Self:
        make_folder(self._home)
        self._run("down", check=False)
        text = self._run(
            "up",
            "--json",
            "--speed",
            f"{self._speed:g}",
            "--seed",
            str(self._seed),
            "--parent",
            str(os.getpid()),
        )
        self.about = json.loads(text)
        return self

    def __exit__(self, *_: object) -> None:
        self._run("down", check=False)

    def tell(self, *words: str) -> str:
        """Run one of its commands and return what it printed.

        Raises:
            ClickException: the command failed; with its own words.
        """
        return self._run(*words)

    def judged(self) -> dict[str, Any]:
        """Return what the referee says; that the shop is not well is an answer, no failure.

        Raises:
            ClickException: there is no answer.
        """
        text = self._run("referee", "--json", check=False)
        try:
            verdict: dict[str, Any] = json.loads(text)
        except json.JSONDecodeError:
            raise click.ClickException("the practice production gave no verdict") from None
        return verdict

    def speed(self, speed: float | None = None) -> None:
        """Run at `speed`, or as fast as the demo began."""
        self._run("speed", f"{speed or self._speed:g}")

    def _run(self, word: str, *more: str, check: bool = True) -> str:
        command = [
            sys.executable,
            "-m",
            "stanch.sandbox.cli",
            word,
            "--home",
            str(self._home),
            *more,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if check and done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).removeprefix("Error: ")
            raise click.ClickException(f"the practice production failed: {said}")
        return done.stdout


def _settings(base: "Settings", home: Path, practice: _Practice) -> "Settings":
    """Return settings for the practice production, in a home of its own.

    They are written into that home's stanch.toml, so that another terminal needs only
    STANCH_HOME to take part.
    """
    about = practice.about
    values = {
        "kubeconfig": about["kubeconfig"],
        "context": "reader",
        "act_context": "operator",
        "prometheus_url": about["prometheus_url"],
        "clock": about["clock"],
    }
    lines = [f"{name} = {json.dumps(str(value))}\n" for name, value in values.items()]
    (home / "stanch.toml").write_text("".join(lines), encoding="utf-8")
    write_policy(home / "policy.yaml", base.user, ("shop",))
    paths = {name: Path(values[name]) for name in ("kubeconfig", "clock")}
    return base.model_copy(update={**values, **paths, "home": home, "policy": None})


def _incident(here: Session, practice: _Practice, alerts: str, *, approve: bool) -> int:
    from stanch.cli.live import InterruptError, live
    from stanch.cli.run import finish
    from stanch.service.intake import alertmanager
    from stanch.service.opening import open_incident

    found = alertmanager(alerts, "the practice production")
    if not found.alerts:
        raise click.ClickException("no alert fired in time; try another --seed")
    # One incident at a time: the first alert to fire is worked on.
    alert = min(found.alerts, key=lambda one: one.starts_at)
    opened = open_incident(here.store, here.clock, alert, by=here.settings.user)
    click.echo(
        f"{opened.incident.id} is open. From another terminal: "
        f"STANCH_HOME={here.settings.home} stanch show {opened.incident.id}\n"
    )
    answer, slow = (_yes(here), None) if approve else (None, practice.speed)
    try:
        stopped = live(here, opened.incident.id, wait=True, answer=answer, slow=slow)
    except InterruptError:
        raise click.ClickException(
            f"stopped, and the practice production with it; what {opened.incident.id} has "
            f"recorded is kept: STANCH_HOME={here.settings.home} stanch show {opened.incident.id}"
        ) from None
    return finish(here, opened.incident.id, stopped)


def _yes(here: Session) -> Any:
    """Return an answer that approves in the name of the person who started the demo."""
    from stanch.approvals import approve
    from stanch.policy import load

    def answer(approval: "Approval") -> None:
        policy = load(here.settings.policy_file)
        who = identity(here, "operating system user, by demo --approve")
        approve(here.store, policy, here.clock, approval, who=who)

    return answer


def _judged(here: Session, practice: _Practice) -> int:
    """Ask the referee and the journal; a demo that ends unwell has failed."""
    from stanch.store import verify

    verdict = practice.judged()
    well = bool(verdict["well"])
    click.echo(
        f"Referee: production is {'well' if well else 'NOT well'}."
        + "".join(f"\n  {reason}" for reason in verdict.get("reasons", ()))
    )
    audit = verify(here.store.database)
    click.echo(
        f"Journal: {audit.entries} entries, "
        + ("verified." if not audit.faults else f"NOT verified: {audit.faults[0]}")
    )
    click.echo(f"Look around: STANCH_HOME={here.settings.home} stanch incidents")
    return 0 if well and not audit.faults else 1
