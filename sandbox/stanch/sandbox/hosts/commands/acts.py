"""The few acts beside systemctl that the operator may do with sudo: cut a log."""

import re
from collections.abc import Sequence

from stanch.sandbox.hosts.commands import names
from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight

_SIZE = re.compile(r"(\d+)([KMG]?)")
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def truncate(argv: Sequence[str], see: Sight) -> Answer:
    """Answer truncate: cut log files to a size; only below /var/log."""
    options = parse(argv, flags="c", valued="s", long={"--size=": "s", "--no-create": "c"})
    found = _SIZE.fullmatch(options.last("s"))
    if found is None:
        raise UsageError(f"truncate: Invalid number: \u2018{options.last('s')}\u2019")
    size = int(found[1]) * _UNITS[found[2]]
    for path in options.operands:
        file = see.machine.tree.files.get(path)
        if file is None and "c" in options:
            continue
        mine = file is not None and see.may_act_as(file.user)
        if file is None or file.many or not mine or not path.startswith("/var/log/"):
            raise UsageError(f"truncate: cannot open '{path}' for writing: Permission denied")
        file.size = min(file.size, size)
        file.modified = see.now
    return Answer()


def which(argv: Sequence[str], see: Sight) -> Answer:
    """Answer which: where a program would be."""
    from stanch.sandbox.hosts.commands import table  # noqa: PLC0415  # it names this module

    del see
    known = [one for one in argv[1:] if one in table()]
    return lines(
        [f"/usr/bin/{one}" for one in known], status=0 if len(known) == len(argv) - 1 else 1
    )


def test(argv: Sequence[str], see: Sight) -> Answer:
    """Answer test -e, -f, -d and -s of one path."""
    if len(argv) != 3 or argv[1] not in {"-e", "-f", "-d", "-s", "-r"}:
        raise UsageError("test: unknown operand", 2)
    shown = names.look(see.machine.tree, argv[2])
    good = shown is not None and {
        "-f": not shown.folder,
        "-d": shown.folder,
        "-s": shown.size > 0,
    }.get(argv[1], True)
    return Answer(status=0 if good else 1)


COMMANDS = {"truncate": truncate, "which": which, "test": test}
