"""The verbs that only oc has and that are left to people.

A plugin of kubectl may have the same name and do anything, so kubectl does not get them.
"""

from typing import Final

from stanch.runbook.grammar.kubectl_manual import DESTRUCTIVE, MUTATE, OBSERVE, Manual

_OC: Final = (
    Manual(words="status", worst=OBSERVE, flags="A/all-namespaces suggest o/output="),
    Manual(words="project", worst=OBSERVE, flags="q/short", named=MUTATE),
    Manual(words="projects", worst=OBSERVE, flags="q/short"),
    Manual(words="policy who-can", worst=OBSERVE, flags="A/all-namespaces o/output="),
    Manual(words="policy can-i", worst=OBSERVE, flags="A/all-namespaces q/quiet list"),
    Manual(words="policy scc-review", worst=OBSERVE, flags="z/serviceaccount= f/filename="),
    Manual(words="policy scc-subject-review", worst=OBSERVE, flags="z/serviceaccount= f/filename="),
    *(
        Manual(
            words=f"{prefix} {word}-{what}",
            worst=MUTATE,
            flags="z/serviceaccount= rolebinding-name= role-namespace=",
        )
        for prefix in ("adm policy", "policy")
        for word in ("add", "remove")
        for what in (
            *("role-to-user", "role-from-user", "role-to-group", "role-from-group"),
            *("cluster-role-to-user", "cluster-role-from-user", "cluster-role-to-group"),
            *("cluster-role-from-group", "scc-to-user", "scc-from-user", "scc-to-group"),
            *("scc-from-group", "user", "group"),
        )
    ),
    Manual(words="adm policy who-can", worst=OBSERVE, flags="A/all-namespaces o/output="),
    Manual(
        words="adm upgrade",
        worst=OBSERVE,
        flags="to= to-latest to-image= to-multi-arch force allow-explicit-upgrade clear "
        "allow-upgrade-with-warnings allow-not-recommended include-not-recommended",
        raised={
            **dict.fromkeys(("to", "to-latest", "to-image", "to-multi-arch", "clear"), MUTATE),
            "force": DESTRUCTIVE,
        },
        named=MUTATE,
    ),
    Manual(words="adm upgrade channel", worst=MUTATE, flags="allow-explicit-channel"),
    Manual(words="adm upgrade status", worst=OBSERVE, flags="details="),
    Manual(words="adm upgrade recommend", worst=OBSERVE, flags="version= show-outdated-releases"),
    Manual(
        words="adm node-logs",
        worst=OBSERVE,
        flags="role= u/unit= path= tail= since= until= g/grep= raw o/output= l/selector= "
        "case-sensitive unify boot=",
    ),
    *(
        Manual(
            words=f"adm prune {what}",
            worst=OBSERVE,
            flags="confirm keep-younger-than= keep-tag-revisions= keep-complete= keep-failed= "
            "orphans all registry-url= prune-over-size-limit ignore-invalid-refs prune-registry "
            "f/filename= replica-sets num-workers= force-insecure "
            "sync-config= type= whitelist= blacklist= l/selector=",
            raised={"confirm": DESTRUCTIVE},
        )
        for what in ("images", "builds", "deployments", "groups", "renderedmachineconfigs")
    ),
    Manual(
        words="adm must-gather",
        worst=MUTATE,
        flags="dest-dir= image= image-stream= since= timeout= node-name= host-network "
        "all-images run-namespace= source-dir=",
    ),
    Manual(
        words="adm inspect",
        worst=MUTATE,
        flags="dest-dir= A/all-namespaces since= since-time= rotated-pod-logs l/selector= "
        "f/filename=",
        shows=True,
    ),
    Manual(
        words="adm release info",
        worst=OBSERVE,
        flags="commits pullspecs contents o/output= image-for= changelog= size verify "
        "bugs= includes",
        # Both clone the sources into a folder here.
        raised={"changelog": MUTATE, "bugs": MUTATE},
    ),
    Manual(
        words="adm verify-image-signature",
        worst=OBSERVE,
        flags="expected-identity= public-key= save",
        raised={"save": MUTATE},
    ),
    Manual(
        words="adm manage-node",
        worst=MUTATE,
        flags="schedulable= list-pods evacuate force",
        raised={"evacuate": DESTRUCTIVE, "force": DESTRUCTIVE},
    ),
    Manual(words="adm certificate approve", worst=MUTATE, flags="force"),
    Manual(words="adm certificate deny", worst=MUTATE, flags="force"),
    Manual(words="adm groups add-users", worst=MUTATE),
    Manual(words="adm groups remove-users", worst=MUTATE),
    Manual(words="adm groups new", worst=MUTATE),
    Manual(
        words="adm new-project",
        worst=MUTATE,
        flags="admin= description= display-name= node-selector=",
    ),
    Manual(
        words="adm wait-for-stable-cluster", worst=OBSERVE, flags="timeout= minimum-stable-period="
    ),
    Manual(
        words="image info", worst=OBSERVE, flags="o/output= filter-by-os= show-multiarch insecure"
    ),
    Manual(
        words="image extract",
        worst=MUTATE,
        flags="file= path= confirm dry-run filter-by-os= insecure a/registry-config=",
    ),
    Manual(
        words="image mirror",
        worst=MUTATE,
        flags="filter-by-os= f/filename= insecure dir= max-per-registry=",
    ),
    Manual(words="new-project", worst=MUTATE, flags="description= display-name= skip-config-write"),
    Manual(
        words="new-app",
        worst=MUTATE,
        flags="name= image= template= p/param= e/env= l/labels= f/file= docker-image= "
        "image-stream=",
    ),
    Manual(
        words="new-build", worst=MUTATE, flags="name= image= binary strategy= docker-image= e/env="
    ),
    Manual(
        words="start-build",
        worst=MUTATE,
        flags="from-build= commit= w/wait F/follow from-dir= from-file= e/env=",
    ),
    Manual(words="cancel-build", worst=DESTRUCTIVE, flags="state= restart"),
    Manual(words="import-image", worst=MUTATE, flags="from= confirm all scheduled insecure"),
    Manual(
        words="tag",
        worst=MUTATE,
        flags="d/delete source= alias reference scheduled",
        raised={"delete": DESTRUCTIVE},
    ),
    Manual(
        words="process",
        worst=OBSERVE,
        flags="p/param= f/filename= o/output= local parameters l/labels= param-file=",
    ),
    Manual(words="rollout latest", worst=MUTATE, flags="again o/output="),
    Manual(words="rollout cancel", worst=MUTATE),
    Manual(words="rollout retry", worst=MUTATE),
    Manual(
        words="rollback", worst=MUTATE, flags="to-version= change-strategy change-triggers dry-run"
    ),
    Manual(
        words="set volumes",
        worst=MUTATE,
        flags="add remove name= t/type= claim-name= claim-size= m/mount-path= overwrite "
        "confirm all c/containers= configmap-name= secret-name= sub-path=",
        raised={"remove": DESTRUCTIVE},
    ),
    Manual(
        words="set volume",
        worst=MUTATE,
        flags="add remove name= t/type= claim-name= claim-size= m/mount-path= overwrite "
        "confirm all c/containers= configmap-name= secret-name= sub-path=",
        raised={"remove": DESTRUCTIVE},
    ),
    Manual(
        words="set probe",
        worst=MUTATE,
        flags="readiness liveness startup get-url= open-tcp= initial-delay-seconds= "
        "timeout-seconds= period-seconds= failure-threshold= success-threshold= "
        "remove c/containers=",
        raised={"remove": DESTRUCTIVE},
    ),
    Manual(
        words="set triggers",
        worst=MUTATE,
        flags="auto manual all from-image= from-config c/containers= remove remove-all",
        raised={"remove-all": DESTRUCTIVE},
    ),
    Manual(words="idle", worst=MUTATE, flags="resource-names-file= all l/selector="),
)

VERBS: Final = tuple(one.verb() for one in _OC)
