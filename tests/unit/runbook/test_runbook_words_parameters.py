"""A placeholder is an opaque part of its word, in each way in which people write one."""

import pytest

from stanch.runbook.findings import RefusedError
from stanch.runbook.model import ParamRef
from stanch.runbook.words import Word, scan, scan_line
from tests.unit.runbook.word_refs import refs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a <name>", (("a",), (ParamRef(param="name"),))),
        ("a/<name>", (("a/", ParamRef(param="name")),)),
        ("<a><b>", ((ParamRef(param="a"), ParamRef(param="b")),)),
        ("'<name>'", ((ParamRef(param="name"),),)),
        ('"x-$NAME"', (("x-", ParamRef(param="NAME")),)),
        ('"${NAME}y"', ((ParamRef(param="NAME"), "y"),)),
        ("-n<name> b", (("-n", ParamRef(param="name")), ("b",))),
        ("-l=app=<APPNAME>", (("-l=app=", ParamRef(param="APPNAME")),)),
        ("a <pod name> -n b", (("a",), (ParamRef(param="pod name"),), ("-n",), ("b",))),
        ("a <DB IP>", (("a",), (ParamRef(param="DB IP"),))),
        ("a <local zip file path/name>", (("a",), (ParamRef(param="local zip file path/name"),))),
        ('a "<pod name>"', (("a",), (ParamRef(param="pod name"),))),
        ('a "x <b and c> d"', (("a",), ("x <b and c> d",))),
        ("a '(?<name>x)'", (("a",), ("(?<name>x)",))),
        ("a '$NF'", (("a",), ("$NF",))),
        ("a \\$NF", (("a",), ("$NF",))),
        ("a $B\\\n c", (("a",), refs("B"), ("c",))),
        ("a ${B}\\\nc", (("a",), (*refs("B"), "c"))),
        ("a <b>/<c>", (("a",), (ParamRef(param="b"), "/", ParamRef(param="c")))),
    ],
)
def test_a_placeholder_is_an_opaque_part_of_its_word(text: str, words: tuple[Word, ...]) -> None:
    assert scan(text) == words


def test_a_shell_variable_finds_the_parameter_that_is_written_in_lower_case() -> None:
    assert scan("$POD_NAME ${OTHER_NAME} $Plain", params={"pod-name", "other_name"}) == (
        (ParamRef(param="pod-name"),),
        (ParamRef(param="other_name"),),
        (ParamRef(param="Plain"),),
    )


@pytest.mark.parametrize(
    "text",
    [
        "df -h <x>/etc/passwd",
        "df -h <x>'~'/.bashrc",
        "df -h <x>../y",
        "df -h a<x>/etc/passwd",
        "df -h <x>'/etc/passwd'",
        "df -h <x>\\\n/etc/passwd",
        "df -h <x> /etc/passwd",
        "df -h <some file> /etc/passwd",
        "df -h <x>'' /etc/passwd",
        "df -h <x> ./y",
        "kubectl get pods <x> out.txt",
        "sort <in> out",
        "sudo cat <in> out",
        "sort <in>out",
        "sort <in >out",
        "sort <in -r> out",
        "sort <in.txt>out.txt",
        "cat <x>|head",
        "cat <x>>y",
        "cat <x>2>/dev/null",
    ],
)
def test_what_a_shell_would_read_as_a_redirect_is_no_placeholder(text: str) -> None:
    with pytest.raises(RefusedError, match="redirect") as caught:
        scan_line(text)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "df -h <x>/log",
        "df -h <x> /var/log",
        "cat <x> y",
        "sort <x>out",
    ],
)
def test_a_declared_parameter_is_one_wherever_it_stands(text: str) -> None:
    words = scan(text, params={"x"})
    assert refs("x")[0] in [part for word in words for part in word]


@pytest.mark.parametrize(
    "text",
    [
        "service <name> status",
        "kubectl label pods -n <namespace> <pod-name> status=X",
        "kubectl label node <node-name> <key>=<value>",
        "kubectl exec <sts>-0 -- mongosh",
        "kubectl cp <ns>/<pod>:/tmp/x x",
        "curl http://<host>/path",
        "kubectl describe pod/<virt-controller>",
        "kubectl auth can-i <verb> <resource> -n <namespace>",
        "kubectl get volumeattachment | grep <node-name>",
        "cat '<file>' /var/log/x",
    ],
)
def test_placeholders_as_people_write_them_are_accepted_undeclared(text: str) -> None:
    assert scan_line(text).stages


def test_a_declared_variable_in_single_quotes_is_refused_because_no_shell_fills_it_in() -> None:
    with pytest.raises(RefusedError, match="single quotes"):
        scan("get '$POD_NAME'", params={"pod-name"})
    with pytest.raises(RefusedError, match="backslash stands before a placeholder"):
        scan("get \\$POD_NAME", params={"pod-name"})


@pytest.mark.parametrize("value", ["$1", "$?", "$@", "$$", "${X:-y}", "${X%y}", "$((1))"])
def test_an_expansion_that_is_no_whole_parameter_is_refused(value: str) -> None:
    for text in (f"get {value}", f'get "{value}"'):
        with pytest.raises(RefusedError, match=r"expansion|substitution"):
            scan(text)
