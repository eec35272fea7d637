"""How the filters with a program of their own are read: sed, awk, jq, base64."""

from typing import Any, Final

from stanch.runbook.grammar import slots
from stanch.runbook.grammar.filter_arguments import Given, Option, options, parts, refuse
from stanch.runbook.words import Word

Fields = dict[str, Any]

_SED: Final = options(
    "sed",
    Option(name="quiet", short="n", long="quiet"),
    Option(name="quiet", long="silent"),
    Option(name="extended", short="E", long="regexp-extended"),
    Option(name="extended", short="r"),
    Option(name="scripts", short="e", long="expression", takes="value", repeats=True),
    Option(name="plain", short="u", long="unbuffered"),
    i="it writes files",
    in_place="it writes files",
    f="it reads a script from a file",
    file="it reads a script from a file",
    z="lines end with line ends here",
)
_AWK: Final = options(
    "awk",
    Option(name="separator", short="F", long="field-separator", takes="value"),
    Option(name="variables", short="v", long="assign", takes="value", repeats=True),
    f="it reads a program from a file",
    file="it reads a program from a file",
    i="it reads a library from a file",
    include="it reads a library from a file",
    l="it loads a library",
    load="it loads a library",
    E="it reads a program from a file",
)
_JQ: Final = options(
    "jq",
    Option(name="raw", short="r", long="raw-output"),
    Option(name="compact", short="c", long="compact-output"),
    Option(name="joined", short="j", long="join-output"),
    Option(name="sorted", short="S", long="sort-keys"),
    Option(name="slurp", short="s", long="slurp"),
    Option(name="plain", short="M", long="monochrome-output"),
    Option(name="plain", short="e", long="exit-status"),
    n="it reads nothing",
    null_input="it reads nothing",
    R="its input is read as JSON here",
    C="it writes colours into the answer",
    L="it loads modules",
    f="it reads a program from a file",
    from_file="it reads a program from a file",
    slurpfile="it reads a file",
    rawfile="it reads a file",
    argjson="use --arg, or write the value into the program",
    args="name each with --arg",
)
_BASE64: Final = options(
    "base64",
    Option(name="decode", short="d", long="decode"),
    Option(name="decode", short="D"),
    Option(name="plain", short="i", long="ignore-garbage"),
)


def sed(_: str, words: tuple[Word, ...]) -> Fields:
    """Read sed."""
    given = _SED.read(words)
    scripts, operands = list(given.flags.get("scripts", ())), list(given.operands)
    if not scripts:
        if not operands:
            refuse("sed has no script.", "Write: sed 's/old/new/'")
        scripts.append(operands.pop(0))
    Given(program="sed", flags={}, operands=tuple(operands)).no_operands()
    fields: Fields = given.switches("quiet", "extended")
    return fields | {"scripts": [parts(word) for word in scripts]}


def awk(_: str, words: tuple[Word, ...]) -> Fields:
    """Read awk."""
    given = _AWK.read(words)
    if not given.operands:
        refuse("awk has no program.", "Write: awk '{print $1}'")
    program, *files = given.operands
    Given(program="awk", flags={}, operands=tuple(files)).no_operands()
    fields: Fields = {"program": parts(program)}
    if given.on("separator"):
        fields["separator"] = slots.literal(given.value("separator") or ("",), "awk's separator")
    variables = []
    for word in given.flags.get("variables", ()):
        name, *value = slots.split(word, "=", most=1)
        if not value:
            refuse("-v of awk sets nothing.", "Write: -v name=value")
        variables.append(
            {
                "name": slots.literal(name, "The name of an awk variable"),
                "value": slots.whole(value[0], "The value of an awk variable"),
            }
        )
    return fields | ({"variables": variables} if variables else {})


def jq(_: str, words: tuple[Word, ...]) -> Fields:
    """Read jq."""
    plain, variables = _jq_variables(words)
    given = _JQ.read(plain)
    fields: Fields = given.switches("raw", "compact", "joined", "sorted", "slurp")
    if given.operands:
        program, *files = given.operands
        Given(program="jq", flags={}, operands=tuple(files)).no_operands()
        fields["program"] = parts(program)
    return fields | ({"variables": variables} if variables else {})


def _jq_variables(words: tuple[Word, ...]) -> tuple[list[Word], list[Fields]]:
    """Take `--arg NAME VALUE` out of `words`: the only flag of jq with two values."""
    plain: list[Word] = []
    variables: list[Fields] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word != ("--arg",):
            plain.append(word)
            continue
        if len(left) < 2:
            refuse("--arg of jq takes a name and a value.", "Write: --arg name value")
        name, value = left.pop(0), left.pop(0)
        variables.append(
            {
                "name": slots.literal(name, "The name of a jq variable"),
                "value": slots.whole(value, "The value of a jq variable"),
            }
        )
    return plain, variables


def base64(_: str, words: tuple[Word, ...]) -> Fields:
    """Read base64 -d; encoding is of no use to a reader."""
    given = _BASE64.read(words)
    given.no_operands()
    if not given.on("decode"):
        refuse("base64 encodes the answer.", "Leave it out, or write: base64 -d")
    return {}


def json_tool(program: str, words: tuple[Word, ...]) -> Fields:
    """Read `python3 -m json.tool`, which indents JSON."""
    if words != (("-m",), ("json.tool",)):
        refuse(f"{program} runs programs.", "Use jq, awk or sed, or write: jq .")
    return {}
