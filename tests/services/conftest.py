"""What tests of the services begin with: a Monday at noon, books that add up, somebody who is told."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine

from bridge import db
from bridge.clock import utc_now
from bridge.models import OrgUnit, Person, RoleAssignment, Thread
from bridge.roles import Role
from bridge.services import verifying
from bridge.settings import settings
from tests import outbox
from tests.cast import Cast, build_cast
from tests.clockwork import MONDAY_NOON, stay_signed_in
from tests.conftest import Servers
from tests.outbox import Office, Receiver
from tests.services.captured_posts import capture


@pytest.fixture
def monday(database: Servers) -> Iterator[Cast]:
    """Everybody, on a Monday at noon in Chicago, with Dora as the district's manager."""
    with time_machine.travel(MONDAY_NOON, tick=False):
        everybody = build_cast()
        with db.transaction() as session:
            dora = Person(brand_id=everybody.brand.id, display_name="Dora", email="dora@northlight.example")
            rhea = Person(brand_id=everybody.brand.id, display_name="Rhea", email="rhea@northlight.example")
            session.add_all([dora, rhea])
            session.flush()
            region_id = session.get_one(OrgUnit, everybody.district.id).parent_id
            for person, unit_id in ((dora, everybody.district.id), (rhea, region_id)):
                session.add(
                    RoleAssignment(
                        person_id=person.id,
                        role=Role.DISTRICT_MANAGER,
                        org_unit_id=unit_id,
                        valid_from=MONDAY_NOON - timedelta(days=1),
                    )
                )
        stay_signed_in()
        yield everybody


@pytest.fixture
def books_agree_afterwards(cast: Cast) -> Iterator[None]:
    """History and books are whole after the test."""
    yield
    with db.reading() as snapshot:
        found = [*verifying.reconcile(snapshot), *verifying.verify(snapshot, settings=settings())]
    assert found == []


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody's server that is told outcomes."""
    with outbox.receiver() as running:
        yield running


@pytest.fixture
def office(database: Servers) -> Office:
    """A brand that may register webhooks."""
    return outbox.open_office()


@pytest.fixture
def now() -> datetime:
    """The moment at which the test begins."""
    return utc_now()


@pytest.fixture
def thread(cast: Cast) -> Thread:
    """A conversation of one post."""
    return capture(cast).thread
