"""Opening hours by plain forms: the manager closes and opens her store, Ada changes dates."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge import db
from bridge.clock import utc_now
from bridge.models import OrgUnit
from bridge.roles import Actor
from bridge.services import calendar_changes
from bridge.services.calendars import load_calendars
from tests.cast import Cast, Member
from tests.pages.browser import Browser

As = Callable[[Member], Browser]
CHICAGO = ZoneInfo("America/Chicago")
PAGE = "/stores/12/calendar"


def in_days(days: int) -> Any:
    return utc_now().astimezone(CHICAGO).date() + timedelta(days=days)


def calendar(cast: Cast) -> Any:
    with db.statement() as connection:
        return load_calendars(connection, store_ids=[cast.store_12.id])[cast.store_12.id]


def test_sam_finds_his_two_weeks_in_the_menu(people: Cast, as_: As) -> None:
    sam = as_(people.sam)
    assert f'href="{PAGE}"' in sam.open("/counter").html

    page = sam.open(PAGE)

    assert page.text.count("10 am-9:30 pm") == 12
    assert page.text.count("11 am-7 pm") == 2
    assert "America/Chicago" in page.text
    assert "Save these hours" not in page.html


def test_sam_closes_his_store_and_opens_it_again(people: Cast, as_: As) -> None:
    sam = as_(people.sam)

    closed = sam.open(PAGE).press("Close the store", label="Burst pipe", reason="store_closed_unplanned")
    assert closed.status == 200
    assert "Until somebody opens it again." in closed.text
    assert calendar(people).closure_at(utc_now()).label == "Burst pipe"

    opened = closed.press("The store is open again")
    assert "Open again. The clocks go on." in opened.text
    assert "Close the store now" in opened.text
    assert calendar(people).closure_at(utc_now()) is None


def test_the_expected_end_is_on_the_store_s_own_clock(people: Cast, as_: As) -> None:
    end = in_days(2)

    page = (
        as_(people.sam)
        .open(PAGE)
        .press("Close the store", label="Storm", reason="disaster", ends_at=f"{end.isoformat()}T10:30")
    )

    assert "Expected to open" in page.text
    assert calendar(people).closures[0].ends_at.astimezone(CHICAGO).isoformat().startswith(f"{end}T10:30:00")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"label": ""}, "Fill this in."),
        ({"label": "x" * 81}, "Use at most 80 characters."),
        ({"label": "x\u202ey"}, "Use other words here."),
        ({"reason": "rain"}, "Choose a reason."),
        ({"ends_at": "soon"}, "Choose a time later than now, within 90 days."),
        ({"ends_at": "2020-01-01T10:00"}, "Choose a time later than now, within 90 days."),
    ],
)
def test_a_closure_that_makes_no_sense_is_asked_again(
    people: Cast, as_: As, changes: dict[str, str], said: str
) -> None:
    form = {"label": "Burst pipe", "reason": "disaster", "ends_at": "", **changes}

    page = as_(people.sam).open(PAGE).press("Close the store", **form)

    assert page.status == 422
    assert said in page.text
    assert calendar(people).closures == ()


def test_pressed_twice_it_is_closed_once(people: Cast, as_: As) -> None:
    page = as_(people.sam).open(PAGE)
    page.press("Close the store", label="Burst pipe", reason="disaster")

    again = page.press("Close the store", label="Burst pipe", reason="disaster")

    assert (again.status, len(calendar(people).closures)) == (422, 1)
    assert "This store is closed already." in again.text


@pytest.mark.parametrize("name", ["mia", "lee", "ana", "hana"])
def test_nobody_else_sees_or_closes_the_store(people: Cast, as_: As, name: str) -> None:
    browser = as_(people.members[name])
    form = as_(people.sam).open(PAGE).form("Close the store")

    assert browser.open(PAGE).status == 403
    token = browser.open("/").html.partition('name="csrf_token" value="')[2].partition('"')[0]
    values = {**form.values.to_dict(), "csrf_token": token, "label": "x", "reason": "disaster"}
    assert browser.client.post(form.action, data=values).status_code == 403
    assert calendar(people).closures == ()


def test_ada_finds_a_store_and_gives_a_date_other_hours(people: Cast, as_: As) -> None:
    ada, day = as_(people.ada), in_days(3)
    assert "No store has this number." in ada.open("/calendar?number=999").text
    page = ada.open("/calendar?number=12")
    assert page.path == PAGE

    saved = page.press("Save these hours", on=day.isoformat(), hours="9-12, 1-6", date_label="Stocktaking")
    assert "9 am-noon, 1 pm-6 pm" in saved.text
    assert calendar(people).windows_on(day) == ((540, 720), (780, 1080))

    back = saved.press(f"Take back {day.isoformat()}")
    assert "None from today on." in back.text
    assert calendar(people).closed_because(day) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"on": ""}, "Choose a day."),
        ({"on": "2020-01-01"}, "Choose today or a later day, within two years."),
        ({"hours": ""}, "Fill this in."),
        ({"hours": "from ten"}, "Write the hours like 10am-4pm, or closed."),
        ({"date_label": "x\u202ey"}, "Use other words here."),
    ],
)
def test_a_date_that_makes_no_sense_is_asked_again(
    people: Cast, as_: As, changes: dict[str, str], said: str
) -> None:
    form = {"on": in_days(3).isoformat(), "hours": "closed", "date_label": "Fair", **changes}

    page = as_(people.ada).open(PAGE).press("Save these hours", **form)

    assert page.status == 422
    assert said in page.text


def test_ada_lets_public_holidays_close_the_store(people: Cast, as_: As) -> None:
    christmas = next(in_days(n) for n in range(366) if (in_days(n).month, in_days(n).day) == (12, 25))

    page = as_(people.ada).open(PAGE).press("Close on public holidays")
    assert calendar(people).closed_because(christmas) == "Christmas Day"

    page.press("Open on public holidays")
    assert calendar(people).closed_because(christmas) is None


def test_what_headquarters_gave_is_shown_and_not_taken_back_here(people: Cast, as_: As) -> None:
    with db.transaction() as session:
        calendar_changes.set_hours_on(
            session,
            session.get_one(OrgUnit, people.hq.id),
            in_days(4),
            hours="closed",
            label="Mourning",
            actor=Actor(kind="person", id=people.ada.person.id, name="Ada"),
            now=utc_now(),
        )

    page = as_(people.ada).open(PAGE)

    assert "Northlight HQ" in page.text
    assert "Take back" not in page.text


def test_a_label_is_shown_as_text(people: Cast, as_: As) -> None:
    page = as_(people.sam).open(PAGE).press("Close the store", label="<b>Pipe</b>", reason="disaster")

    assert "<b>Pipe</b>" not in page.html
    assert "<b>Pipe</b>" in page.text
