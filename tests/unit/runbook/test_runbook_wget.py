import pytest

from stanch.runbook import kinds
from stanch.runbook.command import command_template
from stanch.runbook.findings import CODES, RefusedError


@pytest.mark.parametrize(
    "command",
    [
        *("-qO- http://app/health", "-q -O - http://app/health", "-O /dev/null http://app/health"),
        *("--spider http://app/health", "-S --spider -T 5 -t 1 https://app/health"),
        *("--timeout=5 --tries=1 -qO- http://app/health", "-nv -O- http://app/health"),
    ],
)
def test_wget_that_shows_its_answer_is_a_read_that_follows(command: str) -> None:
    template = command_template(f"wget {command}", {})
    assert template.kind == "http.read"
    assert template.fields["path"] == "/health"
    assert template.fields["follow"] is True


@pytest.mark.parametrize(
    ("effect", "command"),
    [
        ("mutate", "-qO- --post-data=x=1 http://app/hook"),
        ("mutate", "--method=PUT --body-data=x -qO- http://app/x"),
        ("mutate", "--spider http://app/shutdown"),
        ("mutate", "http://app/x"),
        ("mutate", "https://app/releases/v1/tool -O tool"),
        ("destructive", "--method=DELETE -qO- http://app/x"),
        ("destructive", "--method DELETE -O out http://app/x"),
    ],
)
def test_wget_that_sends_or_writes_is_a_change(effect: str, command: str) -> None:
    template = command_template(f"wget {command}", {})
    assert kinds.effect(template, {}).word == effect


def test_wget_with_a_password_names_a_credential() -> None:
    template = command_template("wget -qO- --user=a --password=hunter2 http://app/x", {})
    assert template.fields["credential"] == "default"
    assert "hunter2" not in repr(template)


@pytest.mark.parametrize(
    "command",
    [
        *("-O /etc/passwd http://app/x", "-i urls.txt", "-r http://app", "-m http://app"),
        *("-e robots=off -qO- http://app", "--use-askpass=/tmp/x.sh http://app/"),
        *("--post-file=/etc/passwd -qO- http://app", "-o log -qO- http://app", "-b http://app"),
        *("--certificate=a.pem -qO- https://app", "-qO-", "-qO- http://a http://b"),
        *("-qO- --method=<m> http://app", "-qO- file:///etc/passwd", "-P /etc http://app/x"),
    ],
)
def test_wget_beyond_one_request_is_refused(command: str) -> None:
    with pytest.raises(RefusedError) as refused:
        command_template(f"wget {command}", {})
    assert refused.value.code in CODES
