"""Programs around Kubernetes: what deploys to a cluster, and what looks after its networks."""

from typing import Final

from stanch.runbook.grammar.foreign_table import Answer, Reader, program

_DRY: Final = "--dry-run --dry-run=client --dry-run=server --dry-run=true"
_HELM: Final = program(
    observe="""
        list, ls, status, history, hist, get manifest, get hooks, get notes, get metadata,
        version, env, lint, verify, template, search repo, search hub, show chart, show values,
        show readme, show all, show crds, inspect chart, inspect values, repo list, repo ls,
        dependency list, dep list, plugin list, plugin ls, diff upgrade, diff revision,
        diff release, diff rollback, help, completion
    """,
    mutate="""
        install, upgrade, rollback, test, repo add, repo update, repo index, pull, fetch,
        package, push, create, dependency update, dependency build, dep update, dep build,
        registry login, registry logout
    """,
    hidden="get values, get all",
    values="""
        -n --namespace --kube-context --registry-config --repository-cache --repository-config
        --burst-limit --qps
    """,
    switches="--debug",
    dry={"install": _DRY, "upgrade": _DRY, "uninstall": _DRY, "delete": _DRY, "rollback": _DRY},
    calm="""
        --reset-then-reuse-values --create-namespace --disable-openapi-validation --skip-crds
        --cleanup-on-fail --set --set-string --set-file --set-json --set-literal
    """,
    worse={
        "--post-renderer": Answer.SCRIPT,
        "--kubeconfig": "it goes to another cluster",
        "--kube-as-user": "it takes another identity",
        "--kube-token": "it takes another identity",
        "--kube-apiserver": "it goes to another cluster",
    },
)
_HELMFILE: Final = program(
    observe="list, status, diff, template, lint, version, build",
    mutate="repos, deps, fetch",
    values="-e --environment -f --file -l --selector -n --namespace --kube-context",
    switches="-q --quiet --debug",
)
_ARGOCD: Final = program(
    observe="""
        app get, app list, app diff, app history, app manifests, app resources, app wait,
        app logs, appset get, appset list, cluster get, cluster list, proj get, proj list,
        proj windows list, proj role list, proj role get, repo get, repo list, repocreds list,
        account list, account get, account can-i, account get-user-info, cert list, gpg list,
        gpg get, version
    """,
    mutate="""
        context, app set, app unset, app sync, app create, app rollback, app patch,
        app patch-resource, app terminate-op, app add-source, app actions run, app edit,
        app refresh, cluster add, cluster set, cluster rotate-auth, proj create, proj set,
        proj edit, proj allow-cluster-resource, proj add-destination, proj add-source, repo add,
        login, relogin, logout, account update-password, appset create, appset update
    """,
    hidden="account generate-token, admin initial-password",
    values="--server --config --argocd-context -N --app-namespace --port-forward-namespace",
    switches="--grpc-web --plaintext --insecure --core --port-forward",
    dry={"app sync": "--dry-run --dry-run=true", "app rollback": "--dry-run"},
    calm="--sync-option --apply-out-of-sync-only --set-finalizer --refresh",
    worse={
        "--refresh": Answer.MUTATE,
        "--hard-refresh": Answer.MUTATE,
        "--auto-prune": Answer.DESTRUCTIVE,
        "--sync-policy": Answer.MUTATE,
        "--auth-token": Answer.OBSERVE,
    },
)
_FLUX: Final = program(
    observe="get, check, events, logs, stats, tree, trace, version, diff, export, build, debug hr",
    mutate="""
        reconcile, suspend, resume, create, tag artifact, push artifact, pull artifact, install
    """,
    hidden="export secret, create secret",
    values="-n --namespace --context --timeout",
    switches="--verbose",
    dry={"uninstall": "--dry-run"},
    worse={"--with-credentials": "its answer holds secrets", "--kubeconfig": "it goes elsewhere"},
)
_ISTIOCTL: Final = program(
    observe="""
        version, proxy-status, ps, proxy-config cluster, proxy-config clusters,
        proxy-config listener, proxy-config listeners, proxy-config route, proxy-config routes,
        proxy-config endpoint, proxy-config endpoints, proxy-config bootstrap, proxy-config log,
        proxy-config all, proxy-config eds, pc cluster, pc clusters, pc listener, pc listeners,
        pc route, pc routes, pc endpoint, pc endpoints, pc bootstrap, pc log, pc all, analyze,
        validate, verify-install, precheck, kube-inject, experimental describe,
        experimental precheck, x describe, x precheck, describe, admin log, manifest generate,
        manifest diff, profile list, profile dump, tag list, remote-clusters, authz check
    """,
    mutate="install, upgrade, tag set, tag generate, create-remote-secret",
    hidden="proxy-config secret, pc secret, proxy-config secrets, pc secrets",
    values="-n --namespace -i --istioNamespace --context",
    worse={"--level": Answer.MUTATE, "--kubeconfig": "it goes to another cluster"},
)
_CILIUM: Final = program(
    observe="""
        status, version, config view, config get, bpf ct list, bpf lb list, bpf nat list,
        bpf policy get, bpf tunnel list, bpf endpoint list, bpf ipcache list, bpf metrics list,
        endpoint list, endpoint get, endpoint log, endpoint health, service list, service get,
        node list, identity list, identity get, policy get, policy selectors, ip list,
        clustermesh status, hubble list, metrics list, map list, map get, fqdn cache list,
        encrypt status, bgp peers, bgp routes, health status, build-config, troubleshoot
    """,
    mutate="""
        connectivity test, connectivity perf, hubble enable, hubble disable, clustermesh enable,
        clustermesh connect, config set, install, upgrade, endpoint config, policy import,
        endpoint regenerate, encryption rotate-key
    """,
    endless="monitor",
    values="-n --namespace --context -H --host",
    worse={"--kubeconfig": "it goes to another cluster"},
)
_HUBBLE: Final = program(
    observe="status, version, list, observe, config view, config get",
    values="--server",
    worse={"-f": "it never ends by itself"},
)
_LINKERD: Final = program(
    observe="""
        check, version, viz stat, viz edges, viz routes, viz check, viz authz, viz list, stat,
        edges, routes, endpoints, diagnostics endpoints, diagnostics policy,
        multicluster gateways, multicluster check, inject, uninject, prune
    """,
    endless="viz tap, viz top, tap, top, viz dashboard, dashboard",
    values="-n --namespace -L --linkerd-namespace --context -l",
    calm="--all-namespaces",
)
_VIRTCTL: Final = program(
    observe="""
        version, guestosinfo, userlist, fslist, create vm, create instancetype,
        create preference, permitted-devices, create clone, objectgraph
    """,
    mutate="""
        start, stop, restart, pause, unpause, pause vm, unpause vm, migrate, migrate-cancel,
        soft-reboot, addvolume, expose, image-upload
    """,
    script="console, vnc, ssh, scp, guestfs, usbredir, port-forward",
    hidden="credentials set-password, credentials add-ssh-key, credentials password",
    values="-n --namespace --context",
    worse={"--grace-period": Answer.DESTRUCTIVE, "--kubeconfig": "it goes to another cluster"},
)
_VELERO: Final = program(
    observe="""
        get, describe, version, backup get, backup describe, backup logs, restore get,
        restore describe, restore logs, schedule get, schedule describe, backup-location get,
        snapshot-location get, plugin get, repo get, client config get
    """,
    mutate="""
        backup create, schedule create, schedule pause, schedule unpause, backup download,
        create backup, create schedule, backup-location set, client config set
    """,
    values="-n --namespace --kubecontext",
    worse={"--kubeconfig": "it goes to another cluster"},
)
_KUSTOMIZE: Final = program(observe="build, version, cfg tree, cfg count, cfg grep")
_CMCTL: Final = program(
    observe="status certificate, check api, inspect secret, version",
    mutate="renew, approve, deny",
    values="-n --namespace --context",
)
_KUBESEAL: Final = program(hidden="--recovery-unseal")
_EKSCTL: Final = program(
    observe="""
        get, info, version, utils describe-stacks, utils describe-addon-versions, utils schema
    """,
    mutate="""
        create, scale, set, unset, enable, utils write-kubeconfig,
        utils associate-iam-oidc-provider, utils update-cluster-logging
    """,
    values="-r --region -p --profile -v --verbose --cluster",
)
_KOPS: Final = program(
    observe="get, validate, version, toolbox dump",
    mutate="export, create",
    hidden="get secrets",
    values="--name --state",
    dry={},
)
_CROSSPLANE: Final = program(observe="version, beta trace, beta validate, beta render, render")
_TKN: Final = program(
    observe="""
        version, pipeline list, pipeline ls, pipeline describe, pipelinerun list,
        pipelinerun ls, pipelinerun describe, pipelinerun logs, pr list, pr ls, pr describe,
        pr logs, p list, p ls, task list, task describe, taskrun list, taskrun describe,
        taskrun logs, tr list, tr logs, tr describe
    """,
    mutate="pipeline start, p start, task start, pipelinerun cancel, pr cancel, taskrun cancel",
    values="-n --namespace -c --context",
)

READERS: Final[dict[str, Reader]] = {
    "helm": _HELM.read,
    "helm3": _HELM.read,
    "helmfile": _HELMFILE.read,
    "argocd": _ARGOCD.read,
    "flux": _FLUX.read,
    "istioctl": _ISTIOCTL.read,
    "cilium": _CILIUM.read,
    "cilium-dbg": _CILIUM.read,
    "hubble": _HUBBLE.read,
    "linkerd": _LINKERD.read,
    "virtctl": _VIRTCTL.read,
    "velero": _VELERO.read,
    "kustomize": _KUSTOMIZE.read,
    "cmctl": _CMCTL.read,
    "kubeseal": _KUBESEAL.read,
    "eksctl": _EKSCTL.read,
    "kops": _KOPS.read,
    "crossplane": _CROSSPLANE.read,
    "tkn": _TKN.read,
}
