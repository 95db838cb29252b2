"""What a promise template would write: the private message by language, and its length on each network."""

from dataclasses import dataclass, replace
from decimal import Decimal

from bridge import db
from bridge.clock import utc_now
from bridge.errors import InvalidInput
from bridge.filling import KNOWN, unfilled
from bridge.lengths import Length
from bridge.services import message_templates
from bridge.services import promise_templates as service
from bridge.texts import LOCALES, PromiseFacts, customer_texts, promise_phrase
from web.sessions import own_brand, visitor

CHANNELS = ("x", "bluesky", "mastodon", "sms", "email")


@dataclass(frozen=True, slots=True)
class Written:
    """The private message of a promise made with the template, in one language, and how long it is where."""

    locale: str
    text: str
    lengths: list[tuple[str, Length]]


def texts_of(template: service.Template) -> list[Written]:
    """The private message in each language; a promise without its measure is worded without it."""
    with db.statement() as connection:
        wording = message_templates.in_force(connection.execute, own_brand())
    found = []
    for locale in LOCALES:
        facts = _facts(template, locale)
        texts = {channel: customer_texts(facts, locale, channel, wording=wording) for channel in CHANNELS}
        lengths = [(channel, texts[channel].private_length) for channel in CHANNELS]
        found.append(Written(locale, texts["email"].private, lengths))
    return found


def _facts(template: service.Template, locale: str) -> PromiseFacts:
    try:
        phrase = promise_phrase(
            template.type,
            template.item,
            amount_minor=template.amount_minor,
            currency=visitor().facts["currency"],
            percent=Decimal(template.percent_hundredths) / 100 if template.percent_hundredths else None,
            locale=locale,
        )
    except InvalidInput:
        phrase = template.item or template.name
    example = message_templates.example(visitor().facts["brand_name"], locale, utc_now())
    return replace(example, what=phrase)


def open_variables(template: service.Template) -> tuple[str, ...]:
    """The variables that the agent has to fill in."""
    names = unfilled(template.item, template.conditions, template.note_for_store)
    return tuple(name for name in names if name not in KNOWN)
