"""A brand in the middle of its day: something of everything that a page can show.

`fill(cast)` lets the cast do it through the services, act by act (`acts/`), so that every page of the atlas
has what it shows. Every text that a person may write comes from `Words`: tidy here, hostile in another test.
"""

from tests.browser.acts import conversations, decisions, moves, names, promises, setup, tablets
from tests.browser.acts.scene import Stage, Words
from tests.cast import Cast, able_to_sign_in, build_cast
from tests.keeping import filled


def fill(cast: Cast, words: Words | None = None) -> Stage:
    """Let everything happen once."""
    words = words or Words()
    stage = Stage(cast)
    names.name_everything(cast, words)
    conversations.posts(stage, words)
    promises.made(stage, words)
    decisions.made(stage, words)
    moves.made(stage, words)
    moves.to_hq(stage, words)
    setup.made(stage, words)
    conversations.care_tool(stage)
    tablets.paired(stage, words)
    promises.customer_links(stage)
    conversations.messages(stage, words)
    return stage


def kept_stage(owner_url: str) -> Stage:
    """The tidy stage of a cast that can sign in, filled once and given back as it was."""
    return filled(owner_url, "stage", lambda: fill(able_to_sign_in(build_cast())))
