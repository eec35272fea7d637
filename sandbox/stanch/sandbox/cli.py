"""`stanch-sandbox`: start a practice production, break it, look at it, and take it down.

The commands parse, call and print; what they need is imported when they run, so that
`--help` is quick and works without the sandbox's packages.
"""

# ruff: noqa: PLC0415 - see above

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from stanch.sandbox.errors import SandboxError
from stanch.sandbox.home import Home, Running

Command = TypeVar("Command", bound=Callable[..., Any])


class _Group(click.Group):
    """Shows the sandbox's errors as one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SandboxError as error:
            raise click.ClickException(error.text) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def app() -> None:
    """Run a practice production: a small cluster with a shop, metrics, alerts and faults."""


def _home_option(command: Command) -> Command:
    named = click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        help="The sandbox's folder. Default: $STANCH_HOME/sandbox.",
    )
    general = click.option(
        "--stanch-home",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="STANCH_HOME",
        hidden=True,
    )
    return general(named(command))


def _json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def _home(home: Path | None, stanch_home: Path | None) -> Home:
    if home is not None:
        return Home(home.absolute())
    if stanch_home is None:
        import platformdirs

        stanch_home = platformdirs.user_state_path("stanch")
    return Home(stanch_home.absolute() / "sandbox")


def _print(data: object) -> None:
    click.echo(json.dumps(data, indent=2))


@app.command()
@_home_option
@click.option("--speed", type=float, default=1.0, help="Simulated seconds per second, at most.")
@click.option("--seed", type=int, default=0, help="The same seed gives the same world.")
@click.option("--api-port", type=click.IntRange(0, 65535), default=0, help="0: a free one.")
@click.option("--prometheus-port", type=click.IntRange(0, 65535), default=0, help="0: a free one.")
@click.option(
    "--latency",
    type=click.FloatRange(0, 5),
    default=0.0,
    help="Seconds by which answers come later, as over a network.",
)
@click.option("--parent", type=int, help="End when the process of this id ends.")
@click.option("--foreground", is_flag=True, help="Stay in the terminal; Ctrl-C ends it.")
@_json_option
def up(home: Path | None, stanch_home: Path | None, **options: Any) -> None:
    """Start the practice production; when it is up already, only say so."""
    from stanch.sandbox import launch

    place = _home(home, stanch_home)
    as_json, foreground = options.pop("as_json"), options.pop("foreground")
    if not 0 < options["speed"] <= 1000:
        raise click.BadParameter("must be above 0 and at most 1000", param_hint="--speed")
    launch.require_packages()
    found = launch.running(place)
    if found is not None:
        _greet(found, as_json=as_json, already=True)
    elif foreground:
        from stanch.sandbox import serve

        def ready(running: Running) -> None:
            _greet(running, as_json=as_json)
            sys.stdout.flush()

        serve.serve(serve.Options(home=place, **options), ready=ready)
    else:
        arguments = ["--home", str(place.folder)]
        for name, value in options.items():
            if value is not None:
                arguments += [f"--{name.replace('_', '-')}", str(value)]
        _greet(launch.start(place, arguments), as_json=as_json)


def _greet(running: Running, *, as_json: bool, already: bool = False) -> None:
    if as_json:
        _print(running.as_json())
        return
    word = "is up already; nothing changed" if already else "is up"
    click.echo(f"The practice production {word} (process {running.pid}). To use it:\n")
    click.echo(f"  export KUBECONFIG={running.kubeconfig}")
    click.echo(f"  export STANCH_PROMETHEUS_URL={running.prometheus_url}")
    click.echo(f"  export STANCH_CLOCK={running.clock}")
    click.echo(f"  # or all of it, hosts and database too: copy {running.settings}")
    click.echo("  export STANCH_ACT_CONTEXT=operator    # with `stanch init`: to change things")
    click.echo("\nTry:\n")
    click.echo(f"  kubectl --kubeconfig {running.kubeconfig} get pods -n shop")
    click.echo("  stanch-sandbox break bad-release && stanch-sandbox alerts --wait 120")


@app.command("break")
@click.argument("fault")
@_home_option
@click.option("--seed", type=int, default=0, help="The same seed gives the same fault.")
@click.option("--param", "pairs", multiple=True, metavar="NAME=VALUE", help="Choose a detail.")
@_json_option
def break_it(
    fault: str,
    home: Path | None,
    stanch_home: Path | None,
    *,
    seed: int,
    pairs: tuple[str, ...],
    as_json: bool,
) -> None:
    """Break the shop by FAULT; `stanch-sandbox faults` lists what can go wrong."""
    from stanch.sandbox import client

    params = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"'{pair}' is not NAME=VALUE", param_hint="--param")
        params[name] = value
    asked = {"fault": fault, "seed": seed, "params": params}
    done = client.ask(_home(home, stanch_home), "/break", asked)
    if as_json:
        _print(done)
    else:
        click.echo(f"The fault {fault} (seed {seed}) is in. Wait for its alert with:")
        click.echo("  stanch-sandbox alerts --wait 120")


@app.command()
@_json_option
def faults(*, as_json: bool) -> None:
    """List what can go wrong."""
    from stanch.sandbox.faults import FAULTS

    if as_json:
        _print(
            {
                name: {"about": one.about, "params": dict(one.params)} | _kin(one)
                for name, one in FAULTS.items()
            }
        )
        return
    widest = max(len(name) for name in FAULTS)
    for name, one in FAULTS.items():
        like = f" (looks like {one.look_alike})" if one.look_alike else ""
        click.echo(f"{name:{widest}}  {one.about}{like}")


def _kin(fault: Any) -> dict[str, Any]:
    return {"look_alike": fault.look_alike, "curable": fault.curable}


@app.command()
@_home_option
@click.option("--until-alert", is_flag=True, help="Stop as soon as an alert fires.")
@click.argument("seconds", type=click.FloatRange(1, 3600))
def hurry(
    home: Path | None, stanch_home: Path | None, *, seconds: float, until_alert: bool
) -> None:
    """Let SECONDS simulated seconds pass as fast as the machine can."""
    from stanch.sandbox import client

    asked = {"seconds": seconds, "until_alert": until_alert}
    done = client.ask(_home(home, stanch_home), "/hurry", asked)
    click.echo(f"{done['seconds']:.0f} s have passed; {done['alerts']} alerts fire.")


@app.command()
@_home_option
def mend(home: Path | None, stanch_home: Path | None) -> None:
    """Cure the last fault as a person would by hand, where nothing else cures it."""
    from stanch.sandbox import client

    client.ask(_home(home, stanch_home), "/mend", {})
    click.echo("The fault is mended by hand.")


@app.command()
@_home_option
@_json_option
def status(home: Path | None, stanch_home: Path | None, *, as_json: bool) -> None:
    """Show the clock, the faults, the referee's verdict and the alerts."""
    from stanch.sandbox import client

    data = client.ask(_home(home, stanch_home), "/status")
    if as_json:
        _print(data)
        return
    click.echo(f"simulated time  {data['simulated']}, speed {data['speed']:g}")
    faults = ", ".join(f"{one['name']} at {one['at']}" for one in data["faults"])
    click.echo(f"faults          {faults or 'none'}")
    _print_verdict(data["referee"])
    for alert in data["alerts"]:
        target = alert.get("deployment", alert.get("namespace", ""))
        click.echo(f"alert           {alert['alertname']} {target} {alert['state']}")


def _print_verdict(verdict: dict[str, Any]) -> None:
    click.echo(f"production      {'well' if verdict['well'] else 'NOT well'}")
    for reason in verdict["reasons"]:
        click.echo(f"  {reason}")
    for change in verdict["unexpected"]:
        click.echo(f"unexpected      {change}")


@app.command()
@click.argument("factor", type=float, metavar="N")
@_home_option
def speed(factor: float, home: Path | None, stanch_home: Path | None) -> None:
    """Let N simulated seconds pass in each second from now on."""
    from stanch.sandbox import client

    done = client.ask(_home(home, stanch_home), "/speed", {"speed": factor})
    click.echo(
        f"Simulated time passes at up to {done['speed']:g} times the speed of the wall clock."
    )


@app.command()
@_home_option
@click.option("--wait", type=float, default=0.0, help="Wall seconds to wait for an alert.")
def alerts(home: Path | None, stanch_home: Path | None, *, wait: float) -> None:
    """Print the firing alerts as an Alertmanager webhook body (version 4)."""
    from stanch.sandbox import client

    place, pause = _home(home, stanch_home), threading.Event()
    until = time.monotonic() + wait
    while True:
        body = client.ask(place, "/alerts")
        if body["alerts"]:
            _print(body)
            return
        left = until - time.monotonic()
        if left <= 0:
            raise SandboxError(
                "no alert is firing", remedy="Wait longer with --wait, or see the status."
            )
        pause.wait(min(0.25, left))


@app.command()
@_home_option
@_json_option
def referee(home: Path | None, stanch_home: Path | None, *, as_json: bool) -> None:
    """Say whether production is well; exit with 0 if it is, with 1 if not."""
    from stanch.sandbox import client

    verdict = client.ask(_home(home, stanch_home), "/referee")
    if as_json:
        _print(verdict)
    else:
        _print_verdict(verdict)
    raise SystemExit(0 if verdict["well"] else 1)


@app.command()
@_home_option
def down(home: Path | None, stanch_home: Path | None) -> None:
    """End the practice production."""
    from stanch.sandbox import launch

    launch.stop(_home(home, stanch_home))
    click.echo("The practice production is down.")


if __name__ == "__main__":
    app()
