"""kill: the operator may end a process, as the user that it runs as or as root."""

from collections.abc import Sequence

from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import UsageError
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.machine import Machine
from stanch.sandbox.hosts.processes import Process

_SIGNALS = {"TERM": 15, "KILL": 9, "15": 15, "9": 9, "0": 0}


def kill(argv: Sequence[str], see: Sight) -> Answer:
    """Answer kill: -l, or a signal to processes."""
    words = list(argv[1:])
    if words == ["-l"]:
        return lines(["HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM"])
    signal = "TERM"
    if words[:1] in (["-s"], ["--signal"]) and len(words) > 1:
        signal, words = words[1], words[2:]
    elif words and words[0].startswith("-"):
        signal, words = words[0][1:], words[1:]
    number = _SIGNALS.get(signal.upper().removeprefix("SIG"))
    if number is None or not words or not all(word.isdigit() for word in words):
        raise UsageError("\nUsage:\n kill [options] <pid> [...]\n")
    complaints = ""
    for word in words:
        process = see.machine.processes.get(int(word))
        if process is None:
            complaints += f"kill: ({word}): No such process\n"
        elif not see.may_act_as(process.user):
            complaints += f"kill: ({word}): Operation not permitted\n"
        elif number:
            _end(see.machine, process, number)
    return Answer(err=complaints, status=1 if complaints else 0)


def _end(machine: Machine, process: Process, number: int) -> None:
    unit = machine.units.get(process.unit)
    if process.pid == 1 or not process.rss_mib or (process.deaf and number != 9):
        return
    if unit is not None and unit.main_pid == process.pid:
        machine.kill(unit.name, result="signal", status=("killed", number))
    else:
        machine.end(process)


COMMANDS = {"kill": kill}
