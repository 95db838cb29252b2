"""Say something as the Page, and look for what an earlier try left behind.

In public: `POST /{comment or post}/comments`. In private: `POST /{page}/messages`. Whether the one private
answer to a comment went through, the comment itself tells (`can_reply_privately`,
`private_reply_conversation`); where it does not, nobody may try a second one.
Sources: developers.facebook.com/docs/graph-api/reference/comment, …/pages-api/comments-mentions.
"""

from dataclasses import replace
from typing import Final

from bridge.channels import meta_sending
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.meta_entries import inner
from bridge.channels.meta_graph import ask, judged
from bridge.channels.webhook import Failed

COMMENTS_READ: Final = 50


def send(account: Account, message: Message, call: Call) -> Told:
    """Send once."""
    if message.purpose is not Purpose.PUBLIC_REPLY:
        return meta_sending.send_private(account, message, call, path=f"{_page(account)}/messages")
    answered = str(message.reference.get("id", ""))
    told = judged(ask(account, f"{answered}/comments", call, json={"message": message.text}), named="id")
    if told.result is not Result.SENT:
        return told
    made = told.external_id.rpartition("_")[2]
    return replace(told, external_id=made, visibility="public", permalink=_address(account, message, made))


def find(account: Account, message: Message, call: Call) -> Told:
    """Look under the post, or in the conversation."""
    answered = str(message.reference.get("id", ""))
    match message.purpose:
        case Purpose.PUBLIC_REPLY:
            return _find_comment(account, message, call, answered)
        case Purpose.PRIVATE_REPLY:
            return _find_private_reply(account, message, call, answered)
        case _:
            return meta_sending.find_message(
                account,
                message,
                call,
                path=f"{_page(account)}/conversations",
                platform="messenger",
                to=meta_sending.recipient_of(message).get("id", ""),
            )


def _find_comment(account: Account, message: Message, call: Call, answered: str) -> Told:
    answer = ask(
        account,
        f"{answered}/comments",
        call,
        fields="id,message,from,created_time",
        order="reverse_chronological",
        filter="stream",
        limit=str(COMMENTS_READ),
    )
    listed = meta_sending.listed_in(answer)
    if isinstance(listed, Told) or isinstance(answer, Failed):
        return listed if isinstance(listed, Told) else Told(result=Result.UNKNOWN)
    told = meta_sending.among(account, message, answer.object(), words="message")
    return replace(told, external_id=told.external_id.rpartition("_")[2])


def _find_private_reply(account: Account, message: Message, call: Call, answered: str) -> Told:
    """SENT when our words stand in its conversation, NOT_THERE only when Facebook would still take one."""
    is_comment = message.reference.get("kind") == "comment"
    conversation = f",private_reply_conversation{{{meta_sending.MESSAGE_FIELDS}}}" if is_comment else ""
    answer = ask(account, answered, call, fields=f"can_reply_privately{conversation}")
    told = judged(answer, named="id")
    if isinstance(answer, Failed) or not answer.is_good or "error" in answer.object():
        return told
    post = answer.object()
    talk = inner(post, "private_reply_conversation")
    if talk:
        found = meta_sending.among(account, message, inner(talk, "messages"), words="message")
        if found.result is Result.SENT:
            return found
    elif post.get("can_reply_privately") is True:
        return Told(result=Result.NOT_THERE)
    return Told(result=Result.UNKNOWN, error="cannot_be_told")


def _page(account: Account) -> str:
    return account.external_id or "me"


def _address(account: Account, message: Message, made: str) -> str:
    """Where our comment stands, when the id of what we answered says it."""
    before, _, last = str(message.reference.get("id", "")).rpartition("_")
    if message.reference.get("kind") != "comment" or not (account.external_id and before.isdecimal()):
        return ""
    thread = message.thread_id or last
    return f"https://www.facebook.com/{account.external_id}/posts/{before}?comment_id={thread}&reply_comment_id={made}"
