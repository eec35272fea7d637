"""What is sent for a call, and what the way it ended says.

Each word is quoted for the login's shell, so that it arrives as it is. Without a limit of
its own a command is ended by `timeout` on the host, so that nothing is left running there
when nobody waits any more. The limit stands before sudo: rules of sudo name programs.
"""

import math
import re
import shlex
from collections.abc import Sequence
from typing import Any, Final

from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.clients.ssh.session import Ran
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations.host import HostCall

_NO_RIGHTS: Final = re.compile(
    r"^sudo: .*(?:password is required|terminal is required|not allowed|no tty present)"
    r"|may not run\b|is not in the sudoers file|is not allowed to (?:execute|run)",
    re.MULTILINE,
)
_NOT_FOUND, _TIME_UP = 127, 124
_PASSED_ON: Final = {126: "it may not be executed", _TIME_UP: "it was ended at its time limit"}


def line_of(call: HostCall, seconds: float) -> tuple[str, bool]:
    """Return the command line for a call with so many seconds, and whether it was limited here."""
    limited = call.seconds is None or call.seconds > seconds
    limit = ("timeout", "-k", "2", f"{math.ceil(seconds)}s") if limited else ()
    return shlex.join((*limit, *call.command)), limited


def result_of(host: str, call: HostCall, ran: Ran, *, limited: bool) -> dict[str, Any]:
    """Return the data of what a command left; its exit status is data like its output.

    Raises:
        OperationRefusedError: there is no such program, or sudo grants no rights.
        NoAnswerError: it was ended at the limit that was set for it here.
    """
    stderr = ran.stderr.decode("utf-8", errors="replace")
    if ran.status == _NOT_FOUND:
        raise OperationRefusedError(
            f"{host} has no program {call.program}: {_first(stderr) or 'exit status 127'}. Install "
            "it there, or use another step."
        )
    if call.sudo is not None and ran.status and _NO_RIGHTS.search(stderr):
        raise OperationRefusedError(no_rights(host, shlex.join(call.argv), stderr))
    if limited and ran.status == _TIME_UP:
        raise NoAnswerError(f"{call.program} on {host} did not end in time, and was ended there.")
    stdout = ran.stdout.decode("utf-8", errors="replace")
    lines = stdout.split("\n")
    data: dict[str, Any] = {
        "stdout": stdout,
        "lines": lines[:-1] if lines[-1] == "" else lines,
        "stderr": stderr,
        "exit_status": ran.status,
    }
    if b"\0" in ran.stdout:
        data["binary"] = True
    if ran.signal is not None:
        data["signal"] = ran.signal
    return data


def no_rights(host: str, command: str, stderr: str) -> str:
    """Return the sentence for a login that sudo gives no rights."""
    return (
        f"sudo on {host} refuses: {_first(stderr) or 'no reason given'}. Allow the login "
        f"'{command}' there without a password (NOPASSWD in sudoers)."
    )


def told(data: dict[str, Any]) -> str:
    """Say in a few words how a command ended."""
    count = len(data["lines"])
    lines = f"{count} line{'' if count == 1 else 's'}"
    if data.get("binary"):
        lines += ", not all of it text"
    if data["exit_status"] is None:
        return f"{lines}, cut at the cap"
    if "signal" in data:
        return f"{lines}, ended by the signal {data['signal']}"
    if data["exit_status"] == 0:
        return lines
    why = _PASSED_ON.get(data["exit_status"]) or _first(data["stderr"])
    return f"{lines}, exit status {data['exit_status']}{f' ({why})' if why else ''}"


def quoted(words: Sequence[str]) -> str:
    """Return a command line whose words arrive as they are."""
    return shlex.join(words)


def _first(text: str) -> str:
    return next((line.strip()[:300].rstrip(".") for line in text.splitlines() if line.strip()), "")
