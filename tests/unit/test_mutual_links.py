"""Links between account and page: read as the networks say, and nothing taken for one that is none."""

import pytest

from bridge.mutual_links import (
    Result,
    Said,
    account_question,
    bluesky_says,
    domain_question,
    judged,
    mastodon_says,
    names_account,
    profile_url,
)

URL = "https://social.example/@northlight"
SITE = "https://northlight.example/contact"


@pytest.mark.parametrize(
    "html",
    [
        '<a rel="me" href="https://social.example/@northlight">Mastodon</a>',
        "<a rel='nofollow ME noopener' href='https://social.example/@Northlight/'>x</a>",
        '<link rel=me href="https://www.social.example/@northlight">',
        '<A HREF="https://social.example/@northlight?ref=1" REL="me">',
    ],
)
def test_a_page_names_the_account(html: str) -> None:
    assert names_account(f"<html><head></head><body>{html}", URL)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://social.example/@northlight">no rel</a>',
        '<a rel="me" href="https://social.example/@northlight2">another</a>',
        '<a rel="me" href="https://evil.example/?https://social.example/@northlight">x</a>',
        '<a rel="me" href="https://social.example@evil.example/@northlight">x</a>',
        '<!-- <a rel="me" href="https://social.example/@northlight"> -->',
        '<script>"<a rel=\\"me\\" href=\\"https://social.example/@northlight\\">"</script>',
        '<a rel="home" href="https://social.example/@northlight">x</a>',
        '<a rel="me">no address</a>',
        '<a rel="me" href="javascript:alert(1)">x</a>',
        '<a rel="me" href="https://[::1/@northlight">x</a>',
        "",
    ],
)
def test_a_page_does_not_name_it(html: str) -> None:
    assert not names_account(html, URL)


@pytest.mark.parametrize(
    ("network", "handle", "url"),
    [
        ("x", "NorthlightCare", "https://x.com/NorthlightCare"),
        ("mastodon", "northlight@social.example", URL),
        ("bluesky", "northlight.example", "https://bsky.app/profile/northlight.example"),
        ("mastodon", "northlight", None),
        ("mastodon", "northlight@social.example/../x", None),
        ("mastodon", "north light@social.example", None),
        ("x", "a/../b", None),
        ("sms", "4711", None),
    ],
)
def test_where_people_see_an_account(network: str, handle: str, url: str | None) -> None:
    assert profile_url(network, handle) == url


@pytest.mark.parametrize(
    "handle", ["northlight@127.0.0.1@x", "a@b", "a@b:c@d", "../../x@social.example", "a b"]
)
def test_an_odd_handle_leads_to_no_question(handle: str) -> None:
    assert account_question("mastodon", handle) is None


def test_mastodon_s_own_verification_counts_and_a_mere_field_does_not() -> None:
    value = f'<a href="{SITE}" rel="nofollow noopener me"><span>northlight.example/contact</span></a>'
    field = {"name": "Web", "value": value, "verified_at": "2026-11-01T08:00:00.000+00:00"}

    assert mastodon_says({"id": "9", "fields": [field]}, SITE) == Said(True, "", "9")
    assert mastodon_says({"id": "9", "fields": [{**field, "verified_at": None}]}, SITE).links is False
    assert mastodon_says({"id": "9", "fields": [field]}, "https://other.example").links is False
    assert mastodon_says({"fields": "nonsense"}, SITE).links is False
    evil = {**field, "value": "https://northlight.example.evil.example/contact"}
    assert mastodon_says({"fields": [evil]}, SITE).links is False


def test_bluesky_s_domain_proves_when_it_tells_the_same_id() -> None:
    profile = {"did": "did:plc:ours", "description": "Care of Northlight, northlight.example/contact."}

    assert bluesky_says(profile, SITE, domain_did="did:plc:ours\n").reason == "own_domain"
    assert bluesky_says(profile, SITE, domain_did=None).links is True
    assert bluesky_says({"did": "did:plc:other"}, SITE, domain_did="did:plc:ours").links is False
    assert bluesky_says({}, SITE, domain_did="").links is False


def test_only_our_own_domain_is_asked_for_its_id() -> None:
    asked = domain_question("bluesky", "care.northlight.example", SITE)

    assert asked == "https://care.northlight.example/.well-known/atproto-did"
    assert domain_question("bluesky", "northlight.example", SITE) is not None
    assert domain_question("bluesky", "evilnorthlight.example", SITE) is None
    assert domain_question("bluesky", "northlight.bsky.social", SITE) is None
    assert domain_question("mastodon", "northlight.example", SITE) is None


YES, NO, DOWN = Said(links=True), Said(links=False, reason="no"), Said(links=None, reason="timeout")


@pytest.mark.parametrize(
    ("page", "account", "result"),
    [
        (YES, YES, Result.BOTH),
        (YES, NO, Result.PAGE_ONLY),
        (NO, YES, Result.ACCOUNT_ONLY),
        (NO, NO, Result.NEITHER),
        (YES, DOWN, Result.UNKNOWN),
        (DOWN, YES, Result.UNKNOWN),
        (DOWN, DOWN, Result.UNKNOWN),
    ],
)
def test_both_sides_make_the_result(page: Said, account: Said, result: Result) -> None:
    assert judged(page, account, external_id="1")[0] is result


def test_another_id_weighs_more_than_any_link() -> None:
    theirs = Said(links=True, external_id="2")

    assert judged(YES, theirs, external_id="1")[0] is Result.OTHER_ID
    assert judged(DOWN, theirs, external_id="1")[0] is Result.OTHER_ID
    assert judged(YES, theirs, external_id=None)[0] is Result.BOTH
