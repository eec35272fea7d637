import pytest

from stanch.runbook import kinds
from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError

JUDGED = [
    # Kafka takes the beginning of an option for the option.
    ("mutate", "kafka-consumer-groups --group g --reset-offsets --to-latest --topic t --exec"),
    ("destructive", "kafka-consumer-groups --group g --describe --del"),
    ("mutate", "kafka-console-consumer --topic t --gr g --max-messages 1"),
    ("mutate", "kafka-console-consumer --topic t --command-property group.id=g --max-messages 1"),
    ("observe", "kafka-console-consumer --topic t --from-beginning --max-messages 5"),
    ("destructive", "kafka-leader-election --election-type unclean --topic t --partition 0"),
    ("destructive", "kafka-leader-election --election-type=UNCLEAN --all-topic-partitions"),
    ("mutate", "kafka-leader-election --election-type preferred --all-topic-partitions"),
    ("destructive", "kafka-metadata-quorum add-controller describe"),
    # Letters that stand together.
    ("mutate", "kcat -C -b b -eG g t"),
    ("destructive", "kcat -L -b b -eP -t t"),
    ("observe", "kcat -CeuJ -b b -t t"),
    ("destructive", "gh api -iXDELETE repos/o/r"),
    ("destructive", "gh api -iX DELETE repos/o/r"),
    # aws takes beginnings, too, and writes streams to files that have no flag.
    ("destructive", "aws s3 sync a s3://b --del"),
    ("mutate", "aws s3 cp s3://a/x --region - /etc/passwd"),
    ("observe", "aws s3 cp s3://a/x -"),
    ("mutate", "aws apigateway get-sdk --rest-api-id x --stage-name y --sdk-type java out.zip"),
    ("mutate", "aws iot-data get-thing-shadow --thing-name t out.json"),
    ("mutate", "aws ec2 get-console-screenshot --instance-id i-1 --wake-up"),
    ("destructive", "aws athena start-query-execution --query-string 'DROP TABLE x'"),
    ("mutate", "aws athena start-query-execution --query-string 'SELECT 1'"),
    (
        "destructive",
        'aws route53 change-resource-record-sets --change-batch \'{"Action":"DELETE"}\'',
    ),
    ("destructive", "aws autoscaling set-instance-health --health-status Unhealthy"),
    ("destructive", "aws emr add-steps --cluster-id j --steps x"),
    ("observe", "aws ec2 wait instance-running --instance-ids i-1"),
    ("observe", "aws iam get-account-authorization-details"),
    ("observe", "aws rds download-db-log-file-portion --db-instance-identifier d"),
    # What is fetched from a queue for good, and what only looks like a verb.
    ("destructive", "rabbitmqadmin get queue=q ackmode=ack_requeue_false"),
    ("destructive", "celery -A app control shutdown --destination report"),
    ("destructive", "celery -A app amqp queue.purge status"),
    ("observe", "celery -A app inspect active"),
    # Files that reads write.
    ("mutate", "ceph status -o /etc/x"),
    ("mutate", "ceph osd getcrushmap -o /etc/x"),
    ("destructive", "ceph pg 1.2 query -o /etc/x"),
    ("mutate", "ansible-inventory --list --outp /etc/x"),
    # Honest questions.
    ("observe", "ceph tell osd.0 version"),
    ("observe", "ceph daemon osd.0 perf dump"),
    ("destructive", "ceph daemon osd.0 config set x y"),
    ("observe", "gcloud compute project-info describe"),
    ("observe", "gcloud config get project"),
    ("observe", "redis-cli config get 'maxmemory*'"),
    ("observe", "gh pr ls"),
]
REFUSED = [
    *("redis-cli config get 'require*'", "redis-cli config get 'm*'", "redis-cli -r -1 info"),
    *("redis-cli config get '?asterauth'", "terraform output --raw db", "gh auth status -t"),
    "az webapp config connection-string list -n x",
]


@pytest.mark.parametrize(("effect", "command"), JUDGED)
def test_a_foreign_command_is_judged_by_what_its_program_makes_of_it(
    effect: str, command: str
) -> None:
    assert kinds.effect(command_template(command, {}), {}).word == effect


@pytest.mark.parametrize("command", REFUSED)
def test_a_secret_is_not_asked_for_by_another_spelling(command: str) -> None:
    with pytest.raises(RefusedError):
        command_template(command, {})
