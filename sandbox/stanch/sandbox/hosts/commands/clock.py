"""date, timedatectl and chronyc: what a machine thinks the time is, and why."""

from collections.abc import Sequence
from datetime import UTC, datetime

from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.journal import moment
from stanch.sandbox.hosts.timekeeping import SERVER

_LONG = {
    "--utc": "u",
    "--universal": "u",
    "--date=": "d",
    "--iso-8601": "iso",
    "--iso-8601=": "iso",
    "--rfc-3339=": "rfc",
    "--rfc-email": "R",
}


def date(argv: Sequence[str], see: Sight) -> Answer:
    """Answer date."""
    words = [f"--iso-8601={word[2:]}" if word.startswith("-I") else word for word in argv]
    options = parse(words, flags="uR", valued="dr", long=_LONG)
    at = see.now
    if "d" in options:
        text = options.last("d")
        found = moment(text, see.now)
        if found is None:
            raise UsageError(f"date: invalid date \u2018{text}\u2019")
        at = found
    shown = datetime.fromtimestamp(at, UTC)
    if "iso" in options:
        return lines(
            [
                f"{shown:%Y-%m-%d}"
                if options.last("iso") in {"", "date"}
                else shown.isoformat(timespec="seconds")
            ]
        )
    if "R" in options:
        return lines([f"{shown:%a, %d %b %Y %H:%M:%S +0000}"])
    if "rfc" in options:
        return lines([f"{shown:%Y-%m-%d %H:%M:%S}+00:00"])
    for one in options.operands:
        if one.startswith("+"):
            form = one[1:].replace("%s", str(int(at))).replace("%N", f"{int(at % 1 * 1e9):09d}")
            return lines([shown.strftime(form)])
        raise UsageError(
            f"date: cannot set date: Operation not permitted\n{shown:%a %b %e %H:%M:%S UTC %Y}"
        )
    return lines([f"{shown:%a %b %e %H:%M:%S UTC %Y}"])


def timedatectl(argv: Sequence[str], see: Sight) -> Answer:
    """Answer timedatectl status and show."""
    options = parse(
        argv,
        flags="a",
        valued="p",
        long={"--no-pager": "no-pager", "--value": "value", "--all": "a", "--property=": "p"},
    )
    verb = options.operands[0] if options.operands else "status"
    clock, shown = see.machine.clock, see.moment
    yes = {True: "yes", False: "no"}
    if verb == "show":
        found = {
            "Timezone": "Etc/UTC",
            "LocalRTC": "no",
            "CanNTP": "yes",
            "NTP": yes[clock.kept],
            "NTPSynchronized": yes[clock.synchronised],
            "TimeUSec": f"{shown:%a %Y-%m-%d %H:%M:%S UTC}",
            "RTCTimeUSec": f"{shown:%a %Y-%m-%d %H:%M:%S UTC}",
        }
        wanted = options.every("p") or list(found)
        return lines(
            [
                found[one] if "value" in options else f"{one}={found[one]}"
                for one in found
                if one in wanted
            ]
        )
    if verb == "timesync-status":
        return Answer(
            err="Failed to query server: Unit dbus-org.freedesktop.timesync1.service not found.\n",
            status=1,
        )
    if verb != "status":
        raise UsageError(f"Unknown command verb {verb}.")
    return lines(
        [
            f"               Local time: {shown:%a %Y-%m-%d %H:%M:%S UTC}",
            f"           Universal time: {shown:%a %Y-%m-%d %H:%M:%S UTC}",
            f"                 RTC time: {shown:%a %Y-%m-%d %H:%M:%S}",
            "                Time zone: Etc/UTC (UTC, +0000)",
            f"System clock synchronized: {yes[clock.synchronised]}",
            f"              NTP service: {'active' if clock.kept else 'inactive'}",
            "          RTC in local TZ: no",
        ]
    )


def chronyc(argv: Sequence[str], see: Sight) -> Answer:
    """Answer chronyc tracking, sources and activity."""
    options = parse(argv, flags="nc46va")
    verb = options.operands[0] if options.operands else ""
    clock = see.machine.clock
    if not clock.kept:
        return Answer(out="506 Cannot talk to daemon\n", status=1)
    if verb == "tracking":
        return lines(_tracking(see))
    address, name = SERVER
    if verb == "sources":
        mark = "*" if clock.synchronised else "?"
        server = address if "n" in options else name[:27]
        last = int(max(0.0, see.true - clock.last_update))
        reach = "377" if clock.synchronised else "  0"
        seen = str(last) if clock.synchronised else "-"
        off = "+11us[  +14us] +/- 1840us" if clock.synchronised else "+0ns[   +0ns] +/-    0ns"
        return lines(
            [
                "MS Name/IP address         Stratum Poll Reach LastRx Last sample               ",
                "=" * 79,
                f"^{mark} {server:<27}   2   6   {reach}  {seen:>4}  {off:>26}",
            ]
        )
    if verb == "activity":
        online = 1 if clock.synchronised else 0
        return lines(
            [
                "200 OK",
                f"{online} sources online",
                f"{1 - online} sources offline",
                "0 sources doing burst (return to online)",
                "0 sources doing burst (return to offline)",
                "0 sources with unknown address",
            ]
        )
    raise UsageError(
        "501 Not authorised" if verb in {"makestep", "burst"} else "Unrecognized command"
    )


def _tracking(see: Sight) -> list[str]:
    clock = see.machine.clock
    address, name = SERVER
    number = "".join(f"{int(one):02X}" for one in address.split("."))
    good = clock.synchronised
    last = (
        datetime.fromtimestamp(clock.now(clock.last_update), UTC)
        if good
        else datetime.fromtimestamp(0, UTC)
    )
    off = clock.ahead
    way = "fast" if off >= 0 else "slow"
    return [
        f"Reference ID    : {number} ({name})" if good else "Reference ID    : 00000000 ()",
        f"Stratum         : {3 if good else 0}",
        f"Ref time (UTC)  : {last:%a %b %d %H:%M:%S %Y}",
        f"System time     : {abs(off):.9f} seconds {way} of NTP time",
        f"Last offset     : {off if good else 0:+.9f} seconds",
        f"RMS offset      : {0.000034812 if good else 0:.9f} seconds",
        "Frequency       : 12.418 ppm slow",
        "Residual freq   : +0.001 ppm",
        "Skew            : 0.043 ppm",
        "Root delay      : 0.001284512 seconds",
        "Root dispersion : 0.000871236 seconds",
        "Update interval : 64.4 seconds",
        f"Leap status     : {'Normal' if good else 'Not synchronised'}",
    ]


COMMANDS = {"date": date, "timedatectl": timedatectl, "chronyc": chronyc}
