"""Words: what the words of a request say that it does.

Many servers act on a plain GET. So every word of every path segment and query is looked
up here; the lists are broad on purpose, because a read that is taken for a change costs
an approval, and a change that is taken for a read costs a server.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

from stanch.tools.operations.base import Effect
from stanch.tools.operations.http_verbs import PURE, PURE_FINAL, halves


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RUN: Final = re.compile(r"[A-Za-z0-9]+")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

UNBOUNDED: Final = _listed(
    "exec execute eval evaluate shell script scripts scripttext groovy jshell repl ssh"
)
"""What runs whatever the request says."""

FINAL: Final = (
    UNBOUNDED
    | _listed(
        """
    delete del remove rm rmdir drop truncate destroy wipe erase expunge kill killall terminate purge
    clear reset restore reinit reinitialize overwrite flushall flushdb flushdata decommission
    force forced clean cleanup prune vacuum evict eviction expire revoke discard unregister
    deregister uninstall teardown nuke zap format shred tombstones bulk compaction rekey
    rollover scrub resetpassword unrecoverable dataloss allocatestale allocateempty
    raze dispose forget trash
    """
    )
    | PURE_FINAL
)
"""What nothing puts back, as far as a name can tell."""

ACTING: Final = (
    _listed(
        """
    abort accept ack acknowledge activate add alter apply approve archive assign associate attach
    backup ban begin block boot bootstrap bounce build buy cancel change chaos charge checkout
    clone close commit compact configure confirm copy cordon crash create cron crash cycle
    deactivate deny deploy deprovision detach die disable disconnect dispatch drain edit elect
    emit enable enqueue exit export fail failback failover fire flush fork freeze gc generate
    grant halt hibernate hook import increment init initialize inject insert install invalidate
    invoke isolate job join kick launch leave lock login logoff logout mark maintenance
    merge migrate modify move mute notify optimize pardon patch pause pay play poke
    poweroff poweron preload prime promote provision publish push put quarantine
    quiesce quit reassign rebalance rebind reboot rebuild recalculate recover
    recycle redeploy redrive refresh refund register reindex reject release
    reload rename renew reopen replace replay reprocess requeue rerun resend reschedule resize
    resolve restart resume resync retire retry revert rollback rollout rotate run save scale
    schedule seal send set setup shift shutdown signal signin signout signup silence simulate
    skip sleep snapshot snooze spawn start stepdown stop submit subscribe suspend swap switch
    switchover sync terminate toggle transfer trigger unassign unban unblock uncordon
    undeploy undo unfreeze unlink unload unlock unmute unpause unquarantine unseal unset
    unsilence unsubscribe unsuspend update upgrade upload upsert vote wake warm warmup webhook
    withdraw write aliveness panic demote dehydrate rehydrate whitelist blacklist allowlist
    denylist impersonate takeover callback
    quietdown takedown bringdown scaledown scaleup powerdown turn turnon turnoff off
    """
    )
    | PURE
)
"""What changes something that can be put back."""

_FINAL_STEMS: Final = ("delet", "destroy", "truncat", "terminat", "purg", "remov", "wipe", "erase")
_ACTING_STEMS: Final = (
    *("restart", "shutdown", "reboot", "reload", "trigger", "rollback", "failover", "disabl"),
    *(
        "enabl",
        "unsubscri",
        "switchover",
        "poweroff",
        "quitquit",
        "abortabort",
        "deploy",
        "invalidat",
    ),
)
_FINAL_STARTS: Final = ("kill", "drop", "reset", "execut", "flushall")
_ACTING_STARTS: Final = (
    *("start", "stop", "flush", "create", "update", "cancel", "invok", "insert", "migrat"),
    *("rotat", "promot", "quit", "sendm", "sende", "sends", "runj", "runt", "runb", "doac"),
)
_TOLD: Final = _listed(
    """
    deleted deletes deletions deletiontimestamp destroyed truncated truncates terminated terminates
    terminating termination terminations purged removed removal removals restarts restarted
    restartcount reloads reloaded triggers triggered rollbacks failovers disabled enabled deployed
    deployment deployments deploys deployer invalidated rebooted reboots enabling terminator wiped
    killed dropped drops dropdown dropbox resets execution executions executed executor executors
    executing started starts starting startup starttime startedat stopped stops stopping stoptime
    flushed flushes created creates creation createdat updated updates updatedat updatetime
    cancelled canceled cancellations invoked invoices inserted inserts migrated migrations
    migration rotated rotation rotations promoted promotion promotions quite sender senders
    changelog changelogs buildlog buildlogs autovacuum dataset datasets jobset jobsets userset
    joblog joblogs jobserver report reports research retail
    unit units replica record records request requests response release released remote
    joined doc docs dock docker dog domain done double down downtime unlisted reason
    startupz sending sendtime runtime runtimes runtimeinfo runbook runbooks stopwatch killer
    """
)
"""Words of what happened, or of a thing, that begin like an act."""
_KNOWN_OF: Final = frozenset(
    {
        *("build", "run", "job", "deploy", "start", "restart", "release", "seal", "sync", "backup"),
        *("rollout", "upgrade", "migrate", "login", "update", "failover", "snapshot", "export"),
    }
)
"""Acts of which a path may only tell: restart_count, /backup/status."""
_NOUNS: Final = frozenset({"info", "status", "count", "time", "version", "number", "id"})
_TELLING: Final = frozenset({"info", "status", "count", "history", "progress"})
_SEGMENTS: Final = re.compile(r"[/&]")
_CACHES: Final = frozenset({"cache", "caches", "varnish", "cdn"})
_OF_CACHES: Final = frozenset({"purge", "clear", "reset", "expire", "evict", "clean", "prune"})

ACTION_KEYS: Final = _listed(
    """
    action actions act cmd cmnd command commands op oper operation method _method do doaction func
    function fn call rpc task event verb exe query_string stream.body stream.file stream.url
    mutation payload
    """
)
"""Keys of a query whose value says what is to be done."""
ACTION_WORDS: Final = frozenset({"action", "cmd", "cmnd", "command", "method", "verb"})
"""Words that make any key one of those: do_action, btnCommand."""
RANGE_KEYS: Final = frozenset({"start", "end", "from", "to", "since", "until", "sort", "order"})
"""Keys of a query that only choose what is shown."""


def decoded(text: str) -> str:
    """Return `text` without percent-escapes, however often it was escaped.

    Raises:
        ValueError: it was escaped more than three times.
    """
    for _ in range(4):
        plain = unquote(text, errors="replace")
        if plain == text:
            return text
        text = plain
    message = "it is escaped several times over"
    raise ValueError(message)


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Return the words of `text`, in lower case, split at signs and at capitals.

    Two neighbours are also given as one word, so that shut-down is found, too.
    """
    single, joined = _split(text)
    return (*single, *joined)


def _split(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of `text`, and what they are when they are joined."""
    single: list[str] = []
    joined: list[str] = []
    for run in _RUN.findall(decoded(text)):
        parts = [part.lower() for part in _PART.findall(run)]
        single += parts
        joined += [run.lower()] if len(parts) > 1 else []
    joined += [first + second for first, second in pairwise(single)]
    return tuple(dict.fromkeys(single)), tuple(dict.fromkeys(joined))


@lru_cache(maxsize=4096)
def effect_of_words(text: str) -> Effect:
    """Return the worst that the words of `text` say."""
    single, joined = _split(text)
    known = _told(decoded(text))
    known |= _OF_CACHES if _CACHES.intersection(single) else frozenset()
    worst = Effect.OBSERVE
    if _CACHES.intersection(single) and _OF_CACHES.intersection(single):
        worst = Effect.MUTATE
    for word in single:
        if word not in known:
            worst = max(worst, _effect_of_word(word), _effect_of_stem(word))
    return max((worst, *(_effect_of_word(word, known) for word in joined)))


def _told(text: str) -> frozenset[str]:
    """Return the words that only name an act of which the text tells, as in restart_count."""
    segments = [_split(part)[0] for part in _SEGMENTS.split(text.rstrip("/")) if part]
    told = {
        first
        for words_of in segments
        for first, second in pairwise(words_of)
        if second in _NOUNS and words_of[-1] == second
    }
    if segments[1:] and len(segments[-1]) == 1 and _TELLING.intersection(segments[-1]):
        told |= {*segments[-2]}
    counts = [word for words_of in segments for word in words_of]
    return frozenset(word for word in told & _KNOWN_OF if counts.count(word) == 1)


def _effect_of_word(word: str, known: frozenset[str] = frozenset()) -> Effect:
    worst = _exact(word)
    if worst is not Effect.OBSERVE or word in _TOLD:
        return worst
    # What empties a cache is put back by whoever asks next.
    found = [Effect.MUTATE if half in known else _exact(half) for half in halves(word)]
    return max(found, default=worst)


def _exact(word: str) -> Effect:
    if word in FINAL:
        return Effect.DESTRUCTIVE
    return Effect.MUTATE if word in ACTING else Effect.OBSERVE


def _effect_of_stem(word: str) -> Effect:
    if word in _TOLD:
        return Effect.OBSERVE
    if word.startswith(_FINAL_STARTS) or any(stem in word for stem in _FINAL_STEMS):
        return Effect.DESTRUCTIVE
    if word.startswith(_ACTING_STARTS) or any(stem in word for stem in _ACTING_STEMS):
        return Effect.MUTATE
    return Effect.OBSERVE
