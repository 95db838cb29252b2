"""The whole way by plain forms: a post, a promise, a counter, an outcome."""

import re
from collections.abc import Callable

from tests.cast import Cast, Member, claimed_thread, promise
from tests.clockwork import rows
from tests.pages.browser import Browser, Page, words_of

As = Callable[[Member], Browser]
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
POST = "https://x.com/wanda/status/1245403438755852288"
LINE = {"l1_type": "exchange", "l1_item": "CD box set", "l1_amount": "40.00", "store": "12"}


def capture_and_claim(ana: Browser) -> Page:
    thread = ana.open("/queue/capture").press(
        "Open the conversation", permalink=POST, handle="@wanda", text="My CD box is broken."
    )
    return thread.press("Claim")


def code_on(page: Page) -> str:
    found = CODE.search(page.text)
    assert found, page.text
    return found[0]


def check(browser: Browser, code: str) -> Page:
    return browser.open("/counter").press("Check", code=code)


def test_ana_promises_sam_honours_in_two_parts_and_ana_reads_it(people: Cast, as_: As) -> None:
    ana, sam = as_(people.ana), as_(people.sam)

    made = capture_and_claim(ana).press("Make the promise", **LINE)
    assert made.path.endswith("/made")
    code = code_on(made)
    seen = check(sam, code.lower().replace("-", " "))
    assert (seen.verdict, seen.status) == ("genuine", 200)
    part = seen.press("Honour this part", amount="25.00")
    assert "Done: $25.00 of $40.00" in part.text
    assert "$15.00 is left" in part.text
    rest = check(sam, code)
    assert rest.verdict == "genuine_part_left"
    assert "Done: $15.00 given" in rest.press("Honour $15.00").text
    assert check(sam, code).verdict == "just_done"
    lee = check(as_(people.lee), code)
    assert lee.verdict == "already_used"
    assert "by Sam" in lee.text
    assert "$15.00" in lee.text

    board = ana.open("/board")
    assert "2 new entries" in board.text
    assert "$25.00, $15.00 left" in board.text
    assert "Nothing new" in board.press("Mark all as seen").text


def test_the_rest_can_be_honoured_from_the_result(people: Cast, as_: As) -> None:
    made = promise(people)

    part = check(as_(people.sam), str(made.code)).press("Honour this part", amount="25")

    assert "Done: $15.00 given" in part.press("Honour $15.00").text


def test_another_store_learns_only_which_store(people: Cast, as_: As) -> None:
    made = promise(people, thread_id=claimed_thread(people, handle="secret_sally").id)

    seen = check(as_(people.mia), str(made.code))

    assert seen.verdict == "other_store"
    assert "12 Lakeside" in seen.text
    for hidden in ("secret_sally", "CD box", "40.00", "Ana"):
        assert hidden not in words_of(seen.html)
    assert "Nothing is waiting" in as_(people.mia).open("/inbox").text


def test_over_the_limit_kim_approves(people: Cast, as_: As) -> None:
    ana, kim = as_(people.ana), as_(people.kim)

    waiting = capture_and_claim(ana).press("Make the promise", **{**LINE, "l1_amount": "150.00"})
    assert "Waiting for approval" in waiting.text
    assert "The amount is above your limit." in waiting.text
    assert not CODE.search(waiting.text)
    listed = kim.open("/approvals")
    assert "CD box set" in listed.text
    settled = kim.open(waiting.path).press("Approve $150.00", reason="A good customer.")

    assert "Approved. The author has the code now." in settled.text
    assert CODE.search(ana.open(f"{waiting.path}/made").text)
    assert "Approved: the code is ready" in ana.open("/board").text


def test_ana_cannot_approve_her_own(people: Cast, as_: As) -> None:
    ana = as_(people.ana)
    waiting = capture_and_claim(ana).press("Make the promise", **{**LINE, "l1_amount": "150.00"})

    cancelled = ana.open(waiting.path).press("Cancel this promise", reason="A slip.")

    assert "Approve $150.00" not in waiting.text
    assert "Cancelled. No code was made." in cancelled.text


def test_a_double_submit_honours_once(people: Cast, as_: As) -> None:
    made = promise(people)
    sam = as_(people.sam)
    form = check(sam, str(made.code)).form("Honour $40.00")

    first = sam.submit(form, "Honour $40.00")
    second = sam.submit(form, "Honour $40.00")

    assert "Done: $40.00 given" in first.text
    assert "Done: $40.00 given" in second.text
    assert as_(people.ana).open(f"/escalations/{made.id}").text.count("Honoured: $40.00") == 1


def test_a_double_submit_makes_one_promise(people: Cast, as_: As) -> None:
    ana = as_(people.ana)
    form = capture_and_claim(ana).form("Make the promise")

    first = ana.submit(form, "Make the promise", **LINE)
    second = ana.submit(form, "Make the promise", **LINE)

    assert code_on(first) == code_on(second)
    assert ana.open("/escalations").text.count("No. ") == 1


def test_an_urgent_promise_is_urgent_for_the_clock(people: Cast, as_: As) -> None:
    ana = as_(people.ana)
    form = capture_and_claim(ana).form("Make the promise")

    ana.submit(form, "Make the promise", **LINE, priority="urgent")

    assert [row.priority for row in rows("SELECT priority FROM escalations")] == ["urgent"]


def test_the_loser_of_a_race_reads_who_won(people: Cast, as_: As) -> None:
    made = promise(people)
    sam, other = as_(people.sam), as_(people.sam)
    late = check(other, str(made.code))
    check(sam, str(made.code)).press("Honour $40.00")

    lost = late.press("Honour $40.00")

    assert lost.status == 409
    assert lost.verdict == "already_used"
    assert "by Sam" in lost.text


def test_a_decision_can_be_taken_back(people: Cast, as_: As) -> None:
    made = promise(people)
    sam = as_(people.sam)
    done = check(sam, str(made.code)).press("Honour $40.00")

    undone = done.press("Take it back")

    assert "Taken back" in undone.text
    assert check(sam, str(made.code)).verdict == "genuine"


def test_a_decline_needs_a_reason_and_tells_the_agent(people: Cast, as_: As) -> None:
    made = promise(people)
    sam = as_(people.sam)

    asked = check(sam, str(made.code)).press("Decline")
    assert (asked.status, "Choose a reason." in asked.text) == (422, True)
    declined = asked.press("Decline", reason="D06")

    assert "Declined: Item not in stock" in declined.text
    assert "Item not in stock" in as_(people.ana).open("/board").text


def test_an_amount_nobody_can_read_is_asked_again(people: Cast, as_: As) -> None:
    made = promise(people)
    page = check(as_(people.sam), str(made.code))

    for written in ("25.5", "1,000", "-5", "\u0661\u0665", "4e1", ""):
        page = page.press("Honour this part", amount=written)
        assert (page.status, "Write the amount like 15.00" in page.text) == (422, True), written
    assert "Only $40.00 is left." in page.press("Honour this part", amount="99").text
    assert "Done: $25.00 of $40.00" in page.press("Honour this part", amount="25,00").text


def test_the_check_question_is_asked_until_it_is_right(people: Cast, as_: As) -> None:
    ana, sam = as_(people.ana), as_(people.sam)
    made = capture_and_claim(ana).press(
        "Make the promise", **LINE, second_fact_kind="phone_digits", second_fact_value="4821"
    )
    seen = check(sam, code_on(made))
    assert seen.verdict == "check_first"

    wrong = seen.press("Honour $40.00", second_fact="1111")
    right = wrong.press("Honour $40.00", second_fact="48 21")

    assert "That is not what the agent noted." in wrong.text
    assert "4821" not in words_of(wrong.html)
    assert "Done: $40.00 given" in right.text


def test_lee_sets_aside_from_the_inbox_and_cannot_honour(people: Cast, as_: As) -> None:
    made = promise(people)
    lee = as_(people.lee)

    seen = check(lee, str(made.code))
    listed = lee.open("/inbox").press("Acknowledge")

    assert seen.verdict == "no_permission"
    assert "Honour" not in "".join(seen.reader.forms[-1].buttons)
    assert "Seen by store" in listed.text


def test_a_store_role_never_gets_a_code_in_an_address_or_a_page(people: Cast, as_: As) -> None:
    made = promise(people)
    code = str(made.code)
    spaced = "-".join((code[:4], code[4:8], code[8:]))
    sam = as_(people.sam)

    pages = [check(sam, code)]
    pages.append(pages[0].press("Honour this part", amount="1.00"))
    pages.append(pages[1].press("Honour $39.00"))
    pages += [sam.open("/inbox"), sam.open("/counter"), check(sam, code)]

    for page in pages:
        assert code not in page.html
        assert spaced not in page.html
    assert not any(code in path or spaced in path for path in sam.visited)
    assert sam.open(f"/escalations/{made.id}/made").status == 403


def test_wrong_codes_pause_the_device_and_the_manager_opens_it(people: Cast, as_: As) -> None:
    from bridge import codes

    sam = as_(people.sam)
    for _ in range(11):
        page = check(sam, codes.draw())

    paused = check(sam, codes.draw())
    assert (paused.status, paused.verdict) == (429, "locked_tries")
    assert "Opens again in" in paused.text
    opened = paused.press("Open this device again")

    assert page.verdict in {"unknown", "locked_tries"}
    assert check(opened.browser, codes.draw()).verdict == "unknown"


def test_the_form_finds_stores_and_keeps_what_was_typed(people: Cast, as_: As) -> None:
    thread = capture_and_claim(as_(people.ana))

    found = thread.press("Find store", **{**LINE, "store": "Hill"})
    made = found.press("Make the promise", store_number="40")

    assert "40 Hilltop" in found.text
    assert found.form("Make the promise").values["l1_item"] == "CD box set"
    assert "Store 40 Hilltop sees it" in made.text


def test_problems_stand_at_their_fields(people: Cast, as_: As) -> None:
    thread = capture_and_claim(as_(people.ana))

    again = thread.press("Make the promise", l1_amount="40.5", store="nowhere")

    assert again.status == 422
    assert "<title>Error:" in again.html
    for name in ("template", "l1_item", "l1_amount", "store"):
        assert f'href="#{name}"' in again.html
        assert f'id="{name}-problem"' in again.html


def test_a_colleague_is_told_who_is_on_it(people: Cast, as_: As) -> None:
    thread = capture_and_claim(as_(people.ana))
    kim = as_(people.kim)

    seen = kim.open(thread.path)
    taken = seen.press("Take over", reason="Ana is ill.")

    assert "Ana is on it" in seen.text
    assert "You are on it" in taken.text
    assert "Kim took it over" in as_(people.ana).open("/board").text


def test_hostile_handles_and_texts_are_only_text(people: Cast, as_: As) -> None:
    handle, text = "<script>alert(1)</script>", "<img src=x onerror=alert(2)> {{ 7*7 }} \u202e"
    ana = as_(people.ana)
    thread = ana.open("/queue/capture").press(
        "Open the conversation", permalink=POST, handle=handle, text=text
    )
    made = thread.press("Claim").press("Make the promise", **{**LINE, "l1_item": "<b>x</b>"})
    pages = [thread, made, ana.open("/queue?show=all"), ana.open("/escalations")]
    pages += [as_(people.sam).open("/inbox"), check(as_(people.sam), code_on(made))]

    assert "{{ 7*7 }}" in thread.text
    for page in pages:
        assert page.status == 200
        for raw in ("<script>alert", "<img src=x", "<b>x</b>"):
            assert raw not in page.html


def test_every_page_has_one_heading_and_every_field_a_label(people: Cast, as_: As) -> None:
    made = promise(people)
    ana, sam = as_(people.ana), as_(people.sam)
    pages = [
        ana.open(path)
        for path in ("/queue", "/queue/capture", "/escalations", "/board", f"/escalations/{made.id}/made")
    ]
    pages += [capture_and_claim(ana), sam.open("/counter"), sam.open("/inbox"), check(sam, str(made.code))]

    for page in pages:
        assert page.reader.h1 == 1, page.path
        assert page.reader.fields <= page.reader.labelled, (
            page.path,
            page.reader.fields - page.reader.labelled,
        )
        assert 'lang="en"' in page.html
        assert 'href="#main"' in page.html
