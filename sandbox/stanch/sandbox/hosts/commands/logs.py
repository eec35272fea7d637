"""journalctl and dmesg: what was written to the journal."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import Options, UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.journal import KERNEL, LEVELS, Entry, moment

_LONG = {
    "--no-pager": "no-pager",
    "--since=": "S",
    "--until=": "U",
    "--unit=": "u",
    "--lines=": "n",
    "--grep=": "g",
    "--priority=": "p",
    "--output=": "o",
    "--dmesg": "k",
    "--boot": "b",
    "--boot=": "b",
    "--reverse": "r",
    "--quiet": "q",
    "--identifier=": "t",
    "--utc": "utc",
    "--no-hostname": "no-hostname",
    "--all": "a",
    "--full": "full",
    "--list-boots": "boots",
    "--disk-usage": "usage",
    "--case-sensitive=": "case",
    "--catalog": "x",
    "--no-full": "no-full",
    "--system": "system",
}


def short(one: Entry, see: Sight, *, iso: bool = False, host: bool = True) -> str:
    """Return an entry as a line of syslog."""
    at = datetime.fromtimestamp(one.at, UTC)
    when = f"{at:%Y-%m-%dT%H:%M:%S%z}" if iso else f"{at:%b %d %H:%M:%S}"
    pid = f"[{one.pid}]" if one.pid is not None else ""
    name = f" {see.machine.name}" if host else ""
    return f"{when}{name} {one.identifier}{pid}: {one.message}"


def journalctl(argv: Sequence[str], see: Sight) -> Answer:
    """Answer journalctl."""
    words = [f"-n{word[1:]}" if re.fullmatch(r"-\d+", word) else word for word in argv]
    options = parse(words, flags="aeqrkxNlm", valued="unpotSUgbF", long=_LONG)
    if "usage" in options:
        return lines(["Archived and active journals take up 412.0M in the file system."])
    if "boots" in options:
        return lines([f" 0 5d1c4f0c2b7e4a648d3c1b0e6f7a9c21 {_boot(see)}"])
    found = _found(options, see)
    if "n" in options or "e" in options:
        text = options.last("n", "1000")
        if text != "all":
            count = _number(text)
            found = found[-count:] if count else []
    if "r" in options:
        found.reverse()
    if not found:
        return lines([] if "q" in options else ["-- No entries --"])
    return lines([_shown(one, options, see) for one in found])


def _number(text: str) -> int:
    if not text.isdigit():
        raise UsageError(f"Failed to parse lines '{text}'")
    return int(text)


def _boot(see: Sight) -> str:
    first = datetime.fromtimestamp(see.machine.clock.now(see.machine.booted), UTC)
    return f"{first:%a %Y-%m-%d %H:%M:%S UTC}\u2014{see.moment:%a %Y-%m-%d %H:%M:%S UTC}"


def _found(options: Options, see: Sight) -> list[Entry]:
    found = list(see.machine.journal.entries)
    for letter, after in (("S", True), ("U", False)):
        if letter in options:
            text = options.last(letter)
            limit = moment(text, see.now)
            if limit is None:
                raise UsageError(f"Failed to parse timestamp: {text}")
            found = [one for one in found if (one.at >= limit if after else one.at <= limit)]
    if "u" in options:
        units = {one if "." in one else f"{one}.service" for one in options.values["u"]}
        found = [one for one in found if one.unit in units]
    if "k" in options:
        found = [one for one in found if one.identifier == KERNEL]
    if "t" in options:
        found = [one for one in found if one.identifier in options.values["t"]]
    if "p" in options:
        low, high = _levels(options.last("p"))
        found = [one for one in found if low <= one.priority <= high]
    if "g" in options:
        test = _pattern(options.last("g"), options.last("case"))
        found = [one for one in found if test.search(one.message)]
    if options.operands:
        fields = dict(one.split("=", 1) for one in options.operands if "=" in one)
        unit = fields.get("_SYSTEMD_UNIT")
        found = [one for one in found if unit is None or one.unit == unit]
    return found


def _levels(text: str) -> tuple[int, int]:
    first, dots, second = text.partition("..")
    numbers = []
    for one in (first, second) if dots else (first,):
        if one in LEVELS:
            numbers.append(LEVELS.index(one))
        elif one.isdigit() and int(one) < 8:
            numbers.append(int(one))
        else:
            raise UsageError(f"Unknown log level {one}")
    return (min(numbers), max(numbers)) if dots else (0, numbers[0])


def _pattern(text: str, case: str) -> re.Pattern[str]:
    """Return the pattern; letters that are all small fit large ones too."""
    folded = case in {"no", "false", "0"} or (not case and text == text.lower())
    try:
        return re.compile(text, re.IGNORECASE if folded else 0)
    except re.error as error:
        raise UsageError(f'Bad pattern "{text}": {error}') from error


def _shown(one: Entry, options: Options, see: Sight) -> str:
    host = "no-hostname" not in options
    match options.last("o", "short"):
        case "short":
            return short(one, see, host=host)
        case "short-iso":
            return short(one, see, iso=True, host=host)
        case "cat":
            return one.message
        case "json":
            fields = {
                "__REALTIME_TIMESTAMP": str(int(one.at * 1e6)),
                "_HOSTNAME": see.machine.name,
                "SYSLOG_IDENTIFIER": one.identifier,
                "PRIORITY": str(one.priority),
                "_SYSTEMD_UNIT": one.unit,
                "_PID": str(one.pid or ""),
                "MESSAGE": one.message,
            }
            return json.dumps({name: text for name, text in fields.items() if text})
        case other:
            raise UsageError(f"Unknown output format '{other}'.")


def dmesg(argv: Sequence[str], see: Sight) -> Answer:
    """Answer dmesg: the lines of the kernel."""
    long = {
        "--ctime": "T",
        "--level=": "l",
        "--nopager": "P",
        "--decode": "x",
        "--human": "H",
        "--kernel": "k",
        "--since=": "since",
        "--color=": "color",
        "--notime": "t",
    }
    options = parse(argv, flags="deHkLPrtTuxS", valued="fl", long=long)
    booted = see.machine.clock.now(see.machine.booted)
    levels = {"warn": "warning"}
    wanted = [
        LEVELS.index(levels.get(one, one))
        for one in options.every("l")
        if levels.get(one, one) in LEVELS
    ]
    rows = []
    for one in see.machine.journal.entries:
        if one.identifier != KERNEL or (wanted and one.priority not in wanted):
            continue
        at = datetime.fromtimestamp(one.at, UTC)
        stamp = f"[{at:%a %b %e %H:%M:%S %Y}] " if "T" in options else f"[{one.at - booted:12.6f}] "
        rows.append(("" if "t" in options else stamp) + one.message)
    return lines(rows)


COMMANDS = {"journalctl": journalctl, "dmesg": dmesg}
