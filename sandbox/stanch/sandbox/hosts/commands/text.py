"""cat, head, tail, grep and wc: what the readable files of a machine say."""

import hashlib
import re
from collections.abc import Sequence

from stanch.sandbox.hosts.commands import names
from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import Options, UsageError, parse
from stanch.sandbox.hosts.commands.proc import virtual
from stanch.sandbox.hosts.commands.sight import Sight

ALLOWED = ("/etc/", "/var/log/", "/proc/", "/sys/", "/run/", "/usr/share/", "/boot/")
_SECRET = re.compile(r"/etc/(?:shadow|gshadow|sudoers|ssh/ssh_host|.*\.key$)|/var/log/btmp")
_GREP = {
    "--ignore-case": "i",
    "--count": "c",
    "--line-number": "n",
    "--invert-match": "v",
    "--extended-regexp": "E",
    "--fixed-strings": "F",
    "--max-count=": "m",
    "--quiet": "q",
    "--after-context=": "A",
    "--before-context=": "B",
    "--context=": "C",
    "--only-matching": "o",
    "--no-filename": "h",
    "--with-filename": "H",
    "--regexp=": "e",
    "--text": "a",
    "--word-regexp": "w",
    "--recursive": "r",
    "--files-with-matches": "l",
    "--color=": "color",
    "--include=": "include",
}


def _content(path: str, see: Sight) -> str:
    """Return what a file says.

    Raises:
        UsageError: there is none, or it is not for everybody's eyes.
    """
    made = virtual(path, see)
    if made is not None:
        return made
    shown = names.look(see.machine.tree, path)
    if shown is None:
        raise UsageError(f"{path}: No such file or directory")
    if shown.folder:
        raise UsageError(f"{path}: Is a directory")
    if not path.startswith(ALLOWED) or _SECRET.search(path) or ".." in path:
        raise UsageError(f"{path}: Permission denied")
    return see.machine.tree.files[path].read()


def cat(argv: Sequence[str], see: Sight) -> Answer:
    """Answer cat, tac and nl."""
    options = parse(argv, flags="AbeEnstTuv", long={"--number": "n", "--show-all": "A"})
    out, complaints = _all(argv[0], options.operands, see)
    text = "".join(content for _, content in out)
    if argv[0] == "tac":
        text = "".join(text.splitlines(keepends=True)[::-1])
    if "n" in options or argv[0] == "nl":
        text = "".join(
            f"{at:>6}\t{line}" for at, line in enumerate(text.splitlines(keepends=True), start=1)
        )
    return Answer(text, complaints, 1 if complaints else 0)


def _all(program: str, paths: Sequence[str], see: Sight) -> tuple[list[tuple[str, str]], str]:
    found, complaints = [], ""
    for path in paths:
        try:
            found.append((path, _content(path, see)))
        except UsageError as error:
            complaints += f"{program}: {error}\n"
    return found, complaints


def _ends(argv: Sequence[str], see: Sight) -> Answer:
    """Answer head and tail."""
    program = argv[0]
    words = [f"-n{word[1:]}" if re.fullmatch(r"-\d+", word) else word for word in argv]
    long = {"--lines=": "n", "--bytes=": "c", "--quiet": "q", "--verbose": "v"}
    options = parse(words, flags="qv", valued="nc", long=long)
    found, complaints = _all(f"{program}: cannot open", options.operands, see)
    out = []
    for path, content in found:
        if (len(options.operands) > 1 and "q" not in options) or "v" in options:
            out.append(f"==> {path} <==\n")
        out.append(_part(program, content, options))
    return Answer("".join(out), complaints, 1 if complaints else 0)


def _part(program: str, content: str, options: Options) -> str:
    if "c" in options:
        count = int(options.last("c"))
        return content[:count] if program == "head" else content[-count:]
    rows, text = content.splitlines(keepends=True), options.last("n", "10")
    if not re.fullmatch(r"[+-]?\d+", text):
        raise UsageError(f"{program}: invalid number of lines: \u2018{text}\u2019")
    count = abs(int(text))
    if program == "head":
        return "".join(rows[:-count] if text.startswith("-") else rows[:count])
    return "".join(rows[count - 1 :] if text.startswith("+") else rows[-count or len(rows) :])


def grep(argv: Sequence[str], see: Sight) -> Answer:
    """Answer grep over files; status 1 when nothing fits, 2 when a file cannot be read."""
    words = [f"-m{word[1:]}" if re.fullmatch(r"-\d+", word) else word for word in argv]
    options = parse(words, flags="acEFGhHiIlLnoPqrRsvwx", valued="ABCme", long=_GREP, status=2)
    patterns = options.values.get("e") or options.operands[:1]
    paths = options.operands if "e" in options else options.operands[1:]
    if not patterns:
        raise UsageError("Usage: grep [OPTION]... PATTERNS [FILE]...", 2)
    test = _pattern(argv[0], patterns, options)
    if "r" in options or "R" in options:
        paths = [
            one.path
            for top in paths
            for one in see.machine.tree.under(top.rstrip("/"))
            if not one.many
        ]
    found, complaints = _all("grep", paths, see)
    named = ("H" in options or len(paths) > 1) and "h" not in options
    out: list[str] = []
    hits = 0
    for path, content in found:
        rows = _fitting(content, test, options)
        hits += len(rows)
        prefix = f"{path}:" if named else ""
        if "c" in options:
            out.append(f"{prefix}{len(rows)}")
        elif "l" in options:
            out += [path] if rows else []
        elif "q" not in options:
            out += [f"{prefix}{row}" for row in rows]
    status = 2 if complaints else 0 if hits else 1
    return Answer("".join(f"{row}\n" for row in out), complaints, status)


def _pattern(program: str, patterns: Sequence[str], options: Options) -> re.Pattern[str]:
    fixed = "F" in options or program == "fgrep"
    extended = {"E", "P"} & options.values.keys() or program == "egrep"
    texts = [re.escape(one) if fixed else one if extended else _basic(one) for one in patterns]
    text = "|".join(f"(?:{one})" for one in texts)
    text = rf"\b(?:{text})\b" if "w" in options else text
    text = rf"\A(?:{text})\Z" if "x" in options else text
    try:
        return re.compile(text, re.IGNORECASE if "i" in options else 0)
    except re.error as error:
        raise UsageError("grep: Invalid regular expression", 2) from error


def _basic(text: str) -> str:
    """Return a basic regular expression as an extended one."""
    return re.sub(
        r"\\?[|+?(){}]", lambda one: one[0][1:] if one[0][0] == "\\" else f"\\{one[0]}", text
    )


def _fitting(content: str, test: re.Pattern[str], options: Options) -> list[str]:
    rows = content.splitlines()
    most = int(options.last("m", "1000000"))
    hits = [at for at, row in enumerate(rows) if bool(test.search(row)) != ("v" in options)][:most]
    if "o" in options:
        return [one[0] for at in hits for one in test.finditer(rows[at])]
    before = int(options.last("B", options.last("C", "0")))
    after = int(options.last("A", options.last("C", "0")))
    shown = sorted({at for hit in hits for at in range(hit - before, hit + after + 1)})
    fitting = set(hits)
    return [
        f"{at + 1}{':' if at in fitting else '-'}{rows[at]}" if "n" in options else rows[at]
        for at in shown
        if 0 <= at < len(rows)
    ]


def wc(argv: Sequence[str], see: Sight) -> Answer:
    """Answer wc: lines, words and bytes."""
    long = {"--lines": "l", "--words": "w", "--bytes": "c", "--chars": "m"}
    options = parse(argv, flags="clLmw", long=long)
    found, complaints = _all("wc", options.operands, see)
    wanted = [one for one in "lwmc" if one in options] or ["l", "w", "c"]
    rows = []
    for path, content in found:
        file = see.machine.tree.files.get(path)
        size = file.size if file is not None and file.text is None else len(content.encode())
        counts = {"l": content.count("\n"), "w": len(content.split()), "m": len(content), "c": size}
        rows.append(([counts[one] for one in wanted], path))
    if len(rows) > 1:
        rows.append(
            ([sum(column) for column in zip(*(row[0] for row in rows), strict=True)], "total")
        )
    alone = len(wanted) == 1 and len(rows) == 1
    width = 1 if alone else max((len(str(max(counts))) for counts, _ in rows), default=1)
    text = [" ".join(f"{one:>{width}}" for one in counts) + f" {path}" for counts, path in rows]
    answer = lines(text, status=1 if complaints else 0)
    return Answer(answer.out, complaints, answer.status)


def sha256sum(argv: Sequence[str], see: Sight) -> Answer:
    """Answer sha256sum: the digests of files."""
    options = parse(argv, flags="btz")
    found, complaints = _all("sha256sum", options.operands, see)
    rows = [f"{hashlib.sha256(text.encode()).hexdigest()}  {path}" for path, text in found]
    answer = lines(rows, status=1 if complaints else 0)
    return Answer(answer.out, complaints, answer.status)


COMMANDS = {
    "cat": cat,
    "sha256sum": sha256sum,
    "tac": cat,
    "nl": cat,
    "head": _ends,
    "tail": _ends,
    "grep": grep,
    "egrep": grep,
    "fgrep": grep,
    "wc": wc,
}
