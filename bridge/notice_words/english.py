"""Notices in English."""

from typing import Final

from bridge.notice_words.form import Told, Words
from bridge.notices import Template

WORDS: Final = Words(
    told={
        Template.CASE_WAITING: Told(
            "Case {number}: store {store}, please say OK",
            "Case {number} at store {store} waits for your OK.",
            "A customer was promised something at store {store} (case {number}). "
            "Please open it and press “Acknowledge”, so that everybody knows the store is ready.",
        ),
        Template.CASE_CLIMBED: Told(
            "Case {number}: store {store} has not answered",
            "Store {store} has not answered case {number}. Please step in.",
            "Store {store} has not said OK to case {number}. It has come to you because the steps before "
            "you did not help. Please call the store or act on the case.",
        ),
        Template.CASE_REASSIGNED: Told(
            "Case {number} is yours now",
            "Case {number} (store {store}) is yours now.",
            "You are the new owner of case {number} at store {store}.",
        ),
        Template.OFFER_OTHER_STORE: Told(
            "Case {number}: store {other} could take it",
            "Case {number}: store {store} is silent. Store {other}, {km} km away, could take it.",
            "Store {store} does not answer case {number}. Store {other}, {km} km away, is open and able. "
            "You can offer the customer that store instead.",
        ),
        Template.ACKNOWLEDGEMENT_LAPSED: Told(
            "Case {number}: OK was said, and nothing followed",
            "Case {number}: store {store} said OK, then nothing happened. Please look again.",
            "Store {store} said OK to case {number}, and nothing has happened since. The OK does not count "
            "any more; please look at the case again.",
        ),
        Template.CLOCK_WARNING: Told(
            "Case {number}: {milestone} is due {due}",
            "Case {number}: {milestone} is due {due}.",
            "Case {number} at store {store}: {milestone} is due {due}. {percent} % of the time has passed.",
        ),
        Template.CLOCK_MISSED: Told(
            "Case {number}: {milestone} is late",
            "Case {number}: {milestone} was due {due} and is late.",
            "Case {number} at store {store}: {milestone} was due {due}. It is late now.",
        ),
        Template.QUESTION_ASKED: Told(
            "Case {number}: store {store} has a question",
            "Case {number}: store {store} asks you: {question}. Answer by {until}.",
            "Store {store} asks about case {number}: {question}. Please answer by {until}; the store waits.",
        ),
        Template.QUESTION_ANSWERED: Told(
            "Case {number}: your question is answered",
            "Case {number}: your question is answered.",
            "The agent answered your question about case {number}. Open it to read the answer and go on.",
        ),
        Template.QUESTION_LAPSED: Told(
            "Case {number}: nobody answered the question",
            "Case {number}: nobody answered store {store} in time.",
            "Store {store} asked about case {number}, and nobody answered in time. The store decides now "
            "with what it knows.",
        ),
        Template.TRANSFER_OFFERED: Told(
            "Case {number}: store {origin} asks you to take it",
            "Store {origin} asks store {other} to take case {number}.",
            "Store {origin} asks you at store {other} to take over case {number}. Please accept or refuse.",
        ),
        Template.TRANSFER_DECIDED: Told(
            "Case {number}: the move to store {other} was {state}",
            "Case {number}: the move to store {other} was {state}.",
            "The move of case {number} to store {other} was {state}.",
        ),
        Template.REVIEW_OPENED: Told(
            "Case {number} is in review: {reason}",
            "Case {number} is in the review queue: {reason}.",
            "Case {number} at store {store} came into the review queue: {reason}.",
        ),
        Template.CUSTOMER_CAN_GO: Told(
            "Case {number}: tell the customer to go",
            "Case {number}: store {store} is ready. Tell the customer to go.",
            "Store {store} is ready for case {number}. Please tell the customer that they can go.",
        ),
        Template.EXPIRED: Told(
            "Case {number} has ended",
            "Case {number} at store {store} ended without being used.",
            "The promise of case {number} at store {store} ended. The store had seen it; the customer did "
            "not use it.",
        ),
        Template.CHANNEL_TROUBLE: Told(
            "{account}: {trouble}",
            "Channel {account}: {trouble}.",
            "The connected account {account} needs you: {trouble}. "
            "Until then, posts may be missed and answers wait.",
        ),
        Template.RECEIVER_GONE: Told(
            "Receiver switched off: {receiver}",
            "The webhook receiver {receiver} answered that it is gone (410) and was switched off.",
            "The webhook receiver {receiver} answered that it is gone for good (410) and was switched off. "
            "What it was owed is cancelled. When it is back, switch it on; "
            "one press there sends it all again.",
        ),
        Template.DIGEST: Told(
            "{count} things wait for you",
            "{count} things wait for you.",
            "{count} things wait for you:",
        ),
    },
    live_question=Told(
        "Case {number}: store {store} waits at the counter",
        "NOW, case {number}: store {store} asks with the customer there: {question}. Until {until}.",
        "The customer of case {number} stands at the counter of store {store}, and the store asks: "
        "{question}. Please answer before {until}.",
    ),
    open_question=Told(
        "Case {number}: store {store} has a question",
        "Case {number}: store {store} asks you: {question}.",
        "Store {store} asks about case {number}: {question}. Please answer soon; the store waits.",
    ),
    expired_unseen=Told(
        "Case {number} ended, and no store looked at it",
        "Case {number} ended. Store {store} never looked at it.",
        "The promise of case {number} ended, and store {store} never looked at it. Headquarters sees that "
        "too.",
    ),
    thread_warning=Told(
        "A conversation waits: {milestone} is due {due}",
        "A conversation waits: {milestone} is due {due}.",
        "A conversation in the queue waits: {milestone} is due {due}. {percent} % of the time has passed.",
    ),
    thread_missed=Told(
        "A conversation waits: {milestone} is late",
        "A conversation waits: {milestone} was due {due} and is late.",
        "A conversation in the queue waits: {milestone} was due {due}. It is late now.",
    ),
    unknown="not known",
    any_store="(any)",
    open_link="Open",
    footer="Sent by the bridge between social care and stores. Do not answer this message.",
    test=Told(
        "Test from the bridge",
        "Test from the bridge: this address works.",
        "This is a test. If you can read it, notices reach you here.",
    ),
    milestones={
        "first_response": "the first answer",
        "next_response": "the next answer",
        "promise_issued": "the promise",
        "approval": "the approval",
        "store_ack": "the store's OK",
        "counter_decision": "the decision at the counter",
        "agent_answer": "the agent's answer",
        "transfer_accept": "the other store's yes or no",
        "customer_need": "what the customer needs",
        "outcome_to_customer": "telling the customer",
        "resolution": "the solution",
        "hq_review": "headquarters' review",
        "cause_coded": "naming the cause",
    },
    questions={
        "Q01": "is the amount right",
        "Q02": "is it this item",
        "Q03": "may it be an equal item",
        "Q04": "who pays for it",
        "Q05": "is it the right person",
        "Q06": "can it be valid longer",
        "Q07": "what exactly was said",
        "Q08": "the customer asks for more",
        "Q09": "which proof is needed",
        "Q10": "which code at the till",
    },
    reasons={
        "wrongful_decline": "a valid promise was declined",
        "no_ack": "no store said OK",
        "breach": "too late",
        "expired_unseen": "it ended unseen",
        "appeal": "the customer objects",
        "offline_conflict": "used twice while offline",
        "repeat_pattern": "the same again and again",
        "high_value": "high value",
        "random_sample": "random sample",
    },
    states={
        "offered": "offered",
        "accepted": "accepted",
        "refused": "refused",
        "withdrawn": "withdrawn",
        "lapsed": "not answered",
    },
    troubles={
        "signed_out": "somebody has to sign in again",
        "failing": "asking it fails again and again",
        "quiet": "nothing has come in for unusually long",
    },
)
