"""An agent reminds a silent store: its managers are told, once an hour, and it stands in the history."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.errors import Conflict, IllegalAction, NotFound, NotPermitted
from bridge.lifecycle import Action
from bridge.promises import StoreScope
from bridge.services import reminding
from bridge.settings import settings
from tests.cast import Cast, Member, acting, decide, once, promise

Owner = psycopg.Connection[tuple[object, ...]]


def remind(by: Member, escalation_id: Any, *, key: str | None = None, later: timedelta = timedelta()) -> Any:
    with db.act() as act:
        return reminding.remind(
            act,
            acting(by),
            escalation_id,
            once=once("remind", key),  # type: ignore[arg-type]  # the answer's type does not matter here
            now=utc_now() + later,
            settings=settings(),
        )


def notices(owner: Owner) -> list[Any]:
    return owner.execute(
        "SELECT p.display_name, n.channel FROM notices n JOIN people p ON p.id = n.person_id "
        "WHERE n.template = 'case_waiting' ORDER BY 1, 2"
    ).fetchall()


def test_the_managers_of_that_store_are_told(cast: Cast, owner: Owner) -> None:
    made = promise(cast)

    remind(cast.ana, made.id)

    assert notices(owner) == [("Sam", "email"), ("Sam", "inbox")]
    noted = owner.execute("SELECT count(*) FROM timeline WHERE action = 'store.reminded'").fetchone()
    assert noted == (1,)
    assert owner.execute("SELECT status, version FROM escalations").fetchone() == ("issued", 1)


def test_once_an_hour(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    remind(cast.ana, made.id)

    with pytest.raises(Conflict):
        remind(cast.kim, made.id, later=timedelta(minutes=59))
    assert len(notices(owner)) == 2
    remind(cast.ana, made.id, later=timedelta(minutes=61))

    assert len(notices(owner)) == 4


def test_a_form_sent_twice_reminds_once(cast: Cast, owner: Owner) -> None:
    made = promise(cast)

    remind(cast.ana, made.id, key="the-same-form-key")
    remind(cast.ana, made.id, key="the-same-form-key")

    assert len(notices(owner)) == 2


def test_nobody_is_reminded_of_what_is_seen_over_or_for_any_store(cast: Cast, owner: Owner) -> None:
    seen, over = promise(cast), promise(cast)
    decide(cast, cast.sam, code=seen.code, action=Action.ACKNOWLEDGE)
    decide(cast, cast.sam, code=over.code)
    anywhere = promise(cast, by=cast.kim, store_scope=StoreScope.ANY, store_number=None)

    for made, by in ((seen, cast.ana), (over, cast.ana), (anywhere, cast.kim)):
        with pytest.raises(IllegalAction):
            remind(by, made.id)

    assert notices(owner) == []


def test_only_its_agent_or_a_lead_reminds(cast: Cast, owner: Owner) -> None:
    made = promise(cast, by=cast.kim)

    for by in (cast.ana, cast.ivy, cast.sam, cast.mia):
        with pytest.raises((NotPermitted, NotFound)):
            remind(by, made.id)

    assert notices(owner) == []
