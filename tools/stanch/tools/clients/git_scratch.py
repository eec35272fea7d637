"""A repository that is thrown away: in it a revert is tried, and from it a branch is pushed.

It has no working tree, so that no file is checked out and no filter runs; the objects of
the configured clone are borrowed, and nothing is written there.
"""

import base64
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from stanch.settings.targets import GitSettings
from stanch.tools.clients.git_process import Ended, GitProcesses
from stanch.tools.clients.patience import Deadline, NoAnswerError
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://")
_SPEAKS: Final = frozenset({"https", "http", "ssh", "file"})
_NOBODY: Final = "x <x@localhost> 0 +0000"
_ONTO: Final = "refs/stanch/onto"


class Merged(NamedTuple):
    """What a merge gives: its tree, or the files in conflict."""

    tree: str | None
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a repository is pushed to, and what git is told for the way there."""

    url: str
    environment: Mapping[str, str]


def remote_of(name: str, settings: GitSettings) -> Remote:
    """Return the remote that the settings name.

    Raises:
        TargetUnreachableError: they name none, or one that git would run a program for.
    """
    url = settings.remote
    if url is None:
        raise TargetUnreachableError(
            f"No remote is configured for {name}: set 'remote' under [repositories.{name}]."
        )
    found = _SCHEME.match(url)
    scheme = found[1] if found else "ssh" if re.match(r"[^/]+:", url) else "file"
    if scheme not in _SPEAKS or "::" in url:
        raise TargetUnreachableError(
            f"The remote of {name} is not reached by https, ssh or a folder. Correct it."
        )
    if scheme == "file" and not found:
        url = str(Path(url).expanduser().absolute())
    environment = {"GIT_ALLOW_PROTOCOL": scheme}
    if settings.token is not None and scheme in {"https", "http"}:
        pair = f"{settings.user}:{settings.token.get_secret_value()}".encode()
        # Not among the words: those can be read by everybody on this machine.
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {base64.b64encode(pair).decode()}",
        }
    return Remote(url, environment)


def heads(
    remote: Remote, names: Sequence[str], processes: GitProcesses, deadline: Deadline
) -> dict[str, str]:
    """Return the newest commits of the branches `names` that the remote has.

    Raises:
        TargetUnreachableError: the remote gave no answer.
    """
    refs = [f"refs/heads/{name}" for name in names]
    ended = processes.run(
        Path("/"), ["ls-remote", "--", remote.url, *refs], deadline, environment=remote.environment
    )
    if ended.status != 0 or ended.late:
        raise _no_answer(ended, deadline)
    lines = (line.partition("\t") for line in ended.out.decode().splitlines())
    found = {ref: commit for commit, _, ref in lines}
    return {name: found[ref] for name, ref in zip(names, refs, strict=True) if ref in found}


def default_branch(remote: Remote, processes: GitProcesses, deadline: Deadline) -> str:
    """Return the branch that the remote's HEAD names.

    Raises:
        TargetUnreachableError: the remote gave no answer, or its HEAD is no branch.
    """
    words = ["ls-remote", "--symref", "--", remote.url, "HEAD"]
    ended = processes.run(Path("/"), words, deadline, environment=remote.environment)
    if ended.status != 0 or ended.late:
        raise _no_answer(ended, deadline)
    found = re.search(rb"(?m)^ref: refs/heads/(\S+)\tHEAD$", ended.out)
    if found is None:
        raise TargetUnreachableError("The remote has no default branch: set 'branch'.")
    return found[1].decode()


class Scratch:
    """One repository that is thrown away at the end of a `with`."""

    def __init__(
        self, name: str, settings: GitSettings, processes: GitProcesses, deadline: Deadline
    ) -> None:
        self._name = name
        self._clone = settings.path.expanduser().absolute()
        self._processes = processes
        self._deadline = deadline
        self._held = tempfile.TemporaryDirectory(prefix="stanch-revert-")
        self.folder = Path(self._held.name)

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self._held.cleanup()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.cleanup()

    def fetch(self, remote: Remote, onto: str) -> str:
        """Bring the branch `onto` here; return its newest commit.

        Raises:
            TargetUnreachableError: the remote gave no answer.
        """
        ended = self.run(
            *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"),
            *("--no-recurse-submodules", "--", remote.url, f"+refs/heads/{onto}:{_ONTO}"),
            environment=remote.environment,
        )
        if ended.status != 0:
            raise _no_answer(ended, self._deadline)
        return self.ask("rev-parse", "--verify", _ONTO).strip()

    def commit(self, tree: str, *parents: str) -> str:
        """Write a commit that nobody sees, for a merge to work with."""
        lines = [f"tree {tree}", *(f"parent {one}" for one in parents)]
        return self.write("\n".join([*lines, f"author {_NOBODY}", f"committer {_NOBODY}", "", ""]))

    def write(self, content: str | bytes, kind: str = "commit") -> str:
        """Write an object, and return its id."""
        raw = content.encode() if isinstance(content, str) else content
        return self.ask("hash-object", "-t", kind, "-w", "--stdin", given=raw).strip()

    def merge(self, base: str, ours: str, theirs: str) -> Merged:
        """Merge two trees with the third as what both come from.

        Raises:
            OperationRefusedError: this git cannot do it.
        """
        root = self.commit(base)
        ended = self.run(
            *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages"),
            *(self.commit(ours, root), self.commit(theirs, root)),
        )
        if ended.status not in {0, 1}:
            raise OperationRefusedError(
                f"git could not try the revert: {ended.said}. It needs git 2.38 or newer"
            )
        tree, *paths = ended.out.decode(errors="replace").rstrip("\0").split("\0")
        return Merged(None, tuple(dict.fromkeys(paths))) if ended.status else Merged(tree.strip())

    def ask(self, *words: str, given: bytes = b"") -> str:
        """Return what git prints.

        Raises:
            OperationRefusedError: git said no, in its own words.
        """
        ended = self.run(*words, given=given)
        if ended.status != 0:
            raise OperationRefusedError(f"git refused {words[0]} in {self._name}: {ended.said}")
        return ended.out.decode(errors="replace")

    def run(
        self, *words: str, given: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> Ended:
        """Run git here.

        Raises:
            NoAnswerError: it was cut off by the clock.
        """
        ended = self._processes.run(
            self.folder, words, self._deadline, given=given, environment=environment
        )
        if ended.late:
            raise _no_answer(ended, self._deadline)
        return ended

    def push(self, remote: Remote, words: Sequence[str]) -> Ended:
        """Push; whether it was cut off stands in the answer, because it may have arrived."""
        given = (
            "push",
            "--porcelain",
            "--no-verify",
            "--no-follow-tags",
            "--recurse-submodules=no",
        )
        return self._processes.run(
            self.folder, [*given, *words], self._deadline, environment=remote.environment
        )

    def _begin(self) -> None:
        if not self._clone.is_dir():
            raise TargetUnreachableError(
                f"The repository {self._name} is not at {self._clone}. Correct its path."
            )
        known = self.run(
            *("-c", f"safe.directory={self._clone}", "-C", str(self._clone), "rev-parse"),
            *("--path-format=absolute", "--show-object-format", "--is-shallow-repository"),
            *("--git-path", "objects"),
        )
        if known.status != 0:
            raise OperationRefusedError(
                f"git refused to read the repository {self._name}: {known.said}. "
                "Is the path that of a clone or a bare mirror?"
            )
        form, shallow, objects = known.out.decode().splitlines()
        self.ask("init", "--quiet", "--bare", "--template=", f"--object-format={form}", ".")
        partial = any((Path(objects) / "pack").glob("*.promisor"))
        if shallow == "false" and not partial:
            # Of the others a part is missing, and nobody would fetch it.
            (self.folder / "objects" / "info").mkdir(exist_ok=True)
            # An absolute path is taken as it is; only what begins with a quote is not.
            (self.folder / "objects" / "info" / "alternates").write_text(f"{objects}\n", "utf-8")


def _no_answer(ended: Ended, deadline: Deadline) -> TargetUnreachableError:
    if ended.late:
        return NoAnswerError(f"git gave no answer within {deadline.seconds:g} s.")
    return TargetUnreachableError(f"The remote could not be asked: {ended.said}.")
