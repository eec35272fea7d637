"""What the models of host calls guarantee to somebody who builds one by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stanch.tools.operations import Effect, HostRead
from stanch.tools.operations.host import ChangeHost, Enclosure, HostPart
from stanch.tools.operations.host_judge import HostError, Part, judge_change, judge_reading, table
from stanch.tools.operations.host_paths import is_normal, may_hash, may_list, may_read
from stanch.tools.operations.host_table import ANY, Programs
from stanch.tools.operations.host_values import KINDS

READINGS = [(name, verb) for name, forms in table().items() for verb in forms.readings]
SHELL = ["; reboot", "$(id)", "`id`", "-delete", "--follow", "> /etc/x", "../../etc/shadow", "e"]


def read(program: str, *args: dict[str, Any], **more: Any) -> HostRead:
    return HostRead.model_validate({"program": program, "args": args, **more})


def test_no_reading_takes_a_flag_that_its_line_does_not_list() -> None:
    taken = []
    for name, verb in READINGS:
        parts = [*(Part("verb", word) for word in verb), Part("flag", "--no-such-flag")]
        try:
            judge_reading(name, parts, bounded=True)
        except HostError:
            continue
        taken.append((name, verb))
    assert len(READINGS) > 500
    assert not taken


def test_every_change_has_an_effect_or_a_reason_to_be_refused() -> None:
    lines = [
        line for forms in table().values() for several in forms.changes.values() for line in several
    ]
    assert len(lines) > 300
    assert all(line.refused or line.effect > Effect.OBSERVE for line in lines)


def test_no_flag_of_a_reading_is_one_that_makes_the_same_form_a_change() -> None:
    both = [
        (name, verb, sorted(line.when & reading.flags.keys()))
        for name, forms in table().items()
        for verb, readings in forms.readings.items()
        for reading in readings
        for line in (*forms.changes.get(verb, ()), *forms.changes.get((), ()))
        if line.when & reading.flags.keys()
    ]
    assert not both


def test_no_verb_looks_like_a_flag() -> None:
    verbs = {word for forms in table().values() for verb in forms.verbs for word in verb}
    assert not [word for word in verbs if word.startswith("-")]


@pytest.mark.parametrize(
    "line", ["x | | nokind | ", "x | -a=nokind | | ", "x | a | | ", "x | |", "x y"]
)
def test_a_line_that_is_not_in_the_notation_is_refused(line: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        Programs(line)["x"]


def test_a_line_goes_on_after_blanks() -> None:
    forms = Programs("x a,\n    b | -{cd}\n    --all | name* | until -c\n")["x"]
    assert set(forms.readings) == {("a",), ("b",)}
    (reading,) = forms.readings["b",]
    assert set(reading.flags) == {"-c", "-d", "--all", "--"}
    assert reading.until == {"-c"}
    assert not reading.needs


def test_a_change_of_any_verb_is_the_last_resort() -> None:
    forms = table()["docker"]
    assert ANY in forms.changes
    assert (
        judge_change("docker", [Part("verb", "stop"), Part("operand", "a")]).effect is Effect.MUTATE
    )
    assert judge_change("docker", [Part("operand", "no-such")]).effect is Effect.DESTRUCTIVE


@pytest.mark.parametrize(
    "parts",
    [
        [Part("flag", "--unknown"), Part("verb", "stop")],
        [Part("flag", "--tls"), Part("verb", "start"), Part("operand", "prune")],
    ],
)
def test_a_flag_that_could_hide_the_verb_makes_the_worst_of_it(parts: list[Part]) -> None:
    assert judge_change("docker", parts).effect is Effect.DESTRUCTIVE


def test_an_operand_that_the_program_would_take_for_its_verb_is_refused() -> None:
    with pytest.raises(ValidationError, match="another word for its verb"):
        ChangeHost.model_validate({"program": "docker", "args": [{"text": "stop"}]})
    with pytest.raises(ValidationError, match="another word for its verb"):
        read("git", {"role": "verb", "text": "reflog"}, {"text": "show"})


@pytest.mark.parametrize(
    ("program", "args"),
    [
        ("rm", [{"text": "/x"}]),
        ("systemctl", [{"role": "verb", "text": "stop"}, {"text": "nginx"}]),
        ("find", [{"text": "/var"}, {"role": "flag", "text": "-delete"}]),
        ("cat", [{"text": "/etc/shadow"}]),
        ("bash", []),
        ("no-such-program", []),
        ("ps", [{"text": "e"}]),
        ("dmesg", [{"role": "flag", "text": "-C"}]),
    ],
)
def test_a_read_that_is_none_cannot_be_built(program: str, args: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        read(program, *args)


@pytest.mark.parametrize("program", ["uptime", "df", "no-such-program"])
def test_a_change_that_is_none_cannot_be_built(program: str) -> None:
    with pytest.raises(ValidationError):
        ChangeHost.model_validate({"program": program})


@given(value=st.text(max_size=40) | st.sampled_from(SHELL))
def test_no_value_changes_the_words_of_a_read(value: str) -> None:
    flag = {"role": "flag", "text": "-n", "value": "5"}
    for program, args in (
        ("tail", [flag, {"text": value}]),
        ("find", [{"text": value}, {"role": "flag", "text": "-name", "value": "a"}]),
        ("docker", [{"role": "verb", "text": "inspect"}, {"text": value}]),
        ("systemctl", [{"role": "verb", "text": "status"}, {"text": value}]),
        ("ping", [{"role": "flag", "text": "-c", "value": "3"}, {"text": value}]),
    ):
        try:
            made = read(program, *args)
        except ValidationError:
            continue
        assert made.argv.count(value) >= 1
        assert not value.startswith("-")
        assert ".." not in value.split("/") or program != "tail"
        assert made.effect is Effect.OBSERVE


@given(value=st.text(max_size=40) | st.sampled_from([*SHELL, "1", "reboot.target"]))
def test_no_operand_lowers_the_effect_of_a_change(value: str) -> None:
    for program, verb in (("systemctl", "stop"), ("docker", "stop"), ("kill", None)):
        args: list[dict[str, Any]] = [{"role": "verb", "text": verb}] if verb else []
        try:
            made = ChangeHost.model_validate({"program": program, "args": [*args, {"text": value}]})
        except ValidationError:
            continue
        assert made.effect >= Effect.MUTATE


@given(path=st.text(alphabet="abc./*~-\n \\", max_size=20) | st.text(max_size=20))
def test_a_path_that_may_be_read_is_absolute_and_means_itself(path: str) -> None:
    assert not may_read(path) or (path.startswith("/") and is_normal(path))
    if is_normal(path):
        assert not set("*?[]{}$`'\"\\ \n;&|<>") & set(path)
        assert ".." not in path.split("/")


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/shadow", "/etc/gshadow-", "/root/x.log", "/etc/ssl/private/a.crt", "/x/tls.key"),
        *("/home/u/.ssh/config", "/x/id_ed25519", "/proc/1/environ", "/proc/1/fd/3", "/dev/sda"),
        *("/var/log/app/secrets.log", "/var/log/passwords.log", "/x/.env", "/x/kubeconfig"),
        *("/proc/kcore", "/sys/kernel/debug/tracing/trace_pipe", "/var/run/secrets/a.crt"),
        *("/var/log//x", "/var/log/./x", "/var/log/../x", "/etc/redis/redis.conf", ""),
    ],
)
def test_a_file_that_holds_secrets_is_never_read(path: str) -> None:
    assert not may_read(path)


def test_what_may_be_read_listed_and_hashed_differ() -> None:
    assert may_read("/etc/passwd")
    assert may_list("/dev/disk/by-id")
    assert not may_hash("/dev/sda")
    assert may_hash("docker-machine")
    assert not may_read("docker-machine")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_kind_of_value_takes_control_characters_or_nothing(kind: str) -> None:
    assert not KINDS[kind]("")
    assert not KINDS[kind]("a\nb")
    assert not KINDS[kind]("1\n")


def test_the_words_that_are_sent_hold_the_limits() -> None:
    made = read(
        "df",
        {"role": "flag", "text": "-h"},
        host="node-1",
        sudo="root",
        seconds=5,
        inside={"by": "docker", "name": "app", "user": "git"},
    )
    assert made.argv == ("df", "-h")
    assert " ".join(made.command) == ("sudo -n -u root -- timeout 5 docker exec -u git app df -h")
    assert made.target == "host/node-1"


def test_a_read_without_a_host_is_for_all_of_them() -> None:
    assert read("uptime").target == "host/*"


@pytest.mark.parametrize(
    "fields",
    [
        {"by": "docker", "name": "/x"},
        {"by": "chroot", "name": "x"},
        {"by": "chroot", "name": "/a/../b"},
        {"by": "crictl", "name": "a", "user": "root"},
        {"by": "docker", "name": "--privileged"},
    ],
)
def test_an_enclosure_is_named_as_its_program_wants_it(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Enclosure.model_validate(fields)


@pytest.mark.parametrize("text", ["-x", "--help", "a\x00b", "a\x1bb"])
def test_an_operand_is_never_a_flag_and_has_no_control_characters(text: str) -> None:
    with pytest.raises(ValidationError):
        HostPart(text=text)
