"""The cut of a log file, guarded by its device, its inode and its size.

It is done as the user whose file it is, so that a link that comes into its place cannot lead
to a file of somebody else. A file of root has to lie where only root can put another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stanch.tools.clients.ssh.guarded import Login, differing, done, only_if, said, text
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations.host_logs import (
    FOLDER_STAT,
    STAT,
    TruncateLog,
    folders_of,
    log_facts,
    may_cut,
    open_folder,
    size_of,
    unfit,
    was_cut,
)
from stanch.tools.outcome import DryRun, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One log file on one host, and one cut of it."""

    login: Login
    change: TruncateLog
    patterns: tuple[str, ...]
    """The files that the settings of the host allow to cut."""

    def look(self) -> dict[str, Any]:
        """Return the facts about the file that a precondition compares."""
        return self._facts(self._stat())

    def preview(self) -> DryRun:
        """Foretell the cut; refuse a file that is not to be cut here."""
        facts = self.look()
        note = "no host can try a cut; this is what it would do"
        if facts.get("missing"):
            note = f"{self.login.name} has no file {self.change.path}"
        else:
            note = self._objection(facts) or note
        accepted = note.startswith("no host")
        before = {"path": self.change.path, "bytes": self.change.seen}
        after = before | {"bytes": self.change.keep} if accepted else before
        return DryRun(accepted=accepted, note=note, before=before, after=after, tried=False)

    def apply(self, observed: Mapping[str, Any]) -> Outcome:
        """Cut the file if it is the one that was seen."""
        change, facts = self.change, self.look()
        if facts.get("missing"):
            raise PreconditionFailedError(f"{change.subject} is gone.")
        if facts != dict(observed):
            names = differing(facts, dict(observed))
            raise PreconditionFailedError(f"{change.subject} is not as it was seen: {names}.")
        if why := self._objection(facts):
            raise OperationRefusedError(f"{why}.")
        tests = (
            *("-type", "f", "-links", "1", "-inum", str(change.inode)),
            *("-size", f"+{change.seen - 1}c"),
        )
        command = ("truncate", "-c", "-s", str(change.keep), change.path)
        words = only_if(change.path, tests, (*self.login.by(change.owner), *command))
        ran = self.login.send(words, f"The cut of {change.subject}")
        if done(ran, change.path):
            kept = f"its first {change.keep} bytes are left" if change.keep else "it is empty"
            return Outcome(
                data={"path": change.path, "bytes": change.keep},
                text=f"{change.path} on {self.login.name} was cut: {kept}",
                duration=self.login.deadline.spent,
            )
        if ran.stderr and not self.look().get("missing"):
            raise self.login.refusal(ran, f"to cut {change.path}", command)
        raise PreconditionFailedError(
            f"{change.subject} changed in the moment before the cut; it was not cut."
        )

    def probe(self) -> bool | None:
        """Say whether the file has been cut."""
        shown = self._stat()
        facts = self._facts(shown)
        there = (facts.get("device"), facts.get("inode"))
        if there != (self.change.device, self.change.inode):
            return None
        return was_cut(shown, self.change.seen)

    def _objection(self, facts: Mapping[str, Any]) -> str:
        change = self.change
        if not may_cut(change.path, self.patterns):
            return (
                f"the settings do not allow to cut {change.path}: name it under logs of "
                f"[hosts.{self.login.name}] in stanch.toml"
            )
        if why := unfit(facts, change.path):
            return why
        if facts["owner"] == "root" and (folder := self._open_folder()):
            return f"others than root may put files into {folder}, so that a file of root is left"
        return ""

    def _open_folder(self) -> str:
        words = ("stat", "-c", FOLDER_STAT, *folders_of(self.change.path))
        return open_folder(text(self.login.look(words).stdout), self.change.path)

    def _stat(self) -> str:
        """Return what stat shows of the file; nothing where there is none."""
        ran = self.login.look(("stat", "-c", STAT, self.change.path))
        shown = text(ran.stdout)
        if ran.status and "No such file" not in text(ran.stderr):
            raise OperationRefusedError(
                f"{self.login.name} does not show {self.change.path}: {said(ran)}."
            )
        return shown

    def _facts(self, shown: str) -> dict[str, Any]:
        if size_of(shown) is None:
            return {"missing": True}
        real = text(self.login.look(("realpath", "-e", self.change.path)).stdout)
        return log_facts(shown, real, seen=self.change.seen)
