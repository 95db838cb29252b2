"""The form that connects an account: what it asks for, what it forgives, and what it says when it is done."""

from collections.abc import Callable

import pytest

from bridge.channels.registry import channels
from tests.cast import Cast, Member
from tests.clockwork import rows
from tests.pages.browser import Browser
from tests.pages.test_setup_channels import FIELDS, PAGE, SIGNED

As = Callable[[Member], Browser]


WITHOUT_USUAL_SERVER = ("mastodon", "zammad", "chatwoot", "freshdesk", "zendesk", "django_helpdesk")


@pytest.mark.parametrize("name", WITHOUT_USUAL_SERVER)
@pytest.mark.parametrize("server", ["", "/"])
def test_a_server_that_has_to_be_named_is_asked_for_at_its_field(
    people: Cast, as_: As, name: str, server: str
) -> None:
    ada = as_(people.ada)
    form = ada.open(f"/setup/channels/new/{name}")
    assert "Server (optional)" not in form.text
    filled = {one.name: "s" * 16 for one in channels()[name].capabilities.fields}
    refused = form.press("Connect", name="Desk", base_url=server, **filled)
    assert refused.status == 422
    assert 'id="base_url-problem"' in refused.html
    assert "Server: Fill this in." in refused.text
    assert not rows("SELECT 1 FROM channel_accounts")
    assert refused.press("Connect", base_url="https://desk.example", **filled).status == 200


def test_an_empty_server_is_the_usual_one_where_there_is_one(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    form = ada.open("/setup/channels/new/bluesky")
    assert "Server (optional)" in form.text
    assert form.press("Connect", **FIELDS, base_url="/").status == 200
    assert rows("SELECT base_url FROM channel_accounts")[0].base_url == "https://bsky.social"


@pytest.mark.parametrize("typed", ["@care.northlight.example", " @ care.northlight.example "])
def test_the_at_before_a_handle_is_left_away(people: Cast, as_: As, typed: str) -> None:
    ada = as_(people.ada)
    form = ada.open("/setup/channels/new/bluesky")
    assert form.press("Connect", **{**FIELDS, "identifier": typed}).status == 200
    page = ada.open("/setup/channels/new/facebook").press("Connect", **{**PAGE, "handle": "@northlight"})
    assert page.status == 200
    told = rows("SELECT channel, handle, settings->>'identifier' AS typed FROM channel_accounts ORDER BY 1")
    assert [(*one,) for one in told] == [
        ("bluesky", "", "care.northlight.example"),
        ("facebook", "northlight", None),
    ]


@pytest.mark.parametrize(
    "typed",
    ["care@northlight.example", "care", "care northlight", "care..example", "-care.example", "care.1"],
)
def test_what_is_no_handle_of_bluesky_is_said_at_its_field(people: Cast, as_: As, typed: str) -> None:
    ada = as_(people.ada)
    refused = ada.open("/setup/channels/new/bluesky").press("Connect", **{**FIELDS, "identifier": typed})
    assert refused.status == 422
    assert 'id="identifier-problem"' in refused.html
    assert "Write the whole handle, such as care.example.com. It is no e-mail address." in refused.text
    assert not rows("SELECT 1 FROM channel_accounts")


@pytest.mark.parametrize("typed", ["Care-1.Northlight.example", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"])
def test_a_handle_and_a_did_are_taken_by_bluesky(people: Cast, as_: As, typed: str) -> None:
    form = as_(people.ada).open("/setup/channels/new/bluesky")
    assert form.press("Connect", **{**FIELDS, "identifier": typed}).status == 200


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("bluesky", FIELDS, "Whether the other side agrees shows here within half a minute."),
        ("listening", SIGNED, "Whether it works shows here when the first delivery comes."),
    ],
)
def test_a_fresh_account_s_page_says_when_it_shows_whether_it_works(
    people: Cast, as_: As, name: str, typed: dict[str, str], said: str
) -> None:
    page = as_(people.ada).open(f"/setup/channels/new/{name}").press("Connect", **typed)
    assert f"Written down. {said}" in page.text
    assert "Connected." not in page.text
