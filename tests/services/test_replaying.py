"""Stored conversations are taken in as if they had just been captured."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import select

from bridge import db
from bridge.cli.intake import intake_group
from bridge.clock import utc_now
from bridge.models import Post, Thread
from bridge.services import intake
from bridge.services import replay as replaying
from bridge.services.replay import Replay
from tests.cast import Cast
from tests.services.captured_posts import ana, count


def stored(number: int, *messages: tuple[str, str, str]) -> dict[str, Any]:
    posts = [
        {
            kind: author,
            "datetime": f"2020-04-01T17:3{at}:32.000Z",
            "message": text,
            "tweet_ID": f"{number}{at}",
        }
        for at, (kind, author, text) in enumerate(messages)
    ]
    return {"dialogHeader": {"company": "NorthlightCare"}, "dialogContent": posts}


CONVERSATIONS = [
    stored(
        100,
        ("client", "wanda", "@NorthlightCare help &amp; advice?"),
        ("agent", "NorthlightCare", "@wanda Which store?"),
        ("client1", "bystander", "Same here"),
        ("client", "wanda", "Lakeside"),
    ),
    stored(200, ("client", "xavier", "Never again at that shop")),
]


def replay(cast: Cast, conversations: list[Any]) -> Replay:
    with db.transaction() as session:
        return replaying.replay(session, cast.brand, conversations, actor=ana(cast), now=utc_now())


def test_a_stored_conversation_becomes_a_thread_with_its_authors(cast: Cast) -> None:
    replay(cast, CONVERSATIONS)

    with db.transaction() as session:
        thread = session.exec(select(Thread).where(Thread.external_id == "1000")).one()
        whole = intake.conversation(session, ana(cast), thread.id)
    assert [(post.author_kind, post.author_handle) for post in whole.posts] == [
        ("customer", "wanda"),
        ("brand", "NorthlightCare"),
        ("other", "bystander"),
        ("customer", "wanda"),
    ]
    assert whole.posts[0].text == "@NorthlightCare help & advice?"
    assert (whole.identity.handle, thread.mention_type) == ("wanda", "tagged")


def test_replaying_twice_gives_no_double(cast: Cast) -> None:
    first = replay(cast, CONVERSATIONS)
    second = replay(cast, CONVERSATIONS)

    assert (first.threads_created, first.posts_added, first.posts_known) == (2, 5, 0)
    assert (second.threads_created, second.posts_added, second.posts_known) == (0, 0, 5)
    assert (count(Thread), count(Post)) == (2, 5)


@pytest.mark.parametrize(
    "odd",
    [
        "text",
        None,
        {},
        {"dialogHeader": {"company": "c"}, "dialogContent": []},
        {"dialogHeader": {"company": "c"}, "dialogContent": [{"message": "no author", "tweet_ID": "1"}]},
        stored(300, ("agent", "NorthlightCare", "Anybody there?")),
        stored(400, ("client", "wan\u202eda", "Hello")),
        {"dialogHeader": {"company": "c"}, "dialogContent": [{"client": "w", "datetime": "today"}]},
    ],
)
def test_a_bad_conversation_is_a_line_and_stops_nothing(cast: Cast, odd: Any) -> None:
    done = replay(cast, [odd, *CONVERSATIONS])

    assert (len(done.refused), done.threads_created) == (1, 2)
    assert done.refused[0].startswith("1: ")


def test_the_command_replays_a_file(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps([*CONVERSATIONS, {}]), "utf-8")

    result = CliRunner().invoke(intake_group, ["replay", str(file), "--brand", "Northlight"])

    assert result.exit_code == 0
    assert result.stdout == "3 conversations: 2 new threads, 5 new posts, 0 posts known before, 1 refused.\n"
    assert "conversation 3: The conversation cannot be read." in result.stderr


def test_the_real_conversations_are_taken_whole(cast: Cast, shared_data: Path) -> None:
    conversations = json.loads((shared_data / "care-conversations" / "dev.json").read_text("utf-8"))

    first = replay(cast, conversations)
    second = replay(cast, conversations)

    # Two pairs of records begin with the same post: they are one conversation each.
    assert (first.conversations, first.threads_created, first.posts_added) == (525, 523, 681)
    assert (first.refused, second.threads_created, second.posts_added) == ([], 0, 0)
