"""The verbs of kubectl and of its well-known plugins that are left to people."""

from typing import Final

from stanch.runbook.grammar.kubectl_manual import DESTRUCTIVE, MUTATE, OBSERVE, Manual

_OUT: Final = "o/output= template="
_BUNDLE: Final = "f/filename= R/recursive k/kustomize="

_KUBECTL: Final = (
    Manual(words="explain", worst=OBSERVE, flags="recursive api-version= output="),
    Manual(words="options", worst=OBSERVE),
    Manual(
        words="diff",
        worst=OBSERVE,
        flags=f"{_BUNDLE} server-side l/selector= field-manager=",
        fetches=True,
    ),
    Manual(words="kustomize", worst=OBSERVE, fetches=True),
    Manual(
        words="apply view-last-applied",
        worst=OBSERVE,
        flags=f"{_OUT} l/selector= all",
        shows=True,
    ),
    Manual(words="apply set-last-applied", worst=MUTATE, flags=f"{_BUNDLE} create-annotation"),
    Manual(words="certificate approve", worst=MUTATE, flags="force"),
    Manual(words="certificate deny", worst=MUTATE, flags="force"),
    Manual(words="config view", worst=OBSERVE, flags=f"{_OUT} minify"),
    Manual(words="config current-context", worst=OBSERVE),
    Manual(words="config get-contexts", worst=OBSERVE, flags=f"{_OUT} no-headers"),
    Manual(words="config get-clusters", worst=OBSERVE),
    Manual(words="config get-users", worst=OBSERVE),
    Manual(words="config use-context", worst=MUTATE),
    Manual(words="config use", worst=MUTATE),
    Manual(words="config set-context", worst=MUTATE, flags="current cluster= user="),
    Manual(words="config rename-context", worst=MUTATE),
    Manual(words="config unset", worst=DESTRUCTIVE),
    Manual(words="config delete-context", worst=DESTRUCTIVE),
    Manual(words="config delete-cluster", worst=DESTRUCTIVE),
    Manual(words="config delete-user", worst=DESTRUCTIVE),
    Manual(words="set selector", worst=MUTATE, flags=f"{_OUT} {_BUNDLE} all local"),
    Manual(
        words="set subject", worst=MUTATE, flags=f"{_OUT} {_BUNDLE} serviceaccount= user= group="
    ),
    Manual(words="plugin list", worst=OBSERVE, flags="name-only"),
)

_CNPG: Final = (
    Manual(words="cnpg status", worst=OBSERVE, flags="v/verbose o/output= timeout="),
    Manual(words="cnpg version", worst=OBSERVE),
    Manual(words="cnpg logs cluster", worst=OBSERVE, flags="t/timestamp tail="),
    Manual(words="cnpg restart", worst=MUTATE),
    Manual(words="cnpg reload", worst=MUTATE),
    Manual(words="cnpg promote", worst=MUTATE),
    Manual(words="cnpg backup", worst=MUTATE, flags="backup-name= m/method= t/backup-target="),
    Manual(words="cnpg snapshot", worst=MUTATE),
    Manual(words="cnpg fencing on", worst=MUTATE),
    Manual(words="cnpg fencing off", worst=MUTATE),
    Manual(words="cnpg hibernate status", worst=OBSERVE, flags="o/output="),
    Manual(words="cnpg hibernate on", worst=MUTATE, flags="timeout="),
    Manual(words="cnpg hibernate off", worst=MUTATE, flags="timeout="),
    Manual(words="cnpg maintenance set", worst=MUTATE, flags="reusePVC all-namespaces y/yes"),
    Manual(words="cnpg maintenance unset", worst=MUTATE, flags="reusePVC all-namespaces y/yes"),
    Manual(words="cnpg report operator", worst=MUTATE, flags="l/logs f/file= t/timestamps"),
    Manual(words="cnpg report cluster", worst=MUTATE, flags="l/logs f/file= t/timestamps"),
    Manual(words="cnpg publication create", worst=MUTATE, flags="publication= dbname= all-tables"),
    Manual(words="cnpg publication drop", worst=DESTRUCTIVE, flags="publication= dbname="),
    Manual(
        words="cnpg subscription create", worst=MUTATE, flags="subscription= publication= dbname="
    ),
    Manual(words="cnpg subscription enable", worst=MUTATE),
    Manual(words="cnpg subscription disable", worst=MUTATE),
    Manual(words="cnpg subscription restart", worst=MUTATE),
    Manual(words="cnpg subscription refresh", worst=MUTATE),
    Manual(words="cnpg subscription sync-sequences", worst=MUTATE, flags="subscription= dbname="),
    Manual(words="cnpg subscription drop", worst=DESTRUCTIVE, flags="subscription= dbname="),
    Manual(words="cnpg destroy", worst=DESTRUCTIVE, flags="k/keep-pvc"),
    Manual(words="cnpg psql", worst=DESTRUCTIVE, flags="replica i/stdin t/tty", open_ended=True),
)

_PLUGINS: Final = (
    Manual(words="virt version", worst=OBSERVE),
    *(
        Manual(words=f"virt {word}", worst=MUTATE)
        for word in ("start", "restart", "pause vm", "unpause vm", "migrate", "migrate-cancel")
    ),
    Manual(
        words="virt stop",
        worst=MUTATE,
        flags="force grace-period=",
        raised={"force": DESTRUCTIVE, "grace-period": DESTRUCTIVE},
    ),
    *(
        Manual(words=f"argo rollouts {word}", worst=OBSERVE, flags="no-color")
        for word in ("get rollout", "get experiment", "list rollouts", "status", "version")
    ),
    *(
        Manual(words=f"argo rollouts {word}", worst=MUTATE)
        for word in ("abort", "pause", "promote", "restart", "retry rollout", "set image")
    ),
    Manual(words="argo rollouts undo", worst=MUTATE, flags="to-revision="),
    Manual(words="krew list", worst=OBSERVE),
    Manual(words="krew search", worst=OBSERVE),
    Manual(words="krew version", worst=OBSERVE),
    Manual(words="krew install", worst=DESTRUCTIVE, open_ended=True),
    Manual(words="krew upgrade", worst=DESTRUCTIVE, open_ended=True),
    Manual(words="ctx", worst=OBSERVE, flags="c/current", named=MUTATE),
    Manual(words="ns", worst=OBSERVE, flags="c/current", named=MUTATE),
)

VERBS: Final = tuple(one.verb() for one in (*_KUBECTL, *_CNPG, *_PLUGINS))
