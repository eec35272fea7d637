"""Logs: which lines of which container's life are shown.

The tests compare what the options show with the whole log, and ask for no wording.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contracts.cluster.kube_api import Json, pause
from tests.contracts.cluster.kube_objects import container, core, waiting
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster


@pytest.fixture
def ended(shop: Shop) -> Shop:
    """Give the test a Pod that wrote its last line."""
    shop.start_run("registry.local/web:v1-crash0", restartPolicy="Never")
    shop.api.wait(shop.pod, _failed)
    return shop


def _failed(found: Json) -> bool:
    return bool(found["status"].get("phase") == "Failed")


def _log(shop: Shop, **query: Any) -> str:
    answer = shop.api.send("GET", f"{shop.pod}/log", query=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")
    return answer.text


def test_the_whole_log_is_plain_text_and_stays_when_the_container_is_gone(ended: Shop) -> None:
    whole = _log(ended)
    assert len(whole.splitlines()) >= 2
    assert whole.endswith("\n")
    assert _log(ended, container="main") == whole


@pytest.mark.parametrize("count", [0, 1, 2, 10_000])
def test_a_tail_is_the_end_of_the_whole(ended: Shop, count: int) -> None:
    lines = _log(ended).splitlines()
    assert _log(ended, tailLines=count).splitlines() == lines[max(len(lines) - count, 0) :]


@pytest.mark.parametrize("count", [1, 5, 1_000_000])
def test_a_byte_limit_is_the_beginning_of_the_whole(ended: Shop, count: int) -> None:
    assert _log(ended, limitBytes=count) == _log(ended)[:count]


def test_timestamps_stand_before_each_line_and_do_not_go_back(ended: Shop) -> None:
    pairs = [line.split(" ", 1) for line in _log(ended, timestamps="true").splitlines()]
    assert [text for _, text in pairs] == _log(ended).splitlines()
    stamps = [datetime.fromisoformat(stamp) for stamp, _ in pairs]
    assert stamps == sorted(stamps)
    assert all(stamp.tzinfo is not None for stamp in stamps)


def test_since_shows_the_lines_of_the_last_seconds(ended: Shop) -> None:
    whole = _log(ended)
    assert _log(ended, sinceSeconds=3600) == whole
    pause(1.2)
    assert _log(ended, sinceSeconds=1) == ""


def test_since_a_time_shows_the_lines_after_it(ended: Shop) -> None:
    assert _log(ended, sinceTime="2020-01-01T00:00:00Z") == _log(ended)
    pause(1.1)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert _log(ended, sinceTime=now) == ""


def test_options_work_together(ended: Shop) -> None:
    last = _log(ended).splitlines()[-1]
    shown = _log(ended, tailLines=1, timestamps="true", sinceSeconds=3600)
    assert shown.endswith(f" {last}\n")
    assert len(shown.splitlines()) == 1


def _has_begun(found: Json) -> bool:
    """Tell whether there is a log to follow; a short life may be over by the time of the look."""
    state = container(found).get("state", {})
    return "running" in state or "terminated" in state


def test_a_followed_log_ends_when_the_container_does(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-crash2", restartPolicy="Never")
    shop.api.wait(shop.pod, _has_begun)
    followed = list(shop.api.lines(f"{shop.pod}/log", follow="true"))
    found = shop.api.wait(shop.pod, _failed)
    assert container(found)["state"]["terminated"]["exitCode"] == 1
    assert followed == _log(shop).splitlines()


def test_a_followed_log_of_an_ended_container_ends_at_once(ended: Shop) -> None:
    lines = list(ended.api.lines(f"{ended.pod}/log", follow="true", tailLines=1))
    assert lines == _log(ended).splitlines()[-1:]


def test_a_followed_log_starts_before_the_container_ends(shop: Shop) -> None:
    shop.run("registry.local/web:v1-ok")
    stream = shop.api.lines(f"{shop.pod}/log", follow="true")
    assert next(stream)
    stream.close()


def test_the_previous_life_has_a_log_of_its_own(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-flaky1")
    shop.api.wait(shop.pod, lambda found: container(found).get("ready"))
    before = _log(shop, previous="true", timestamps="true").splitlines()
    now = _log(shop, timestamps="true").splitlines()
    assert before
    assert now
    assert max(line.split()[0] for line in before) < min(line.split()[0] for line in now)


def test_there_is_no_previous_log_before_the_first_restart(shop: Shop) -> None:
    shop.run()
    status = shop.api.refused("GET", f"{shop.pod}/log", 400, query={"previous": "true"})
    assert status["reason"] == "BadRequest"
    assert status["message"] == (
        f'previous terminated container "main" in pod "{shop.name}" not found'
    )


def test_a_container_that_waits_for_its_image_has_no_log(shop: Shop) -> None:
    shop.start_run("registry.local/web:v1-badimage")
    shop.api.wait(shop.pod, waiting)
    status = shop.api.refused("GET", f"{shop.pod}/log", 400)
    assert status["reason"] == "BadRequest"
    assert f'container "main" in pod "{shop.name}" is waiting to start' in status["message"]


def test_a_pod_of_two_containers_wants_to_know_which(shop: Shop) -> None:
    image = "registry.local/web:v1-ok"
    containers = [{"name": name, "image": image} for name in ("main", "side")]
    shop.run(containers=containers)
    status = shop.api.refused("GET", f"{shop.pod}/log", 400)
    assert status["reason"] == "BadRequest"
    assert f"a container name must be specified for pod {shop.name}" in status["message"]
    assert "[main side]" in status["message"]
    assert _log(shop, container="side")


def test_an_unknown_container_is_400(shop: Shop) -> None:
    shop.run()
    status = shop.api.refused("GET", f"{shop.pod}/log", 400, query={"container": "nope"})
    assert status["message"] == f"container nope is not valid for pod {shop.name}"


def test_the_log_of_an_absent_pod_is_404(shop: Shop) -> None:
    status = shop.api.refused("GET", f"{shop.pod}/log", 404)
    assert status["details"] == {"name": shop.name, "kind": "pods"}


@pytest.mark.parametrize(
    ("query", "field"),
    [({"tailLines": -1}, "tailLines"), ({"limitBytes": 0}, "limitBytes")],
)
def test_an_option_out_of_range_is_422(shop: Shop, query: dict[str, int], field: str) -> None:
    shop.run()
    status = shop.api.refused("GET", f"{shop.pod}/log", 422, query=query)
    assert status["details"]["kind"] == "PodLogOptions"
    assert status["details"]["causes"][0]["field"] == field


def test_two_times_at_once_are_422(shop: Shop) -> None:
    shop.run()
    query = {"sinceSeconds": 1, "sinceTime": "2020-01-01T00:00:00Z"}
    status = shop.api.refused("GET", f"{shop.pod}/log", 422, query=query)
    assert "at most one of" in status["message"]


def test_the_path_of_pods_knows_the_log_only_in_its_namespace(shop: Shop) -> None:
    shop.run()
    shop.api.refused("GET", f"{core('pods', shop.name, namespace='default')}/log", 404)
