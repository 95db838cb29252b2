"""Signing in as an account of ours from its page: off to the network and back, once, in this browser."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from bridge import db
from bridge.channels.registry import channel
from bridge.clock import utc_now
from bridge.models import ChannelAccount
from bridge.services import channel_accounts, signing_in
from bridge.settings import settings
from tests.cast import Cast, Member, acting
from tests.channels.cases.x import US
from tests.channels.provider import AT, CLIENT, PROOF, Provider
from tests.pages.browser import Browser, Page

As = Callable[[Member], Browser]


@pytest.fixture
def provider(people: Cast, monkeypatch: pytest.MonkeyPatch) -> Provider:
    its = channel("x").capabilities.sign_in
    assert its is not None
    can = replace(channel("x").capabilities, sign_in=replace(its, authorize_url=f"{AT}/authorize"))
    monkeypatch.setattr(type(channel("x")), "capabilities", can)
    made = Provider(signing_in.redirect_uri(settings()), {"id": US, "username": "northlight"})
    monkeypatch.setattr(channel_accounts, "caller", lambda _config: made)
    return made


@pytest.fixture
def account(people: Cast) -> ChannelAccount:
    return connected(people, "Northlight on X")


def connected(people: Cast, name: str) -> ChannelAccount:
    with db.transaction() as session:
        return channel_accounts.connect(
            session,
            acting(people.ada),
            channel="x",
            name=name,
            base_url=AT,
            values={"client_id": CLIENT, "client_secret": PROOF},
            config=settings(),
            now=utc_now(),
        )


def begun(browser: Browser, account: ChannelAccount) -> tuple[Page, str]:
    """The page that leads away, and where to."""
    page = browser.open(f"/setup/channels/{account.id}").press("Sign in at X")
    return page, page.html.split(f'href="{AT}/authorize')[1].split('"')[0].replace("&amp;", "&")


def back(browser: Browser, told: dict[str, str]) -> Page:
    return browser.open(f"/setup/channels/signed-in?{urlencode(told)}")


def test_an_administrator_signs_in_as_the_account(
    people: Cast, as_: As, account: ChannelAccount, provider: Provider
) -> None:
    ada = as_(people.ada)
    page, query = begun(ada, account)
    assert signing_in.redirect_uri(settings()) in page.text
    assert parse_qs(urlsplit(query).query)["client_id"] == [CLIENT]
    told = provider.visit(f"{AT}/authorize{query}")
    done = back(ada, told)
    assert done.path == f"/setup/channels/{account.id}"
    assert "Signed in as @northlight." in done.text
    assert provider.tokens[0]["access_token"] not in done.html
    again = back(ada, told)
    assert "This did not begin in this browser" in again.text
    assert len(provider.tokens) == 1


def test_the_callback_address_stands_where_it_is_needed_before_anybody_signs_in(
    people: Cast, as_: As, account: ChannelAccount
) -> None:
    ada, said = as_(people.ada), f"Callback address for its app: {signing_in.redirect_uri(settings())}"
    assert said in ada.open("/setup/channels/new/x").text
    assert signing_in.redirect_uri(settings()) in ada.open(f"/setup/channels/{account.id}").text
    assert "Callback address" not in ada.open("/setup/channels/new/mastodon").text


def test_what_comes_back_to_another_browser_counts_for_nothing(
    people: Cast, as_: As, account: ChannelAccount, provider: Provider
) -> None:
    _page, query = begun(as_(people.ada), account)
    told = provider.visit(f"{AT}/authorize{query}")
    assert "This did not begin in this browser" in back(as_(people.ada), told).text
    assert as_(people.ana).open(f"/setup/channels/signed-in?{urlencode(told)}").status == 403
    assert not provider.tokens


def test_a_no_and_a_missing_client_id_are_said_in_words(
    people: Cast, as_: As, account: ChannelAccount, provider: Provider
) -> None:
    ada = as_(people.ada)
    _page, query = begun(ada, account)
    provider.user = {}
    said = back(ada, provider.visit(f"{AT}/authorize{query}"))
    assert "Nobody said yes there." in said.text
    with db.transaction() as session:
        session.get_one(ChannelAccount, account.id).settings = {}
    page = ada.open(f"/setup/channels/{account.id}").press("Sign in at X")
    assert "The client id is missing." in page.text


def test_an_account_that_is_connected_already_is_not_signed_in_a_second_time(
    people: Cast, as_: As, account: ChannelAccount, provider: Provider
) -> None:
    ada = as_(people.ada)
    _page, query = begun(ada, account)
    assert "Signed in as @northlight." in back(ada, provider.visit(f"{AT}/authorize{query}")).text
    other = connected(people, "Once more")
    _page, query = begun(ada, other)
    refused = back(ada, provider.visit(f"{AT}/authorize{query}"))
    assert "connected already, under another name" in refused.text
    with db.transaction() as session:
        assert session.get_one(ChannelAccount, other.id).external_id == ""
    _page, query = begun(ada, account)
    assert "Signed in as" in back(ada, provider.visit(f"{AT}/authorize{query}")).text, "itself is no other"
