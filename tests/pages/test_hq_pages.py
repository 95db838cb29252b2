"""HQ's figures as pages without JavaScript: cards that are filters, sorting, lists, causes, ranks, exports."""

import csv
import io
import json
import re
from collections.abc import Callable
from html import unescape

import psycopg
import pytest

from bridge import db
from bridge.lifecycle import Action
from bridge.promises import DeclineReason
from bridge.roles import Role
from bridge.services import exports, standing
from schemas.reports import LISTS, StoreFigures
from tests.api.test_reports import clock
from tests.api.test_review import becomes
from tests.cast import Cast, Member, decide, promise
from tests.many_cases import fill
from tests.pages.browser import Browser, Page
from web import charts, hq_cases, hq_export, hq_words

As = Callable[[Member], Browser]
TOPS = re.compile(r'text-anchor="end">(\d+)</text>')
Owner = psycopg.Connection[tuple[object, ...]]


def decline(cast: Cast, reason: DeclineReason = DeclineReason.OUT_OF_STOCK) -> int:
    made = promise(cast)
    decide(cast, cast.sam, escalation_id=made.id, action=Action.DECLINE, reason=reason)
    return made.number


def cards(page: Page) -> dict[str, tuple[int, str]]:
    """Each card's word with its count and where it leads."""
    found = re.findall(
        r'<li><a href="([^"]+)"[^>]*><strong>([\d,]+)</strong>([^<]+)</a></li>',
        page.html.partition('class="cards"')[2].partition("</ul>")[0],
    )
    return {word: (int(count.replace(",", "")), unescape(href)) for href, count, word in found}


def districts(page: Page) -> list[str]:
    """The districts of the table, in their order."""
    heads = page.html.partition('id="places"')[2].split('class="place-district"')[1:]
    return [re.sub(r"<[^>]+>", " ", head.partition("</th>")[0]).split()[1] for head in heads]


def many(owner: Owner, **sizes: int) -> None:
    owner.execute("SET session_replication_role = replica")
    fill(owner, **sizes)


def test_four_cards_lead_to_lists_of_so_many_cases(as_: As, people: Cast) -> None:
    late = promise(people)
    clock(late.id, people.store_12, running=True)
    decline(people)
    promise(people, store_number="40")
    hana = as_(people.hana)

    found = cards(hana.open("/hq"))

    assert {word: count for word, (count, _) in found.items()} == {
        "Open": 2,
        "Late": 1,
        "Declined this week": 1,
        "Unanswered questions": 0,
    }
    for count, href in found.values():
        listed = hana.open(href)
        assert f"{count} row" in listed.text
        assert listed.html.count("No. ") - listed.html.count("No. </") >= count


def test_a_card_keeps_the_filter(as_: As, people: Cast) -> None:
    promise(people)
    promise(people, store_number="40")
    hana = as_(people.hana)

    found = cards(hana.open(f"/hq?district_id={people.district.id}"))

    assert found["Open"][0] == 1
    assert str(people.district.id) in found["Open"][1]
    assert "Overview: Lakes" in hana.open(f"/hq?district_id={people.district.id}").text


def test_an_empty_district_says_so_by_its_name(as_: As, people: Cast) -> None:
    page = as_(people.hana).open(f"/hq?district_id={people.district.id}")

    assert "No open cases in Lakes." in page.text


def test_the_table_is_sorted_by_its_heads_and_says_how(as_: As, people: Cast) -> None:
    for _ in range(2):
        promise(people)
    promise(people, store_number="40")
    hana = as_(people.hana)

    most = hana.open("/hq?sort=open&way=down")
    fewest = hana.open("/hq?sort=open&way=up")
    named = hana.open("/hq?sort=place&way=up")

    assert districts(most) == ["Lakes", "Hills"]
    assert districts(fewest) == districts(named) == ["Hills", "Lakes"]
    assert most.html.count('aria-sort="descending"') == 1
    assert 'class="number" aria-sort="ascending"' in fewest.html
    assert "sort=open&amp;way=up" in most.html
    assert hana.open("/hq?sort=money").status == 400


def test_what_has_no_value_stands_last_whichever_way(as_: As, people: Cast) -> None:
    decide(people, people.sam, code=promise(people).code)
    promise(people, store_number="40")
    hana = as_(people.hana)

    for way in ("up", "down"):
        assert districts(hana.open(f"/hq?sort=honoured&way={way}")) == ["Lakes", "Hills"]


def test_the_store_to_open_first_is_named_by_what_it_has_most_of(as_: As, people: Cast) -> None:
    made = promise(people)
    hana = as_(people.hana)
    assert "Most unseen cases: 12 Lakeside" in hana.open("/hq").text
    decide(people, people.sam, escalation_id=made.id, action=Action.ACKNOWLEDGE)
    assert "Most open cases: 12 Lakeside" in hana.open("/hq").text

    late = promise(people, store_number="40")
    clock(late.id, people.store_40, running=True)
    page = hana.open("/hq")

    assert "Most late cases: 40 Hilltop" in page.text
    assert "show=late&amp;store_number=40" in page.html
    assert "worst" not in page.text


def test_a_large_brand_opens_one_district_at_a_time(as_: As, people: Cast, owner: Owner) -> None:
    promise(people)
    many(owner, stores=160, open_cases=400, ended=10)
    hana = as_(people.hana)

    page = hana.open("/hq")

    assert 'class="place-store"' not in page.html
    [district] = owner.execute("SELECT id FROM org_units WHERE name = 'District 1'").fetchall()
    assert f"district_id={district[0]}" in page.html
    assert 'class="place-store"' in hana.open(f"/hq?district_id={district[0]}").html
    assert len(page.html) < 100_000


def test_a_list_says_its_filter_in_words(as_: As, people: Cast) -> None:
    number = decline(people)
    decline(people, DeclineReason.MANAGER_DISAGREES)
    hana = as_(people.hana)

    page = hana.open(f"/hq/cases?show=declined&reason=D06&district_id={people.district.id}&days=7")

    assert "Declined, Item not in stock, Lakes, the last 7 days: 1 row" in page.text
    assert f"No. {number}" in page.text
    assert "(" not in page.html.partition("<title>")[2].partition("</title>")[0]


def test_a_filter_that_is_none_of_ours_is_refused(as_: As, people: Cast) -> None:
    hana = as_(people.hana)

    for query in ("show=rich", "colour=red", "reason=x", "cause=lower", "days=3", "at=now", "from=yesterday"):
        assert hana.open(f"/hq/cases?{query}").status == 400, query


def test_a_long_list_goes_on(as_: As, people: Cast, owner: Owner) -> None:
    promise(people)
    many(owner, stores=2, open_cases=70, ended=0)
    hana = as_(people.hana)

    first = hana.open("/hq/cases")
    [further] = re.findall(r'href="([^"]+)">Further<', first.html)
    rest = hana.open(unescape(further))

    assert "71 rows" in first.text
    assert (first.html.count('<li class="row">'), rest.html.count('<li class="row">')) == (50, 21)


def test_causes_show_each_reason_on_one_scale_with_its_table_and_the_untagged_share(
    as_: As, people: Cast
) -> None:
    for _ in range(3):
        decline(people)
    decline(people, DeclineReason.MANAGER_DISAGREES)
    hana = as_(people.hana)

    page = hana.open("/hq/causes")

    assert page.html.count("<svg role") == 3
    assert page.html.count("<table>") == 3
    assert "up 3" in page.text
    assert "100.0 % of the ended cases have no cause yet." in page.text
    assert "Weekly counts, oldest first: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3" in page.text
    assert set(TOPS.findall(page.html)) == {"0", str(charts.nice_top([3]))}


def test_what_has_no_cause_yet_does_not_press_the_reasons_flat(as_: As, people: Cast) -> None:
    for reason in [DeclineReason.OUT_OF_STOCK] * 3 + [DeclineReason.MANAGER_DISAGREES] * 2:
        decline(people, reason)

    reasons, untagged = as_(people.hana).open("/hq/causes").html.split('id="untagged-title"')

    assert set(TOPS.findall(reasons)) == {"0", "4"}
    assert set(TOPS.findall(untagged)) == {"0", "5"}


def test_a_point_leads_to_its_cases(as_: As, people: Cast) -> None:
    number = decline(people)
    hana = as_(people.hana)
    table = hana.open("/hq/causes").html.partition("<tbody>")[2].partition("</tbody>")[0]

    newest, before = re.findall(r'<a href="([^"]+)"', table)[:2]

    assert f"No. {number}" in hana.open(unescape(newest)).text
    assert "No case fits this filter." in hana.open(unescape(before)).text


def test_a_cause_opens_what_lies_beneath(as_: As, people: Cast, owner: Owner) -> None:
    promise(people)
    many(owner, stores=2, open_cases=0, ended=60)
    hana = as_(people.hana)

    top, beneath = hana.open("/hq/causes"), hana.open("/hq/causes?beneath=STORE_SERVICE")

    assert "Service in the store" in top.text
    assert "Beneath Service in the store, 12 weeks" in beneath.text
    assert "Conduct" in beneath.text
    assert hana.open("/hq/causes?beneath=NOT_ONE").status == 400


def test_ranks_need_ten_cases_and_say_how_they_are_computed(as_: As, people: Cast, owner: Owner) -> None:
    promise(people)
    decide(people, people.sam, code=promise(people).code)
    many(owner, stores=1, open_cases=0, ended=60)
    hana = as_(people.hana)

    page = hana.open("/hq/stores?days=90")

    assert "Stores with fewer than 10 cases are not ranked" in page.text
    assert "Amounts play no part." in page.text
    ranked = page.html.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "1001 <bdi>Mall 1001</bdi>" in unescape(ranked)
    assert re.search(r"\d+ of \d+", ranked)
    assert "$" not in page.text
    assert hana.open("/hq/stores?by=money").status == 400


def test_a_store_sees_its_own_place_and_nobody_elses(
    as_: As, people: Cast, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, count = [], standing.overview
    monkeypatch.setattr(
        standing, "overview", lambda *asked, **more: counted.append(1) or count(*asked, **more)
    )
    promise(people)
    many(owner, stores=1, open_cases=0, ended=200)
    owner.execute("UPDATE escalations SET presented_at = issued_at WHERE ended_at IS NOT NULL")

    page = as_(people.lee).open("/inbox/place")

    assert len(re.findall(r"Place [1-4] of 4", page.text)) == 2
    assert len(counted) == 1  # two orders, one count
    assert "too few cases" not in page.text
    for other in ("Hilltop", "Mall 1001"):
        assert other not in page.text
    assert as_(people.hana).open("/inbox/place").status == 403


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_holds_the_filters_rows_and_is_on_record(
    as_: As, people: Cast, owner: Owner, form: str
) -> None:
    number = decline(people)
    promise(people)
    hana = as_(people.hana)

    answer = hana.client.get(f"/hq/export/cases.{form}?show=declined&days=7")

    text = answer.get_data(as_text=True)
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert list(rows[0]) == list(hq_words.CASE_COLUMNS)
    else:
        told = json.loads(text)
        rows = told["rows"]
        assert told["said"] == "Declined, the last 7 days: 1 row"
        assert told["complete"] is True
        assert set(told["columns"]) == set(rows[0])
    assert [int(row["number"]) for row in rows] == [number]
    assert rows[0]["decline_reason"] == "D06"
    assert "attachment" in answer.headers["Content-Disposition"]
    [body] = owner.execute("SELECT body FROM timeline WHERE stream = 'exports'").fetchone() or ()
    assert json.loads(str(body))["facts"] == {
        "what": "cases",
        "form": form,
        "rows": 1,
        "filter": {"show": "declined", "days": "7"},
    }


def test_an_export_that_is_too_large_says_its_bound(
    as_: As, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        promise(people)
    for module in (hq_cases, hq_export, exports):
        monkeypatch.setattr(module, "MOST_ROWS", 2)
    hana = as_(people.hana)

    page = hana.open("/hq/cases")
    told = json.loads(hana.client.get("/hq/export/cases.json").get_data(as_text=True))

    assert "One export holds 2 rows" in page.text
    assert (len(told["rows"]), told["complete"], told["said"]) == (2, False, "Open: more than 2 rows")


def test_stores_are_taken_with_every_column_explained(as_: As, people: Cast) -> None:
    promise(people)
    told = as_(people.hana).client.get("/hq/export/stores.json?days=7").json

    assert set(told["columns"]) == set(told["rows"][0]) == set(StoreFigures._declared_fields)
    assert as_(people.hana).open("/hq/export/stores.xls").status == 404


def test_a_formula_in_a_name_stays_text(as_: As, people: Cast, owner: Owner) -> None:
    promise(people)
    owner.execute("UPDATE stores SET name = '=HYPERLINK(1)' WHERE number = '12'")

    text = as_(people.hana).client.get("/hq/export/cases.csv").get_data(as_text=True)

    [row] = csv.DictReader(io.StringIO(text))
    assert row["store_name"] == "'=HYPERLINK(1)"


def test_a_district_manager_takes_the_own_district_alone(as_: As, people: Cast) -> None:
    number = promise(people).number
    own = promise(people, store_number="40").number
    becomes(people.mia, Role.DISTRICT_MANAGER, people.store_40.unit_path[1])
    mia = as_(people.mia)

    for path in ("/hq/cases", "/hq/export/cases.csv", f"/hq/cases?district_id={people.district.id}"):
        assert str(people.store_12.name) not in mia.open(path).text
    rows = list(csv.DictReader(io.StringIO(mia.client.get("/hq/export/cases.csv").get_data(as_text=True))))
    assert [int(row["number"]) for row in rows] == [own]
    assert number != own


def test_every_list_has_a_word() -> None:
    assert set(hq_words.LISTS) == set(LISTS)


def test_the_page_asks_the_database_in_one_snapshot(
    as_: As, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hana, opened = as_(people.hana), []
    reporting = db.reporting
    monkeypatch.setattr(db, "reporting", lambda: opened.append(1) or reporting())

    hana.open("/hq")

    assert opened == [1]
