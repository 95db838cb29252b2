"""Messages, reasons, causes and templates by plain forms: shown with their effect, then in force."""

import json
from collections.abc import Callable

import pytest

from bridge import brand_messages, db
from bridge.causes import starting
from bridge.clock import utc_now
from bridge.offered_reasons import CODES
from bridge.roles import Permission
from bridge.services import message_templates, offered_reasons
from bridge.services import promise_templates as templates
from tests.cast import Cast, Member, acting, promise
from tests.pages.browser import Browser
from tests.pages.browser import Page as BrowserPage
from web import setup_words

As = Callable[[Member], Browser]
MESSAGES = "/setup/messages?language=en&channel=x"


def test_every_sentence_and_reason_has_a_word() -> None:
    assert set(setup_words.SENTENCES) == set(brand_messages.names())
    assert set(setup_words.MESSAGE_GROUPS) == {(one.name, one.is_public) for one in brand_messages.GROUPS}
    assert set(setup_words.REASON_LISTS) == set(CODES)
    assert set(setup_words.SCOPE_GROUPS) == {one.partition(".")[0] for one in Permission}


def saved(page: BrowserPage) -> BrowserPage:
    return page.press("Put it in force")


def test_a_sentence_is_shown_in_its_texts_and_counts_for_the_next_look(people: Cast, as_: As) -> None:
    made = promise(people)
    ada, ana = as_(people.ada), as_(people.ana)

    looked = ada.open(MESSAGES).press(
        "Save with preview", promise="You have our word: {what}.", note="Warmer"
    )
    assert "Nothing is saved yet." in looked.text
    assert "You have our word: $15.00 off Galaxy S6 case." in looked.text
    assert "Our staff will never ask you to click a link." in looked.text
    assert "our word" not in ana.open(f"/escalations/{made.id}/made").html
    form = looked.form("Put it in force")
    done, again = ada.submit(form, "Put it in force"), ada.submit(form, "Put it in force")

    assert "Version 2 is in force, for every text from now on." in done.text
    assert "Warmer" in done.text
    assert again.status == 200
    assert "You have our word" in ana.open(f"/escalations/{made.id}/made").html
    with db.statement() as connection:
        assert len(message_templates.versions(connection.execute, people.brand.id)) == 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("public", "Your code: {code}", "{code} cannot stand here. Possible: {brand} {who}."),
        ("hello", "Hi {whoo}", "{whoo} cannot stand here."),
        ("show", "Come by {until}", "This sentence needs {code}."),
        ("go", "x" * 401, "Use at most 400 characters."),
    ],
)
def test_a_wrong_sentence_stands_at_its_field_and_nothing_typed_is_lost(
    people: Cast, as_: As, name: str, text: str, said: str
) -> None:
    page = as_(people.ada).open(MESSAGES).press("Save with preview", **{name: text, "note": "Mine"})

    assert page.status == 422
    assert said in page.text
    assert f'<a href="#{name}">' in page.html
    values = page.form("Save with preview").values
    assert (values[name], values["note"]) == (text, "Mine")


def test_an_empty_sentence_is_everybodys_again(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    saved(ada.open(MESSAGES).press("Save with preview", go="Off you go."))

    looked = ada.open(MESSAGES).press("Save with preview", go="")

    assert "Off you go. The store is ready: you can go." in looked.text
    assert "Version 3 is in force" in saved(looked).text


def test_other_languages_stay_as_they_are(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    saved(ada.open(MESSAGES).press("Save with preview", go="Off you go."))

    french = ada.open("/setup/messages?language=fr&channel=email")
    saved(french.press("Save with preview", go="Vous pouvez venir."))

    with db.statement() as connection:
        words = message_templates.in_force(connection.execute, people.brand.id)
    assert (words["en"]["go"], words["fr"]["go"]) == ("Off you go.", "Vous pouvez venir.")


def test_how_long_a_text_is_is_said_by_the_networks_own_rule(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    long = "Dear {who}, " + "we are so very glad to hear from you. " * 9
    form = ada.open("/setup/messages?language=en&channel=bluesky").form("Save with preview")

    def piece(**changes: str) -> str:
        sent = {**form.values.to_dict(), **changes}
        answer = ada.client.post("/setup/messages/preview", data=sent)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    assert "of 300 characters" in piece()
    assert "length-over" not in piece()
    assert "length-over" in piece(promise="{what} " * 12, hello_short="{who} " + long[:200])
    assert "1 sentence breaks a rule" in piece(public="{code}")


def test_an_overtaken_version_is_published_only_when_looked_at(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    late = ada.open(MESSAGES).press("Save with preview", go="Mine.")
    saved(ada.open(MESSAGES).press("Save with preview", go="Theirs."))

    refused = saved(late)

    assert refused.status == 422
    assert "Somebody published version 2 meanwhile." in refused.text
    assert refused.form("Save with preview").values["go"] == "Mine."


def test_a_reason_is_switched_off_moved_and_said_otherwise_and_the_counter_follows(
    people: Cast, as_: As
) -> None:
    code = promise(people).code
    assert code is not None
    ada, sam = as_(people.ada), as_(people.sam)
    form = ada.open("/setup/reasons").form("Save with preview")
    del form.values["on.D06"]
    changes = {"place.D10": "1", "say.D10.en": "That is too much for one store."}

    looked = ada.submit(form, "Save with preview", **changes)
    assert "Item not in stock offered, place 1. en: We do not have it here today." in looked.text
    assert "not offered" in looked.text
    done = saved(looked)

    assert "Version 2 is in force." in done.text
    shown = sam.open("/counter").press("Check", code=code).html
    assert "That is too much for one store." in shown
    assert 'value="D06"' not in shown
    assert shown.index('value="D10"') < shown.index('value="D05"')


def test_a_list_without_a_reason_is_refused(people: Cast, as_: As) -> None:
    page = as_(people.ada).open("/setup/reasons?list=transfer")
    form = page.form("Save with preview")
    for name in [name for name in form.values if name.startswith("on.")]:
        del form.values[name]

    refused = page.browser.submit(form, "Save with preview")

    assert refused.status == 422
    assert "Leave at least one on." in refused.text


def test_a_sentence_of_a_reason_is_wrong_at_its_field(people: Cast, as_: As) -> None:
    page = as_(people.ada).open("/setup/reasons")

    refused = page.press("Save with preview", **{"say.D06.en": "", "say.D05.en": "x" * 161})

    assert "Give it in English at least." in refused.text
    assert "Use at most 160 characters." in refused.text
    assert '<a href="#say.D05.en">' in refused.html


def test_questions_follow_the_brands_list(people: Cast, as_: As) -> None:
    made = promise(people)
    ada = as_(people.ada)
    form = ada.open("/setup/reasons?list=ask").form("Save with preview")
    del form.values["on.Q01"]
    saved(ada.submit(form, "Save with preview"))

    page = as_(people.sam).open(f"/counter/cases/{made.id}")

    assert 'value="Q02"' in page.html
    assert 'value="Q01"' not in page.html
    offered = offered_reasons.reasons_offered(people.brand.id, "ask", now=utc_now())
    assert "Q01" not in {one.code for one in offered}


def test_causes_show_what_comes_and_goes(people: Cast, as_: As) -> None:
    definition = json.loads(json.dumps(starting().definition))
    gone = definition["causes"].pop(0)
    definition["causes"][0]["label"]["en"] = "Renamed"
    page = as_(people.ada).open("/setup/causes")

    looked = page.press("Save with preview", definition=json.dumps(definition, indent=2))

    assert f"{gone['code']} {gone['label']['en']}" in looked.text
    assert "Renamed" in looked.text
    done = saved(looked)
    assert "Version 2 is in force. Cases keep the version they were coded with." in done.text
    assert "Renamed" in done.text


@pytest.mark.parametrize("typed", ["{", "[]", '{"causes": []}', '{"causes": [{"code": "small"}]}'])
def test_wrong_causes_are_said_and_kept(people: Cast, as_: As, typed: str) -> None:
    page = as_(people.ada).open("/setup/causes").press("Save with preview", definition=typed)

    assert page.status == 422
    assert page.form("Save with preview").values["definition"] == typed


def test_a_template_is_written_changed_and_retired(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    wanted = {
        "short_code": "tv",
        "name": "Broken TV",
        "type": "goodwill_gesture",
        "level": "authorise",
        "item": "{model}",
        "amount_minor": "25.00",
    }

    looked = ada.open("/setup/templates/new").press("Save with preview", **wanted)
    assert "goodwill gesture of $25.00 ({model})" in looked.text
    assert "The agent fills in: {model}." in looked.text
    assert "of 280 characters" in looked.text or "of 10,000 characters" in looked.text
    listed = looked.press("Save")
    assert "Broken TV" in listed.text

    with db.transaction() as session:
        row = templates.by_short_code(session, acting(people.ana), "TV")
    assert row is not None
    assert row.amount_minor == 2500
    edit = ada.open(f"/setup/templates/{row.id}")
    assert edit.form("Save with preview").values["amount_minor"] == "25.00"
    changed = edit.press("Save with preview", amount_minor="30.00")
    assert "Amount $25.00 $30.00" in changed.text
    changed.press("Save")
    retired = ada.open("/setup/templates").press("Retire tv").press("Retire")
    assert "Broken TV" not in retired.text


def test_of_two_who_edit_a_template_at_once_the_second_is_told(people: Cast, as_: As) -> None:
    with db.transaction() as session:
        row = templates.by_short_code(session, acting(people.ana), "late")
    assert row is not None
    ada, other = as_(people.ada), as_(people.ada)
    first, second = (one.open(f"/setup/templates/{row.id}") for one in (ada, other))
    list_of_before = other.open("/setup/templates")
    first.press("Save with preview", amount_minor="12.00").press("Save")

    refused = second.press("Save with preview", name="Very sorry").press("Save")
    kept = list_of_before.press("Retire late").press("Retire")
    with db.transaction() as session:
        after = templates.by_short_code(session, acting(people.ana), "late")
    shown = refused.press("Save with preview", amount_minor="12.00")
    shown.press("Save")

    assert refused.status == 422
    assert "Somebody changed this template meanwhile" in refused.text
    assert "Somebody changed this template meanwhile" in kept.text
    assert after is not None
    assert (after.amount_minor, after.name) == (1_200, "Sorry for a late order")
    assert "Sorry for a late order Very sorry" in shown.text
    with db.transaction() as session:
        last = templates.by_short_code(session, acting(people.ana), "late")
    assert last is not None
    assert (last.amount_minor, last.name, last.version) == (1_200, "Very sorry", 3)


def test_a_template_that_nobody_could_promise_is_refused(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    ada.open("/setup/templates").press("Add the ones to start with")
    wanted = {"short_code": "late", "name": "Twice", "type": "call_back", "level": "inform"}

    bad = ada.open("/setup/templates/new").press(
        "Save with preview", **{**wanted, "short_code": "a b", "amount_minor": "5.00", "percent": "101"}
    )
    no_value = bad.press("Save with preview", **{**wanted, "amount_minor": "5.00", "percent": ""})
    taken = bad.press("Save with preview", **{**wanted, "amount_minor": "", "percent": ""}).press("Save")

    assert "Write a percentage from 0.01 to 100." in bad.text
    assert "This kind of promise has no amount." in no_value.text
    assert "Another template has this short code" in taken.text
    assert (bad.status, no_value.status, taken.status) == (422, 422, 422)
