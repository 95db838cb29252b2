"""What listening tools tell: written down mention by mention, sorted by the saved searches, and timed.

A tool finds by its own query what it takes for ours; the brand's searches have the last word. What one
of their exclusions leaves out is set aside with the reason, and is not lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson
from sqlmodel import Session, col, func, select

from bridge import metrics, searches
from bridge.channels.abilities import Kind
from bridge.channels.addresses import recognise
from bridge.channels.registry import channels
from bridge.db import Connection
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.mentions import mention_of
from bridge.models.base import new_id
from bridge.models.channels import ChannelAccount
from bridge.models.intake import Thread
from bridge.names import holdable
from bridge.queries import inbound as queries
from bridge.queries import searches as search_queries
from bridge.queries import triage as triage_queries
from bridge.queries.inbound import ToKeep
from bridge.roles import Actor
from bridge.services import audit
from bridge.services.capturing import Captured
from bridge.services.intake import WORDS_MAX_CHARACTERS
from bridge.services.receiving import RAW_PLACE, short_id
from bridge.settings import Settings
from bridge.triage import Triage
from bridge.vault import Vault

ANOTHER: Final = "Another mention came under this webhook-id; a new one needs a new id."


@dataclass(frozen=True, slots=True)
class Checked:
    """Mentions that were looked at: the good ones sealed and ready to be written down, by their place."""

    count: int
    refused: Mapping[int, "Heard"]
    good: Mapping[int, ToKeep]


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one mention: kept, or refused with what is wrong in which field."""

    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    is_new: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether it is written down, now or before."""
        return not self.errors


def check(told: Sequence[Any], *, names: Sequence[str], config: Settings, now: datetime) -> Checked:
    """Look at each mention and seal the good ones. Takes no connection; a bad one stops no other.

    `names` are the sender's own names for them, one each.
    """
    refused: dict[int, Heard] = {}
    good: dict[int, ToKeep] = {}
    vault = Vault(config.encryption_keys)
    for number, (one, name) in enumerate(zip(told, names, strict=True)):
        try:
            mention_of(one, recognise=recognise, now=now)
        except InvalidInput as error:
            fields: Any = error.details["fields"]
            refused[number] = Heard(fields)
            continue
        body = orjson.dumps(one)
        good[number] = ToKeep(
            new_id(), short_id(name), vault.seal(body, place=RAW_PLACE), sha256(body).digest()
        )
    return Checked(len(told), refused, good)


def keep(
    connection: Connection,
    account_id: UUID,
    checked: Checked,
    *,
    how: str,
    config: Settings,
    now: datetime,
) -> list[Heard]:
    """Write each good mention down as a delivery of its own, in one statement; a repeat finds the first."""
    heard = dict(checked.refused)
    if checked.good:
        until = now + timedelta(days=config.raw_retention_days)
        given = [*checked.good.values()]
        kept = queries.keep_all(connection, account_id, given, how=how, raw_until=until, now=now)
        for number, one in checked.good.items():
            known, is_new = kept[one.delivery_id]
            is_same = known == one.raw_sha256
            heard[number] = Heard(is_new=is_new) if is_same else Heard({"webhook-id": [ANOTHER]})
    return [heard[number] for number in range(checked.count)]


def account_named(session: Session, brand_id: UUID, name: str) -> ChannelAccount:
    """The brand's listening tool of that name. Raises NotFound, and Conflict for one that is switched off."""
    query = select(ChannelAccount).where(
        col(ChannelAccount.brand_id) == brand_id,
        col(ChannelAccount.deleted_at).is_(None),
        func.lower(ChannelAccount.name) == name.lower(),
    )
    for account in session.exec(query):
        known = channels().get(account.channel)
        if known is not None and known.capabilities.kind is Kind.LISTENING:
            if not account.enabled:
                raise Conflict("This listening tool is switched off, and takes nothing in.")
            return account
    raise NotFound("there is no listening tool of this name")


def sort(session: Session, thread: Thread, *, text: str, language: str, now: datetime) -> None:
    """Say which search a new thread that mentions nobody matches, or set it aside when one leaves it out."""
    if thread.mention_type != "untagged":
        return
    wanted = search_queries.of_brand(session, thread.brand_id, thread.network)
    judged = searches.judge(text, wanted, language=language, found_by=thread.matched_on)
    if judged.excluded_by is None:
        if judged.found is not None and not thread.matched_on:
            thread.matched_on = judged.found.name[:WORDS_MAX_CHARACTERS]
            session.add(thread)
        return
    thread.matched_on = judged.excluded_by.name[:WORDS_MAX_CHARACTERS]
    session.add(thread)
    session.flush()
    triage_queries.put(
        session,
        thread.id,
        triage=Triage.NOT_OURS.value,
        snoozed_until=None,
        duplicate_of_id=None,
        person_id=None,
        now=now,
    )
    facts = {"search": judged.excluded_by.name, "word": holdable(judged.word)}
    actor = Actor(kind="system", id=None, name="saved searches", brand_id=thread.brand_id)
    audit.record(
        session, stream=f"thread:{thread.id}", action="triage.excluded", actor=actor, facts=facts, now=now
    )


def measure(channel: str, captured: Captured, now: datetime) -> None:
    """Note how long after it was said a customer's post reached us."""
    metrics.DETECTION_LAG_SECONDS.labels(channel, captured.mention_type).observe(
        max((now - captured.posted_at).total_seconds(), 0)
    )
