"""A draft is opened for the branch of a revert, and nothing is ever merged (MIT-02, DF-14)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stanch.settings import SettingsError, read
from tests.contracts.git.revert_scene import Scene, pulls
from tests.contracts.http.http_servers import Connection, Server
from tests.services.practice_forge import TOKEN, Forge, forge


@pytest.fixture
def github(scene: Scene) -> Iterator[Forge]:
    with forge(scene.remote) as here:
        yield here


@pytest.mark.parametrize(
    ("kind", "path", "head", "title", "body"),
    [
        ("github", "/repos/acme/shop/pulls", "head", 'Revert "Wait longer"', "body"),
        (
            "gitlab",
            "/projects/acme%2Fshop/merge_requests",
            "source_branch",
            'Draft: Revert "Wait longer"',
            "description",
        ),
    ],
)
def test_a_draft_is_opened_after_the_branch_is_there(
    scene: Scene, bad: str, github: Forge, kind: str, path: str, head: str, title: str, body: str
) -> None:
    change, made = scene.change(bad)
    hands = scene.hands(pulls=pulls(kind, github.url, TOKEN))
    assert "a draft is opened in acme/shop" in hands.preview(change, key="INC-1:P-1:k").note
    assert github.asked == [], "a preview opens nothing"
    done = hands.apply(change, key="INC-1:P-1:k", observed=made.observed)
    ((method, asked, told),) = github.asked
    assert (method, asked, told[head], told["title"]) == ("POST", path, change.branch, title)
    assert f"a draft was opened: {github.url}/acme/shop/1" in done.text
    assert change.digest in told[body]
    assert bad in told[body]
    assert "INC-1" not in str(told), "what is public names no incident"
    assert scene.branches().keys() == {"main", change.branch}
    assert scene.at("main", "limits.toml").startswith("seconds = 500"), "nothing was merged"


def test_a_forge_that_refuses_leaves_the_branch_and_says_so(
    scene: Scene, bad: str, github: Forge
) -> None:
    github.answers = 403
    change, made = scene.change(bad)
    hands = scene.hands(pulls=pulls("github", github.url, TOKEN))
    done = hands.apply(change, key="k", observed=made.observed)
    assert "no draft was opened (the server answered 403: not today)" in done.text
    assert "open a pull request by hand" in done.text
    assert scene.branches()[change.branch] == change.revert
    assert hands.probe(change, key="k") is True


def test_a_wrong_token_a_missing_project_and_a_dead_server_are_told(
    scene: Scene, bad: str, github: Forge
) -> None:
    change, made = scene.change(bad)
    wrong = scene.hands(pulls=pulls("github", github.url, "no-such-token"))
    done = wrong.apply(change, key="k", observed=made.observed)
    assert "the server answered 401: Bad credentials" in done.text
    assert "no-such-token" not in done.text
    assert github.asked == []
    assert made.inverse is not None
    wrong.apply(made.inverse, key="k", observed=wrong.look(made.inverse))  # type: ignore[arg-type]
    dead = scene.hands(pulls=pulls("github", "http://127.0.0.1:1", TOKEN))
    done = dead.apply(change, key="k", observed=made.observed)
    assert "no whole answer: ConnectError" in done.text


def test_a_pull_request_that_is_no_draft_is_said_to_be_none(
    scene: Scene, bad: str, github: Forge
) -> None:
    github.plain = True
    change, made = scene.change(bad)
    hands = scene.hands(pulls=pulls("github", github.url, TOKEN))
    assert "says is no draft" in hands.apply(change, key="k", observed=made.observed).text


def test_a_forge_that_redirects_or_never_ends_gets_the_token_once(
    scene: Scene, bad: str, github: Forge
) -> None:
    change, made = scene.change(bad)
    moved = f"HTTP/1.1 307 x\r\nlocation: {github.url}/repos/acme/shop/pulls\r\n\r\n".encode()
    endless = b"HTTP/1.1 201 x\r\ncontent-type: application/json\r\n\r\n" + b" " * 300_000
    for answer, why in ((moved, "answered 307"), (endless, "has no end")):

        def send(connection: Connection, whole: bytes = answer) -> None:
            connection.send(whole)

        server = Server(send)
        try:
            hands = scene.hands(pulls=pulls("github", f"http://{server.address}", TOKEN))
            done = hands.apply(change, key="k", observed=made.observed)
        finally:
            server.close()
        assert why in done.text
        assert github.asked == []
        assert made.inverse is not None
        hands.apply(made.inverse, key="k", observed=hands.look(made.inverse))  # type: ignore[arg-type]


def test_the_tokens_come_from_the_environment_and_are_secrets(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = home / "stanch.toml"
    file.write_text(
        """
[repositories.shop]
path = "/srv/mirrors/shop.git"
branch = "main"
remote = "https://git.example/acme/shop.git"
token_env = "PUSH"

[repositories.shop.pulls]
kind = "github"
url = "https://api.github.com"
project = "acme/shop"
token_env = "PULLS"
""",
        encoding="utf-8",
    )
    given = {"STANCH_HOME": str(home)}
    settings = read({**given, "PUSH": "push-secret", "PULLS": "pulls-secret"})
    assert {"push-secret", "pulls-secret"} <= set(settings.secrets)
    assert "secret" not in repr(settings.targets.repositories["shop"]).replace("SecretStr", "")
    with pytest.raises(SettingsError, match="PULLS, which is not set"):
        read({**given, "PUSH": "push-secret"})
    file.write_text('[repositories.shop]\npath = "/x"\ntoken = "in clear"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"may not hold 'repositories.shop.token'"):
        read(given)
