"""Verbs: what a path says when it ends like an order, or is a word made of two.

`/print` is an order and `/print/5` a page, so these words count in the last place only.
"""

import re
from typing import Final


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


ORDERS: Final = _listed(
    """
    do go open place print draw post pull train convert handle perform proceed continue
    advance rewind seek shuffle transform tune adjust extend shorten shrink expand grow
    limit-all throttle bump tag label link bind wire connect pair invite follow like flag book
    return settle claim deposit broadcast ingest collect call dial page email mail sms mount
    empty ignore hide override bypass checkpoint tick touch burn load dump process keepalive
    leak flap stress raise throw yield interrupt inhibit void cut paste trim flash recall
    draft sign order pick spin make give bring take tear lift lower turn fix kick boost lend
    ship sell bid fund tip beep blink buzz shout speak say tell ask inform warn alarm vote
    rank score sanitize blackhole partition sever unplug reseat flip on down left-pad answer
    reply respond forward redirect route steer pin unpin star unstar watchdog unwatch wait
    pump vent arm disarm fetch crunch parse compile translate render encode decode encrypt
    sort dedupe split memoize trip record capture escape predict roll slide fade click press
    tap swipe type select check-in checkin checkout readonly readwrite maintenance oom
    segfault abortabort poke nudge shake report-abuse test-email autotest selfdestruct
    evict-all feed water pour brew serve
    """
)
"""Words that are orders when they stand last, and things anywhere else."""
_BEGINNINGS: Final = _listed(
    """
    do make give bring take tear spin lift put kick pull push call post bind connect open draw
    print add grant fix apply mark pick send order set turn load reload lend tag link pair
    invite
    """
)
"""Words that are orders when a name written with capitals begins with them: makeAdmin."""
PURE: Final = _listed(
    """
    heal regen outof rehash reseed resubmit reconnect reconfigure reprovision reimage
    reinstall reshard reroute reclaim repopulate replicate reparse relocate repair reconcile
    regenerate resign respawn relinquish rescind retract reap renumber reorder reassemble
    redistribute redirectall reinvite escalate harvest crawl preheat prefetch undrain elevate
    sudo spoof hack expel eject scuttle scram mutate append prepend allocate deallocate
    reserve borrow redeem transact transcode kickoff fixup become transmit annotate enroll
    unenroll onboard offboard unbind unpair unfollow unlike deprecate supersede exile preempt
    hotswap cutover bgsave bgrewriteaof gitpull gitpush unmount umount evacuate thaw hangup
    unthrottle bringup spinup spindown tearup chmod chown mkdir unzip untar untarball symlink
    negate abandon forsake compress decompress reauthorize openport closeport opendoor
    closedoor testemail testmail testalert testsms testnotification doit forcemerge burncpu
    fetchandstore rehome placeorder orderplace submitorder circuitopen circuitclose
    breakeropen breakerclose tripbreaker incr decr decrement bulkload autodeploy autoupdate
    autosync clearcaches clearall allocateall reindexall factorydefault factorydefaults factoryreset
    selfdestruct selfupdate hotreload configreload scrapenow checkpointnow pageoncall donow
    gonow unplug powercycle
    """
)
"""Words that change something wherever they stand."""
PURE_FINAL: Final = _listed(
    """
    obliterate annihilate exterminate eradicate eliminate nullify shred dropcaches
    selfdestruct factorydefault factorydefaults factoryreset
    """
)
"""Words that mean that nothing puts it back."""
_OBJECTS: Final = _listed(
    """
    cache caches all now job jobs app apps service services server servers node nodes pod pods
    db index indexes queue queues config configs user users log logs session sessions task
    tasks host hosts cluster container containers worker workers instance instances vm vms
    process it
    """
)
_FRONTS: Final = ("re", "un", "auto", "hot", "mass", "bulk", "safe", "hard", "soft", "quick", "do")
_CAPITALS: Final = re.compile(r"([a-z]+)[A-Z]")
_SIGNS: Final = re.compile(r"[-_]")
_BEHIND: Final = _listed("to now all off on into up down it from back away out")
_LEVELS: Final = _listed("trace debug info warn warning error fatal off all")
_LOG: Final = re.compile(r"log(?:ger|ging)?s?[-_]?level|/level$", re.IGNORECASE)
"""A path that goes on with a level sets it: /loglevel/debug."""
_UNDOING: Final = frozenset({"un", "re"})
_LEAST: Final = 3


def is_order(path: str) -> bool:
    """Return whether `path` ends like an order: in a verb, or in a name like makeAdmin."""
    before, _, name = path.rstrip("/").rpartition("/")
    last = name.partition(".")[0]
    found = _CAPITALS.match(last)
    if found is not None and found[1] in _BEGINNINGS:
        return True
    said = _SIGNS.split(last.lower())
    if said[1:2] and said[1] in _BEHIND and said[0] in ORDERS | _BEGINNINGS:
        return True
    if said[0] in _LEVELS and _LOG.search(before):
        return True
    return len(said) == 1 and (said[0] in ORDERS or (last[:2] in _UNDOING and last[2:] in ORDERS))


def halves(word: str) -> tuple[str, ...]:
    """Return the verbs of which `word` may be made, such as `clear` of clearcache."""
    found = [word[: -len(one)] for one in _OBJECTS if word.endswith(one)]
    found += [word.removeprefix(one) for one in (*_OBJECTS, *_FRONTS) if word.startswith(one)]
    return tuple(one for one in found if len(one) >= _LEAST)
