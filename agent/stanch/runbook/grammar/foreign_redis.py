"""redis-cli: options first, then one command of the server, or a session when there is none."""

from fnmatch import fnmatchcase
from typing import Final

from stanch.runbook.grammar.foreign_table import Answer, Reader, listed, refuse
from stanch.runbook.grammar.slots import shown
from stanch.runbook.words import Word

_VALUES: Final = frozenset(
    {
        *(
            "-h",
            "-p",
            "-s",
            "-a",
            "-u",
            "-n",
            "-t",
            "-r",
            "-i",
            "-d",
            "-D",
            "-X",
            "--user",
            "--pass",
        ),
        *("--cacert", "--cacertdir", "--cert", "--key", "--sni", "--pattern", "--count"),
        *("--show-pushes", "--tls-ciphers", "--quoted-pattern"),
    }
)
_SWITCHES: Final = frozenset(
    {
        *("--tls", "--insecure", "--no-auth-warning", "--raw", "--no-raw", "--csv", "--json", "-e"),
        *("--quoted-input", "-c", "-2", "-3", "--no-verbose", "--verbose", "-4", "-6", "-v"),
    }
)
_LOOKS: Final = frozenset({"--scan", "--version", "--help"})
_ENDLESS: Final = frozenset(
    {"--latency", "--latency-history", "--latency-dist", "--stat", "--replica"}
)
_HEAVY: Final = frozenset(
    {"--bigkeys", "--memkeys", "--hotkeys", "--keystats", "--intrinsic-latency", "--lru-test"}
)
_CLUSTER: Final = frozenset({"check", "info", "help"})

_OBSERVE: Final = listed(
    """ping info dbsize exists type ttl pttl expiretime pexpiretime strlen get mget getrange
    hget hmget hgetall hkeys hvals hlen hexists hscan hstrlen llen lrange lindex lpos scard
    smembers sismember smismember srandmember sscan sdiff sinter sunion zcard zcount zrange
    zrangebyscore zrevrange zrevrangebyscore zrank zrevrank zscore zscan zlexcount scan
    randomkey object role time lastsave command echo bitcount bitpos getbit xlen xrange
    xrevrange xinfo xpending geodist geopos geohash geosearch dump lolwut readonly select
    memory_usage memory_stats memory_doctor memory_malloc-stats memory_help slowlog_get
    slowlog_len latency_latest latency_history latency_doctor latency_graph latency_histogram
    client_list client_info client_getname client_id client_trackinginfo config_get
    cluster_info cluster_nodes cluster_slots cluster_shards cluster_myid cluster_keyslot
    cluster_countkeysinslot cluster_getkeysinslot cluster_links cluster_replicas cluster_slaves
    cluster_count-failure-reports sentinel_masters sentinel_master sentinel_replicas
    sentinel_slaves sentinel_sentinels sentinel_get-master-addr-by-name sentinel_ckquorum
    sentinel_info-cache sentinel_myid sentinel_is-master-down-by-addr acl_whoami acl_cat
    acl_help module_list pubsub_channels pubsub_numsub pubsub_numpat
    function_list function_stats script_exists"""
)
_MUTATE: Final = listed(
    """config_set config_rewrite client_pause client_unpause client_no-evict client_setname
    client_reply client_tracking bgsave bgrewriteaof save failover sentinel_failover sentinel_set
    sentinel_monitor cluster_meet cluster_failover cluster_addslots cluster_addslotsrange
    cluster_saveconfig cluster_bumpepoch incr incrby incrbyfloat decr decrby lpush rpush lpushx
    rpushx sadd setnx msetnx hsetnx hincrby hincrbyfloat zincrby append publish spublish xadd
    persist copy memory_purge debug_sleep acl_setuser acl_save xgroup_create latency_enable
    script_load cluster_slot-stats readwrite touch unsubscribe"""
)
_SCRIPTS: Final = listed(
    "eval evalsha eval_ro evalsha_ro fcall fcall_ro function_load function_restore module_load"
)
_GROUPS: Final = listed(
    """memory slowlog latency client config cluster sentinel acl module pubsub function script
    debug xgroup"""
)
_STREAMS: Final = frozenset({"monitor", "subscribe", "psubscribe", "ssubscribe", "sync", "psync"})
_SECRET_PARTS: Final = ("pass", "auth", "user")
_SECRET_SETTINGS: Final = (
    *("requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"),
    *("primaryauth", "primaryuser", "user", "aclfile"),
)


def _read(program: str, words: tuple[Word, ...]) -> Answer:
    at, looks = 0, False
    while at < len(words) and shown(words[at]).startswith("-"):
        flag = shown(words[at])
        if flag in _LOOKS:
            looks = True
        elif flag in _ENDLESS:
            refuse(program, "endless")
        elif flag in _HEAVY:
            refuse(program, "it reads every key, or burdens the server")
        elif flag == "--cluster":
            verb = shown(words[at + 1]) if len(words) > at + 1 else ""
            return Answer.OBSERVE if verb in _CLUSTER else Answer.DESTRUCTIVE
        elif flag == "-r" and shown(words[at + 1] if len(words) > at + 1 else ("",)) == "-1":
            refuse(program, "endless")
        elif flag in _VALUES:
            at += 1
        elif flag not in _SWITCHES:
            return Answer.SCRIPT
        at += 1
    said = words[at:]
    if not said:
        return Answer.OBSERVE if looks else Answer.SCRIPT
    return _command(program, [shown(word) for word in said])


def _command(name: str, said: list[str]) -> Answer:
    """Judge one command of the server; its name is the same in any case."""
    # One quoted word may hold a whole command.
    said = [*said[0].split(), *said[1:]]
    verb = said[0].lower()
    if verb in _GROUPS and len(said) > 1:
        verb = f"{verb}_{said[1].lower()}"
    rest = [word.lower() for word in said[1 + ("_" in verb) :]]
    if verb in _STREAMS:
        refuse(name, "endless")
    if verb == "keys":
        refuse(name, "it stops the server while it reads every key; use --scan")
    if verb == "config_get" and any(map(_asks_for_secret, rest)):
        refuse(name, "hidden")
    if verb in {"acl_list", "acl_getuser", "acl_genpass", "acl_log"}:
        refuse(name, "hidden")
    if verb in {"slaveof", "replicaof"}:
        return Answer.MUTATE if rest == ["no", "one"] else Answer.DESTRUCTIVE
    if verb in _SCRIPTS:
        return Answer.SCRIPT
    if {"force", "takeover", "abort"}.intersection(rest) and verb.endswith("failover"):
        return Answer.DESTRUCTIVE
    if verb in _OBSERVE:
        return Answer.OBSERVE
    return Answer.MUTATE if verb in _MUTATE else Answer.DESTRUCTIVE


def _asks_for_secret(pattern: str) -> bool:
    """Return whether `config get` with `pattern` shows a password among other settings."""
    named = any(part in pattern for part in _SECRET_PARTS)
    return named or any(fnmatchcase(one, pattern) for one in _SECRET_SETTINGS)


READERS: Final[dict[str, Reader]] = {
    "redis-cli": _read,
    "valkey-cli": _read,
    "gitlab-redis-cli": _read,
}
