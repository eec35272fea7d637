"""Each fault of the web: its signs follow from the state, its cure cures, other acts do not."""

import random
import time
from functools import partial

import pytest

from stanch.sandbox.faults import UnknownFaultError, releases
from stanch.sandbox.faults import web as web_faults
from stanch.sandbox.shop.services import CATALOG, PAYMENTS, STOREFRONT
from stanch.sandbox.web.flags import FALLBACK, LIVE, SEARCH
from stanch.sandbox.web.names import BACKENDS
from tests.unit.sandbox_web.web_world import WebWorld

FRONTS = {"storefront": "shop.example", "checkout": "api.shop.example"}
_SECONDS = {"cert-expiry": 30, "dependency-down": 90, "costly-flag": 120, "bad-gateway": 60}


def switch(world: WebWorld, flag: str, *, on: bool) -> None:
    world.do(lambda: world.part.flags.switch(flag, LIVE, enabled=on, by="test", at=world.shop.now))


@pytest.mark.parametrize("service", FRONTS)
def test_an_expired_certificate_is_served_until_the_programs_start_anew(
    world: WebWorld, service: str
) -> None:
    world.breaks("cert-expiry", {"service": service})
    world.pass_time(_SECONDS["cert-expiry"])
    shown = world.get(FRONTS[service])
    assert shown["tls_error"] == "certificate has expired"
    other = next(name for name in FRONTS if name != service)
    assert world.get(FRONTS[other])["status_code"] == 200
    fired = world.firing()["BlackboxSslCertificateExpired"]
    assert (fired["host"], fired["deployment"]) == (FRONTS[service], service)
    assert world.verdict().error_ratios[service] > 0.8
    left = f'probe_ssl_earliest_cert_expiry{{service="{service}"}} - time()'
    assert world.values(left)[0] <= 0
    waits = f'certmanager_certificate_expiration_timestamp_seconds{{name="{service}-tls"}} - time()'
    assert world.values(waits)[0] > 30 * 86_400

    world.restart(other)
    assert world.get(FRONTS[service])["tls_error"], "another deployment was restarted"
    world.do(lambda: world.part.certificates.renew(service))
    world.pass_time(20)
    assert world.get(FRONTS[service])["tls_error"], "a renewal alone is not seen by programs"

    world.restart(service)
    data = world.get(FRONTS[service])
    assert (data["status_code"], data["tls_error"]) == (200, "")
    verdict = world.verdict()
    assert verdict.well, verdict.reasons
    assert "BlackboxSslCertificateExpired" not in world.firing()


def test_while_pods_are_replaced_a_part_of_the_connections_is_well(world: WebWorld) -> None:
    world.breaks("cert-expiry", {"service": "checkout"})
    pods = [pod for pod in world.do(world.shop.pods) if pod.service == "checkout"]
    world.do(lambda: world.shop.cluster.store.delete("pods", "shop", pods[0].name))
    world.pass_time(45)
    ratio = world.verdict().error_ratios["checkout"]
    assert 0.5 < ratio < 0.9
    # Each connection goes to one of the pods, by chance.
    answers = {world.get("api.shop.example")["tls_error"] for _ in range(60)}
    assert answers == {"", "certificate has expired"}


@pytest.mark.parametrize(("how", "status"), [("errors", 503), ("timeouts", 504)])
def test_a_bank_that_is_down_fails_the_charges_and_nothing_else(
    world: WebWorld, how: str, status: int
) -> None:
    world.breaks("dependency-down", {"how": how})
    world.pass_time(_SECONDS["dependency-down"])
    asked = world.get("bank.example")
    assert asked["status_code"] == status
    assert (asked["seconds"] > 2) is (how == "timeouts")
    failing = 'rate(http_requests_total{service="payments",code=~"5..",route="%s"}[1m]) > 0.1'
    assert world.values(failing % "/charge")
    assert not world.values(failing % "/refund")
    fired = world.firing()["BlackboxProbeFailed"]
    assert (fired["host"], fired["service"]) == ("bank.example", "payments")
    assert not world.verdict().well


def test_the_fallback_flag_keeps_the_charges_and_other_acts_do_not_help(world: WebWorld) -> None:
    world.breaks("dependency-down", {"how": "errors"})
    world.pass_time(30)
    world.restart("payments")
    switch(world, SEARCH, on=True)
    world.pass_time(40)
    assert world.verdict().error_ratios["payments"] > 0.5
    switch(world, SEARCH, on=False)
    switch(world, FALLBACK, on=True)
    world.pass_time(90)
    verdict = world.verdict()
    assert verdict.well, verdict.reasons
    assert not [one for one in verdict.unexpected if "flag" in one]
    assert world.get("bank.example")["status_code"] == 503, "the bank itself is still down"


def test_the_bank_may_also_mend_itself(world: WebWorld) -> None:
    world.breaks("dependency-down", {"how": "timeouts"})
    world.pass_time(30)
    assert world.mend is not None
    world.do(world.mend)
    world.pass_time(60)
    assert world.verdict().well
    assert world.get("bank.example")["json"] == {"status": "up"}


def test_both_versions_fail_alike_when_a_harmless_release_goes_out_with_the_bank(
    world: WebWorld,
) -> None:
    before = PAYMENTS.version
    world.breaks("dependency-down", {"how": "errors", "release": "yes"})
    world.pass_time(60)
    versions = {pod.version for pod in world.do(world.shop.pods) if pod.service == "payments"}
    assert versions != {before}
    ratio = (
        'sum by (version) (rate(http_requests_total{service="payments",code=~"5..",'
        'route="/charge"}[30s])) > 0.05'
    )
    assert world.values(ratio)
    world.do(lambda: releases.release(world.shop, PAYMENTS, before))
    world.pass_time(90)
    assert world.verdict().error_ratios["payments"] > 0.5, "going back does not cure it"


def test_a_costly_flag_makes_searches_slow_and_switching_it_off_cures(world: WebWorld) -> None:
    world.breaks("costly-flag")
    world.pass_time(_SECONDS["costly-flag"])
    assert "HttpRequestsSlow" in world.firing()
    quick = (
        "histogram_quantile(0.9, sum by (route, le) "
        '(rate(http_request_duration_seconds_bucket{service="catalog",route="%s"}[1m])))'
    )
    assert world.values(quick % "/search")[0] > 0.8
    switched = (
        'increase(feature_toggle_update_total{environment="production",action="enable"}[10m]) > 0.5'
    )
    assert len(world.values(switched)) == 1
    assert world.get("flags.shop.example", f"/api/admin/projects/default/features/{SEARCH}")[
        "json"
    ]["environments"][1]["enabled"]

    world.restart("catalog")
    switch(world, "dark-mode", on=False)
    world.pass_time(40)
    verdict = world.verdict()
    assert not verdict.well
    assert "changed: flag/dark-mode from True to False" in verdict.unexpected

    switch(world, SEARCH, on=False)
    world.pass_time(90)
    verdict = world.verdict()
    assert verdict.well, verdict.reasons
    assert not [one for one in verdict.unexpected if SEARCH in one]
    assert world.values(quick % "/search")[0] < 0.2


def test_a_harmless_release_of_the_catalog_beside_the_flag_is_no_cure_to_undo(
    world: WebWorld,
) -> None:
    world.breaks("costly-flag", {"release": "yes"})
    world.pass_time(90)
    pods = [pod for pod in world.do(world.shop.pods) if pod.service == "catalog"]
    assert {pod.version for pod in pods} != {CATALOG.version}
    assert not world.verdict().well


@pytest.mark.parametrize(("backend", "service"), BACKENDS.items())
@pytest.mark.parametrize("gateway", ["gw-1", "gw-2"])
def test_a_bad_gateway_harms_its_part_until_it_gets_none(
    world: WebWorld, backend: str, service: str, gateway: str
) -> None:
    world.breaks("bad-gateway", {"backend": backend, "gateway": gateway})
    world.pass_time(_SECONDS["bad-gateway"])
    fired = world.firing()["HaproxyServerResponseErrors"]
    assert (fired["proxy"], fired["server"]) == (backend, gateway)
    assert 0.15 < world.verdict().error_ratios[service] < 0.5

    gateways = world.part.balancer.backends[backend]
    other = next(one for name, one in gateways.items() if name != gateway)
    other.weight = 0
    world.pass_time(40)
    assert world.verdict().error_ratios[service] > 0.35, "the sound one was taken out"
    other.weight = 100

    gateways[gateway].weight = 0
    world.pass_time(90)
    verdict = world.verdict()
    assert verdict.well, verdict.reasons
    assert verdict.unexpected == ()
    assert "HaproxyServerResponseErrors" not in world.firing()


def test_a_front_without_any_weight_is_lost(world: WebWorld) -> None:
    for gateway in world.part.balancer.backends["shop"].values():
        gateway.weight = 0
    world.pass_time(40)
    verdict = world.verdict()
    assert verdict.error_ratios["storefront"] > 0.9
    assert "changed: weight/shop/gw-1 from (100, 'ready') to (0, 'ready')" in (verdict.unexpected)


def test_the_same_seed_gives_the_same_fault(world: WebWorld) -> None:
    for fault in web_faults.FAULTS:
        chosen = []
        for _ in range(2):
            chance = random.Random(f"{fault.name} 7")
            truth = world.do(partial(fault.inject, world.shop, chance, fault.params))
            chosen.append((truth.says, truth.may_change))
        assert chosen[0] == chosen[1]


@pytest.mark.parametrize(
    ("fault", "params"),
    [
        ("cert-expiry", {"service": "payments"}),
        ("dependency-down", {"how": "slowly"}),
        ("dependency-down", {"release": "maybe"}),
        ("bad-gateway", {"gateway": "gw-9"}),
    ],
)
def test_a_parameter_that_does_not_do_is_refused(
    calm: WebWorld, fault: str, params: dict[str, str]
) -> None:
    with pytest.raises(UnknownFaultError, match="must be one of"):
        calm.breaks(fault, params)


def test_a_certificate_that_ended_has_ended_for_the_wall_and_for_the_simulation(
    world: WebWorld,
) -> None:
    world.pass_time(420)
    world.breaks("cert-expiry", {"service": STOREFRONT.name})
    served = world.do(lambda: world.part.certificates.served(STOREFRONT.name))
    assert all(one.not_after <= min(time.time(), world.shop.now) for one in served)
    assert world.get("shop.example")["tls_error"] == "certificate has expired"
