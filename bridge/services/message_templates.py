"""What customers read, as versions of a brand: the sentences in force, the next version, and a preview.

The sentences, their variables and what is refused: `bridge/brand_messages.py`. A promise's texts
are put together from them when they are shown, so a new version counts from the next look on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from bridge import brand_messages
from bridge.hours import windows_line
from bridge.queries import wordings as queries
from bridge.queries.causes import Ask
from bridge.roles import Actor
from bridge.services import wordings
from bridge.services.policies import Version
from bridge.texts import (
    CustomerTexts,
    PromiseFacts,
    Slip,
    Words,
    customer_texts,
    outcome_texts,
    promise_phrase,
    slip,
)

KIND: Final = "messages"
EXAMPLE_CODE: Final = "K7QF3M9T2XH2"
EXAMPLE_LINK: Final = "https://bridge.example/s/a-secret-of-22-letters"
ENDS: Final = ("honoured", "honoured_part", "declined", "revoked", "expired")
REASONS: Final = {
    "en": "the item is not in stock",
    "es": "el artículo no está disponible",
    "fr": "l'article n'est pas en stock",
}
_ITEMS: Final = {"en": "Galaxy S6 case", "es": "funda Galaxy S6", "fr": "étui Galaxy S6"}
_CONDITIONS: Final = {
    "en": "the old item is handed in",
    "es": "se entrega el artículo anterior",
    "fr": "l'ancien article est remis",
}


@dataclass(frozen=True, slots=True)
class Example:
    """One situation as the customer would read it on one channel."""

    situation: str
    texts: CustomerTexts


def in_force(ask: Ask, brand_id: UUID) -> Words:
    """The sentences that count now. One statement; a caller that reads a record anyway asks there instead."""
    row = queries.in_force(ask, brand_id, KIND)
    return brand_messages.merged(row.definition if row is not None else {})


def versions(ask: Ask, brand_id: UUID) -> list[Version]:
    """All versions, newest first; the first is in force."""
    return wordings.versions(ask, brand_id, KIND)


def publish(
    session: Session,
    actor: Actor,
    definition: Mapping[str, Any],
    *,
    note: str,
    if_version: int,
    now: datetime,
) -> Version:
    """Put the brand's next version in force. Locks the brand.

    Raises InvalidInput that names each wrong sentence, and VersionMismatch.
    """
    checked = brand_messages.parse(definition)
    return wordings.publish(session, actor, KIND, checked, note=note, if_version=if_version, now=now)


def preview(words: Words, *, brand: str, locale: str, channel: str, now: datetime) -> list[Example]:
    """Every situation of a made-up promise on a channel: as issued, and each way in which it can end."""
    facts = example(brand, locale, now)
    shown = [Example("promise", customer_texts(facts, locale, channel, wording=words))]
    shown += [
        Example(
            end,
            outcome_texts(
                end,
                facts,
                locale,
                channel,
                given_minor=500 if end == "honoured_part" else None,
                left_minor=1_000 if end == "honoured_part" else None,
                reason=REASONS[locale] if end == "declined" else None,
                wording=words,
            ),
        )
        for end in ENDS
    ]
    return shown


def preview_slip(words: Words, *, brand: str, locale: str, now: datetime) -> Slip:
    """The slip of the made-up promise."""
    return slip(example(brand, locale, now), locale, wording=words)


def example(brand: str, locale: str, now: datetime) -> PromiseFacts:
    """A made-up promise, to show how texts read."""
    until = (now + timedelta(days=7)).replace(hour=21, minute=0, second=0, microsecond=0)
    phrase = promise_phrase(
        "discount_amount", _ITEMS[locale], amount_minor=1_500, currency="USD", percent=None, locale=locale
    )
    return PromiseFacts(
        brand=brand,
        what=phrase,
        amount_minor=1_500,
        currency="USD",
        percent=None,
        store_name="Maplewood",
        store_address="1 Main Street, Maplewood, MN",
        store_hours_line=windows_line(((600, 1_290),), locale),
        until_local=until,
        until_zone="UTC",
        code=EXAMPLE_CODE,
        bring=(),
        handle="sam_k",
        agent_name="Dana",
        store_ready=False,
        status_link=EXAMPLE_LINK,
        official="@NorthlightCare (X)",
        conditions=(_CONDITIONS[locale],),
    )
