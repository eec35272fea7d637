"""`stanch drill`: rehearse runbooks against the faults that they are for."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.session import as_json, print_json

if TYPE_CHECKING:
    from stanch.service.drill import Case, Score
    from stanch.settings import Settings


@click.command()
@click.argument("names", nargs=-1, metavar="[RUNBOOK]...")
@click.option("--all", "every", is_flag=True, help="Drill every runbook that declares drills.")
@click.option("--fault", "faults", multiple=True, help="Only the drills of this fault.")
@click.option("--seed", type=int, default=1, show_default=True, help="The first seed.")
@click.option("--seeds", type=click.IntRange(1, 100), default=1, help="How many seeds.")
@click.option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True)
@click.option(
    "--speed",
    type=click.FloatRange(1, 120),
    default=60.0,
    show_default=True,
    help="Seconds of the rehearsal in one of yours, at most.",
)
@click.option("--at-once", type=click.IntRange(1, 64), help="How many reads run side by side.")
@click.option("--latency", type=click.FloatRange(0, 5), default=0.0, help="Of the network, in s.")
@click.option("--compare", is_flag=True, help="Also run all with one read at a time.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Markdown.")
@click.option("--case", "one", hidden=True, help="One case, as JSON.")
@as_json
def drill(
    names: tuple[str, ...], *, report: Path | None, one: str | None, json_: bool, **how: Any
) -> None:
    """Break the practice production, run the incident, and score what came of it.

    Each case has a practice production of its own. Every change is approved; the score
    says whether the cause and the change were the right ones. When and how a runbook was
    drilled last is kept in the home, and `stanch runbook lint --stale` reads it.
    """
    from stanch.cli.drill_report import markdown, summary
    from stanch.service.drills import record
    from stanch.settings import read

    settings = read()
    if how["at_once"] is not None:
        settings = settings.model_copy(update={"reads_at_once": how["at_once"]})
    if one is not None:
        _one(one, settings, speed=how["speed"], latency=how["latency"])
        return
    seeds = range(how["seed"], how["seed"] + how["seeds"])
    wanted = _cases(settings, names, how["faults"], every=how["every"], seeds=seeds)
    plan = {name: how[name] for name in ("jobs", "speed", "latency", "at_once")}
    scores = []
    for score in _run(wanted, **plan):
        scores.append(score)
        if not json_:
            click.echo(_line(score))
    alone = list(_run(wanted, **{**plan, "at_once": 1})) if how["compare"] else []
    record(settings, scores, today=datetime.now(UTC).date())
    if report is not None:
        report.write_text(markdown(scores, alone), encoding="utf-8")
    if json_:
        print_json([score.as_json() for score in scores])
    else:
        click.echo()
        click.echo(summary(scores, alone))
        if report is not None:
            click.echo(f"Report: {report}")
    bad = [one for one in scores if one.error or one.wrong_changes or not one.right_cause]
    sys.exit(1 if bad else 0)


def _cases(
    settings: "Settings",
    names: tuple[str, ...],
    faults: tuple[str, ...],
    *,
    every: bool,
    seeds: Sequence[int],
) -> "tuple[Case, ...]":
    from stanch.service.drill import cases
    from stanch.service.runbooks import runbooks

    known = {one.name: one for one in runbooks(settings).runbooks}
    if missing := [name for name in names if name not in known]:
        raise click.ClickException(
            f"there is no runbook '{missing[0]}'; `stanch runbook list` names them"
        )
    if not (names or faults or every):
        raise click.UsageError("name runbooks to drill, or give --all or --fault")
    chosen = [known[name] for name in names] or list(known.values())
    found = cases(chosen, seeds=seeds)
    declared = {one.fault for one in found}
    if missing := [fault for fault in faults if fault not in declared]:
        raise click.ClickException(f"no runbook here declares a drill of the fault '{missing[0]}'")
    found = tuple(one for one in found if not faults or one.fault in faults)
    if not found:
        raise click.ClickException("none of these runbooks declares a drill")
    return found


def _run(
    wanted: "tuple[Case, ...]",
    *,
    jobs: int,
    speed: float,
    latency: float,
    at_once: int | None,
) -> "Iterator[Score]":
    """Run each case in a process of its own, some at a time; yield the scores in order."""
    from stanch.service.drill import failed, from_json

    def play(case: "Case") -> "Score":
        command = [sys.executable, "-m", "stanch.cli", "drill", "--case", json.dumps(asdict(case))]
        command += ["--speed", str(speed), "--latency", str(latency)]
        if at_once is not None:
            command += ["--at-once", str(at_once)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        try:
            return from_json(json.loads(done.stdout))
        except (json.JSONDecodeError, TypeError):
            said = (done.stderr.strip() or "it said nothing").splitlines()[-1]
            return failed(case, f"the process of the case failed: {said}")

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(play, wanted)


def _one(text: str, settings: "Settings", *, speed: float, latency: float) -> None:
    from stanch.cli.rehearse import as_case, rehearse

    case = as_case(text)
    home = settings.home / "drills" / f"{case.fault}-{case.seed}"
    score = rehearse(case, settings, home, speed=speed, latency=latency)
    print_json(score.as_json())


def _line(score: "Score") -> str:
    if score.error:
        return f"ERROR  {score.fault} (seed {score.seed}): {score.error}"
    good = score.right_cause and score.right_action and score.well and not score.wrong_changes
    parts = [
        "cause right" if score.right_cause else f"cause WRONG: {score.found or 'none led'}",
        ", ".join(score.done) or "no change made",
        "well" + (" (by hand)" if score.by_hand else "") if score.well else "NOT well",
        score.status,
    ]
    if score.wrong_changes:
        parts.append(f"WRONG CHANGES: {'; '.join(score.wrong_changes)}")
    return f"{'ok    ' if good else 'LOOK  '} {score.fault} (seed {score.seed}): {'; '.join(parts)}"
