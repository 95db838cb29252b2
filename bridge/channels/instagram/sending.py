"""Say something as the Instagram account, and look for what an earlier try left behind.

In public: `POST /{comment}/replies`, always to the comment at the top of the thread; Instagram would put it
there anyway. In private: `POST /{account or Page}/messages`. Nothing says whether a comment has had its
private answer: our words in the conversation do, and without them it cannot be told.
Sources: developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-comment/replies,
…/instagram-platform/private-replies.
"""

from dataclasses import replace
from typing import Final

from bridge.channels import meta_sending
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.meta_graph import ask, judged
from bridge.channels.webhook import Failed

INSTAGRAM_LOGIN_URL: Final = "https://graph.instagram.com"
FACEBOOK_LOGIN_URL: Final = "https://graph.facebook.com"
REPLIES_READ: Final = 50


def send(account: Account, message: Message, call: Call) -> Told:
    """Send once."""
    if message.purpose is not Purpose.PUBLIC_REPLY:
        return meta_sending.send_private(
            account,
            message,
            call,
            path=f"{_speaker(account)}/messages",
            base_url=_base_url(account),
        )
    answer = ask(
        account,
        f"{_top(message)}/replies",
        call,
        base_url=_base_url(account),
        json={"message": message.text},
    )
    told = judged(answer, named="id")
    return replace(told, visibility="public") if told.result is Result.SENT else told


def find(account: Account, message: Message, call: Call) -> Told:
    """Look under the comment, or in the conversation."""
    if message.purpose is Purpose.PUBLIC_REPLY:
        return _find_reply(account, message, call)
    told = meta_sending.find_message(
        account,
        message,
        call,
        path=f"{_speaker(account)}/conversations",
        platform="instagram",
        to=str(message.reference.get("to") or message.to_external_id),
        base_url=_base_url(account),
    )
    if message.purpose is Purpose.PRIVATE_REPLY and told.result is Result.NOT_THERE:
        return Told(result=Result.UNKNOWN, error="cannot_be_told")
    return told


def _find_reply(account: Account, message: Message, call: Call) -> Told:
    answer = ask(
        account,
        f"{_top(message)}/replies",
        call,
        base_url=_base_url(account),
        fields="id,text,timestamp,from,username",
        limit=str(REPLIES_READ),
    )
    listed = meta_sending.listed_in(answer)
    if isinstance(listed, Told) or isinstance(answer, Failed):
        return listed if isinstance(listed, Told) else Told(result=Result.UNKNOWN)
    return meta_sending.among(account, message, answer.object(), words="text")


def _top(message: Message) -> str:
    return str(message.reference.get("top") or message.reference.get("id", ""))


def _speaker(account: Account) -> str:
    """Whose `messages` carry our words: the Page's when the account is connected through one."""
    return account.settings.get("page_id", "") or account.external_id or "me"


def _base_url(account: Account) -> str:
    is_by_page = bool(account.settings.get("page_id")) and account.base_url == INSTAGRAM_LOGIN_URL
    return FACEBOOK_LOGIN_URL if is_by_page else account.base_url
