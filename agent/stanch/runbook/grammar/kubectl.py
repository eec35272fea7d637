"""The grammar of kubectl: the verbs that stanch carries out, with their flags one by one.

A verb or flag that is not in these tables is refused, however harmless it looks. Flags
that say how an answer is printed or sorted are accepted and change nothing: the whole
answer is kept as evidence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import kubectl_changes as changes
from stanch.runbook.grammar import kubectl_reads as reads
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Allowed, Arguments, Flag
from stanch.runbook.words import Word

_NAMESPACE: Final = Flag(name="namespace", short="n")
_ALL: Final = Flag(name="all-namespaces", short="A", switch=True)
_LABELS: Final = Flag(name="selector", short="l")
_FIELDS: Final = Flag(name="field-selector")
_OUTPUT: Final = Flag(name="output", short="o", only=("wide", "json", "yaml", "name"))
_SORT: Final = Flag(name="sort-by")
_BARE: Final = Flag(name="no-headers", switch=True)

_WHO: Final = "it acts as somebody else; the credential of stanch is the only one"
_WHERE: Final = "it chooses another cluster or credential; the settings of stanch do that"
_ENDLESS: Final = "it never ends; stanch looks once"
_WHOLE: Final = "the whole object is kept as evidence, so nothing has to be picked out"
_REFUSED: Final[dict[str, str]] = {
    **dict.fromkeys(("--as", "--as-group", "--as-uid", "--as-user-extra"), _WHO),
    **dict.fromkeys(
        (
            *("--kubeconfig", "--context", "--cluster", "--user", "--server", "-s", "--token"),
            *("--username", "--password", "--client-key", "--client-certificate"),
            *("--certificate-authority", "--insecure-skip-tls-verify", "--tls-server-name"),
            "--proxy-url",
        ),
        _WHERE,
    ),
    **dict.fromkeys(("--watch", "-w", "--watch-only", "--follow"), _ENDLESS),
    **dict.fromkeys(("--template", "--label-columns", "-L"), _WHOLE),
    **dict.fromkeys(
        ("--filename", "-f", "--kustomize", "-k", "-R"), "it reads local files, or never ends"
    ),
    "--raw": "it reaches any address of the API",
    "--all": "it names no single object",
    "--dry-run": "stanch previews every change by itself",
    "--force": "it skips the safety of the cluster",
    "--grace-period": "it skips the safety of the cluster",
    "--current-replicas": "every change is compared with what was seen of the live object anyway",
    "--all-containers": "containers are read one by one; name one with -c",
    "-v": "it prints what was sent, credentials included",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One command of kubectl that is carried out."""

    words: str
    """Its words after `kubectl`; the second may have another name."""
    flags: tuple[Flag, ...]
    build: Callable[[Arguments, str], reads.Fields]
    form: str
    """The command as it is accepted, for the remedy of an error."""
    also: tuple[str, ...] = ()


VERBS: Final = (
    Verb(
        words="get",
        flags=(
            *(_NAMESPACE, _ALL, _LABELS, _FIELDS, _OUTPUT, _SORT, _BARE),
            Flag(name="show-labels", switch=True),
        ),
        build=reads.get,
        form="kubectl get TYPE [NAME] -n <namespace>",
    ),
    Verb(
        words="describe",
        flags=(_NAMESPACE,),
        build=reads.describe,
        form="kubectl describe TYPE/NAME -n <namespace>",
    ),
    Verb(
        words="logs",
        flags=(
            *(_NAMESPACE, _LABELS, Flag(name="tail"), Flag(name="since")),
            Flag(name="container", short="c"),
            Flag(name="previous", short="p", switch=True),
            Flag(name="timestamps", switch=True),
            Flag(name="prefix", switch=True),
        ),
        build=reads.logs,
        form="kubectl logs deployment/NAME -n <namespace>",
    ),
    Verb(
        words="events",
        flags=(
            *(_NAMESPACE, _ALL, _OUTPUT, _BARE, Flag(name="for")),
            Flag(name="types", only=("Warning", "Normal,Warning", "Warning,Normal")),
            _SORT,
        ),
        build=reads.events,
        form="kubectl events -n <namespace>",
    ),
    Verb(
        words="rollout status",
        flags=(
            *(_NAMESPACE, Flag(name="timeout")),
            Flag(name="watch", short="w", only=("false",)),
        ),
        build=reads.rollout_status,
        form="kubectl rollout status deployment/NAME -n <namespace>",
    ),
    Verb(
        words="rollout history",
        flags=(_NAMESPACE, _OUTPUT, Flag(name="revision")),
        build=reads.rollout_history,
        form="kubectl rollout history deployment/NAME -n <namespace>",
    ),
    Verb(
        words="top pods",
        also=("top pod", "top po"),
        flags=(_NAMESPACE, _ALL, _LABELS, _SORT, _BARE, Flag(name="containers", switch=True)),
        build=reads.top_pods,
        form="kubectl top pods -n <namespace> [-l SELECTOR]",
    ),
    Verb(
        words="top nodes",
        also=("top node", "top no"),
        flags=(_SORT, _BARE),
        build=reads.top_nodes,
        form="kubectl top nodes",
    ),
    Verb(
        words="rollout undo",
        flags=(_NAMESPACE, Flag(name="to-revision")),
        build=changes.rollout_undo,
        form="kubectl rollout undo deployment/NAME -n <namespace>",
    ),
    Verb(
        words="rollout restart",
        flags=(_NAMESPACE,),
        build=changes.rollout_restart,
        form="kubectl rollout restart deployment/NAME -n <namespace>",
    ),
    Verb(
        words="scale",
        flags=(_NAMESPACE, Flag(name="replicas")),
        build=changes.scale,
        form="kubectl scale deployment/NAME --replicas=3 -n <namespace>",
    ),
)

_INTERACTIVE: Final = "it opens a session or a tunnel into the cluster"
_WRITES: Final = "it changes the cluster in a way that stanch cannot put back"
_REFUSED_VERBS: Final[dict[str, str]] = {
    **dict.fromkeys(("exec", "attach", "port-forward", "proxy", "cp", "debug"), _INTERACTIVE),
    **dict.fromkeys(
        (
            *("apply", "create", "delete", "edit", "patch", "replace", "run", "expose", "set"),
            *("label", "annotate", "autoscale", "cordon", "uncordon", "drain", "taint"),
            *("certificate", "rollout pause", "rollout resume"),
        ),
        _WRITES,
    ),
    "config": _WHERE,
    "wait": _ENDLESS,
}
_BY_WORDS: Final = {words: verb for verb in VERBS for words in (verb.words, *verb.also)}


def template_fields(words: tuple[Word, ...]) -> reads.Fields:
    """Return kind and fields of what the words after `kubectl` ask for.

    Raises:
        RefusedError: the verb, a flag, the resource or the form is not in the grammar.
    """
    leading, words = _leading_namespace(words)
    verb, rest = _verb(words)
    allowed = Allowed(verb=f"kubectl {verb.words}", flags=verb.flags, refused=_REFUSED)
    return verb.build(allowed.read((*rest, *leading)), verb.form)


def _leading_namespace(words: tuple[Word, ...]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Take the namespace that may stand before the verb."""
    if words and words[0] in {("-n",), ("--namespace",)}:
        return words[:2], words[2:]
    first = words[0][0] if words else ""
    if isinstance(first, str) and first.startswith(("-n", "--namespace=")):
        return words[:1], words[1:]
    return (), words


def _verb(words: tuple[Word, ...]) -> tuple[Verb, tuple[Word, ...]]:
    for count in (2, 1):
        verb = _BY_WORDS.get(" ".join(slots.shown(word) for word in words[:count]))
        if verb is not None and len(words) >= count:
            return verb, words[count:]
    raise _refused_verb(words)


def _refused_verb(words: tuple[Word, ...]) -> RefusedError:
    first, two = (" ".join(slots.shown(word) for word in words[:count]) for count in (1, 2))
    siblings = [verb.form for verb in VERBS if verb.words.split()[0] == first]
    forms = "; ".join(siblings) or ", ".join(f"kubectl {verb.words}" for verb in VERBS)
    remedy = f"Accepted: {forms}."
    if not words:
        return RefusedError("RB022", "kubectl is given nothing to do.", remedy=remedy)
    if first.startswith("-"):
        name = first.partition("=")[0]
        reason = _REFUSED.get(name, "only -n may stand before the verb")
        return RefusedError("RB023", f"{name} is refused: {reason}.", remedy=remedy)
    verb = two if siblings or two in _REFUSED_VERBS else first
    reason = _REFUSED_VERBS.get(verb, "it is not in the grammar, and what is not in it is refused")
    return RefusedError("RB022", f"'kubectl {verb}' is refused: {reason}.", remedy=remedy)
