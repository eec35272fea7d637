"""The grammar of kubectl and oc: their verbs, with their flags one by one.

A verb or flag that is not in the tables is refused, however harmless it looks. What a verb
becomes stands beside it: reads in `kubectl_reads`, `kubectl_logs` and `kubectl_server`,
rollouts in `kubectl_rollouts`, changes in `kubectl_changes`, `kubectl_marks` and
`kubectl_create`, commands in containers in `kubectl_exec`, and all that people do
themselves in `kubectl_plugins` and `kubectl_oc`.
"""

from dataclasses import replace
from typing import Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import (
    kubectl_changes,
    kubectl_create,
    kubectl_exec,
    kubectl_logs,
    kubectl_marks,
    kubectl_oc,
    kubectl_plugins,
    kubectl_reads,
    kubectl_refused,
    kubectl_rollouts,
    kubectl_server,
    kubectl_tried,
    slots,
)
from stanch.runbook.grammar.arguments import Allowed
from stanch.runbook.grammar.kubectl_verbs import GLOBAL, Call, Verb
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.words import Word

VERBS: Final[tuple[Verb, ...]] = (
    *kubectl_reads.VERBS,
    *kubectl_logs.VERBS,
    *kubectl_server.VERBS,
    *kubectl_rollouts.VERBS,
    *kubectl_changes.VERBS,
    *kubectl_marks.VERBS,
    *kubectl_create.VERBS,
    *kubectl_exec.VERBS,
    *kubectl_plugins.VERBS,
    *kubectl_oc.VERBS,
)

_ONLY_OC: Final = frozenset(verb.words for verb in kubectl_oc.VERBS) | {"rsh", "whoami"}
_BY_WORDS: Final = {words: verb for verb in VERBS for words in (verb.words, *verb.also)}
_OWN_FORMATS: Final = frozenset({"explain", "adm node-logs", "status"})
"""The verbs whose -o names formats that no other has."""
_BEFORE: Final = Allowed(verb="kubectl", flags=GLOBAL, refused=kubectl_refused.FLAGS, leading=True)


def _reader(verb: Verb) -> Allowed:
    own = {flag.name for flag in verb.flags} | {flag.short for flag in verb.flags}
    # A verb's own -h or --context comes before the one that all verbs have.
    shared = tuple(
        replace(flag, short="" if flag.short in own else flag.short)
        for flag in GLOBAL
        if flag.name not in own
    )
    return Allowed(
        verb=f"kubectl {verb.words}",
        flags=(*verb.flags, *shared),
        refused=kubectl_refused.FLAGS,
        leading=verb.leading,
    )


_READERS: Final = {verb.words: _reader(verb) for verb in VERBS}


class _Kubectl:
    programs = frozenset({"kubectl", "oc", "k"})

    def read(self, program: str, words: tuple[Word, ...], around: Surroundings) -> Typed:
        """Return what the words after `program` ask for.

        Raises:
            RefusedError: the verb, a flag, the resource or the form is not in the grammar.
        """
        verb, rest = _verb(words, oc=program == "oc")
        given = _READERS[verb.words].read(rest)
        name = "kubectl" if program == "k" else program
        call = Call(given=given, form=verb.form, around=around, program=name, words=words)
        if given.after is not None and not verb.passes:
            raise RefusedError("RB026", "Words stand behind '--'.", remedy=f"Write: {verb.form}")
        if given.on("help") and not (verb.passes and len(given.rest) > 1):
            return kubectl_tried.help_of(call)
        if verb.words not in _OWN_FORMATS:
            kubectl_reads.view(call)
        typed = kubectl_tried.as_flagged(verb.build(call), call)
        return replace(typed, context=call.text("context"))


def _verb(words: tuple[Word, ...], *, oc: bool) -> tuple[Verb, tuple[Word, ...]]:
    """Return the verb, and all words but its own."""
    before: tuple[Word, ...] = ()
    named, left = "", words
    while left and not (named in _BY_WORDS and not _goes_on(named, left[0])):
        given = _BEFORE.read(left)
        if given.after is not None or not given.rest:
            break
        before += left[: len(left) - len(given.rest)]
        named = f"{named} {slots.shown(given.rest[0])}".strip()
        left = given.rest[1:]
        if named not in _PREFIXES:
            break
    verb = _BY_WORDS.get(named)
    if verb is None or (not oc and (named in _ONLY_OC or named.startswith("adm "))):
        raise _refused_verb(words, named)
    return verb, (*before, *left)


def _goes_on(named: str, word: Word) -> bool:
    longer = f"{named} {slots.shown(word)}"
    return longer in _PREFIXES or longer in kubectl_refused.VERBS


_PREFIXES: Final = frozenset(
    " ".join(words.split()[:count])
    for words in _BY_WORDS
    for count in range(1, len(words.split()) + 1)
)
"""The words that verbs begin with."""


def _refused_verb(words: tuple[Word, ...], named: str) -> RefusedError:
    first = named.partition(" ")[0]
    siblings = [verb.form for verb in VERBS if verb.words.split()[0] == first]
    forms = "; ".join(siblings[:12]) or "kubectl get, describe, logs, events, rollout, top"
    remedy = f"Accepted: {forms}."
    if not words or not named:
        return RefusedError("RB022", "kubectl is given nothing to do.", remedy=remedy)
    reason = (
        kubectl_refused.VERBS.get(named)
        or kubectl_refused.VERBS.get(first)
        or "it is not in the grammar, and what is not in it is refused"
    )
    return RefusedError("RB022", f"'kubectl {named}' is refused: {reason}.", remedy=remedy)


GRAMMAR = _Kubectl()
