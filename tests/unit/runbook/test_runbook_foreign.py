import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.runbook import kinds
from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import foreign
from stanch.runbook.model import ParamRef
from stanch.tools.operations import Effect

OBSERVE = [
    *("aws ec2 describe-instances --filters Name=tag:x,Values=y", "aws s3 ls s3://x"),
    *("aws --profile x --region y logs tail /aws/x --since 1h", "aws sts get-caller-identity"),
    *("aws s3 rm s3://x/y --dryrun", "aws s3 sync s3://b ./d --delete --dryrun"),
    *("aws ec2 terminate-instances --instance-ids i-1 --dry-run", "aws ssm get-parameter --name x"),
    *("gcloud --project p container get-server-config --region r", "gcloud compute instances list"),
    *("gsutil ls gs://x", "gsutil rsync -dn a gs://x", "az vm list -o table", "helm list -A"),
    *("helm -n shop status app", "helm upgrade app ./chart --dry-run", "argocd app diff x"),
    *(
        "terraform plan -target=module.x",
        "terraform state list",
        "ansible-playbook x --list-hosts",
        "ansible all -m ping",
    ),
    *("vault status", "vault kv list secret/", "consul members", "consul kv get -recurse -keys x"),
    *("ceph -s", "ceph osd df tree", "ceph pg 1.2 query", "ceph health detail", "rbd ls pool"),
    *("redis-cli -h h -p 26379 sentinel masters", "redis-cli INFO", "redis-cli --scan --pattern x"),
    *("redis-cli --cluster check h:1", "kafka-topics.sh --bootstrap-server b --list"),
    "kafka-consumer-groups --group g --reset-offsets --to-latest --topic t --dry-run",
    *("kafka-console-consumer --bootstrap-server b --topic x --max-messages 3", "kcat -L -b b"),
    "rabbitmqadmin list queues",
    *("gh run list", "gh api repos/o/r/issues", "flux get kustomizations", "patronictl list"),
    *("envdir /etc/wal-g.d/env /opt/wal-g/bin/wal-g --version", "wal-g backup-list"),
    *("velero backup get", "amtool alert"),
]
MUTATE = [
    *("aws wafv2 associate-web-acl --web-acl-arn x", "aws s3 cp /var/log/$LOG s3://x"),
    *("aws ecs update-service --service y --force-new-deployment", "aws sqs receive-message"),
    *("aws eks update-kubeconfig --name x", "aws s3api get-object --bucket b --key k out"),
    *("gcloud --project p --zone z compute instances start <name>", "gsutil cp a gs://x"),
    *("gcloud container clusters get-credentials x", "az vm restart -g x -n y"),
    *("helm upgrade app ./chart", "helm rollback app 3", "helm template app --output-dir x"),
    *("argocd app sync x", "argocd app set --sync-option=none x", "terraform plan -out=x"),
    *("ceph osd unset noup", "ceph osd pool set-quota <pool> max_objects <n>", "ceph osd out 3"),
    *("rbd create pool/test --size 10", "consul maint -enable", "consul leave"),
    *(
        "redis-cli config set maxmemory 1gb",
        "redis-cli replicaof no one",
        "redis-cli debug sleep 1",
    ),
    "kafka-console-consumer --topic o --group billing --max-messages 1",
    "kafka-consumer-groups --group g --reset-offsets --to-latest --topic t --execute",
    *("gh api repos/o/r/issues -f title=x", "gh run rerun 5", "virtctl stop <vm> -n <ns>"),
    *(
        "patronictl switchover",
        "patronictl restart c --force",
        "nomad job stop x",
        "virtctl start x",
    ),
]
DESTRUCTIVE = [
    *("aws ec2 terminate-instances --instance-ids i-1", "aws s3 rm s3://x/y", "aws cloudfront odd"),
    *("aws s3 sync s3://b ./d --delete", "aws rds promote-read-replica", "aws sqs purge-queue"),
    *("aws rds modify-db-instance --backup-retention-period 0", "aws ec2 release-address"),
    *("gcloud compute instances delete x --quiet", "gcloud compute instances reset x"),
    *(
        "gcloud sql import sql x gs://y",
        "gsutil -m rm -r gs://x",
        "gsutil rsync -d -xfoon a gs://x",
    ),
    *("az group delete -n x", "helm uninstall app", "helm upgrade app ./chart --force", "helm odd"),
    *("helm upgrade app ./chart --dry-run --dry-run=none --force", "argocd app sync x --prune"),
    *("helm --kube-context list uninstall app", "terraform apply", "terraform state rm x"),
    *("terragrunt run-all apply", "vault write secret/x a=b", "consul kv delete x"),
    *("ceph osd purge 3 --yes-i-really-mean-it", "ceph pg repair 1.2", "ceph progress clear"),
    *("rbd rm pool/x", "rbd resize x --size 1 --allow-shrink", "redis-cli FLUSHALL"),
    *("redis-cli 'flushall'", "redis-cli config resetstat", "redis-cli replicaof h 1"),
    *("redis-cli <command>", "kafka-topics --delete --topic x"),
    "kafka-configs --alter --entity-name x --add-config retention.ms=1",
    *(
        "gh api --method=DELETE repos/o/r",
        "gh repo delete o/r",
        "wal-g backup-fetch /x LATEST",
        "nomad job stop -purge x",
    ),
    *("virtctl stop x --force --grace-period=0", "patronictl reinit a b"),
]
SCRIPTS = [
    *("redis-cli", "redis-cli -p 26379", "redis-cli --pipe", "redis-cli eval x 0", "ceph"),
    *("virtctl console <vm>", "virtctl ssh x", "ansible-playbook x.yml", "salt '*' cmd.run ls"),
    "gcloud compute --project p ssh <node> --tunnel-through-iap",
    *("aws ssm start-session --target i-1", "aws ssm send-command --document-name x"),
    *("az vm run-command invoke -g x -n y --scripts ls", "terraform console", "consul exec ls"),
    *("helm upgrade app ./chart --post-renderer ./x.sh --dry-run", "patronictl edit-config"),
    *("zookeeper-shell x:2181", "nomad alloc exec x sh"),
]
REFUSED = [
    *("aws secretsmanager get-secret-value --secret-id x", "aws s3 presign s3://x/y"),
    *("aws ssm get-parameter --name x --with-decryption", "aws ecr get-login-password"),
    *("aws sts assume-role --role-arn x", "aws lambda invoke --function-name x out"),
    *("aws logs tail /x --follow", "aws --odd x ec2 describe-volumes", "aws kms decrypt"),
    *("gcloud auth print-access-token", "gcloud secrets versions access latest --secret=x"),
    *(
        "gcloud compute instances list --impersonate-service-account=x",
        "az account get-access-token",
    ),
    *("az keyvault secret show -n x", "az storage account keys list -n x", "helm get values app"),
    *("helm --kubeconfig x list", "terraform state pull", "vault kv get secret/x"),
    *("vault read aws/creds/deploy", "consul monitor", "ceph -w", "ceph auth get client.admin"),
    *("ceph --odd status osd purge 3", "redis-cli monitor", "redis-cli keys '*'"),
    *("redis-cli --bigkeys", "redis-cli config get requirepass", "kcat -C -b b -t x"),
    *("kafka-console-consumer --bootstrap-server b --topic x", "gh auth token"),
    *("istioctl proxy-config secret x",),
    *("envdir /etc/wal-g.d/env rm x", "argocd app logs x -f", "gcloud --odd list compute x"),
]


@pytest.mark.parametrize("command", OBSERVE)
def test_a_foreign_command_that_looks_is_a_read_for_a_person(command: str) -> None:
    template = command_template(command, {})
    assert template.kind == "manual.read"
    assert "no client" in template.fields["reason"]


@pytest.mark.parametrize(
    ("effect", "command"),
    [
        *((Effect.MUTATE, command) for command in MUTATE),
        *((Effect.DESTRUCTIVE, command) for command in (*DESTRUCTIVE, *SCRIPTS)),
    ],
)
def test_a_foreign_command_that_changes_is_typed_with_its_worst(
    effect: Effect, command: str
) -> None:
    template = command_template(command, {})
    assert template.kind == "intent.manual"
    assert kinds.effect(template, {}) is effect
    assert kinds.unbounded(template, {}) is (command in SCRIPTS)


@pytest.mark.parametrize("command", REFUSED)
def test_secrets_endless_answers_and_unclear_verbs_are_refused(command: str) -> None:
    with pytest.raises(RefusedError) as refused:
        command_template(command, {})
    assert refused.value.code in {"RB023", "RB038"}


WITHOUT_VERBS = {
    *("kafka-broker-api-versions", "kafka-broker-api-versions.sh", "kafka-get-offsets"),
    *("kafka-get-offsets.sh", "ansible-inventory"),
}
"""Programs that do one thing, which is to look."""


@pytest.mark.parametrize("program", sorted({*foreign.GRAMMAR.programs} - WITHOUT_VERBS))
def test_a_verb_that_no_table_lists_is_never_taken_for_harmless(program: str) -> None:
    try:
        template = command_template(f"{program} frobnicate --quickly", {})
    except RefusedError:
        return
    assert kinds.effect(template, {}) is Effect.DESTRUCTIVE


@given(
    command=st.sampled_from([*OBSERVE, *MUTATE, *DESTRUCTIVE]),
    flag=st.sampled_from(
        ["--force", "--yes", "-n", "-v", "--dry", "--check", "--quiet", "--help-me", "--output=x"]
    ),
)
def test_no_flag_makes_a_command_more_harmless(command: str, flag: str) -> None:
    before = kinds.effect(command_template(command, {}), {})
    try:
        after = kinds.effect(command_template(f"{command} {flag}", {}), {})
    except RefusedError:
        return
    if command.startswith("gsutil rsync") and flag == "-n":
        return
    assert after >= before


@pytest.mark.parametrize(
    "command",
    [
        *("redis-cli -a hunter2 info", "redis-cli -u redis://:hunter2@h:6379 info"),
        *(
            "helm upgrade a b --set db.password=hunter2",
            "helm upgrade a b --set-string=apiKey=hunter2",
        ),
        *("argocd login x --password hunter2", "argocd login x --password=hunter2"),
        *("vault write a/b token=hunter2", "rabbitmqadmin -p hunter2 list queues"),
        *(
            "aws iam create-login-profile --user-name a --password hunter2",
            "redis-cli --pass hunter2",
        ),
    ],
)
def test_a_secret_in_a_foreign_command_is_not_carried_on(command: str) -> None:
    assert "hunter2" not in repr(command_template(command, {}))


def test_a_parameter_stands_in_the_words_as_a_field() -> None:
    template = command_template("virtctl start <vm-name> -n <namespace>", {})
    assert template.params == ("vm-name", "namespace")
    assert template.fields["words"][1] == ParamRef(param="vm-name")
