"""Lists: which objects a selector picks, and how a long list is read in pieces."""

import pytest

from tests.contracts.cluster.kube_api import Api
from tests.contracts.cluster.kube_objects import config_map, core
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster


@pytest.fixture
def shelf(shop: Shop) -> Shop:
    """Give the test five ConfigMaps: a to e, three of them with a colour."""
    colours = {"a": "red", "b": "blue", "c": "red", "d": None, "e": None}
    for suffix, colour in colours.items():
        body = config_map(f"{shop.name}-{suffix}")
        body["metadata"]["labels"] = {"box": shop.name, "pos": suffix}
        if colour:
            body["metadata"]["labels"]["example.com/colour"] = colour
        shop.create(core("configmaps"), body)
    return shop


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("example.com/colour=red", "ac"),
        ("example.com/colour==blue", "b"),
        ("example.com/colour!=red", "bde"),
        ("example.com/colour in (red,blue)", "abc"),
        ("example.com/colour in ( red )", "ac"),
        ("example.com/colour notin (red)", "bde"),
        ("example.com/colour", "abc"),
        ("!example.com/colour", "de"),
        ("example.com/colour=red,pos!=a", "c"),
        ("example.com/colour,pos in (b,d)", "b"),
        ("example.com/colour=green", ""),
        ("pos=a,pos=b", ""),
    ],
)
def test_a_label_selector_picks(shelf: Shop, selector: str, expected: str) -> None:
    both = f"box={shelf.name},{selector}"
    found = shelf.api.get(core("configmaps"), labelSelector=both)["items"]
    assert "".join(item["metadata"]["labels"]["pos"] for item in found) == expected


@pytest.mark.parametrize("selector", ["colour in red", "a==b==c", "in (a)", "-x=1", "a=b,,c"])
def test_a_label_selector_that_cannot_be_read_is_400(api: Api, selector: str) -> None:
    query = {"labelSelector": selector}
    status = api.refused("GET", core("configmaps"), 400, query=query)
    assert status["reason"] == "BadRequest"


def test_a_list_has_a_kind_and_its_items_have_none(shelf: Shop) -> None:
    found = shelf.api.get(core("configmaps"), labelSelector=f"box={shelf.name}")
    assert (found["kind"], found["apiVersion"]) == ("ConfigMapList", "v1")
    assert int(found["metadata"]["resourceVersion"]) > 0
    assert len(found["items"]) == 5
    assert not [item for item in found["items"] if "kind" in item or "apiVersion" in item]


def test_an_empty_list_is_a_list(api: Api) -> None:
    found = api.get(core("pods"), labelSelector="app=t-absent")
    assert (found["kind"], found["items"]) == ("PodList", [])


def test_a_list_is_in_the_order_of_names(shelf: Shop) -> None:
    found = shelf.api.get(core("configmaps"), labelSelector=f"box={shelf.name}")["items"]
    names = [item["metadata"]["name"] for item in found]
    assert names == sorted(names)


def test_a_field_selector_picks_by_name(shelf: Shop) -> None:
    name = f"{shelf.name}-c"
    found = shelf.api.get(core("configmaps"), fieldSelector=f"metadata.name={name}")["items"]
    assert [item["metadata"]["name"] for item in found] == [name]


def test_a_field_selector_excludes_by_name(shelf: Shop) -> None:
    query = {
        "labelSelector": f"box={shelf.name}",
        "fieldSelector": f"metadata.name!={shelf.name}-c,metadata.namespace=shop",
    }
    found = shelf.api.get(core("configmaps"), **query)["items"]
    assert "".join(item["metadata"]["labels"]["pos"] for item in found) == "abde"


def test_a_field_selector_on_a_field_that_is_not_indexed_is_400(api: Api) -> None:
    status = api.refused("GET", core("pods"), 400, query={"fieldSelector": "spec.nope=1"})
    assert status["reason"] == "BadRequest"
    assert "field label not supported: spec.nope" in status["message"]


def test_pods_are_found_by_phase_and_by_node(shop: Shop) -> None:
    node = shop.run()["spec"]["nodeName"]
    mine = {"labelSelector": f"app={shop.name}"}
    for selector, expected in {
        "status.phase=Running": 1,
        "status.phase!=Running": 0,
        "status.phase=Pending": 0,
        f"spec.nodeName={node}": 1,
        "spec.nodeName=": 0,
        f"spec.nodeName={node},status.phase=Running": 1,
        "spec.restartPolicy=Always": 1,
    }.items():
        found = shop.api.get(core("pods"), fieldSelector=selector, **mine)["items"]
        assert len(found) == expected, selector


def test_a_limit_gives_pages_that_join_to_the_whole(shelf: Shop) -> None:
    query: dict[str, str | int] = {"labelSelector": f"box={shelf.name}", "limit": 2}
    sizes, names = [], []
    while True:
        page = shelf.api.get(core("configmaps"), **query)
        sizes.append(len(page["items"]))
        names += [item["metadata"]["name"] for item in page["items"]]
        if not page["metadata"].get("continue"):
            break
        query["continue"] = page["metadata"]["continue"]
    assert sizes == [2, 2, 1]
    assert names == [f"{shelf.name}-{suffix}" for suffix in "abcde"]


def test_a_page_tells_how_many_remain_when_nothing_is_selected(shelf: Shop) -> None:
    whole = len(shelf.api.get("/api/v1/namespaces")["items"])
    first = shelf.api.get("/api/v1/namespaces", limit=1)
    assert len(first["items"]) == 1
    assert first["metadata"]["remainingItemCount"] >= 1
    assert first["metadata"]["remainingItemCount"] <= whole


def test_pages_show_the_list_as_it_was_at_the_first_page(shelf: Shop) -> None:
    query: dict[str, str | int] = {"labelSelector": f"box={shelf.name}", "limit": 3}
    first = shelf.api.get(core("configmaps"), **query)
    shelf.api.delete(core("configmaps", f"{shelf.name}-e"))
    rest = shelf.api.get(core("configmaps"), **query, **{"continue": first["metadata"]["continue"]})
    assert [item["metadata"]["labels"]["pos"] for item in rest["items"]] == ["d", "e"]
    assert rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_a_continue_token_that_was_not_given_is_400(api: Api) -> None:
    query = {"limit": 1, "continue": "zzz"}
    status = api.refused("GET", core("configmaps"), 400, query=query)
    assert status["reason"] == "BadRequest"


def test_all_namespaces_can_be_listed_at_once(shelf: Shop) -> None:
    found = shelf.api.get("/api/v1/configmaps", labelSelector=f"box={shelf.name}")["items"]
    assert {item["metadata"]["namespace"] for item in found} == {"shop"}
    assert len(found) == 5
    by_space = shelf.api.get("/api/v1/configmaps", fieldSelector="metadata.namespace=default")
    assert shelf.name not in str(by_space)
