import pytest

from stanch.runbook import kinds
from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.tools.operations import Effect

SECRET = "hunter2secret"
CURL = [
    *("-H 'X-Auth-Key: {}' http://app/x", "-H 'X-Functions-Key: {}' http://app/x"),
    *("-H 'DD-APPLICATION-KEY: {}' http://app/x", "'http://app/x?application_key={}'"),
    *("-H 'Ocp-Apim-Subscription-Key: {}' http://app/x", "'http://app/x?subscription-key={}'"),
    *("'http://app/x?key={}'", "'http://app/x?code={}0123456789'", "'http://app/x?y=1;token={}'"),
    *("-H 'X-Thing: Bearer {}abc' http://app/x", "'http://app/x?h=Bearer%20{}abc'"),
    *("-e http://a:{}@b/ http://app/x", "-A 'token {}' http://app/x", "--user=a:{} http://app/x"),
    *(
        "http://app/ghp_{0}{0}{0}",
        "'http://app/x?next=http://a:{}@b/'",
        "-d 'a=Bearer {}abc' http://x",
    ),
    *("https://api.telegram.org/bot123:{}/getMe", "-d x=1 https://discord.com/api/webhooks/1/{}"),
    "-d x=1 https://hooks.slack.com/services/T0/B0/{}",
    "-d x=1 https://outlook.office.com/webhook/{}",
    'https://events.pagerduty.com/v2/enqueue --json \'{{"routing_key": "{}"}}\'',
]
FOREIGN = [
    *(
        "redis-cli -a{} ping",
        "redis-cli auth {}",
        "redis-cli 'auth {}'",
        "redis-cli auth default {}",
    ),
    *("redis-cli config set requirepass {}", "redis-cli 'config set masterauth {}'"),
    *("redis-cli acl setuser x on '>{}'", "redis-cli migrate h 6379 k 0 100 auth {}"),
    *("redis-cli -u redis://u:p@{}@h:6379 ping", "redis-cli hello 3 auth default {}"),
    *("az login -u a -p {}", "az keyvault secret set --vault-name k -n n --value {}"),
    *("vault login {}", "vault login -method=github {}", "vault operator unseal {}"),
    *("vault kv put secret/x @x value={}", "vault write x/y foo={}", "vault kv patch s/x key={}"),
    *("gh secret set X --body {}", "gh secret set X -b{}", "gh variable set X --body={}"),
    *("aws ssm put-parameter --name x --value {}", "aws configure set aws_secret_access_key {}"),
    "aws cloudformation create-stack --parameters ParameterKey=DbPassword,ParameterValue={}",
    *("consul kv put app/db_password {}", "ceph dashboard ac-user-create a {}"),
    *("helm registry login r -u a -p {}", "doctl auth init -t {}", "knife bootstrap h -P {}"),
    *("rabbitmqadmin -uadmin -p{} list queues", "nomad var put secret/x other={}"),
    "ceph config set mgr mgr/dashboard/password {}",
]


def said(command: str) -> str:
    """Return all that is kept or said of `command`."""
    try:
        return repr(command_template(command, {}))
    except RefusedError as refused:
        return f"{refused} {refused.remedy}"


@pytest.mark.parametrize("command", [*(f"curl -s {one}" for one in CURL), *FOREIGN])
def test_a_secret_is_neither_kept_nor_repeated(command: str) -> None:
    assert SECRET in command.format(SECRET)
    assert SECRET not in said(command.format(SECRET))


def test_an_address_that_is_a_credential_is_left_to_a_person_and_masked() -> None:
    template = command_template("curl -d x=1 https://hooks.slack.com/services/T0/B0/x", {})
    assert template.kind == "intent.manual"
    assert template.fields["words"][-1] == "https://hooks.slack.com/***"
    assert kinds.effect(template, {}) is Effect.MUTATE


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("redis-cli config set maxmemory 2gb", "2gb"),
        ("vault auth enable userpass", "userpass"),
        ("ceph config set mgr mgr/dashboard/port 80", "80"),
        ("consul kv put app/size 5", "5"),
        ("vault write -format=json x/y a=b", "-format=json"),
        ("gh issue create --body text", "text"),
    ],
)
def test_what_is_no_secret_stays_readable(command: str, word: str) -> None:
    assert word in command_template(command, {}).fields["words"]
