"""The names of awk: the functions that may be called, and why others may not stand there."""

from typing import Final

FORBIDDEN: Final = {
    **dict.fromkeys(("system", "getline", "close", "fflush"), "reaches out of the program"),
    **dict.fromkeys(("while", "for", "do", "function", "func"), "can loop"),
    **dict.fromkeys(("ENVIRON", "ARGV", "ARGC", "FILENAME", "RS", "ORS"), "is not known here"),
    **dict.fromkeys(("srand", "rand", "systime", "strftime"), "is not the same twice"),
    **dict.fromkeys(("delete", "exit", "return", "split", "match", "switch"), "is not known here"),
    **dict.fromkeys(
        ("BEGIN", "END", "print", "printf", "next", "if", "else", "in"), "stands alone"
    ),
    **dict.fromkeys(("sin", "cos", "atan2", "exp", "log", "sqrt", "strtonum"), "is not known here"),
    **dict.fromkeys(("gensub", "asort", "asorti", "mktime", "nextfile"), "is not known here"),
    **dict.fromkeys(("break", "continue", "default", "case", "PROCINFO"), "is not known here"),
    **dict.fromkeys(("and", "or", "xor", "compl", "lshift", "rshift"), "is not known here"),
    **dict.fromkeys(("NF", "NR", "FNR", "FS"), "cannot be set"),
}
"""The reason by name."""
CALLS: Final = {
    "length": (0, 1),
    "substr": (2, 3),
    "tolower": (1, 1),
    "toupper": (1, 1),
    "index": (2, 2),
    "int": (1, 1),
    "sprintf": (1, 20),
}
"""The least and the most arguments of each function."""
