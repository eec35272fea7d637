"""gcloud and gsutil: groups first, then the verb that says what is done."""

import re
from typing import Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.foreign_table import (
    Answer,
    Reader,
    flag_name,
    listed,
    program,
    raised,
    refuse,
)
from stanch.runbook.grammar.slots import shown
from stanch.runbook.words import Word

_VALUES: Final = frozenset(
    {
        *("--project", "--zone", "--region", "--account", "--configuration", "--format"),
        *("--verbosity", "--billing-project", "--filter", "--limit", "--location", "--cluster"),
        *("--sort-by", "--instance", "--service"),
    }
)
_SWITCHES: Final = frozenset({"--quiet", "-q", "--no-user-output-enabled", "--log-http"})
_FOREIGN: Final = frozenset(
    {"--impersonate-service-account", "--access-token-file", "--flags-file"}
)
_TOP: Final = listed(
    """access-approval access-context-manager active-directory ai ai-platform alloydb alpha
    anthos api-gateway apigee app artifacts asset assured audit-manager auth backup-dr batch beta
    bigtable billing bms bq builds certificate-manager cloud-shell components composer compute
    config container data-catalog database-migration dataflow dataplex dataproc datastore
    datastream deploy deployment-manager dns domains edge-cloud emulators endpoints
    essential-contacts eventarc filestore firebase firestore functions healthcare iam iap ids
    infra-manager kms logging looker lustre memcache memorystore metastore migration ml
    ml-engine model-armor monitoring netapp network-connectivity network-management
    network-security network-services notebooks org-policies organizations oracle-database
    policy-intelligence policy-troubleshoot preview privateca projects publicca pubsub
    recaptcha recommender redis resource-manager run runtime-config scc scheduler secrets
    service-directory service-extensions services source spanner sql storage survey tasks
    telco-automation topic transcoder transfer vmware vpc-access web-security-scanner workbench
    workflows workspace-add-ons workstations"""
)
_GROUPS: Final = listed(
    """accounts addresses agents api-keys apis applications apps archives attachments attempts
    audit-logs authorized-orgs autoscaling availability-domains backend-buckets backend-services
    backups binauthz bindings buckets builds certificates channels clusters commitments configs
    configurations connections connectors containers connectivity-tests credentials custom-modules
    databases datasets deliveries deployments diagnose disk-types disks docker domain-mappings
    endpoints engines entries environments environment executions export-resources
    external-vpn-gateways files firewall-policies firewall-rules folders forwarding-rules
    gateways groups health-checks hmac hub http-health-checks https-health-checks
    iam-policies images instance-groups instance-templates instances interconnects
    jobs keyrings keys lien liens locations log-views logs machine-images machine-types
    managed managed-zones managed-folders memberships metrics models namespaces
    network-endpoint-groups networks node-groups node-pools node-templates notes
    notifications objects occurrences operations organizations os-config os-images os-login
    packages packet-mirrorings patch-deployments patch-jobs peerings perimeters policies pools
    projects providers public-advertised-prefixes queues quotas record-sets recommendations
    regions releases repositories reservations resource-policies restores revisions
    rollouts roles routers routes runtimes schedules schemas security-policies service-accounts
    service-attachments services shared-vpc sinks sites snapshots sole-tenancy ssl-certificates
    ssl-policies ssl-certs subnets subscriptions supported-services tables tags targets
    target-grpc-proxies target-http-proxies target-https-proxies target-instances target-pools
    target-ssl-proxies target-tcp-proxies target-vpn-gateways topics tpus transactions triggers
    unmanaged url-maps users versions views vpn-gateways vpn-tunnels web-applications
    worker-pools workload-identity-pools workers zones attached aws azure fleet bare-metal vmware
    scopes features dns-keys response-policies rules backend-service client-certs
    future-reservations workflow-templates workflows dashboards uptime snoozes channel-descriptors
    project-info insights os-inventory alpha beta"""
)
_OBSERVE: Final = listed(
    """list describe log info version read wait ls stat du hash cat help lookup explain
    get list-grantable-roles list-instances list-tags list-user-verified list-testable-permissions
    list-errors list-objects list-services list-usable list-vpn list-revisions
    get-iam-policy get-server-config get-health get-status get-operation
    get-effective-firewalls get-serial-port-output get-ancestors get-ancestors-iam-policy
    get-value get-project get-nat-mapping-info get-nat-ip-info get-named-ports get-shielded-identity
    get-guest-attributes get-rotation-schedule get-spec get-service-config get-logs
    get-hosts get-config get-screenshot get-parent
    describe-instance describe-from-family query-activity query-sql search search-all-resources
    search-all-iam-policies analyze-iam-policy test-iam-permissions diff
    list-associations list-rules list-access-levels troubleshoot-policy"""
)
_MUTATE: Final = listed(
    """create start stop suspend resume update enable disable resize patch deploy submit export
    move clone snapshot restart failover migrate rollback switchover set unset activate add
    set-labels login logout revoke-lease create-auto rotate run add-iam-policy-binding
    add-tags add-labels add-metadata add-access-config add-instances add-nodes add-backend
    add-path-matcher add-host-rule add-named-ports add-signed-url-key
    remove-iam-policy-binding remove-tags remove-labels set-iam-policy set-machine-type
    set-named-ports set-autoscaling stop-autoscaling update-autoscaling set-service-account
    set-scheduling set-target-pools set-instance-template set-default-service-account
    rolling-action start-update attach-disk detach-disk resize-disk set-disk-auto-delete
    set-traffic update-container update-access-config update-traffic update-backend
    update-from-file get-credentials configure-docker pause unpause seek ack pull upload
    publish upgrade register undelete restore-version bulk-create enroll approve reject cancel
    retry advance annotate replace set-password set-metadata mb cp use-shared-vpc"""
)
_FINAL: Final = frozenset(
    {
        *("cancel", "replace", "set-password", "seek", "upgrade", "ack", "run", "pull"),
        *("use-shared-vpc", "revoke-lease"),
    }
)
"""Verbs whose change cannot be put back, in whatever list they stand."""
_SCRIPTS: Final = listed(
    """ssh scp connect start-iap-tunnel connect-to-serial-port sftp interactive call execute
    execute-sql run-query cloud-shell repl tail-session start-agent"""
)
_SECRETS: Final = listed(
    """access print-access-token print-identity-token print-refresh-token decrypt
    get-key-string sign-url signurl sign-jwt sign-blob access-secret
    raw-decrypt decapsulate generate-login-token"""
)
_LETTERS: Final = re.compile(r"-[acCdeinprPRU]+")
"""Switches of `gsutil rsync`, without those that take a value."""


def _gcloud(name: str, words: tuple[Word, ...]) -> Answer:
    flags = [flag for word in words if (flag := flag_name(word))]
    if any(flag in _FOREIGN for flag in flags):
        refuse(name, "it takes another identity, or options that nobody sees here")
    groups, verb, rest = _verb(words)
    if verb is None:
        return Answer.OBSERVE if not groups else Answer.DESTRUCTIVE
    if verb in _SECRETS or (groups[:1] == ["auth"] and verb.startswith("print")):
        refuse(name, "hidden")
    if verb in {"tail", "stream-logs"}:
        refuse(name, "endless")
    if verb in _SCRIPTS:
        return Answer.SCRIPT
    if groups[-1:] == ["managed"] and verb == "rolling-action":
        ahead = next((shown(word) for word in rest if flag_name(word) is None), "")
        return Answer.MUTATE if ahead in {"restart", "start-update"} else Answer.DESTRUCTIVE
    if verb in _FINAL:
        return Answer.DESTRUCTIVE
    if verb in _OBSERVE:
        return raised(flags)
    if verb in {"cp", "mb"} and groups[:1] != ["storage"]:
        return Answer.DESTRUCTIVE
    return max(Answer.MUTATE, raised(flags)) if verb in _MUTATE else Answer.DESTRUCTIVE


def _verb(words: tuple[Word, ...]) -> tuple[list[str], str | None, tuple[Word, ...]]:
    """Return the groups, the verb, and what stands behind it."""
    groups: list[str] = []
    at = 0
    while at < len(words):
        word, flag = words[at], flag_name(words[at])
        if flag is None:
            said = shown(word)
            known = _GROUPS if [one for one in groups if one not in {"alpha", "beta"}] else _TOP
            if said not in known:
                return groups, said, words[at + 1 :]
            groups.append(said)
        elif flag in _VALUES:
            at += "=" not in str(word[0])
        elif flag not in _SWITCHES:
            raise RefusedError(
                "RB023", f"{flag} stands before the verb of gcloud.", remedy="Write it behind."
            )
        at += 1
    return groups, None, ()


def _gsutil(name: str, words: tuple[Word, ...]) -> Answer:
    answer = _GSUTIL.read(name, words)
    said = [shown(word) for word in words]
    if "rsync" in said:
        behind = said[said.index("rsync") + 1 :]
        letters = {letter for word in behind if _LETTERS.fullmatch(word) for letter in word[1:]}
        if "n" in letters:
            return Answer.OBSERVE
        return Answer.DESTRUCTIVE if "d" in letters else answer
    return answer


_GSUTIL: Final = program(
    observe="""
        ls, du, stat, cat, hash, version, acl get, defacl get, iam get, lifecycle get,
        logging get, cors get, label get, versioning get, website get, retention get,
        bucketpolicyonly get, requesterpays get, defstorageclass get, notification list,
        kms encryption, help, ubla get, pap get
    """,
    mutate="""
        cp, mb, acl ch, acl set, defacl ch, defacl set, iam ch, iam set, logging set, cors set,
        label ch, label set, versioning set, website set, setmeta, rewrite, compose,
        notification create, requesterpays set, defstorageclass set, rsync,
        bucketpolicyonly set, ubla set, pap set
    """,
    hidden="signurl, hmac get, hmac list",
    values="-o -u -i",
    switches="-m -q -D -DD",
)
READERS: Final[dict[str, Reader]] = {"gcloud": _gcloud, "gsutil": _gsutil}
