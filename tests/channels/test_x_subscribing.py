"""How the bridge stays connected to X: tokens that are traded once, and a webhook that is kept alive."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from bridge.channels.accounts import NotNow
from bridge.channels.calling import Answered, Request
from bridge.channels.webhook import Failed
from bridge.channels.x import subscribing
from tests.channels.answers import answer
from tests.channels.cases.x import (
    ACCOUNT,
    US,
    side,
)
from tests.channels.x_network import Network, X


def test_a_refresh_sends_the_pair_it_has_and_keeps_both_new_ones() -> None:
    network = Network().on(
        "/oauth2/token", answer(200, {"access_token": "a2", "refresh_token": "r2", "expires_in": 7200})
    )
    got = X.refresh(ACCOUNT, call=network)
    assert got is not None
    assert (got.secrets, got.expires_in_seconds) == ({"access_token": "a2", "refresh_token": "r2"}, 7200)
    assert network.asked[0].form == {
        "grant_type": "refresh_token",
        "refresh_token": "x-refresh-token",
        "client_id": "client-1",
    }
    confidential = replace(ACCOUNT, secrets={**ACCOUNT.secrets, "client_secret": ("s/1",)})
    X.refresh(confidential, call=network)
    assert network.asked[-1].headers["Authorization"] == "Basic Y2xpZW50LTE6cyUyRjE="


def test_a_refused_refresh_needs_a_person_and_a_failed_one_does_not() -> None:
    refused = answer(
        400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
    )
    assert X.refresh(ACCOUNT, call=Network().on("/oauth2/token", refused)) is None
    for failed in (
        answer(503),
        answer(429, x_rate_limit_reset="1"),
        Failed("timeout", 1.0),
        answer(200, b"{"),
    ):
        with pytest.raises(NotNow):
            X.refresh(ACCOUNT, call=Network().on("/oauth2/token", failed))
    assert X.refresh(replace(ACCOUNT, secrets={}), call=side) is None


def test_an_account_with_a_token_of_its_own_is_asked_who_it_is() -> None:
    unknown = replace(ACCOUNT, external_id="", handle="")
    network = Network().on("/users/me", answer(200, {"data": {"id": US, "username": "northlight"}}))
    got = X.refresh(unknown, call=network)
    assert got is not None
    assert (got.external_id, got.handle, network.paths()) == (US, "northlight", ["GET /2/users/me"])


HOOKED = replace(
    ACCOUNT,
    hook_url="https://bridge.example/hooks/x/1",
    secrets={**ACCOUNT.secrets, "app_token": ("x-app-token",)},
)


def subscribed(kinds: tuple[str, ...]) -> list[dict[str, object]]:
    return [{"event_type": kind, "filter": {"user_id": US}} for kind in kinds]


@pytest.mark.parametrize("shape", [lambda one: [one], lambda one: one, lambda one: {"subscription": one}])
def test_a_webhook_is_registered_subscribed_and_then_left_alone(shape: Callable[[Any], Any]) -> None:
    made = {"id": "7", "url": HOOKED.hook_url, "valid": True}
    one = {"subscription_id": "9", "event_type": "dm.sent"}

    def x(request: Request) -> Answered:
        asked.append(request)
        path = urlsplit(request.url).path
        if path.endswith("/webhooks"):
            return answer(200, {"data": []}) if request.method == "GET" else answer(200, {"data": made})
        if path.endswith("/activity/subscriptions"):
            if request.method == "GET":
                return answer(200, {"data": subscribed(("post.delete",))})
            return answer(200, {"data": shape(one)})
        return side(request)

    asked: list[Request] = []
    polled = X.poll(HOOKED, {}, call=x)
    posts = [request for request in asked if request.method == "POST"]
    assert [one.json["event_type"] for one in posts if "subscriptions" in one.url] == [  # type: ignore[index]
        kind for kind in subscribing.TYPES if kind != "post.delete"
    ]
    assert polled.cursor["hook"]["is_valid"] is True  # type: ignore[index]
    assert not any("/mentions" in request.url for request in asked), "X tells us itself"
    private = next(
        one for one in posts if isinstance(one.json, dict) and one.json.get("event_type") == "dm.received"
    )
    assert private.headers["Authorization"] == "Bearer x-access-token"
    asked.clear()
    X.poll(HOOKED, polled.cursor, call=x)
    assert not asked


def test_a_webhook_that_x_gave_up_is_checked_again_and_polling_goes_on_meanwhile() -> None:
    ours = {"id": "7", "url": HOOKED.hook_url, "valid": False}
    network = Network().on("/webhooks", answer(200, {"data": [ours]})).on("/webhooks/7", answer(400))
    polled = X.poll(HOOKED, {}, call=network)
    assert "PUT /2/webhooks/7" in network.paths()
    assert f"GET /2/users/{US}/mentions" in network.paths()
    assert polled.cursor["hook"]["is_valid"] is False  # type: ignore[index]


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://bridge.example/hooks/x/1", True),
        ("http://bridge.example/hooks/x/1", False),
        ("https://bridge.example:8443/hooks/x/1", False),
        ("https://bridge.example/" + "x" * 200, False),
        ("", False),
    ],
)
def test_x_takes_only_such_an_address(address: str, *, is_taken: bool) -> None:
    assert subscribing.takes(address) == is_taken
