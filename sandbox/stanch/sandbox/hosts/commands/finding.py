"""find: the files that fit an expression, with GNU find's own forms of printing."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from stanch.sandbox.hosts.commands import names
from stanch.sandbox.hosts.commands.answer import Answer
from stanch.sandbox.hosts.commands.names import Shown
from stanch.sandbox.hosts.commands.options import UsageError
from stanch.sandbox.hosts.commands.proc import folder as process_folder
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.journal import moment

Test = Callable[[Shown], bool]
_UNITS = {"c": 1, "w": 2, "b": 512, "k": 1024, "M": 1024**2, "G": 1024**3}
_TIMES = ("-mtime", "-ctime", "-mmin", "-cmin", "-newermt")
_FORMAT = re.compile(r"%(-?\d*)(T[@YmdHMSFTyjab+]|[spfhugmMinkybdP%])|\\(.)")


@dataclass(slots=True)
class _Search:
    see: Sight
    words: list[str]
    here: bool = False
    """Whether other file systems are left out."""
    deepest: int = 10_000
    least: int = 0
    form: str | None = None
    told: list[str] = field(default_factory=list)
    """What the programs have printed that were run."""
    complaints: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def either(self) -> Test:
        found = self.both()
        while self.words and self.words[0] in {"-o", "-or"}:
            self.words.pop(0)
            found = _or(found, self.both())
        return found

    def both(self) -> Test:
        tests = []
        while self.words and self.words[0] not in {"-o", "-or", ")"}:
            if self.words[0] in {"-a", "-and"}:
                self.words.pop(0)
                continue
            tests.append(self.one())
        return lambda shown: all(test(shown) for test in tests)

    def one(self) -> Test:
        word = self.words.pop(0)
        if word in {"!", "-not"}:
            test = self.one()
            return lambda shown: not test(shown)
        if word == "(":
            test = self.either()
            if not self.words or self.words.pop(0) != ")":
                raise UsageError("find: invalid expression; I was expecting to find a ')'")
            return test
        if word in {"-print", "-depth", "-true", "-noleaf"}:
            return _every
        if word in {"-xdev", "-mount"}:
            self.here = True
            return _every
        if word == "-empty":
            return lambda shown: shown.size == 0 and not shown.folder
        if word == "-exec":
            return self.running()
        return self.valued(word)

    def running(self) -> Test:
        """Return the test that runs a program, and holds when it ends well."""
        from stanch.sandbox.hosts.commands import run  # noqa: PLC0415  # it names this module

        if ";" not in self.words:
            raise UsageError("find: missing argument to `-exec'")
        end = self.words.index(";")
        argv, self.words = self.words[:end], self.words[end + 1 :]

        def test(shown: Shown) -> bool:
            answer = run([word.replace("{}", shown.path) for word in argv], self.see)
            self.told.append(answer.out)
            self.complaints.append(answer.err)
            return answer.status == 0

        return test

    def valued(self, word: str) -> Test:
        known = (
            "-maxdepth",
            "-mindepth",
            "-type",
            "-size",
            "-name",
            "-iname",
            "-path",
            "-user",
            "-group",
            "-mtime",
            "-mmin",
            "-newermt",
            "-printf",
            "-ctime",
            "-cmin",
            "-regex",
            "-links",
            "-inum",
        )
        if word not in known:
            raise UsageError(f"find: unknown predicate `{word}'")
        if not self.words:
            raise UsageError(f"find: missing argument to `{word}'")
        value = self.words.pop(0)
        match word:
            case "-maxdepth":
                self.deepest = int(value)
            case "-mindepth":
                self.least = int(value)
            case "-printf":
                self.form = value
            case _:
                return self.test(word, value)
        return _every

    def test(self, word: str, value: str) -> Test:
        if word in _TIMES:
            return self.timed(word, value)
        tests: dict[str, Test] = {
            "-type": lambda shown: ("d" if shown.folder else "f") in value.split(","),
            "-user": lambda shown: value == shown.user,
            "-group": lambda shown: value == shown.group,
            "-name": lambda shown: fnmatchcase(shown.name, value),
            "-iname": lambda shown: fnmatchcase(shown.name.lower(), value.lower()),
            "-regex": lambda shown: re.fullmatch(value, shown.path) is not None,
            "-path": lambda shown: fnmatchcase(shown.path, value),
            "-links": lambda shown: value == ("2" if shown.folder else "1"),
            "-inum": lambda shown: value == str(shown.inode),
        }
        if word == "-size":
            unit = _UNITS.get(value[-1], 0)
            number = value[:-1] if unit else value
            return _compare(number, lambda shown: -(-shown.size // (unit or 512)), word)
        return tests[word]

    def timed(self, word: str, value: str) -> Test:
        now = self.see.now
        if word == "-newermt":
            since = moment(value, now)
            if since is None:
                raise UsageError(
                    f"find: I cannot figure out how to interpret \u2018{value}\u2019 as a date"
                    " or time"
                )
            return lambda shown: shown.modified > since
        if word in {"-mtime", "-ctime"}:
            return _compare(value, lambda shown: int((now - shown.modified) // 86400), word)
        return _compare(value, lambda shown: -(-(now - shown.modified) // 60), word)


def _every(shown: Shown) -> bool:
    del shown
    return True


def _or(one: Test, other: Test) -> Test:
    return lambda shown: one(shown) or other(shown)


def _compare(text: str, measure: Callable[[Shown], float], word: str) -> Test:
    sign, digits = (text[0], text[1:]) if text[:1] in {"+", "-"} else ("", text)
    if not digits.isdigit():
        raise UsageError(f"find: invalid argument `{text}' to `{word}'")
    limit = int(digits)
    if sign == "+":
        return lambda shown: measure(shown) > limit
    if sign == "-":
        return lambda shown: measure(shown) < limit
    return lambda shown: measure(shown) == limit


def find(argv: Sequence[str], see: Sight) -> Answer:
    """Answer find: the names that fit, in the order of the tree."""
    words = list(argv[1:])
    while words and words[0] in {"-H", "-L", "-P"}:
        words.pop(0)
    tops = []
    while words and not words[0].startswith("-") and words[0] not in {"!", "("}:
        tops.append(words.pop(0))
    search = _Search(see, words)
    test = search.either()
    if search.words:
        raise UsageError(f"find: paths must precede expression: `{search.words[0]}'")
    out: list[str] = []
    complaints: list[str] = []
    for top in tops or ["."]:
        first = names.look(see.machine.tree, top) or process_folder(top, see)
        if first is None:
            complaints.append(f"find: \u2018{top}\u2019: No such file or directory\n")
            continue
        fitting = [one for one in _walk(search, first) if test(one)]
        out += search.told
        out += [_printed(search.form, one, first) for one in fitting]
        if _too_many(see, fitting):
            complaints.append("find: fts_read: Cannot allocate memory\n")
    told = "".join((*search.complaints, *complaints))
    return Answer("".join(out), told, 1 if complaints else 0)


def _too_many(see: Sight, fitting: Sequence[Shown]) -> bool:
    """Tell whether files are wanted of a folder that has more than are made up."""
    folders = {one.path.rpartition("/")[0] for one in fitting if not one.folder}
    files = (see.machine.tree.files.get(folder) for folder in folders)
    return any(file is not None and file.many > 10 * names.MOST_NAMES for file in files)


def _walk(search: _Search, first: Shown) -> Iterator[Shown]:
    tree = search.see.machine.tree
    start = first.path.rstrip("/").count("/")

    def wanted(path: str, disk: object) -> bool:
        depth = (path.count("/") if path != "/" else 0) - start
        return search.least <= depth <= search.deepest and (not search.here or disk is first.disk)

    if not first.folder or first.path.startswith("/proc/"):
        yield first
        return
    for folder in sorted(tree.folders()):
        inside = folder == first.path or folder.startswith(first.path.rstrip("/") + "/")
        if inside and wanted(folder, tree.disk_of(folder)):
            yield names.of_folder(tree, folder)
    for file in tree.under(first.path):
        if not file.many:
            if wanted(file.path, file.disk):
                yield names.of_file(file)
        elif wanted(f"{file.path}/x", file.disk):
            yield from names.inside(file)


def _printed(form: str | None, shown: Shown, first: Shown) -> str:
    if form is None:
        return f"{shown.path}\n"
    return _FORMAT.sub(lambda found: _directive(found, shown, first), form)


def _directive(found: re.Match[str], shown: Shown, first: Shown) -> str:
    width, what, escaped = found[1], found[2], found[3]
    if escaped:
        return {"n": "\n", "t": "\t", "0": "\0", "\\": "\\"}.get(escaped, f"\\{escaped}")
    if what[0] == "T":
        text = _time(what[1], shown)
    else:
        text = {
            "s": str(shown.size),
            "p": shown.path,
            "f": shown.name,
            "u": shown.user,
            "g": shown.group,
            "h": shown.path.rpartition("/")[0] or "/",
            "%": "%",
            "m": f"{shown.mode:o}",
            "M": shown.permissions,
            "i": str(shown.inode),
            "n": "2" if shown.folder else "1",
            "k": str(-(-shown.size // 4096) * 4),
            "b": str(-(-shown.size // 4096) * 8),
            "y": "d" if shown.folder else "f",
            "d": str(shown.path.count("/") - first.path.rstrip("/").count("/")),
            "P": shown.path.removeprefix(first.path).lstrip("/"),
        }[what]
    if not width:
        return text
    return text.ljust(-int(width)) if width.startswith("-") else text.rjust(int(width))


def _time(letter: str, shown: Shown) -> str:
    match letter:
        case "@":
            return f"{shown.modified:.10f}"
        case "S":
            return names.stamp(shown.modified, "%S.%f") + "0000"
        case "T":
            return names.stamp(shown.modified, "%H:%M:%S.%f") + "0000"
        case "+":
            return names.stamp(shown.modified, "%Y-%m-%d+%H:%M:%S.%f") + "0000"
        case _:
            return names.stamp(shown.modified, f"%{letter}")


COMMANDS = {"find": find}
