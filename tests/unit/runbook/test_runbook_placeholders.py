import pytest

from stanch.runbook import placeholders


@pytest.mark.parametrize(
    ("written", "declared", "found"),
    [
        ("pod-name", {"pod-name"}, "pod-name"),
        ("POD_NAME", {"pod-name"}, "pod-name"),
        ("POD_NAME", {"pod_name"}, "pod_name"),
        ("Pod name", {"pod-name"}, "pod-name"),
        ("local path/name", {"local-path-name"}, "local-path-name"),
        ("POD_NAME", {"POD_NAME", "pod-name"}, "POD_NAME"),
        ("Pod name", set(), "Pod name"),
    ],
)
def test_a_name_finds_its_parameter_however_people_write_it(
    written: str, declared: set[str], found: str
) -> None:
    assert placeholders.resolve(written, declared) == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<pod>", "pod"),
        ("<pod name>", "pod name"),
        ("<DB IP>", "DB IP"),
        ("<path/to the.file>", "path/to the.file"),
        ("<resource, name>", "resource, name"),
        ("< pod>", None),
        ("<pod >", None),
        ("<in -r>", None),
        ("<in /etc/x>", None),
        ("<in ../x>", None),
        ("<a  b>", None),
        ("<a|b>", None),
        ("<a;b>", None),
        ("<$a>", None),
        ("</etc/x>", None),
        ("<a\nb>", None),
        (f"<{'a' * 200}>", None),
    ],
)
def test_a_placeholder_of_several_words_is_told_from_redirects(text: str, name: str | None) -> None:
    found = placeholders.described_at(text, 0)
    assert (found and found[0]) == name
    assert found is None or found[1] == len(text)


def test_a_name_that_is_too_long_is_not_cut() -> None:
    assert placeholders.at("$" + "a" * 63, 0) == ("a" * 63, 64)
    assert placeholders.at("$" + "a" * 64, 0) is None


def test_a_named_group_of_a_pattern_is_no_placeholder() -> None:
    assert placeholders.at("(?<name>x)", 2) is None
    assert placeholders.at("(?P<name>x)", 3) is None


def test_all_names_are_found_for_the_check_of_what_is_used() -> None:
    text = "a <b> $C_D ${e} '<pod name>' $1"
    assert placeholders.all_in(text, {"c-d"}) == {"b", "c-d", "e", "pod name"}
    assert placeholders.all_in(text, {"pod-name"}) == {"b", "C_D", "e", "pod-name"}
