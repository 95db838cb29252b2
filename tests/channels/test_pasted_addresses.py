"""A pasted address and the delivered post meet in one conversation, whoever comes first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.models import ChannelAccount, SocialIdentity
from bridge.services import capturing
from bridge.services.capturing import Captured, CaptureResult
from tests.cast import Cast, acting
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect, posts, read_all, texts, threads

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
        return capturing.capture(session, acting(cast.ana), captured, utc_now())


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


PAGE = "https://pigeon.example/p/pp1"
"""Of a form that nobody knows: the toy reads toy.example alone."""


@pytest.mark.parametrize("network", [None, "toy"])
@pytest.mark.parametrize("url", [PAGE, "pigeon.example/p/pp1/?utm_source=app"])
def test_an_address_of_no_known_form_leads_to_the_delivered_post(
    cast: Cast, account: ChannelAccount, url: str, network: str | None
) -> None:
    deliver(account, permalink=PAGE)
    for _ in range(2):
        pasted = paste(cast, url, network=network)
        assert (pasted.created, pasted.post_added) == (False, False)
    assert paste(cast, url, network=network, text="Another text, seen there").post_added, "it is evidence"
    assert not paste(cast, url, network=network).created
    (thread,) = threads()
    assert (thread.network, thread.external_id, len(texts(thread))) == ("toy", "p1", 2)


def test_an_address_in_the_middle_of_a_conversation_leads_to_it(cast: Cast, account: ChannelAccount) -> None:
    deliver(account, permalink=PAGE)
    deliver(account, id="p2", thread="p1", parent="p1", text="Hello?", permalink=f"{PAGE}2")
    assert not paste(cast, f"{PAGE}2", text="Hello?").created
    assert len(threads()) == 1


@pytest.mark.parametrize("network", [None, "toy"])
def test_a_pasted_page_is_the_post_that_is_delivered_later(
    cast: Cast, account: ChannelAccount, network: str | None
) -> None:
    assert paste(cast, PAGE, network=network, text="@northlight my heels broke").created
    deliver(account, permalink=PAGE)
    deliver(account, id="p2", thread="p1", parent="p1", text="Hello?")
    (thread,) = threads()
    assert (thread.network, thread.external_id) == ("toy", "p1")
    assert texts(thread) == [("customer", "@northlight my heels broke"), ("customer", "Hello?")]
    with db.transaction() as session:
        customer = session.get_one(SocialIdentity, thread.identity_id)
        assert (customer.network, customer.external_id) == ("toy", "u7"), "a private answer finds them"
        assert posts(session, thread)[0].reference == {"id": "p1"}, "and a public one the post"


def test_a_page_of_many_posts_makes_none_of_them_another(cast: Cast, account: ChannelAccount) -> None:
    for number in (1, 2, 3):
        author = {"id": f"u{number}", "name": f"shopper{number}"}
        deliver(account, id=f"r{number}", author=author, text=f"Review {number}", permalink=PAGE)
    assert [texts(thread) for thread in threads()] == [
        [("customer", f"Review {number}")] for number in (1, 2, 3)
    ]
    assert not paste(cast, PAGE, text="Review 2", handle="shopper2").created
    assert paste(cast, PAGE, text="Review 4", handle="shopper4").created
    deliver(account, id="r5", author={"id": "u5", "name": "shopper5"}, text="Review 5", permalink=PAGE)
    assert len(threads()) == 5, "what was pasted of somebody else is not overwritten"


def test_pasting_and_delivering_in_the_same_moment_makes_one_conversation(
    cast: Cast, account: ChannelAccount
) -> None:
    for number in range(8):
        url, at = f"{PAGE}-{number}", utc_now().isoformat()
        come_in(account, delivery(event(at=at, id=f"q{number}", permalink=url), at=utc_now()))
        both = Barrier(2)
        with ThreadPoolExecutor(2) as hands:
            pasted = hands.submit(lambda url=url, both=both: (both.wait(5), paste(cast, url))[1])
            read = hands.submit(lambda both=both: (both.wait(5), read_all())[1])
            pasted.result()
            assert read.result()["read"] == 1
        assert len(threads()) == number + 1


def test_a_burst_by_unknown_addresses_joins_what_was_pasted(cast: Cast, account: ChannelAccount) -> None:
    for number in range(3):
        assert paste(cast, f"{PAGE}-{number}", handle=f"shopper{number}").created
    for number in range(6):
        author = {"id": f"u{number}", "name": f"shopper{number}"}
        told = event(at=utc_now().isoformat(), id=f"b{number}", author=author, permalink=f"{PAGE}-{number}")
        come_in(account, delivery(told, at=utc_now()))
    assert read_all()["read"] == 6
    assert sorted((one.network, one.external_id) for one in threads()) == [("toy", f"b{n}") for n in range(6)]
