"""Programs of storage and of small consistent stores: ceph, rbd, consul, vault."""

from typing import Final

from stanch.runbook.grammar.foreign_table import (
    Answer,
    Program,
    Reader,
    flag_name,
    program,
)
from stanch.runbook.grammar.slots import shown
from stanch.runbook.words import Word

_CEPH: Final = program(
    destructive="progress clear",
    observe="""
        -s, --status, status, -v, health, df, versions, version, features, report,
        quorum_status, time-sync-status, log last, fsid, progress, mon stat, mon dump,
        mon metadata, mon versions, mon getmap, mgr dump, mgr stat, mgr services, mgr metadata,
        mds stat, mds metadata, fs status, fs ls, fs dump, fs get, fs subvolume ls,
        fs subvolumegroup ls, fs subvolume info, osd df, osd tree, osd perf, osd dump, osd stat,
        osd status, osd find, osd metadata, osd versions, osd blocked-by, osd utilization,
        osd lspools, osd ls, osd ls-tree, osd ok-to-stop, osd safe-to-destroy, osd map,
        osd getcrushmap, osd numa-status, osd info, osd pool ls, osd pool stats, osd pool get,
        osd pool get-quota, osd pool autoscale-status, osd pool application get, osd crush tree,
        osd crush dump, osd crush rule ls, osd crush rule dump, osd crush class ls,
        osd crush show-tunables, osd blocklist ls, osd blacklist ls,
        osd erasure-code-profile ls, osd erasure-code-profile get,
        osd get-require-min-compat-client, osd test-reweight-by-utilization, pg stat, pg dump,
        pg dump_stuck, pg ls, pg ls-by-osd, pg ls-by-pool, pg ls-by-primary, pg map, pg debug,
        pg dump_pools_json, crash ls, crash ls-new, crash info, crash stat, orch ls, orch ps,
        orch status, orch host ls, orch device ls, orch upgrade status, orch upgrade check,
        config get, config dump, config show, config ls, config help, config log,
        config show-with-defaults, balancer status, balancer eval, device ls, device info,
        device ls-by-host, device ls-by-daemon, device get-health-metrics, telemetry show,
        telemetry status, node ls, service dump, service status, nfs cluster ls, mgr module ls,
        osd count-metadata
    """,
    mutate="""
        osd set, osd unset, osd set-group, osd unset-group, osd in, osd out, osd down,
        osd reweight, osd reweight-by-utilization, osd reweight-by-pg, osd primary-affinity,
        osd pause, osd unpause, osd scrub, osd deep-scrub, osd pool set, osd pool set-quota,
        osd pool create, osd pool rename, osd pool application enable, osd pool application set,
        osd pool scrub, osd pool deep-scrub, osd crush reweight, osd crush move, osd crush set,
        osd crush add, osd crush add-bucket, osd crush set-device-class,
        osd crush rule create-replicated, osd crush rule create-simple,
        osd crush weight-set create, osd set-full-ratio, osd set-nearfull-ratio,
        osd set-backfillfull-ratio, osd blocklist add, osd blacklist add, osd pg-temp,
        osd pg-upmap, osd pg-upmap-items, osd rm-pg-upmap-items,
        osd set-require-min-compat-client, osd erasure-code-profile set, pg scrub,
        pg deep-scrub, pg cancel-force-recovery, pg cancel-force-backfill, pg force-recovery,
        pg force-backfill, mgr module enable, mgr module disable, mgr fail, mds fail, fs fail,
        fs set, fs set-default, mds repaired, config set, balancer on, balancer off,
        balancer mode, health mute, health unmute, crash archive, crash archive-all,
        orch restart, orch start, orch redeploy, orch reconfig, orch daemon restart,
        orch daemon start, orch daemon redeploy, orch host add, orch host label add,
        orch host maintenance enter, orch host maintenance exit, orch pause, orch resume,
        orch upgrade pause, orch upgrade resume, telemetry on, telemetry off, device light,
        device monitoring on, device monitoring off, progress on, progress off, osd stop,
        orch stop, orch daemon stop, mon scrub
    """,
    hidden="auth, config-key",
    endless="-w, --watch, --watch-debug, iostat, osd pool iostat",
    values="""
        -c --conf -n --name --id --user --cluster -k --keyring -f --format --connect-timeout -m
        --mon_host
    """,
    calm="--format --force-scrub",
    worse={"-o": Answer.MUTATE, "--out-file": Answer.MUTATE},
    alone=Answer.SCRIPT,
)
_RBD: Final = program(
    observe="""
        ls, list, info, du, status, showmapped, diff, children, version, snap ls, snap list,
        lock ls, lock list, mirror pool status, mirror pool info, mirror image status, trash ls,
        trash list, device list, device ls, image-meta list, image-meta get, namespace ls,
        namespace list, group ls, group list, group info, object-map check, feature list
    """,
    mutate="""
        create, map, unmap, device map, device unmap, clone, cp, copy, rename, mv, snap create,
        snap add, snap protect, snap unprotect, snap rename, resize, feature enable,
        feature disable, lock add, export, import, trash mv, trash move, trash restore,
        mirror image enable, mirror image promote, mirror image demote, mirror pool enable,
        mirror image snapshot, image-meta set, object-map rebuild, namespace create,
        group create, nbd map, nbd unmap, deep cp
    """,
    endless="watch, perf image iotop, perf image iostat",
    values="-p --pool -c --conf --id -n --name --cluster -k --keyring -m --namespace --image",
    worse={"--allow-shrink": Answer.DESTRUCTIVE, "--export-format": Answer.OBSERVE},
    calm="--size --no-progress",
)
_RADOS: Final = program(
    observe="""
        df, ls, lspools, stat, listomapkeys, listxattr, lssnap, list-inconsistent-pg,
        list-inconsistent-obj, listwatchers, getomapheader
    """,
    values="-p --pool -c --conf --id -n --name --cluster -k --keyring -N --namespace",
)
_RADOSGW: Final = program(
    observe="""
        user list, bucket list, bucket stats, bucket limit check, sync status,
        bucket sync status, zone list, zonegroup list, realm list, period get, lc list, lc get,
        quota get, reshard status, reshard list, usage show, metadata list, gc list,
        sync error list, orphans list-jobs, bucket check
    """,
    mutate="""
        user suspend, user enable, quota set, quota enable, quota disable, reshard add,
        bucket reshard
    """,
    hidden="""
        user info, user create, zone get, zonegroup get, key create, subuser create,
        metadata get
    """,
    worse={"--fix": Answer.DESTRUCTIVE},
)
_CEPHADM: Final = program(
    observe="ls, version, list-networks, inspect-image, check-host, gather-facts",
    script="shell, enter",
)
_CONSUL: Final = program(
    observe="""
        members, info, version, catalog datacenters, catalog nodes, catalog services, kv get,
        kv export, operator raft list-peers, operator autopilot get-config,
        operator autopilot state, operator usage, snapshot inspect, rtt, validate,
        acl policy list, acl policy read, acl role list, acl role read, config read,
        config list, intention check, intention get, intention list, intention match, maint,
        namespace list, namespace read, partition list, peering list, peering read,
        services imported-services, services exported-services, troubleshoot upstreams,
        troubleshoot proxy, troubleshoot ports
    """,
    mutate="""
        kv put, reload, leave, join, maint -enable, maint -disable, services register,
        snapshot save, intention create, config write, operator autopilot set-config,
        operator raft transfer-leader, acl policy create, acl role create, debug, login, logout,
        tls cert create, namespace create
    """,
    script="exec, lock, watch, connect envoy, connect proxy, agent",
    hidden="acl token, acl bootstrap, keyring, keygen, acl auth-method",
    endless="monitor",
    values="-http-addr -datacenter -token -token-file -namespace -partition -ca-file -ca-path",
    switches="-stale -detailed -wan -recurse -keys",
)
_VAULT: Final = program(
    observe="""
        status, version, secrets list, auth list, policy list, policy read, audit list, kv list,
        list, kv metadata get, namespace list, operator members, operator raft list-peers,
        operator raft autopilot state, operator raft autopilot get-config, operator key-status,
        token capabilities, lease lookup, plugin list, plugin info, path-help, read sys/health,
        read sys/seal-status, read sys/leader, read sys/ha-status, read sys/mounts,
        read sys/auth, read sys/replication/status, pki health-check
    """,
    mutate="""
        login, token renew, token create, lease renew, operator seal, operator unseal,
        operator step-down, operator rotate, operator raft snapshot save, operator raft join,
        secrets enable, secrets tune, auth enable, auth tune, audit enable, kv undelete,
        kv rollback, policy fmt, namespace create
    """,
    script="ssh, agent, proxy, server, debug",
    hidden="""
        read, kv get, print token, token lookup, operator generate-root, operator init,
        operator rekey, unwrap, transit, operator raft snapshot inspect
    """,
    endless="monitor, events subscribe",
    values="-address -namespace -ns -ca-cert -format -field -mount -tls-server-name",
    switches="-tls-skip-verify -non-interactive",
)


_ASKED: Final = frozenset(
    {
        *("version", "status", "perf dump", "perf schema", "config show", "config diff", "ops"),
        *("dump_ops_in_flight", "dump_historic_ops", "dump_blocked_ops", "session ls", "client ls"),
        *("dump_historic_slow_ops", "mon_status", "quorum_status", "help", "get_mapped_pools"),
        *("heap stats", "dump_mempools", "cache status", "dump_watchers", "scrub status"),
    }
)
"""What may be asked of one daemon by name."""


def _ceph(name: str, words: tuple[Word, ...]) -> Answer:
    """Judge ceph, where `pg ID query` has its verb behind its name."""
    said = [shown(word) for word in words]
    looks = len(said) == 3 and said[0] == "pg" and said[2] in {"query", "list_unfound"}
    if looks or (said[:1] in (["tell"], ["daemon"]) and " ".join(said[2:]) in _ASKED):
        return Answer.OBSERVE
    return _CEPH.read(name, words)


def _consul(name: str, words: tuple[Word, ...]) -> Answer:
    """Judge consul; a word with a dash may be its own verb, as in `maint -enable`."""
    answer: Answer = _CONSUL.read(name, words)
    flags = {flag for word in words if (flag := flag_name(word))}
    if shown(words[0]) == "maint" and {"-enable", "-disable"} & flags:
        return Answer.MUTATE
    return answer


_WITHOUT_OWN: Final[dict[str, Program]] = {
    "rbd": _RBD,
    "rados": _RADOS,
    "radosgw-admin": _RADOSGW,
    "cephadm": _CEPHADM,
    "vault": _VAULT,
}
READERS: Final[dict[str, Reader]] = {
    **{name: known.read for name, known in _WITHOUT_OWN.items()},
    "ceph": _ceph,
    "consul": _consul,
}
