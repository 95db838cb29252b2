"""What the demo's pages say by key: whom one can play, what each code shows, the steps of the tour.

Lazy, because the language is known only while a page is drawn.
"""
# ruff: noqa: E501, RUF001 - people read these lines, so apostrophes are typographic

from bridge.verdicts import Verdict
from web.languages import say_lazily as _

PARTS = {
    "Dana": _("Dana, care agent"),
    "Priya": _("Priya, manager of store 10"),
    "Cory": _("Cory, cashier at store 10"),
    "Hana": _("Hana, headquarters"),
}
CUSTOMER = "customer"
"""Who has no account: sees the page that the private message leads to."""

HEADS = {
    Verdict.GENUINE_PART_LEFT: _("Genuine, a part is left"),
    Verdict.GENUINE_SET_ASIDE: _("Genuine, set aside"),
}
"""Where the word alone would not tell two codes apart."""

EXPECT = {
    Verdict.GENUINE: _(
        "Who promised it, by which right, up to how much, until when; and one button to honour it."
    ),
    Verdict.GENUINE_PART_LEFT: _("5.00 was given two days ago; 10.00 is left and can be honoured."),
    Verdict.GENUINE_SET_ASIDE: _("Priya set the item aside: the panel says on which shelf it is."),
    Verdict.CHECK_FIRST: _(
        "A question for the customer comes first. The right answer is 417; three wrong ones pause the code."
    ),
    Verdict.NEEDS_APPROVAL: _("80.00 were recommended, which is more than a store manager gives away alone."),
    Verdict.NO_PERMISSION: _(
        "A cashier reads everything and can set the item aside, but cannot honour. See it as Priya, and it is genuine."
    ),
    Verdict.ALREADY_USED: _(
        "When it was used, where, by whom, and how much. There is no button to give it again."
    ),
    Verdict.JUST_DONE: _(
        "Honour the first code of this list, then check it again within a minute: it can still be taken back."
    ),
    Verdict.OTHER_STORE: _("It was made for store 40. Nothing about the promise is shown here."),
    Verdict.NOT_YET: _("It starts in two days."),
    Verdict.REPLACED: _("Ana made a better promise in its place. The newer code counts."),
    Verdict.ON_HOLD: _("The store asked the agent a question, and waits for the answer."),
    Verdict.DECLINED_BEFORE: _("The store said no yesterday: the item was out of stock."),
    Verdict.EXPIRED: _("It ended two days ago."),
    Verdict.WITHDRAWN: _("Kim took it back, because the promise had a mistake in it."),
    Verdict.LOCKED_CODE: _("The question was answered wrong three times. The agent has to look at it."),
    Verdict.UNKNOWN: _("It looks like a code of ours, and nobody ever promised anything with it."),
    Verdict.TYPO: _(
        "The last sign is wrong. It is noticed without asking the database, and counts as no attempt."
    ),
    Verdict.NEAR_MISS: _(
        "One sign of a code that waits here is wrong: the item is shown without the code, and a press opens it."
    ),
    Verdict.TOO_SHORT: _("Half a code: keep typing."),
    Verdict.PRODUCT_CODE: _("Somebody scanned the item instead of the message."),
    Verdict.LOCKED_TRIES: _(
        "Type the code that is not found ten times. This device is paused; a manager opens it again."
    ),
}
"""What one should see at `/demo/codes`, for each piece of `bridge/demo/showcase.py`."""

STEPS = (
    (
        _("A customer was sent away. Promise an exchange of up to 25.00 at store 10: the code appears."),
        _("Open a post as Dana"),
    ),
    (
        _("Store 10 has it in the inbox already, before the customer comes."),
        _("See the inbox as Priya"),
    ),
    (
        _("The customer is here: simulate the scan of the code, and honour it. Scan it a second time."),
        _("Go to the counter"),
    ),
    (
        _(
            "The answer came back: Dana’s board says what the store did. Press “Send the outcome” for the text to the customer."
        ),
        _("See the board as Dana"),
    ),
    (
        _(
            "The private message leads to this page: it says what the store did. Until then the code is on it, after a press."
        ),
        _("See it as the customer"),
    ),
    (
        _("Headquarters see which store is late; and under Causes, why stores declined, over twelve weeks."),
        _("See the figures as Hana"),
    ),
    (
        _(
            "A code for every answer that a code can bring about. Check them as Priya, then as Cory. The page of all parts draws the other answers."
        ),
        _("Try every code"),
    ),
)
"""Of each step what it is about, and the press that leads to it."""
