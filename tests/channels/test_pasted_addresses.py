"""A pasted address and the delivered post meet in one conversation, whoever comes first."""

import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.models import ChannelAccount
from bridge.services import intake
from bridge.services.intake import Captured, CaptureResult
from tests.cast import Cast, acting
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, read_all, texts, threads

pytestmark = pytest.mark.usefixtures("toy")

TEXT = "@northlight my heels broke on day one"


@pytest.fixture
def account(toy: None, cast: Cast) -> ChannelAccount:
    return connect(cast)


def paste(
    cast: Cast, url: str, *, text: str = TEXT, handle: str = "upset_shopper", network: str | None = None
) -> CaptureResult:
    """An agent pastes an address, as the page and the API hand it in."""
    captured = Captured(handle=handle, text=text, posted_at=utc_now(), permalink=url, network=network)
    with db.transaction() as session:
        return intake.capture(session, acting(cast.ana), captured, utc_now())


def deliver(account: ChannelAccount, **changes: object) -> None:
    """The network delivers a post."""
    come_in(account, delivery(event(at=utc_now().isoformat(), **changes), at=utc_now()))
    assert read_all()["read"] == 1


@pytest.mark.parametrize("network", [None, "toy"])
def test_an_address_that_the_channel_s_folder_reads_leads_to_the_delivered_post(
    cast: Cast, account: ChannelAccount, network: str | None
) -> None:
    deliver(account)
    assert not paste(cast, "toy.example/p/p1?utm_source=app", network=network).created
    (thread,) = threads()
    assert (thread.network, thread.external_id) == ("toy", "p1")
    assert texts(thread) == [("customer", TEXT)]


def test_a_post_that_was_pasted_first_is_the_one_that_is_delivered(
    cast: Cast, account: ChannelAccount
) -> None:
    assert paste(cast, "https://toy.example/p/p1").created
    deliver(account)
    (thread,) = threads()
    assert texts(thread) == [("customer", TEXT)]
