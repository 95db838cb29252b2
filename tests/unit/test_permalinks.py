import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import InvalidInput
from bridge.permalinks import ID_MAX_CHARACTERS, PERMALINK_MAX_CHARACTERS, Network, recognise

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
PFBID = "pfbid02VjWnZ9q7Yt8kQmXr5cA1sD4fG6hJ2kL3pO9iU7yT5rE1wQ8zX4cV6bN2mM1l"


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/ana_buys/status/1245403438755852288",
        "http://www.twitter.com/ana_buys/status/1245403438755852288?s=20&t=abc",
        "https://mobile.twitter.com/ana_buys/statuses/1245403438755852288/photo/1",
        "https://x.com/i/web/status/1245403438755852288#m",
        "https://x.com/i/status/1245403438755852288/",
        "  x.com/ana_buys/status/1245403438755852288 ",
        "https://X.COM/renamed/status/1245403438755852288",
    ],
)
def test_all_addresses_of_one_x_post_are_one_thread(url: str) -> None:
    found = recognise(url)

    assert (found.network, found.thread_id, found.post_id) == (Network.X, *["1245403438755852288"] * 2)
    assert found.url == "https://x.com/i/web/status/1245403438755852288"


@pytest.mark.parametrize(
    ("url", "network", "thread_id"),
    [
        ("https://bsky.app/profile/Ana.bsky.social/post/3kabcdefghi2x", "bluesky",
         "at://ana.bsky.social/app.bsky.feed.post/3kabcdefghi2x"),
        (f"https://bsky.app/profile/{DID}/post/3kabc?ref_src=embed", "bluesky",
         f"at://{DID}/app.bsky.feed.post/3kabc"),
        (f"at://{DID}/app.bsky.feed.post/3kabc", "bluesky", f"at://{DID}/app.bsky.feed.post/3kabc"),
        ("https://mastodon.social/@ana/109501298765432101", "mastodon", "mastodon.social/109501298765432101"),
        ("https://mastodon.social/users/ana/statuses/109501298765432101/activity", "mastodon",
         "mastodon.social/109501298765432101"),
        ("https://fosstodon.org/@ana@mastodon.social/109501298765432199", "mastodon",
         "fosstodon.org/109501298765432199"),
        ("https://gts.example.org/@ana/statuses/01HZX3KJ8Q2W4E5R6T7Y8V9A0B", "mastodon",
         "gts.example.org/01HZX3KJ8Q2W4E5R6T7Y8V9A0B"),
        ("https://www.facebook.com/examplestore/posts/10158901234567890", "facebook", "10158901234567890"),
        ("https://m.facebook.com/examplestore/posts/why-no-refund/10158901234567890/", "facebook",
         "10158901234567890"),
        (f"https://www.facebook.com/examplestore/posts/{PFBID}", "facebook", PFBID),
        ("https://facebook.com/permalink.php?story_fbid=10158901234567890&id=1234567", "facebook",
         "10158901234567890"),
        ("https://mbasic.facebook.com/story.php?story_fbid=10158901234567890&id=1234567&refid=17", "facebook",
         "10158901234567890"),
        ("https://www.facebook.com/groups/buyers/permalink/10158901234567890/", "facebook",
         "10158901234567890"),
        ("https://www.facebook.com/photo/?fbid=10158901234567890&set=a.1", "facebook", "10158901234567890"),
        ("https://www.facebook.com/share/p/1AbCdEfGhI/", "facebook", "share/1AbCdEfGhI"),
        ("https://fb.watch/abc123XYZ/", "facebook", "watch/abc123XYZ"),
        ("https://www.instagram.com/p/CxYz_12-abc/?igsh=abc", "instagram", "CxYz_12-abc"),
        ("https://instagram.com/reel/CxYz_12-abc/", "instagram", "CxYz_12-abc"),
        ("https://www.instagram.com/ana.buys/p/CxYz_12-abc/", "instagram", "CxYz_12-abc"),
    ],
)  # fmt: skip
def test_each_network_is_recognised(url: str, network: str, thread_id: str) -> None:
    found = recognise(url)

    assert (found.network, found.thread_id) == (network, thread_id)
    assert recognise(found.url).thread_id == thread_id


def test_a_comment_beneath_a_brands_facebook_post_is_a_thread_of_its_own() -> None:
    post = "https://www.facebook.com/examplestore/posts/10158901234567890"

    found = recognise(f"{post}?comment_id=222333&reply_comment_id=444555")

    assert (found.thread_id, found.post_id) == ("222333", "444555")
    assert recognise(f"{post}?comment_id=222333").post_id == "222333"


def test_a_comment_beneath_an_instagram_post_is_a_thread_of_its_own() -> None:
    found = recognise("https://www.instagram.com/p/CxYz_12-abc/c/17890001/r/17890002/")

    assert (found.thread_id, found.post_id) == ("17890001", "17890002")


@pytest.mark.parametrize(
    "url",
    [
        "https://blog.example.org/2009/10/never-again?b=2&a=1",
        "http://www.blog.example.org/2009/10/never-again/?a=1&b=2&utm_source=x&fbclid=Iw",
        "HTTPS://Blog.Example.ORG:443/2009/10/never%2Dagain?a=1&b=2",
    ],
)
def test_an_unknown_page_keeps_its_id_whatever_clothes_it_wears(url: str) -> None:
    expected = recognise("https://blog.example.org/2009/10/never-again?a=1&b=2")

    assert recognise(url).thread_id == expected.thread_id
    assert expected.network is Network.OTHER


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/ana_buys",
        "https://notx.com/ana/status/1245403438755852288",
        "https://x.com.evil.example/ana/status/1245403438755852288",
        "https://x.com/ana/status/12454034387558522880000",
        "https://x.com/ana/status/\u0661\u0662\u0663\u0664",
        "https://medium.com/@ana/never-again-4f5e6d7c8b9a",
        "https://www.youtube.com/@ana/videos",
        "https://www.facebook.com/examplestore",
        "https://www.instagram.com/ana.buys/",
    ],
)
def test_what_only_looks_like_a_post_is_an_unknown_page(url: str) -> None:
    assert recognise(url).network is Network.OTHER


def test_two_comments_told_apart_by_fragment_are_two_pages() -> None:
    page = "https://blog.example.org/never-again"

    assert recognise(f"{page}#comment-1").thread_id != recognise(f"{page}#comment-2").thread_id


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "never again",
        "just-a-word",
        "javascript:alert(1)",
        "data:text/html,hi",
        "ftp://example.org/x",
        "https://ana:secret@example.org/x",
        "https://exa\u202emple.org/x",
        "https://example.org/\x00",
        "https://[::1/x",
        "https://example.org:99999/",
        "at://ana.example/app.bsky.feed.like/3k",
        "https://example.org/" + "a" * PERMALINK_MAX_CHARACTERS,
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        recognise(url)


@given(st.text(max_size=80) | st.text(max_size=60).map("https://x.com/".__add__)
       | st.text(max_size=60).map("https://www.facebook.com/{}/posts/1015890?x=".__add__)
       | st.text(max_size=40).map(lambda page: f"https://www.facebook.com/{page}/posts/1015890"))  # fmt: skip
def test_any_text_is_either_recognised_within_the_columns_or_refused(text: str) -> None:
    try:
        found = recognise(text)
    except InvalidInput:
        return

    assert max(len(found.thread_id), len(found.post_id)) <= ID_MAX_CHARACTERS
    assert len(found.url) <= PERMALINK_MAX_CHARACTERS
