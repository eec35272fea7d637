"""How the filters that work on columns and characters are read: sort, cut, tr, column."""

import re
from typing import Any, Final

from stanch.runbook.grammar import slots
from stanch.runbook.grammar.filter_arguments import Given, Option, options, refuse
from stanch.runbook.words import Word

Fields = dict[str, Any]

_SORT: Final = options(
    "sort",
    Option(name="n", short="n", long="numeric-sort"),
    Option(name="h", short="h", long="human-numeric-sort"),
    Option(name="V", short="V", long="version-sort"),
    Option(name="M", short="M", long="month-sort"),
    Option(name="reverse", short="r", long="reverse"),
    Option(name="fold", short="f", long="ignore-case"),
    Option(name="skip_blanks", short="b", long="ignore-leading-blanks"),
    Option(name="unique", short="u", long="unique"),
    Option(name="stable", short="s", long="stable"),
    Option(name="keys", short="k", long="key", takes="value", repeats=True),
    Option(name="separator", short="t", long="field-separator", takes="value"),
    o="it writes a file",
    output="it writes a file",
    R="its order is drawn by lot",
    T="it names a folder",
    compress_program="it runs a program",
    files0_from="it reads files",
    g="it depends on the machine's numbers; use -n",
)
_CUT: Final = options(
    "cut",
    Option(name="fields", short="f", long="fields", takes="value"),
    Option(name="characters", short="c", long="characters", takes="value"),
    Option(name="delimiter", short="d", long="delimiter", takes="value"),
    Option(name="only_delimited", short="s", long="only-delimited"),
    Option(name="complement", long="complement"),
    Option(name="between", long="output-delimiter", takes="value"),
    b="bytes are parts of characters; use -c",
)
_TR: Final = options(
    "tr",
    Option(name="delete", short="d", long="delete"),
    Option(name="squeeze", short="s", long="squeeze-repeats"),
    Option(name="complement", short="c", long="complement"),
    Option(name="complement", short="C"),
    Option(name="truncate", short="t", long="truncate-set1"),
)
_COLUMN: Final = options(
    "column",
    Option(name="table", short="t", long="table"),
    Option(name="separators", short="s", long="separator", takes="value"),
    Option(name="between", short="o", long="output-separator", takes="value"),
)
_PASTE: Final = options(
    "paste",
    Option(name="serial", short="s", long="serial"),
    Option(name="delimiters", short="d", long="delimiters", takes="value"),
)
_ORDERS: Final = {"n": "number", "h": "human", "V": "version", "M": "month"}
_KEY: Final = re.compile(
    r"([1-9][0-9]{0,3})(?:\.([1-9][0-9]{0,3}))?([nhVMrfb]*)"
    r"(?:,([1-9][0-9]{0,3})(?:\.([0-9]{1,4}))?([nhVMrfb]*))?"
)
_RANGE: Final = re.compile(r"([1-9][0-9]{0,5})?(-)?([1-9][0-9]{0,5})?")


def sort(_: str, words: tuple[Word, ...]) -> Fields:
    """Read sort."""
    given = _SORT.read(words)
    given.no_operands()
    fields: Fields = given.switches("reverse", "fold", "skip_blanks", "unique", "stable")
    fields["order"] = _order("".join(letter for letter in _ORDERS if given.on(letter)))
    keys = [slots.literal(word, "A key of sort") for word in given.flags.get("keys", ())]
    if keys:
        fields["keys"] = [_key(text, fields) for text in keys]
    if given.on("separator"):
        fields["separator"] = _one_character(given, "separator")
    return fields


def _order(letters: str) -> str:
    if len(set(letters)) > 1:
        refuse("sort is given several orders.", "Keep one of -n, -h, -V and -M.")
    return _ORDERS[letters[0]] if letters else "text"


def _key(text: str, whole: Fields) -> Fields:
    """Return one key; without letters of its own it takes those of the whole sort."""
    found = _KEY.fullmatch(text)
    if found is None:
        refuse(f"sort cannot read the key '{text}'.", "Write it like 2, 2,2 or 3nr.")
    letters = (found[3] or "") + (found[6] or "")
    fields: Fields = {"field": int(found[1]), "character": int(found[2] or 1)}
    if found[4]:
        fields |= {"to_field": int(found[4]), "to_character": int(found[5] or 0)}
    if not letters:
        inherited = {name: whole[name] for name in ("order", "reverse", "fold") if name in whole}
        skips = bool(whole.get("skip_blanks"))
        return fields | inherited | {"skip_blanks": skips, "skip_blanks_at_end": skips}
    return fields | {
        "order": _order("".join(letter for letter in letters if letter in _ORDERS)),
        "reverse": "r" in letters,
        "fold": "f" in letters,
        "skip_blanks": "b" in (found[3] or ""),
        "skip_blanks_at_end": "b" in (found[6] or ""),
    }


def cut(_: str, words: tuple[Word, ...]) -> Fields:
    """Read cut."""
    given = _CUT.read(words)
    given.no_operands()
    if given.on("fields") == given.on("characters"):
        refuse("cut keeps fields or characters.", "Write: cut -d: -f1, or cut -c1-20")
    by = "fields" if given.on("fields") else "characters"
    if by == "characters" and (given.on("delimiter") or given.on("only_delimited")):
        refuse("cut -c takes no delimiter.", "Write: cut -d: -f1")
    listed = slots.literal(given.value(by) or ("",), "The list of cut")
    fields: Fields = {"by": by, "ranges": [_range(one) for one in listed.split(",")]}
    fields |= given.switches("only_delimited", "complement")
    if given.on("delimiter"):
        fields["delimiter"] = _one_character(given, "delimiter")
    if given.on("between"):
        if by == "characters":
            refuse("cut -c is given an output delimiter.", "Leave it out.")
        fields["between"] = slots.literal(given.value("between") or ("",), "The delimiter of cut")
    return fields


def _range(text: str) -> Fields:
    found = _RANGE.fullmatch(text)
    if found is None or not (found[1] or found[3]):
        refuse(f"cut cannot read the range '{text}'.", "Write it like 1, 2-4 or 3-.")
    first = int(found[1] or 1)
    if not found[2]:
        return {"first": first, "last": first}
    return {"first": first, "last": int(found[3]) if found[3] else None}


def _one_character(given: Given, name: str) -> str:
    text = slots.literal(given.value(name) or ("",), f"The {name} of {given.program}")
    if len(text) != 1:
        refuse(
            f"The {name} of {given.program} is one character, not '{text}'.",
            "Use awk -F for longer ones, and '{print $1}'.",
        )
    return text


def tr(_: str, words: tuple[Word, ...]) -> Fields:
    """Read tr."""
    given = _TR.read(words)
    if not 1 <= len(given.operands) <= 2:
        refuse("tr takes one or two sets.", "Write: tr a-z A-Z, or tr -d ' '")
    sets = [slots.literal(word, "A set of tr") for word in given.operands]
    fields: Fields = given.switches("delete", "squeeze", "complement", "truncate")
    return fields | {"first": sets[0]} | ({"second": sets[1]} if len(sets) == 2 else {})


def column(_: str, words: tuple[Word, ...]) -> Fields:
    """Read column, which only makes tables here."""
    given = _COLUMN.read(words)
    given.no_operands()
    if not given.on("table"):
        refuse("column fills the width of a screen.", "Write: column -t")
    return {
        name: slots.literal(given.value(name) or ("",), f"The {name} of column")
        for name in ("separators", "between")
        if given.on(name)
    }


def paste(_: str, words: tuple[Word, ...]) -> Fields:
    """Read paste, which only joins all lines to one here."""
    given = _PASTE.read(words)
    given.no_operands()
    if not given.on("serial"):
        refuse("paste joins files line by line.", "Write: paste -sd,")
    if not given.on("delimiters"):
        return {}
    text = slots.literal(given.value("delimiters") or ("",), "The delimiters of paste")
    if not text or "\\" in text:
        refuse("The delimiters of paste are empty or escaped.", "Write: paste -sd,")
    return {"delimiters": text}
