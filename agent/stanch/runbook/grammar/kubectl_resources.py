"""The objects that a command of kubectl names or chooses."""

from dataclasses import dataclass
from typing import Any, Final, NoReturn

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import selectors, slots
from stanch.runbook.grammar.kubectl_verbs import Call
from stanch.runbook.model import ParamRef, Slot
from stanch.runbook.words import Word
from stanch.tools.operations.kubernetes_names import ALL, CLUSTER_SCOPED, canonical, hidden

Resource = str | ParamRef

_PROGRAMS: Final = frozenset({"kubectl", "oc"})


@dataclass(frozen=True, slots=True)
class Choice:
    """Objects by resource and name, or resources without names; never both."""

    resources: tuple[Resource, ...]
    objects: tuple[tuple[Resource, Slot], ...] = ()

    @property
    def kinds(self) -> tuple[Resource, ...]:
        """All resources that are meant, those of named objects included."""
        return (*self.resources, *(resource for resource, _ in self.objects))

    @property
    def cluster_wide(self) -> bool:
        """Whether it is known that all of them are in no namespace."""
        return all(isinstance(one, str) and one in CLUSTER_SCOPED for one in self.kinds)

    def refs(self) -> list[dict[str, Any]]:
        """Return the named objects as fields of ObjectRefs."""
        return [{"resource": resource, "name": name} for resource, name in self.objects]


def resource(word: Word, *, read: bool = True) -> Resource:
    """Return the plural name of the resource that `word` names, or the parameter for it.

    Raises:
        RefusedError: it is a secret that is to be read, or no name at all.
    """
    if len(word) == 1 and isinstance(word[0], ParamRef):
        return word[0]
    name = canonical(slots.literal(word, "The resource"))
    if read and hidden(name):
        refuse("Secrets are never read.", "Look at what refers to them, for instance the pods.")
    if not name.replace("-", "").replace(".", "").isalnum():
        refuse(f"'{name}' is not the name of a resource.", "Write it like pods or deployments.")
    return name


def choice(words: tuple[Word, ...], form: str, *, read: bool = True) -> Choice:
    """Return what `TYPE[,TYPE] [NAME...]` or `TYPE/NAME...` means.

    Raises:
        RefusedError: no resource is named, or the two ways to write it are mixed.
    """
    if not words:
        raise RefusedError("RB026", "No resource is named.", remedy=f"Write: {form}")
    _check_one_command(words)
    slashed = [slots.split(word, "/") for word in words]
    if any(len(parts) > 1 for parts in slashed):
        return Choice((), tuple(_pair(parts, form, read=read) for parts in slashed))
    resources: list[Resource] = []
    for part in slots.split(words[0], ","):
        named = resource(part, read=read)
        resources += ALL if named == "all" else [named]
    names = [_name(word, form) for word in words[1:]]
    if names:
        return Choice((), tuple((one, name) for name in names for one in resources))
    return Choice(tuple(dict.fromkeys(resources)))


def one_object(words: tuple[Word, ...], form: str, *, read: bool = True) -> tuple[Resource, Slot]:
    """Return the one object that is named.

    Raises:
        RefusedError: none is, or more than one.
    """
    found = choice(words, form, read=read)
    if len(found.objects) != 1:
        many = "More than one" if found.objects else "No"
        raise RefusedError("RB026", f"{many} object is named.", remedy=f"Write: {form}")
    return found.objects[0]


def scope(found: Choice, call: Call) -> Slot:
    """Return the namespace of what was found; None for all, or where there is none."""
    if call.everywhere and "namespace" in call.given.flags:
        raise RefusedError("RB025", "Both -n and -A are given.", remedy="Keep one of them.")
    return None if call.everywhere or found.cluster_wide else call.namespace


def labels(call: Call) -> list[dict[str, Any]]:
    """Return the label selector of the call."""
    given = call.given.flags.get("selector")
    return [] if given is None else selectors.labels(given)


def fields(call: Call) -> list[dict[str, Any]]:
    """Return the field selector of the call."""
    given = call.given.flags.get("field-selector")
    return [] if given is None else selectors.fields(given)


def chosen(call: Call, words: tuple[Word, ...] | None = None) -> dict[str, Any]:
    """Return the fields of an intent that say which objects are to be changed.

    Raises:
        RefusedError: nothing says so, or two things do.
    """
    words = call.rest if words is None else words
    files = [slots.text(word) for word in _files(call)]
    picked = {"labels": labels(call), "fields": fields(call), "every": call.given.on("all")}
    if files:
        if words or any(picked.values()):
            raise RefusedError(
                "RB026", "A file and objects are named.", remedy=f"Write: {call.form}"
            )
        return {"files": files, "namespace": call.text("namespace")}
    found = choice(words, call.form, read=False)
    there = {"namespace": scope(found, call), "everywhere": call.everywhere}
    if found.objects:
        if any(picked.values()):
            raise RefusedError(
                "RB026", "Names and a selector are given.", remedy="Keep one of them."
            )
        return {"objects": found.refs(), **there}
    if not any(picked.values()):
        raise RefusedError("RB026", "No object is named.", remedy=f"Write: {call.form}")
    return {"resources": list(found.resources), **picked, **there}


def _files(call: Call) -> tuple[Word, ...]:
    found = (*call.given.several.get("filename", ()), *call.given.several.get("kustomize", ()))
    if ("-",) in found:
        raise RefusedError(
            "RB026", "-f - waits for input that does not come.", remedy="Name the file."
        )
    return found


def files_of(call: Call) -> list[Slot]:
    """Return the manifests that the call names.

    Raises:
        RefusedError: one is the standard input.
    """
    return [slots.text(word) for word in _files(call)]


def _pair(parts: list[Word], form: str, *, read: bool) -> tuple[Resource, Slot]:
    if len(parts) != 2:
        raise RefusedError(
            "RB026",
            "TYPE/NAME and other ways to name objects are mixed.",
            remedy=f"Write: {form}",
        )
    return resource(parts[0], read=read), _name(parts[1], form)


def _name(word: Word, form: str) -> Slot:
    name = slots.text(word)
    if name == "":
        raise RefusedError("RB026", "The name is empty.", remedy=f"Write: {form}")
    return name


def _check_one_command(words: tuple[Word, ...]) -> None:
    if any(len(word) == 1 and word[0] in _PROGRAMS for word in words):
        raise RefusedError(
            "RB026",
            "A second command stands in the same line.",
            remedy="Write each command on a line of its own.",
        )


def refuse(message: str, remedy: str) -> NoReturn:
    """Refuse a resource."""
    raise RefusedError("RB024", message, remedy=remedy)
