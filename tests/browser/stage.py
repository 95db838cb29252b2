"""A brand in the middle of its day: something of everything that a page can show.

`fill(cast)` lets the cast do it through the services, so that every page of the atlas has what it
shows. Every text that a person may write comes from `Words`: tidy here, hostile in another test.
"""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bridge import db
from bridge.clock import utc_now
from bridge.decision import Decided
from bridge.lifecycle import Action
from bridge.models import (
    Brand,
    DeliveryAttempt,
    Device,
    EscalationRow,
    OrgUnit,
    Person,
    ReferenceCode,
    SocialIdentity,
    Store,
    Thread,
)
from bridge.notices import Channel, Template
from bridge.promises import DeclineReason, PriorChannel, PromiseType, Proof, SecondFact
from bridge.queries.doors import ask_for_store, open_door, set_state
from bridge.reasons import EntryReason, Question, RevokeReason, TransferReason, Visibility
from bridge.reviewing import Finding
from bridge.services import (
    accounts,
    appealing,
    approvals,
    asking,
    calendar_changes,
    channel_accounts,
    claims,
    closing,
    contacts,
    customers,
    directory,
    duplicates,
    intake,
    noting,
    promise_templates,
    reading_in,
    receiving,
    review,
    revoking,
    same_person,
    saved_searches,
    sessions,
    start_passwords,
    store_files,
    transferring,
    webhooks,
)
from bridge.settings import settings
from tests.api.life_stage import acted, actor_of
from tests.before_hq import CAUSE, before_hq, move, version_of
from tests.cast import Cast, Member, able_to_sign_in, build_cast, line, once, promise, vault
from tests.cast import decide as try_to_decide
from tests.keeping import filled
from tests.messages import account_of, waiting_message, with_door
from tests.pins import give_pins, paired_tablet, signed_in
from tests.telling import tell
from web import cookies

LONG_AGO = timedelta(minutes=2)
"""Longer than a decision can be undone."""
_numbers = itertools.count(1)


class Words:
    """The texts that people write, as a tidy person writes them."""

    def name(self, tidy: str, longest: int = 80) -> str:
        """A name of somebody or something, in one line."""
        return tidy

    def handle(self, tidy: str) -> str:
        """A customer's handle."""
        return tidy

    def text(self, tidy: str, longest: int = 500) -> str:
        """Free text of several lines."""
        return tidy


@dataclass
class Stage:
    """What is there; `ids` fill the addresses of the atlas."""

    cast: Cast
    ids: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, dict[str, str]] = field(default_factory=dict)
    """What some browsers keep in cookies: a paired tablet, a locked session on it."""


def fill(cast: Cast, words: Words | None = None) -> Stage:
    """Let everything happen once."""
    words = words or Words()
    stage = Stage(cast)
    name_everything(cast, words)
    _posts(stage, words)
    _promises(stage, words)
    _decisions(stage, words)
    _moves(stage, words)
    _before_hq(stage, words)
    _setup(stage, words)
    _care_tool(stage)
    _tablets(stage, words)
    _customers(stage)
    _messages(stage, words)
    return stage


def kept_stage(owner_url: str) -> Stage:
    """The tidy stage of a cast that can sign in, filled once and given back as it was."""
    return filled(owner_url, "stage", lambda: fill(able_to_sign_in(build_cast())))


def name_everything(cast: Cast, words: Words) -> None:
    """Names as the administrator gave them; they are frozen into every promise that follows."""
    with db.transaction() as session:
        brand = session.get_one(Brand, cast.brand.id)
        brand.name = words.name(brand.name)
        for member in cast.members.values():
            person = session.get_one(Person, member.person.id)
            person.display_name = member.person.display_name = words.name(person.display_name)
            if member.device is not None:
                device = session.get_one(Device, member.device.id)
                device.name = f"{words.name(device.name, 70)} {next(_numbers)}"
        for row in (cast.store_10, cast.store_12, cast.store_40):
            store = session.get_one(Store, row.id)
            store.name, store.address = words.name(store.name), words.name(store.address)
            store.city = words.name(store.city, 60)
        district = session.get_one(OrgUnit, cast.district.id)
        district.name = words.name(district.name)


def captured(stage: Stage, words: Words, *, handle: str, text: str, by: Member | None = None) -> UUID:
    """A customer's post, held by `by` if somebody is named."""
    number, now = next(_numbers), utc_now()
    post = intake.Captured(
        handle=words.handle(handle),
        text=words.text(text, 10_000),
        posted_at=now - timedelta(minutes=number % 50),
        permalink=f"https://x.com/{handle}/status/{7_000_000 + number}",
        addressed_to="NorthlightCare",
    )
    with db.transaction() as session:
        thread = intake.capture(session, actor_of(stage.cast.ana), post, now).thread
        if by is not None:
            claims.claim(session, actor_of(by), thread.id, now)
        return thread.id


def _posts(stage: Stage, words: Words) -> None:
    cast = stage.cast
    stage.ids["thread"] = captured(
        stage,
        words,
        handle="rosa_m",
        text="Maplewood would not take my CD back. Lakeside maybe?",
        by=cast.ana,
    )
    stage.ids["thread_of_kim"] = captured(
        stage, words, handle="sam_k", text="No receipt, no service?", by=cast.kim
    )
    stage.ids["thread_free"] = captured(stage, words, handle="joy.q", text="Who helps me at Lakeside?")
    with db.transaction() as session:
        free = stage.ids["thread_of_kim"]
        claims.take_over(session, actor_of(cast.kim), free, words.name("She is off today", 180), utc_now())
        kim = actor_of(cast.kim)
        joy = session.get_one(SocialIdentity, session.get_one(Thread, stage.ids["thread_free"]).identity_id)
        for name, is_cut in (("thread", True), ("thread_of_kim", False)):
            identity = session.get_one(Thread, stage.ids[name]).identity_id
            linked = same_person.link(
                session,
                kim,
                identity,
                network=joy.network,
                handle=joy.handle,
                reason="Order number: " + words.name("the same", 280),
                now=utc_now(),
            )
            if is_cut:
                same_person.cut(
                    session,
                    kim,
                    linked.id,
                    reason="Another person: " + words.name("a mistake of mine", 280),
                    now=utc_now(),
                )


def _care_tool(stage: Stage) -> None:
    """A connected care tool, which knows one of the conversations and asks for a store there."""
    now = utc_now()
    with db.transaction() as session:
        account = channel_accounts.connect(
            session,
            actor_of(stage.cast.ada),
            channel="chatwoot",
            name="Care desk",
            base_url="https://chat.example",
            values={"account_id": "1", "access_token": "tool-token", "webhook_secret": "tool-secret"},
            config=settings(),
            now=now,
        )
        stage.ids["tool"] = account.id
        stage.ids["search"] = saved_searches.add(
            session,
            actor_of(stage.cast.ada),
            {
                "name": "Broken shoes",
                "language": "en",
                "any_words": ["northlight", "north light", "#northlight"],
                "also_words": ["sole", "heel", "boots", "came off", "never again"],
                "not_words": ["giveaway", "job offer"],
            },
            now=now,
        ).id
        open_door(
            session,
            thread_id=stage.ids["thread_free"],
            account_id=account.id,
            external_id="812",
            url="https://chat.example/app/accounts/1/conversations/812",
            last_customer_at=now,
            now=now,
        )
        set_state(session, account.id, "812", "open")
        ask_for_store(session, account.id, "812", "store_problem")


def _promises(stage: Stage, words: Words) -> None:
    cast = stage.cast
    first = promise(
        cast,
        thread_id=stage.ids["thread"],
        lines=[
            line(
                4_000,
                item=words.text("CD box set", 200),
                conditions=words.text("With the box", 500),
                waives=frozenset({Proof.RECEIPT}),
            )
        ],
        note_for_store=words.text("She is coming on Saturday.", 500),
        note_internal=words.text("Third complaint this month.", 2_000),
        order_ref=words.name("A-1017", 60),
        prior_contacts=[(PriorChannel.STORE, 2, words.name("sent away", 200))],
        second_fact=(SecondFact.ORDER_DIGITS, "1017"),
    )
    stage.ids["handle"] = cast.handle.id
    stage.ids["case"], stage.codes["case"] = first.id, first.code or ""
    second = promise(
        cast,
        thread_id=stage.ids["thread"],
        amount_minor=500,
        second_promise_reason=words.name("a gift card beside it", 200),
    )
    stage.ids["second"] = second.id
    pending = promise(cast, by=cast.ivy, lines=[line(9_000, item=words.text("Turntable", 200))])
    stage.ids["pending"] = pending.id
    _settle(cast, approvals.approve, promise(cast, by=cast.ivy).id, words.text("It is fair.", 500))
    _settle(cast, approvals.reject, promise(cast, by=cast.ivy).id, words.text("Too much.", 500))
    acted(
        noting.note,
        cast.ana,
        first.id,
        text=words.text("Rang her twice.", 2_000),
        visibility=Visibility.INTERNAL,
        at_store=False,
    )
    acted(
        noting.note,
        cast.lee,
        first.id,
        text=words.text("Behind the till.", 2_000),
        visibility=Visibility.STORE,
        at_store=True,
    )
    linked = acted(
        duplicates.link,
        cast.ana,
        second.id,
        duplicate_of_id=first.id,
        reason=words.name("the same receipt", 200),
    )
    acted(duplicates.cut, cast.ana, linked.subject_id, reason=words.name("two customers", 200))
    acted(
        duplicates.link,
        cast.ana,
        second.id,
        duplicate_of_id=first.id,
        reason=words.name("the same receipt", 200),
    )


def _settle(cast: Cast, service: Any, case: UUID, reason: str) -> None:
    how: dict[str, Any] = {"reason": reason, "if_version": None, "now": utc_now(), "settings": settings()}
    if service is approvals.approve:
        how["vault"] = vault()
    with db.act() as act:
        service(act, cast.kim.token, case, once=once("settle"), **how)


def _decisions(stage: Stage, words: Words) -> None:
    cast = stage.cast
    aside = promise(cast)
    decide(
        cast,
        cast.lee,
        escalation_id=aside.id,
        action=Action.ACKNOWLEDGE,
        set_aside_note=words.name("Behind the till, shelf B", 120),
    )
    used, part = (promise(cast, valid_from=utc_now() - timedelta(hours=1)) for _ in range(2))
    decide(cast, cast.sam, code=used.code, receipt_ref=words.name("R-2041", 60), now=utc_now() - LONG_AGO)
    decide(cast, cast.sam, code=part.code, amount_minor=1_000, now=utc_now() - LONG_AGO)
    just = promise(cast)
    decide(cast, cast.sam, code=just.code)
    declined = promise(cast)
    _decline(cast, words, declined.id)
    acted(
        closing.close,
        cast.ana,
        declined.id,
        cause="STORE_SERVICE.conduct.rude",
        if_version=None,
        settings=settings(),
    )
    acted(
        closing.reopen,
        cast.ana,
        declined.id,
        reason=words.text("They have it now.", 500),
        valid_until=None,
        if_version=None,
        settings=settings(),
        vault=vault(),
    )
    revoked = promise(cast)
    acted(
        revoking.revoke,
        cast.kim,
        revoked.id,
        reason=RevokeReason.PRODUCT_RECALL,
        text=words.text("Recall of May.", 500),
        if_version=None,
    )
    contested = promise(cast)
    _decline(cast, words, contested.id)
    acted(closing.tell_customer, cast.ana, contested.id, channel="private")
    token = _appeal_link(cast, contested.id)
    with db.act() as act:
        appealing.file(act, token, text=words.text("They laughed at me.", 2_000), now=utc_now())
    stage.ids["contested"] = contested.id
    unheard = promise(cast)
    _decline(cast, words, unheard.id)
    stage.ids["appeal"] = _appeal_link(cast, unheard.id)
    stage.ids.update(aside=aside.id, used=used.id, part=part.id, just=just.id, revoked=revoked.id)
    stage.ids.update(reopened=declined.id)
    stage.codes.update(used=used.code or "", part=part.code or "", aside=aside.code or "")


def decide(cast: Cast, by: Member, **asked: Any) -> None:
    """Decide, and it counts."""
    done = try_to_decide(cast, by, **asked)
    assert isinstance(done, Decided), done


def _decline(cast: Cast, words: Words, case: UUID) -> None:
    decide(
        cast,
        cast.sam,
        escalation_id=case,
        action=Action.DECLINE,
        reason=DeclineReason.OTHER,
        reason_text=words.text("We never heard of this.", 500),
        customer_text=words.text("Just social media, that could be anybody.", 500),
        now=utc_now() - LONG_AGO,
    )


def _appeal_link(cast: Cast, case: UUID) -> str:
    made = acted(appealing.make_link, cast.ana, case, settings=settings())
    return str(made.link).rpartition("/")[2]


def _moves(stage: Stage, words: Words) -> None:
    cast = stage.cast
    asked, answered = promise(cast), promise(cast)
    for case in (asked, answered):
        acted(
            asking.ask,
            cast.lee,
            case.id,
            question=Question.EQUAL_ITEM,
            text=words.text("The blue one?", 500),
            is_live=False,
            settings=settings(),
        )
    acted(
        asking.answer,
        cast.ana,
        answered.id,
        text=words.text("Yes, blue is fine.", 1_000),
        valid_until=None,
        settings=settings(),
    )
    leaving, coming, refused = promise(cast), promise(cast, store_number="40"), promise(cast)
    for by, case, to in ((cast.sam, leaving, "40"), (cast.mia, coming, "12"), (cast.sam, refused, "40")):
        offered = acted(
            transferring.offer,
            by,
            case.id,
            by_store=True,
            to_number=to,
            reason=TransferReason.NO_STOCK,
            note=words.text("Sold out.", 500),
        )
        stage.ids[f"offer_to_{to}"] = offered.subject_id
    acted(
        transferring.decide,
        cast.mia,
        stage.ids["offer_to_40"],
        Action.REFUSE_TRANSFER,
        note=words.text("Sold out too.", 500),
    )
    stage.ids.update(asked=asked.id, answered=answered.id, leaving=leaving.id, coming=coming.id)
    stage.ids["of_40"] = promise(cast, store_number="40").id


def _before_hq(stage: Stage, words: Words) -> None:
    cast = stage.cast
    silent = promise(cast)
    before_hq(cast, silent.id, EntryReason.NO_ACK, at=utc_now() - timedelta(days=2))
    judged = promise(cast)
    _decline(cast, words, judged.id)
    move(judged.id, Action.REVIEW)
    found = before_hq(cast, judged.id, EntryReason.WRONGFUL_DECLINE)
    with db.act() as act:
        review.find(
            act,
            actor_of(cast.hana),
            found.review,
            review.Judgement(Finding.UPHELD, text=words.text("Told too late.", 2_000), cause_code=CAUSE),
            if_version=version_of(judged.id),
            once=once("find"),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now(),
            settings=settings(),
            vault=vault(),
        )
    stage.ids.update(review=silent.id, judged=judged.id)


STORES = b"""[{"id": 12, "name": "Lakeside two", "address": "1 Main Street", "city": "Maplewood", "state": "MN",
"location": {"lat": 45.0, "lon": -93.0}, "hours": "Mon: 10-9"}, {"id": 5}]"""
"""A file that an administrator has sent and not applied: something in it changes, something is wrong."""


def _refused(event_id: UUID, words: Words, *, now: datetime) -> DeliveryAttempt:
    """A try at which the receiver said no, in its own words."""
    return DeliveryAttempt(
        outcome_id=event_id,
        attempt=1,
        started_at=now,
        duration_seconds=0.2,
        status_code=500,
        error="status_500",
        response_excerpt=words.text("We are closed for stocktaking."),
    )


def _setup(stage: Stage, words: Words) -> None:
    cast, now = stage.cast, utc_now()
    ada = actor_of(cast.ada)
    with db.transaction() as session:
        unit = session.get_one(OrgUnit, cast.store_12.org_unit_id)
        calendar_changes.set_hours_on(
            session,
            unit,
            (now + timedelta(days=5)).date(),
            hours="closed",
            label=words.name("Stocktaking"),
            actor=ada,
            now=now,
        )
        contacts.add(
            session,
            ada,
            channel=Channel.EMAIL,
            address="store12@northlight.example",
            unit_id=cast.store_12.org_unit_id,
            config=settings(),
            now=now,
        )
        receiver = webhooks.register(
            session,
            ada,
            url="http://127.0.0.1:9/hook",
            topics=["*"],
            description=words.name("The till", 200),
            config=settings(),
            now=now,
        )
        account = channel_accounts.connect(
            session,
            ada,
            channel="bluesky",
            name=words.name("Northlight Care"),
            handle=words.handle("care.northlight.example"),
            values={"identifier": "care.northlight.example", "app_password": "stage-app-password"},
            config=settings(),
            now=now,
        )
        stage.ids["account"] = account.id
        accounts.create_key(
            session,
            ada,
            name=words.name("Till of store 12"),
            scopes=["counter.look_up"],
            brand_id=cast.brand.id,
            expires_at=now + timedelta(days=90),
            now=now,
        )
        template = promise_templates.add(
            session,
            ada,
            promise_templates.Template(
                short_code="tv",
                name=words.name("Broken television"),
                type=PromiseType.GOODWILL_GESTURE,
                item=words.name("{model}"),
                conditions=words.name("With the old one", 500),
                amount_minor=2_500,
            ),
            currency="USD",
            now=now,
        )
        file = store_files.receive(session, ada, "stores.json", STORES, now=now).file
        event = webhooks.send_test(session, ada, receiver.endpoint.id, now=now)
        session.flush()
        session.add(_refused(event.id, words, now=now))
        stage.ids |= {"template": template.id, "file": file.id, "event": event.id}
        stage.ids |= {"receiver": receiver.endpoint.id, "person": cast.lee.person.id}
    with db.statement() as connection:
        receiving.keep(
            connection,
            stage.ids["account"],
            delivery_id="stage-1",
            body=b"{}",
            how="poll",
            config=settings(),
            now=utc_now(),
        )
    reading_in.read_due(settings())
    for who, template in (
        (cast.sam, Template.CASE_WAITING),
        (cast.ana, Template.QUESTION_ANSWERED),
        (cast.hana, Template.CASE_WAITING),
    ):
        tell(cast, who, Channel.INBOX, escalation_id=stage.ids["case"], template=template, next_at=now)


def _tablets(stage: Stage, words: Words) -> None:
    cast = stage.cast
    give_pins(cast)
    tablet = paired_tablet(cast, name=words.name("Counter 1"))
    lee = signed_in(cast, tablet, "lee")
    with db.transaction() as session:
        sessions.lock(session, actor_of(lee), now=utc_now())
    paired = {cookies.PAIRED: tablet.secret}
    stage.browsers = {"tablet": paired, "locked": {**paired, cookies.SESSION: lee.token}}
    _start_password(stage, words)


def _start_password(stage: Stage, words: Words) -> None:
    """A browser of somebody who signed in with the password that Ada made."""
    cast, now, password = stage.cast, utc_now(), start_passwords.drawn()
    ada = actor_of(cast.ada)
    with db.transaction() as session:
        nora = directory.create_person(
            session,
            brand_id=cast.brand.id,
            display_name=words.name("Nora"),
            email="nora@northlight.example",
            actor=ada,
            now=now,
        )
        accounts.set_password(session, ada, nora, password, now=now, settings=settings())
        opened = accounts.sign_in(
            session,
            email="nora@northlight.example",
            password=password,
            kind="page_session",
            device_name="Browser",
            now=now,
            settings=settings(),
        )
    assert isinstance(opened, accounts.SignedIn)
    stage.browsers["start"] = {cookies.SESSION: opened.token}


def _customers(stage: Stage) -> None:
    """The address of each customer's own page."""
    for name, case in (("link", "case"), ("link_used", "used"), ("link_declined", "contested")):
        with db.statement() as connection:
            link = customers.link_of(
                connection, stage.ids[case], now=utc_now(), settings=settings(), vault=vault()
            )
        stage.ids[name] = str(link).rpartition("/")[2]


def _messages(stage: Stage, words: Words) -> None:
    """One of each kind that waits for a person."""
    cast, now = stage.cast, utc_now()
    link = "https://x.com/intent/tweet?in_reply_to=77&text=Thank%20you"
    for state, more in {
        "waiting": {"last_error": "late", "release_until": now + timedelta(hours=6)},
        "handed_off": {"last_error": "not_summoned", "hand_off_url": link},
        "unknown": {"last_error": "timeout"},
        "failed_final": {"last_error": "status_404"},
    }.items():
        text = words.text("Thank you for telling us. We have sent you a message.", 500)
        account = account_of(cast, name=words.name(f"Northlight {state}"))
        stage.ids[f"message_{state}"] = waiting_message(cast, state, account=account, text=text, **more).id
    _answerable(stage, words)


def _answerable(stage: Stage, words: Words) -> None:
    """Ana's conversation can be answered in public and in private; something was, and a code became public."""
    with db.transaction() as session:
        thread = session.get_one(Thread, stage.ids["thread"])
        case = session.get_one(EscalationRow, stage.ids["case"])
        of_case = session.get_one(Thread, case.thread_id)
        session.get_one(ReferenceCode, case.code_hmac).public_at = utc_now()
    for one in {thread.id: thread, of_case.id: of_case}.values():
        account = with_door(stage.cast, one, "zendesk")
        waiting_message(
            stage.cast,
            "failed_final",
            account=account,
            thread=one,
            text=words.text("We are on it.", 500),
            last_error="status_404",
            escalation_id=case.id,
            dedup_key=f"said-{one.id}",
        )
