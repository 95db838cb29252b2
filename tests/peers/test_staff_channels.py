"""The local Twilio and Slack satisfy the vendors' own clients, and the bridge satisfies them."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from slack_sdk.webhook import WebhookClient
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bridge.channels.answer import Result
from tests.notice_channels import NOW
from tests.peers.servers.slack import ANSWERS, Slack
from tests.peers.servers.twilio import Twilio

pytestmark = pytest.mark.peers


class ToLoopback(TwilioHttpClient):  # type: ignore[misc]  # it has no types
    """Twilio's own HTTP client, with the local server in the place of its host."""

    def __init__(self, server: HTTPServer) -> None:
        super().__init__()
        self.here = server.url_for("").rstrip("/")

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self.here), *args, **more)


@pytest.fixture
def twilio(httpserver: HTTPServer) -> Twilio:
    return Twilio(httpserver)


@pytest.fixture
def vendor(httpserver: HTTPServer) -> Any:
    return Client("AC1", "t0ken", http_client=ToLoopback(httpserver))


def test_twilio_s_own_client_sends_and_lists(twilio: Twilio, vendor: Any) -> None:
    made = vendor.messages.create(to="+15550123", from_="+15550100", body="hello")
    (listed,) = vendor.messages.list(to="+15550123")

    assert (made.status, made.body, made.sid) == ("queued", "hello", listed.sid)
    assert listed.date_created == NOW


def test_twilio_s_own_client_reads_the_refusals(twilio: Twilio, vendor: Any) -> None:
    twilio.answer = (400, {"code": 21610, "message": "unsubscribed", "status": 400})
    with pytest.raises(TwilioRestException) as refused:
        vendor.messages.create(to="+15550123", from_="+15550100", body="hello")

    assert refused.value.code == 21610


def test_what_the_bridge_sends_is_what_twilio_s_client_reads_back(twilio: Twilio, vendor: Any) -> None:
    assert twilio.send("Case 7: ñ & more").result is Result.SENT
    (listed,) = vendor.messages.list(to="+15550123")

    assert (listed.body, listed.from_) == ("Case 7: ñ & more", "+15550100")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_sms_that_was_taken_and_answered_badly_is_one(twilio: Twilio, status: int) -> None:
    twilio.loses_answers = True
    assert twilio.send().result is Result.RETRY
    twilio.loses_answers = False
    assert twilio.send(since=NOW).result is Result.SENT

    assert len(twilio.made) == 1
    twilio.answer = (status, {"code": 20500})
    assert twilio.send("another").result is Result.RETRY
    assert len(twilio.made) == 1


def test_slack_s_own_client_posts_and_is_refused(httpserver: HTTPServer) -> None:
    channel = Slack(httpserver)
    client = WebhookClient(channel.url)

    assert client.send(text="hello").body == "ok"
    assert (client.send(text="").status_code, client.send(text="").body) == (400, "no_text")
    channel.answer = (410, "channel_is_archived", {})
    assert client.send(text="hello").status_code == 410
    assert channel.posted == [{"text": "hello"}]


@pytest.mark.parametrize(("status", "word", "result"), ANSWERS)
def test_the_bridge_posts_once_whatever_slack_says(
    httpserver: HTTPServer, status: int, word: str, result: Result
) -> None:
    channel = Slack(httpserver)
    channel.answer = (status, word, {"Retry-After": "30"} if status == 429 else {})

    answer = channel.send()

    assert answer.result is result
    assert len(channel.posted) == (status == 200)
    assert len(httpserver.log) == 1
