"""Names: a resolver that is stopped, led astray or overloaded, seen and cured."""

import pytest

from stanch.sandbox.faults import UnknownFaultError, inject
from stanch.sandbox.shop import names_asked, names_corefile, names_objects
from stanch.sandbox.shop.services import NAMESPACE
from stanch.sandbox.shop.shop import open_shop
from tests.unit.sandbox_network.ways import NOW, broken, change, log, numbers, restart, scale, undo

RCODES = "sum by (rcode) (rate(coredns_dns_responses_total[1m]))"


def resolver(shop: object, edit: object) -> None:
    change(shop, "deployments", "coredns", edit, space="kube-system")  # type: ignore[arg-type]


def test_the_resolver_of_a_well_shop_answers_and_stands_in_the_api() -> None:
    shop = open_shop(now=NOW, history=360)
    rates = numbers(shop, RCODES)
    assert rates["NOERROR"] > 100
    assert rates["SERVFAIL"] == rates["NXDOMAIN"] == 0
    assert numbers(shop, 'sum by (job) (up{job="coredns"})') == {"coredns": 2}
    [service] = shop.cluster.store.list("services", "kube-system")
    assert service["spec"]["clusterIP"] == "10.96.0.10"
    endpoints = shop.cluster.store.get("endpoints", "kube-system", "kube-dns")
    assert len(endpoints["subsets"][0]["addresses"]) == 2


def test_without_a_resolver_every_call_by_name_fails() -> None:
    one = broken("dns-failure")
    assert {"CoreDNSDown", "ShopErrorRatioHigh"} <= one.firing()
    [alert] = one.labels("CoreDNSDown")
    assert (alert["namespace"], alert["deployment"]) == ("kube-system", "coredns")
    for caller, callee in (("storefront", "catalog"), ("checkout", "payments")):
        said = f"lookup {callee}: Temporary failure in name resolution"
        assert said in log(one.shop, caller)
    ratios = one.verdict().error_ratios
    assert ratios["storefront"] > 0.5
    assert ratios["catalog"] < 0.01
    assert all(pod.ready for pod in one.shop.pods())


def test_a_resolver_with_pods_again_cures_and_wrong_acts_do_not() -> None:
    one = broken("dns-failure")
    restart(one.shop, "storefront")
    scale(one.shop, "checkout", 6)
    one.live(120)
    assert not one.verdict().well
    undo(one.shop, "checkout")
    scale(one.shop, "checkout", 4)
    one.live(120)
    assert not one.verdict().well
    resolver(one.shop, lambda found: found["spec"].update(replicas=2))
    one.live(150)
    assert one.verdict().well
    assert one.firing() == set()


def test_a_zone_that_is_mistyped_answers_that_no_name_exists() -> None:
    one = broken("dns-failure", params={"variant": "zone"})
    assert "CoreDNSNXDomainHigh" in one.firing()
    assert "CoreDNSErrorsHigh" not in one.firing()
    assert "lookup payments on 10.96.0.10:53: no such host" in log(one.shop, "checkout")
    rates = numbers(one.shop, RCODES)
    assert rates["NXDOMAIN"] > rates["NOERROR"]
    config = one.shop.cluster.store.get("configmaps", "kube-system", "coredns")["metadata"]
    assert config["managedFields"][-1]["time"] > config["creationTimestamp"]


@pytest.mark.parametrize("seed", range(4))
def test_a_wrong_record_breaks_one_service_and_is_cured_by_the_earlier_configuration(
    seed: int,
) -> None:
    one = broken("dns-record", seed=seed)
    assert {"ShopErrorRatioHigh", "BlackboxProbeFailed"} <= one.firing()
    assert {alert["service"] for alert in one.labels("BlackboxProbeFailed")} == {"payments"}
    restart(one.shop, "payments")
    resolver(one.shop, lambda found: found["spec"].update(replicas=4))
    one.live(120)
    assert not one.verdict().well
    change(
        one.shop,
        "configmaps",
        "coredns",
        lambda found: found["data"].update(Corefile=names_objects.COREFILE),
        space="kube-system",
    )
    one.live(120)
    verdict = one.verdict()
    assert all(ratio < 0.01 for ratio in verdict.error_ratios.values()), verdict.reasons


def test_names_that_cost_five_tries_overload_the_resolver() -> None:
    one = broken("dns-overload")
    assert {"CoreDNSErrorsHigh", "CoreDNSNXDomainHigh", "CoreDNSLatencyHigh"} <= one.firing()
    assert "server misbehaving" in log(one.shop, "checkout")
    pods = one.shop.cluster.store.list("pods", "kube-system")
    lives = [one.shop.cluster.logs.current(pod["metadata"]["uid"], "coredns") for pod in pods]
    assert any("plugin/errors" in line for life in lives if life for _, line in life.lines)
    restart(one.shop, "catalog")
    one.live(90)
    assert not one.verdict().well
    restart(one.shop, "storefront")
    one.live(90)
    assert not one.verdict().well


def test_an_overload_is_cured_by_going_back_and_by_more_resolvers() -> None:
    back = broken("dns-overload")
    undo(back.shop, "storefront")
    back.live(150)
    assert back.verdict().well
    assert back.verdict().unexpected == ()
    more = broken("dns-overload")
    resolver(more.shop, lambda found: found["spec"].update(replicas=4))
    more.live(150)
    assert more.verdict().well


def test_a_service_that_is_gone_is_no_name_any_more() -> None:
    shop = open_shop(now=NOW, history=30)
    shop.cluster.store.delete("services", NAMESPACE, "payments")
    shop.advance(NOW + 60)
    assert "lookup payments on 10.96.0.10:53: no such host" in log(shop, "checkout")


@pytest.mark.parametrize(
    ("host", "tries"), [("payments", 1), ("payments.shop", 2), ("payments.shop.svc", 3)]
)
def test_a_short_name_is_found_after_as_many_tries_as_it_has_parts(host: str, tries: int) -> None:
    full = "payments.shop.svc.cluster.local"
    shop = open_shop(now=NOW, history=30)
    change(
        shop,
        "configmaps",
        "checkout-config-1",
        lambda found: found["data"].update(PAYMENTS_URL=f"http://{host}:8080"),
    )
    [asked] = [a for a in names_asked.asked(shop.cluster.store) if a.caller == "checkout"]
    assert asked.tries.index(full) == tries - 1


def test_dots_decide_whether_the_search_list_comes_first() -> None:
    shop = open_shop(now=NOW, history=30)
    full = "payments.shop.svc.cluster.local"

    def first(url: str, ndots: str) -> str:
        def edit(found: dict[str, dict[str, dict[str, dict[str, object]]]]) -> None:
            spec = found["spec"]["template"]["spec"]
            spec["dnsConfig"] = {"options": [{"name": "ndots", "value": ndots}]}

        change(shop, "deployments", "checkout", edit)
        change(
            shop,
            "configmaps",
            "checkout-config-1",
            lambda found: found["data"].update(PAYMENTS_URL=url),
        )
        [asked] = [a for a in names_asked.asked(shop.cluster.store) if a.caller == "checkout"]
        return asked.tries[0]

    assert first(f"http://{full}:8080", "2") == full
    assert first(f"http://{full}:8080", "5") == f"{full}.shop.svc.cluster.local"
    assert first(f"http://{full}.:8080", "5") == full


def test_a_corefile_is_read_for_zones_rewrites_and_fixed_addresses() -> None:
    text = names_objects.COREFILE.replace(
        "    kubernetes ",
        "    rewrite name a.example b.example\n    hosts {\n       10.1.1.1 c.example d.example\n"
        "       fallthrough\n    }\n    kubernetes ",
    )
    found = names_corefile.read(text)
    assert found.serves("payments.shop.svc.cluster.local")
    assert not found.serves("payments.shop.svc.cluster.locl")
    assert found.renamed == {"a.example": "b.example"}
    assert found.fixed == {"c.example": "10.1.1.1", "d.example": "10.1.1.1"}
    assert names_corefile.read("").zones == frozenset()


def test_an_unknown_variant_of_the_failure_is_refused() -> None:
    with pytest.raises(UnknownFaultError, match="stopped, zone, record, overload"):
        inject(open_shop(now=NOW, history=30), "dns-failure", params={"variant": "sad"})
