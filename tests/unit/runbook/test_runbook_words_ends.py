"""A separator at the very end, and a question mark in an address, mean nothing to a shell."""

import pytest

from stanch.runbook.findings import RefusedError
from stanch.runbook.words import scan_line


@pytest.mark.parametrize(
    "text", ["df -h;", "df -h ;", "df -h; ", "df -h ; # all of them", "df '-h';", "df -h;\n"]
)
def test_a_separator_with_nothing_after_it_is_dropped(text: str) -> None:
    assert scan_line(text).stages == ((("df",), ("-h",)),)


@pytest.mark.parametrize(
    "text",
    [";", " ;", "df -h; rm x", "df -h;;", "df -h;rm", "df |;", "X=$(df -h;)", "df -h;#x", "df; \\"],
)
def test_a_separator_that_separates_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        scan_line(text)


def test_an_address_may_hold_its_question_mark() -> None:
    [words] = scan_line("curl -s http://app/api?x=1 https://b/c?d").stages
    assert words[2:] == (("http://app/api?x=1",), ("https://b/c?d",))


@pytest.mark.parametrize(
    "text",
    [
        "ls /var/log/?.log",
        "curl app/x?y",
        "curl -d x?y",
        "curl http://app/*?x",
        "curl http://app/x?a=1&b=2",
        "curl 'http:'//app/x?y",
        "curl file:///etc/passw?",
    ],
)
def test_any_other_question_mark_is_a_file_pattern(text: str) -> None:
    with pytest.raises(RefusedError):
        scan_line(text)
