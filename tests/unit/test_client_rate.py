"""The rate limit of a client: what may come at once, what comes back with time, who counts as one client."""

from __future__ import annotations

import pytest

from service.web.edge.client_rate import ClientRate


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_burst_is_allowed_and_the_next_must_wait_for_one_refill() -> None:
    clock = Clock()
    rate = ClientRate(2, 3, clock)
    assert [rate.take("192.0.2.1") for _ in range(3)] == [0, 0, 0]
    assert rate.take("192.0.2.1") == pytest.approx(0.5)
    clock.now += 0.5
    assert rate.take("192.0.2.1") == 0
    assert rate.take("192.0.2.1") == pytest.approx(0.5)


def test_refused_requests_cost_nothing() -> None:
    clock = Clock()
    rate = ClientRate(1, 1, clock)
    rate.take("192.0.2.1")
    for _ in range(100):
        assert rate.take("192.0.2.1") > 0
    clock.now += 1
    assert rate.take("192.0.2.1") == 0


def test_bucket_never_holds_more_than_the_burst() -> None:
    clock = Clock()
    rate = ClientRate(10, 2, clock)
    rate.take("192.0.2.1")
    clock.now += 3600
    assert [rate.take("192.0.2.1") > 0 for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "testclient", False),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(one: str, other: str, same: bool) -> None:
    rate = ClientRate(1, 1, Clock())
    rate.take(one)
    assert (rate.take(other) > 0) is same


def test_clients_that_may_ask_again_are_forgotten() -> None:
    clock = Clock()
    rate = ClientRate(1, 5, clock)
    for number in range(1000):
        rate.take(f"10.0.{number // 256}.{number % 256}")
    clock.now += 5
    rate.take("192.0.2.1")
    assert len(rate._buckets) == 1
