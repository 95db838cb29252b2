"""Hostile texts in every field, on every page, read as a browser reads it: nothing became an element."""

import re
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import SQLModel

from tests.browser.acts.scene import Words
from tests.browser.atlas import leaves
from tests.browser.hostile import PAYLOADS, Hostile
from tests.browser.stage import fill
from tests.cast import Cast
from tests.clockwork import rows
from tests.pages.test_atlas import opened

TURNS = 5
OURS = re.compile(
    r"/(?![/\\])|[#?]|mailto:|tel:|http://localhost(?::\d+)?(?:/|$)"
    r"|https://(?:x\.com|www\.openstreetmap\.org|chat\.example)/"
)
"""How an address of ours begins: on our own server (never `//`), where a template leads, or at the stage's
care tool. An empty one leads nowhere, and is none."""
NEVER = {"iframe", "object", "embed", "base", "style", "math", "marquee"}
SHORTEST_TEXT = 60


class Structure(HTMLParser):
    """Notes elements and attributes that no template of ours has."""

    def __init__(self, *, framed: bool) -> None:
        super().__init__()
        self.found: list[str] = []
        self.never = NEVER - {"iframe"} if framed else NEVER

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in self.never or (tag == "script" and set(given) != {"type", "src"}):
            self.found.append(f"<{tag} {given}>")
        if tag == "meta" and "http-equiv" in given:
            self.found.append(f"<meta {given}>")
        for name, value in given.items():
            if name.startswith("on") or name in {"style", "srcdoc"}:
                self.found.append(f"<{tag} {name}={value[:40]!r}>")
            if name in {"href", "src", "action", "formaction"} and not OURS.match(value):
                self.found.append(f"<{tag} {name}={value[:60]!r}>")


def test_the_corpus_is_large_and_reads_as_what_it_is() -> None:
    reader = Structure(framed=False)

    for payload in PAYLOADS:
        reader.feed(payload)
        reader.reset()

    assert len(set(PAYLOADS)) >= 30
    assert len(reader.found) >= 9


@pytest.mark.parametrize(
    "address",
    [
        "",
        " /cases",
        "javascript:window.ran=1",
        "data:text/html,x",
        "//evil.example/",
        "/\\evil.example/",
        "https://evil.example/",
        "https://x.com.evil.example/",
        "http://localhost:80@evil.example/",
    ],
)
def test_an_address_that_is_not_ours_would_be_noticed(address: str) -> None:
    reader = Structure(framed=False)

    reader.feed(f'<a href="{address}">x</a><a href="/cases">ours</a>')

    assert len(reader.found) == 1


@pytest.mark.parametrize("turn", range(TURNS))
def test_no_text_becomes_a_part_of_a_page(app: Flask, people: Cast, turn: int) -> None:
    stage, found = fill(people, Hostile(turn)), []
    for leaf in leaves():
        page = opened(app, leaf, stage)
        reader = Structure(framed="two-screens" in leaf.path)
        reader.feed(page.html)
        found += [f"{leaf}: {piece}" for piece in reader.found]
        if page.status != leaf.status:
            found.append(f"{leaf}: answered {page.status}")
        if "{{" in page.text and "49" in page.text.split("{{")[0][-3:]:
            found.append(f"{leaf}: a template ran")

    assert not found, "\n".join(found)


def test_every_text_field_of_the_schema_was_filled_or_is_known(people: Cast) -> None:
    """A column that people can write to and that the stage forgets would escape the corpus."""
    marked = Words()
    marked.name = lambda tidy, longest=80: f"MARK {tidy}"[:longest]  # type: ignore[method-assign]
    marked.text = lambda tidy, longest=500: f"MARK {tidy}"[:longest]  # type: ignore[method-assign]
    marked.handle = lambda tidy: f"MARK{tidy}"  # type: ignore[method-assign]
    fill(people, marked)

    missed = {place for place in columns() if not is_marked(*place.split("."))}

    assert missed - set(WRITTEN_BY_NOBODY) == set()
    assert set(WRITTEN_BY_NOBODY) <= missed, "they are filled now: take them off the list"


KEYS = "made by the service, or a word of its own"
CHECKED = "a number, an address or a zone with a strict form"
NOTES = "the administrator's own words, shown to administrators alone"
WRITTEN_BY_NOBODY = {
    **dict.fromkeys(
        [
            "decisions.nonce",
            "escalations.cause_code",
            "guess_counts.subject",
            "guess_locks.subject",
            "idempotency_keys.key",
            "idempotency_keys.route",
            "ledger_transfers.from_account",
            "ledger_transfers.to_account",
            "notices.dedup_key",
            "outcomes.request_id",
            "outcomes.topic",
            "people.password_hash",
            "people.pin_hash",
            "reviews.cause_code",
            "stream_heads.stream",
            "timeline.body",
            "timeline.stream",
            "threads.matched_on",
            "channel_accounts.disabled_reason",
            "channel_messages.dedup_key",
            "channel_messages.topic",
            "contact_points.disabled_reason",
            "inbound_deliveries.kinds",
            "webhook_endpoints.disabled_reason",
            "devices.software",
        ],
        KEYS,
    ),
    **dict.fromkeys(
        [
            "channel_accounts.last_error",
            "channel_messages.last_error",
            "delivery_attempts.error",
            "inbound_deliveries.error",
            "message_attempts.error",
            "message_attempts.excerpt",
            "notice_attempts.error",
            "notice_attempts.response_excerpt",
            "notices.last_error",
            "official_handles.check_reason",
            "outcomes.last_error",
        ],
        "what another system answered, in words of ours",
    ),
    **dict.fromkeys(
        [
            "channel_accounts.base_url",
            "channel_accounts.external_id",
            "channel_messages.external_id",
            "channel_messages.hand_off_url",
            "channel_messages.permalink",
            "deleted_posts.external_id",
            "inbound_deliveries.delivery_id",
            "ladders.name",
            "look_alikes.handle",
            "official_handles.external_id",
            "official_handles.handle",
            "official_handles.site_url",
            "people.email",
            "post_aliases.alias",
            "post_aliases.external_id",
            "posts.external_id",
            "social_identities.external_id",
            "stores.hours_text",
            "stores.zone",
            "thread_doors.external_id",
            "thread_doors.url",
            "threads.addressed_to",
            "threads.external_id",
            "threads.permalink",
            "unit_calendars.hours_text",
            "unit_calendars.zone",
            "webhook_endpoints.url",
        ],
        CHECKED,
    ),
    **dict.fromkeys(
        [
            "authority_grants.name",
            "closures.label",
            "ladder_versions.note",
            "promise_templates.note_for_store",
            "saved_searches.name",
            "sla_policies.note",
            "store_files.name",
            "stores.address2",
            "stores.imported_from",
            "thread_claims.release_reason",
            "wordings.note",
        ],
        NOTES,
    ),
}


def columns() -> list[str]:
    """Columns of text that are long enough for words."""
    found = []
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            kind = getattr(column.type, "impl", column.type)
            if isinstance(kind, sa.String) and (kind.length or 10_000) >= SHORTEST_TEXT:
                found.append(f"{table.name}.{column.name}")
    return found


def is_marked(table: str, column: str) -> bool:
    return bool(rows(f"SELECT 1 FROM {table} WHERE {column}::text LIKE '%%MARK%%' LIMIT 1"))
