"""The keeper of one server: a process that ends the server when its own parent is gone.

It is run as a script by the path of this file, so it imports nothing of this project. Its
standard input is a pipe that only the parent holds open: when that ends, in whatever way,
the server is ended, and its files are removed.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import Any

_DEATH_SIGNAL = 1
_PATIENCE = 10.0


def _die_with_parent() -> None:
    """Have the kernel end this process when the keeper is killed, where it can."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, int(signal.SIGQUIT))


def main(job: dict[str, Any]) -> int:
    """Run the command of `job` until it ends by itself or standard input does."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    uid = job["uid"]
    rights: dict[str, Any] = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    with open(job["log"], "ab") as log:  # noqa: PTH123  # pathlib would double the start time
        server = subprocess.Popen(  # noqa: S603  # the words come from the parent process
            job["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            restore_signals=True,
            start_new_session=True,
            preexec_fn=_prepare,  # noqa: PLW1509  # no thread runs yet
            **rights,
        )
    threading.Thread(target=_watch, args=(server, job["signal"]), daemon=True).start()
    status = server.wait()
    if job["remove"]:
        shutil.rmtree(job["remove"], ignore_errors=True)
    return 0 if status == 0 else 1


def _prepare() -> None:
    for usual in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(usual, signal.SIG_DFL)
    _die_with_parent()


def _watch(server: "subprocess.Popen[bytes]", number: int) -> None:
    while os.read(0, 4096):
        pass
    with contextlib.suppress(ProcessLookupError):
        server.send_signal(number)
    try:
        server.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
