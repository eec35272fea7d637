"""Which names stand for a secret: of fields, environment variables, flags and assignments.

A name is split into its words, at separators and at capitals, so that `dbPassword`,
`DB_PASS` and `--db-password` are one case.
"""

import itertools
import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_BETWEEN = re.compile(r"[^a-z0-9]+")
_ALONE = frozenset(
    {
        *("password", "passwords", "passwd", "passphrase", "pass", "pwd", "dbpass", "dbpassword"),
        *("secret", "secrets", "token", "tokens", "credential", "credentials", "dsn"),
        *("apikey", "accesskey", "privatekey", "secretkey", "authkey"),
    }
)
_KEY_OF = frozenset(
    {
        *("api", "access", "private", "secret", "signing", "encryption", "ssh", "auth"),
        *("master", "account", "client", "shared", "license"),
    }
)
_ONLY_NAMES = frozenset({"name", "names", "ref", "refs", "path", "file", "type", "url"})
"""A last word that says: this only names a secret, as secretName and secretKeyRef do."""


@lru_cache(maxsize=4096)
def names_secret(name: str) -> bool:
    """Say whether what has this name holds a secret."""
    # Letters that only look like others are read as those.
    plain = unicodedata.normalize("NFKC", name[-200:])
    words = [word.lower() for word in _WORD.findall(plain)]
    if not words or words[-1] in _ONLY_NAMES:
        return False
    if any(word in _ALONE for word in (*words, *_BETWEEN.split(plain.lower()))):
        return True
    pairs = itertools.pairwise(words)
    return any(second in {"key", "keys"} and first in _KEY_OF for first, second in pairs)
