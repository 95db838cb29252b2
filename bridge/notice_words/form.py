"""The form of a language's words for notices."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.notices import Template


@dataclass(frozen=True, slots=True)
class Told:
    """One template's words. `text` stands alone in an SMS, so it is short; `body` explains.

    Placeholders: {number} the case, {store} "12 Lakeside", {round}, {other}, {km}, {milestone},
    {percent}, {due}, {question}, {until}, {origin}, {state}, {reason}, {count}, {account}, {trouble},
    {receiver}.
    """

    subject: str
    text: str
    body: str


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that one language needs."""

    told: Mapping[Template, Told]
    live_question: Told
    """QUESTION_ASKED while the store holds the line for ten minutes."""
    open_question: Told
    """QUESTION_ASKED without a time by which the answer is needed."""
    expired_unseen: Told
    """EXPIRED when no store ever looked at the promise."""
    thread_warning: Told
    """CLOCK_WARNING of a conversation that is no case yet."""
    thread_missed: Told
    unknown: str
    any_store: str
    open_link: str
    footer: str
    test: Told
    milestones: Mapping[str, str]
    questions: Mapping[str, str]
    reasons: Mapping[str, str]
    states: Mapping[str, str]
    troubles: Mapping[str, str]
