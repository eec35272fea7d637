"""A person's turn as the live view tells it."""

from tests.unit.cli.test_cli_view import event, shown

TURN = event(
    "mitigation.in_doubt",
    {
        "key": "INC-7:P-2:abc",
        "proposal": "P-2",
        "by_hand": True,
        "text": "It is your turn, and it is done once: Promote\n# on db-2\npg_ctl \x1b[2J promote",
    },
)


def test_the_lines_are_shown_one_by_one_and_how_to_say_that_it_is_done() -> None:
    lines = [line.rstrip() for line in shown(TURN, width=100).splitlines()]
    assert lines[0] == "By hand    It is your turn, and it is done once: Promote"
    assert lines[1].strip() == "# on db-2"
    assert "stanch done INC-7 --ran, or --did-not-run" in lines[3]


def test_no_line_moves_the_cursor() -> None:
    assert "\x1b[2J" not in shown(TURN, width=100)
