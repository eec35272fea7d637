"""What a verb of kubectl is, and the flags that many verbs share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Arguments, Flag
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.model import ParamRef, Slot
from stanch.runbook.words import Word

NAMESPACE: Final = Flag(name="namespace", short="n")
EVERYWHERE: Final = Flag(name="all-namespaces", short="A", switch=True)
LABELS: Final = Flag(name="selector", short="l")
FIELDS: Final = Flag(name="field-selector")
OUTPUT: Final = Flag(name="output", short="o")
SORT: Final = Flag(name="sort-by")
BARE: Final = Flag(name="no-headers", switch=True)
CHUNK: Final = Flag(name="chunk-size")
CONTAINER: Final = Flag(name="container", short="c")
DRY_RUN: Final = Flag(name="dry-run", bare="unchanged")
FILES: Final = Flag(name="filename", short="f", many=True)
FOLDER: Final = Flag(name="kustomize", short="k")
DEEP: Final = Flag(name="recursive", short="R", switch=True)
ALL: Final = Flag(name="all", switch=True)
FIELD_MANAGER: Final = Flag(name="field-manager")
TEMPLATE: Final = Flag(name="template")
ALLOW_MISSING: Final = Flag(name="allow-missing-template-keys", switch=True)
SHOW_MANAGED: Final = Flag(name="show-managed-fields", switch=True)

GLOBAL: Final = (
    NAMESPACE,
    Flag(name="context"),
    Flag(name="kubeconfig"),
    Flag(name="request-timeout"),
    Flag(name="match-server-version", switch=True),
    Flag(name="help", short="h", switch=True),
)
"""The flags that may stand before the verb, too."""
PRINTED: Final = (
    *(OUTPUT, TEMPLATE, ALLOW_MISSING, SHOW_MANAGED),
    Flag(name="record", switch=True),
)
"""How a change says, or notes on the object, what it did: it does no more or less for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a verb: what it was given, and where it stands."""

    given: Arguments
    form: str
    around: Surroundings
    program: str
    words: tuple[Word, ...]
    """All words after the program."""

    @property
    def rest(self) -> tuple[Word, ...]:
        """The words that are neither flags nor values of flags."""
        return self.given.rest

    @property
    def everywhere(self) -> bool:
        """Whether all namespaces are meant."""
        return self.given.on("all-namespaces")

    @property
    def namespace(self) -> Slot:
        """The namespace that is named, else the parameter of that name."""
        named = self.given.flags.get("namespace")
        return ParamRef(param="namespace") if named is None else slots.text(named)

    def text(self, flag: str) -> Slot:
        """Return the value of `flag` as one slot; None when it was not given."""
        value = self.given.flags.get(flag)
        return None if value is None else slots.text(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One command of kubectl that is understood."""

    words: str
    """Its words after `kubectl`."""
    flags: tuple[Flag, ...]
    build: Callable[[Call], Typed]
    form: str
    """The command as it is accepted, for the remedy of an error."""
    also: tuple[str, ...] = ()
    leading: bool = False
    """Whether its flags end where the first other word begins."""
    passes: bool = False
    """Whether it hands the words behind `--` to another program."""
