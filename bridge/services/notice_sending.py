"""One notice on its way: worded for its reader, addressed, and handed to its channel.

`prepare` reads nothing but what the claim brought along and runs in the sweep's main thread;
`Sender` runs in the threads and never touches the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from bridge.channels import slack, sms, teams
from bridge.channels.answer import Answer, Result
from bridge.channels.email import Mail, Mailer
from bridge.channels.guard import Limits
from bridge.lifecycle import LIVE, Status
from bridge.notice_wording import AtSending, Item, Worded, path_of, word
from bridge.notices import Channel, StopsOn, Template
from bridge.queries.notice_queue import Case, Claimed
from bridge.settings import Settings
from bridge.vault import Vault

ADDRESS_PLACE: Final = "contact_points"
EMAIL_LANES: Final = 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """A notice ready to go, or, without `worded`, one that cannot: `problem` says why."""

    claim: Claimed
    lane: str
    address: str = field(default="", repr=False)
    worded: Worded | None = None
    problem: str = ""


def prepare(
    claim: Claimed, *, cases: Mapping[UUID, Case], config: Settings, vault: Vault, now: datetime
) -> Prepared | None:
    """Word and address a notice. None for a digest of which nothing is worth telling any more."""
    at = AtSending(
        number=claim.number,
        store=claim.store,
        zone=ZoneInfo(claim.zone),
        now=now,
        locale=claim.locale,
        path=path_of(claim.escalation_id, claim.facts, reads_promises=claim.reads_promises),
        base_url=config.base_url,
    )
    template, items = Template(claim.template), []
    if template is Template.DIGEST:
        items = _items_of(claim.facts, at, cases)
        if not items:
            return None
    address, problem = _address_of(claim, vault)
    if problem:
        return Prepared(claim, lane="", problem=problem)
    return Prepared(claim, _lane_of(claim), address, word(template, claim.facts, at, items=items))


def digest_item(claim: Claimed) -> dict[str, Any]:
    """A notice as one entry of a digest's facts."""
    return {
        "template": claim.template,
        "facts": claim.facts,
        "escalation_id": str(claim.escalation_id) if claim.escalation_id else None,
        "stops_on": claim.stops_on,
    }


def _items_of(facts: Mapping[str, Any], at: AtSending, cases: Mapping[UUID, Case]) -> list[Item]:
    found = []
    for item in facts.get("items", ()):
        case = cases.get(UUID(item["escalation_id"])) if item.get("escalation_id") else None
        if case is not None and not _is_wanted(item.get("stops_on"), case.status):
            continue
        here = replace(at, number=case.number if case else None, store=case.store if case else None)
        found.append(Item(Template(item["template"]), item["facts"], here))
    return found


def _is_wanted(stops_on: str | None, status: Status) -> bool:
    if stops_on == StopsOn.ACKNOWLEDGE:
        return status is Status.ISSUED
    return stops_on != StopsOn.END or status in LIVE


def _address_of(claim: Claimed, vault: Vault) -> tuple[str, str]:
    """The address, or one word that says why there is none."""
    if claim.point_id is None:
        if claim.channel == Channel.EMAIL and claim.email:
            return claim.email, ""
        return "", "no_address"
    if claim.point_state != "active" or claim.address_cipher is None:
        return "", "address_disabled"
    try:
        return vault.open(claim.address_cipher, place=ADDRESS_PLACE).decode(), ""
    except ValueError:
        return "", "address_unreadable"


def _lane_of(claim: Claimed) -> str:
    """What goes one after the other: a mail server's connection, the SMS account, a channel's address."""
    if claim.channel == Channel.EMAIL:
        return f"email {claim.id.int % EMAIL_LANES}"
    if claim.channel == Channel.SMS:
        return "sms"
    return f"{claim.channel} {claim.point_id}"


class Sender:
    """Sends one lane's notices, in order. Used by one thread."""

    def __init__(self, config: Settings) -> None:
        self._config = config
        self._mailer = Mailer(config)
        self._limits = Limits(
            allow_private=config.webhook_allow_private_addresses,
            connect_seconds=config.webhook_connect_timeout_seconds,
            read_seconds=config.webhook_read_timeout_seconds,
            response_max_bytes=config.webhook_response_max_bytes,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._mailer.__exit__(*exception)

    def send(self, one: Prepared) -> Answer:
        """Send once; raises nothing that a network or a receiver can cause."""
        claim, worded = one.claim, one.worded
        assert worded is not None
        if claim.channel == Channel.EMAIL:
            return self._mailer.send(
                Mail(
                    notice_id=claim.id,
                    escalation_id=claim.escalation_id,
                    to=one.address,
                    subject=worded.subject,
                    text=worded.plain(),
                    locale=claim.locale,
                    at=claim.created_at,
                )
            )
        if claim.channel == Channel.SMS:
            return sms.send(
                one.address,
                worded.sms(),
                config=self._config,
                limits=self._limits,
                perhaps_sent_since=claim.perhaps_sent_since,
            )
        if claim.channel == Channel.SLACK:
            return slack.send(one.address, worded, limits=self._limits)
        if claim.channel == Channel.TEAMS:
            return teams.send(one.address, worded, limits=self._limits)
        return Answer(Result.FINAL, "no_such_channel")
