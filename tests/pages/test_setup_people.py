"""People, rights to promise, keys and accounts by plain forms: shown first, once, never for oneself."""

import re
from collections.abc import Callable
from datetime import timedelta

from bridge import db
from bridge.clock import utc_now
from bridge.models import OfficialHandle
from bridge.queries.directory import people_of
from bridge.services import accounts, grants
from tests.cast import Cast, Member
from tests.clockwork import rows
from tests.pages.browser import Browser

As = Callable[[Member], Browser]
NORA = {
    "display_name": "Nora Díaz",
    "email": "nora@northlight.example",
    "role": "store_associate",
    "unit": "12",
}


def test_a_new_person_is_shown_entered_once_and_signs_in_with_the_start_password(
    people: Cast, as_: As, nobody: Browser
) -> None:
    ada = as_(people.ada)
    looked = ada.open("/setup/people/new").press("Save with preview", **NORA)
    assert "Nora Díaz, Store associate at 12 Lakeside" in looked.text

    form = looked.form("Enter this person")
    made = ada.submit(form, "Enter this person")
    again = ada.submit(form, "Enter this person")

    password = re.search(r'id="password-once"[^>]*value="([a-z2-9-]+)"', made.html)
    assert password is not None
    assert password[1] in again.html
    with db.transaction() as session:
        assert [one.display_name for one in people_of(session, people.brand.id)].count("Nora Díaz") == 1
    page = nobody.open("/sign-in").press("Sign in", email=NORA["email"], password=password[1])
    assert page.path == "/password"
    found = ada.open("/setup/people").press("Search", q="nora", role="store_associate")
    assert "Nora Díaz" in found.text
    assert "nora" not in found.path
    assert "role=store_associate" in found.path
    assert password[1] not in found.html


def test_each_problem_of_a_new_person_stands_at_its_field(people: Cast, as_: As) -> None:
    page = as_(people.ada).open("/setup/people/new").press("Save with preview", unit="99", valid_to="soon")

    assert page.status == 422
    for field in ("display_name", "email", "role", "unit", "valid_to"):
        assert f'<a href="#{field}">' in page.html
    assert "No store has this number, and no unit is called that." in page.text
    taken = page.press("Save with preview", **{**NORA, "email": "SAM@northlight.example", "valid_to": ""})
    assert "Somebody with this e-mail address is there already." in taken.press("Enter this person").text
    at_hq = {**NORA, "unit": "Northlight HQ", "valid_to": ""}
    assert "This role cannot be held there" in page.press("Save with preview", **at_hq).text


def test_a_role_has_a_first_and_a_last_day_and_is_ended(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    begins = (utc_now() + timedelta(days=3)).date().isoformat()
    ends = (utc_now() + timedelta(days=9)).date().isoformat()
    address = f"/setup/people/{people.lee.person.id}"

    page = ada.open(address)
    looked = page.press(
        "Save with preview", role="store_manager", unit="12", valid_from=begins, valid_to=ends
    )
    assert "Lee becomes Store manager at 12 Lakeside." in looked.text
    given = looked.press("Give this role")

    assert "The role is given." in given.text
    assert "Not yet" in given.text
    ended = given.press("End Store associate, 12 Lakeside").press("End this role")
    assert "The role has ended." in ended.text
    held = rows(
        f"SELECT role, valid_to FROM role_assignments WHERE person_id = '{people.lee.person.id}' ORDER BY role"
    )
    assert held[0].valid_to <= utc_now() < held[1].valid_to


def test_a_suspended_person_is_out_at_once_and_comes_back(people: Cast, as_: As) -> None:
    ada, sam = as_(people.ada), as_(people.sam)
    address = f"/setup/people/{people.sam.person.id}"

    looked = ada.open(address).press("Suspend")
    assert "Sam is out at once and cannot sign in." in looked.text
    assert "2 open sessions end." in looked.text
    assert sam.open("/counter").path == "/counter"
    looked.press("Suspend")

    assert sam.open("/counter").path.startswith("/sign-in")
    assert "Let in" in ada.open(address).press("Let in").text
    ada.open(address).press("Let in").press("Let in")
    assert "Active" in ada.open(address).text


def test_who_left_keeps_the_name_and_gets_no_role(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    address = f"/setup/people/{people.mia.person.id}"

    gone = ada.open(address).press("Has left").press("Record that they left")

    assert "Has left. Who comes again is entered anew." in gone.text
    assert "Give a role" not in gone.text
    assert "Mia" in ada.open("/setup/people?status=left").text
    assert "Mia" not in ada.open("/setup/people?status=active").text


def test_a_reset_password_ends_the_sessions(people: Cast, as_: As) -> None:
    ada, sam = as_(people.ada), as_(people.sam)
    address = f"/setup/people/{people.sam.person.id}"

    ada.open(address).press("New start password").press("Make a start password")

    assert sam.open("/counter").path.startswith("/sign-in")


def test_nobody_changes_their_own(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    address = f"/setup/people/{people.ada.person.id}"

    page = ada.open(address)
    assert "This is you." in page.text
    token = page.form("Sign out").values["csrf_token"]
    sent = {"csrf_token": token, "key": "k" * 20, "to": "suspended"}
    assert ada.client.post(f"{address}/standing", data=sent).status_code == 403
    assert ada.client.post(f"{address}/password", data=sent).status_code == 403
    role = {**sent, "role": "lead", "unit": "Social care"}
    assert "Nobody gives a role to themselves." in ada.client.post(f"{address}/roles", data=role).text


def test_a_right_is_shown_with_its_effect_then_given_and_taken_back(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    form = {
        "holder": "agent",
        "name": "Agents: a little more",
        "levels": ["authorise"],
        "max_amount_minor": "40.00",
        "cost_bearer": "hq",
    }

    looked = ada.open("/setup/grants/new").press("Save with preview", **form)  # type: ignore[arg-type]  # lists are values too

    assert "Agent: Authorise, up to $40.00" in looked.text
    assert "Authorise up to $25.00 up to $40.00" in looked.text
    given = looked.press("Give this right")
    assert "The right is given." in given.text
    assert "Agents: a little more" in given.text
    back = given.press("Take back: Agents: a little more")
    assert "Authorise up to $40.00 up to $25.00" in back.text
    assert "The right has ended." in back.press("Take it back").text
    with db.transaction() as session:
        live = grants.live(session, people.brand.id, now=utc_now())
    assert "Agents: a little more" not in {one.name for one in live}


def test_a_right_for_oneself_or_with_a_wrong_amount_is_refused(people: Cast, as_: As) -> None:
    hana = as_(people.hana)
    form = {"name": "Mine", "levels": ["authorise"], "holder_email": "hana@northlight.example"}

    own = hana.open("/setup/grants/new").press("Save with preview", **form, cost_bearer="hq")  # type: ignore[arg-type]  # lists are values too
    role = own.press("Save with preview", holder="hq", holder_email="", levels=["authorise"])
    wrong = own.press(
        "Save with preview", holder="agent", holder_email="", max_amount_minor="1,000", levels=[]
    )

    assert "Nobody gives a right to themselves or to a role of theirs." in own.text
    assert "Nobody gives a right to themselves or to a role of theirs." in role.text
    assert '<a href="#max_amount_minor">' in wrong.html
    assert '<a href="#levels">' in wrong.html
    assert (own.status, role.status, wrong.status) == (422, 422, 422)


def test_a_persons_rights_are_those_of_the_role_and_their_own(people: Cast, as_: As) -> None:
    ada = as_(people.ada)

    page = ada.open(f"/setup/grants?person={people.ana.person.id}")

    assert "Senior agent: instruct" in page.text
    assert "Lead: instruct" not in page.text


def test_a_key_is_shown_once_works_and_is_revoked(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    looked = ada.open("/setup/keys/new").press(
        "Save with preview", name="Help desk", scopes=["directory.read", "outcomes.read"]
    )
    assert "It acts as an integration of the whole brand." in looked.text
    made = looked.press("Make this key")
    secret = re.search(r'id="key-once"[^>]*value="(ssb_live_[^"]+)"', made.html)
    assert secret is not None
    bearer = {"Authorization": f"Bearer {secret[1]}"}
    assert ada.client.get("/api/v1/stores", headers=bearer).status_code == 200

    listed = ada.open("/setup/keys")
    assert secret[1] not in listed.html
    assert "Help desk" in listed.text
    like = ada.open(re.search(r'href="(/setup/keys/new\?like=[^"]+)"', listed.html)[1])  # type: ignore[index]  # it is there
    assert like.form("Save with preview").values.getlist("scopes") == ["outcomes.read", "directory.read"]
    two = like.press("Save with preview").press("Make this key")
    assert "ssb_live_" in two.html
    assert ada.open("/setup/keys").text.count("Live") == 2

    listed = ada.open("/setup/keys")
    asked = listed.press("Revoke Help desk")
    assert "It fails from the next request on." in asked.text
    asked.press("Revoke")
    with db.transaction() as session:
        live = [key for key in accounts.keys(session, people.brand.id) if key.revoked_at is None]
    assert len(live) == 1


def test_a_key_that_would_promise_for_somebody_else_is_refused(people: Cast, as_: As) -> None:
    page = as_(people.ada).open("/setup/keys/new")
    alone = page.press("Save with preview", name="Bot", scopes=["promises.write"])
    other = page.press(
        "Save with preview", name="Bot", scopes=["promises.write"], person_email="ana@northlight.example"
    ).press("Make this key")
    late = page.press("Save with preview", name="Bot", scopes=["directory.read"], expires_on="2099-01-01")

    assert "Without a person a key cannot have: promises.write." in alone.text
    assert "Nobody makes a key that promises" in other.text
    assert "Choose a day within the next two years." in late.text


def test_an_account_is_added_suspended_and_given_up(people: Cast, as_: As) -> None:
    ada = as_(people.ada)

    page = ada.open("/setup/handles")
    double = page.press("Save with preview", network="x", handle="northlightcare", kind="team")
    assert "This account is in the list already." in double.press("Add").text
    added = page.press("Save with preview", network="bluesky", handle="care.northlight", kind="team").press(
        "Add"
    )
    assert "care.northlight" in added.text
    added.press("Suspend NorthlightCare").press("Suspend")
    gone = ada.open("/setup/handles").press("Give it up NorthlightCare").press("Give it up")

    assert "Given up" in gone.text
    with db.transaction() as session:
        assert session.get_one(OfficialHandle, people.handle.id).status == "retired"
