"""`stanch demo`: a whole incident in the practice production, from alert to post-mortem.

The practice production is another program, started beside this one and spoken to through
its commands: the agent knows nothing of it but addresses.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.practice import Practice, settings_for
from stanch.cli.session import Session, identity, session
from stanch.cli.terminal import person

if TYPE_CHECKING:
    from stanch.incident import Approval

_ALERT_SECONDS = 900
"""Simulated seconds within which a fault has to raise an alert."""
_GROUP_SECONDS = 30
"""How long an Alertmanager waits for further alerts of a group before it sends."""


@click.command()
@click.option(
    "--fault", default="bad-release", show_default=True, help="`stanch-sandbox faults` lists them."
)
@click.option("--approve", is_flag=True, help="Approve by itself: for an unattended run.")
@click.option(
    "--speed",
    type=click.FloatRange(1, 60),
    default=30.0,
    show_default=True,
    help="Seconds of the practice production in one second of yours, at most.",
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
    with Practice(home / "practice", speed=speed, seed=seed) as practice:
        click.echo(
            f"A practice production is up at {practice.about['prometheus_url']}, "
            f"running up to {speed:g} times as fast as the wall."
        )
        settings = settings_for(base, home, practice)
        practice.tell("break", fault, "--seed", str(seed))
        click.echo(f"The shop was broken ({fault}). Waiting for its alert ...")
        with ThreadPoolExecutor(1) as pool:
            # The alert takes seconds to fire, and so do the imports of a run.
            ready = pool.submit(prepare, settings)
            practice.tell("hurry", "--until-alert", str(_ALERT_SECONDS))
            practice.tell("hurry", str(_GROUP_SECONDS))
            alerts = practice.tell("alerts")
            ready.result()
        with session(settings) as here:
            status = _incident(here, practice, alerts, approve=approve)
            status = _judged(here, practice) or status
    sys.exit(status)


def _incident(here: Session, practice: Practice, alerts: str, *, approve: bool) -> int:
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


def _judged(here: Session, practice: Practice) -> int:
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
