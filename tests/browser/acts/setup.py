"""What an administrator has set up: a brand's hours, receivers, accounts, keys and files."""

from datetime import datetime, timedelta
from uuid import UUID

from bridge import db
from bridge.clock import utc_now
from bridge.models import (
    DeliveryAttempt,
    OrgUnit,
)
from bridge.notices import Channel, Template
from bridge.promises import PromiseType
from bridge.services import (
    accounts,
    calendar_changes,
    channel_accounts,
    contacts,
    promise_templates,
    reading_in,
    receiving,
    store_files,
    webhooks,
)
from bridge.settings import settings
from tests.api.life_stage import actor_of
from tests.browser.acts.scene import Stage, Words
from tests.telling import tell

STORES = b"""[{"id": 12, "name": "Lakeside two", "address": "1 Main Street", "city": "Maplewood", "state": "MN",
"location": {"lat": 45.0, "lon": -93.0}, "hours": "Mon: 10-9"}, {"id": 5}]"""
"""A file that an administrator has sent and not applied: something in it changes, something is wrong."""


def made(stage: Stage, words: Words) -> None:
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
