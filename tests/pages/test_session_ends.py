"""A session ends when its person leaves or is suspended, and when its browser begins another."""

from collections.abc import Callable

from bridge import db
from bridge.models import Credential
from tests.cast import Cast, Member
from tests.pages.browser import Browser
from tests.pages.tablet import pin_in, session_of
from tests.pins import PINS

As = Callable[[Member], Browser]


def test_a_new_session_ends_the_one_that_this_browser_held(people: Cast, tablet: Browser) -> None:
    pin_in(tablet, people.lee, PINS["lee"])
    first = session_of(tablet)

    pin_in(tablet, people.sam, PINS["sam"])

    with db.transaction() as session:
        assert session.get_one(Credential, first.id).revoked_at is not None
    assert session_of(tablet).person_id == people.sam.person.id


def test_signing_out_everywhere_ends_every_session(people: Cast, as_: As) -> None:
    first, second = as_(people.ana), as_(people.ana)

    page = first.open("/device").press("Sign out everywhere")

    assert "sessions were ended" in page.text
    assert second.open("/queue").path.startswith("/sign-in")


def test_leaving_empties_the_browser(people: Cast, as_: As) -> None:
    ana = as_(people.ana)
    form = ana.open("/queue").form("Sign out")

    answer = ana.client.post(form.action, data=form.values)

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Expires=Thu, 01 Jan 1970" in answer.headers["Set-Cookie"]


def test_a_suspended_person_is_out_with_the_next_request(people: Cast, tablet: Browser) -> None:
    pin_in(tablet, people.lee, PINS["lee"])
    with db.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE people SET status = 'suspended' WHERE id = %s", (people.lee.person.id,)
        )

    page = tablet.open("/counter")

    assert page.path.startswith("/sign-in")
    assert "Lee" not in page.text
