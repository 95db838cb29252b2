import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from bridge.channels import signing

# The vector that the libraries of Standard Webhooks share.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def accepts(**changes: object) -> bool:
    arguments = {
        "secrets": [SECRET],
        "message_id": MESSAGE_ID,
        "timestamp": str(TIMESTAMP),
        "signatures": SIGNATURE,
        "body": BODY,
        "now": TIMESTAMP + 1,
    }
    return signing.verify(**{**arguments, **changes})  # type: ignore[arg-type]


def test_signature_is_that_of_the_published_vector() -> None:
    headers = signing.sign([SECRET], message_id=MESSAGE_ID, timestamp=TIMESTAMP, body=BODY)

    assert headers == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": SIGNATURE,
    }
    assert accepts()


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()), st.uuids().map(str))
def test_the_reference_library_accepts_what_we_sign(content: dict[str, object], message_id: str) -> None:
    body, secret = json.dumps(content).encode(), signing.new_secret()
    now = int(datetime.now(UTC).timestamp())

    headers = signing.sign([secret], message_id=message_id, timestamp=now, body=body)

    assert Webhook(secret).verify(body, headers) == content


def test_during_a_rotation_either_secret_verifies() -> None:
    new, old, other = (signing.new_secret() for _ in range(3))
    now = int(datetime.now(UTC).timestamp())

    headers = signing.sign([new, old], message_id="m", timestamp=now, body=b"{}")

    assert Webhook(new).verify(b"{}", headers) == Webhook(old).verify(b"{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(b"{}", headers)


def test_we_accept_what_the_reference_library_signs() -> None:
    signature = Webhook(SECRET).sign(MESSAGE_ID, datetime.fromtimestamp(TIMESTAMP, UTC), BODY.decode())

    assert accepts(signatures=f"v1a,{signature[3:]} v1,AAAA {signature}")


@pytest.mark.parametrize(
    "changes",
    [
        {"signatures": ""},
        {"signatures": "v1,"},
        {"signatures": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1O="},
        {"signatures": SIGNATURE.removeprefix("v1,")},
        {"signatures": SIGNATURE.replace("v1,", "v2,")},
        {"signatures": "v1,\N{SNOWMAN}"},
        {"signatures": " ".join(["v1,AAAA"] * 1000 + [SIGNATURE])},
        {"secrets": ["whsec_" + base64.b64encode(b"another secret of ours").decode()]},
        {"secrets": []},
        {"body": b'{"test":2432232314}'},
        {"message_id": "msg_other"},
        {"timestamp": str(TIMESTAMP + 1)},
        {"timestamp": "yesterday"},
        {"timestamp": ""},
        {"timestamp": "-1614265330"},
        {"timestamp": "\N{FULLWIDTH DIGIT ONE}614265330"},
        {"now": TIMESTAMP + 301},
        {"now": TIMESTAMP - 301},
    ],
    ids=str,
)
def test_forged_stale_and_malformed_messages_are_refused(changes: dict[str, object]) -> None:
    assert not accepts(**changes)


def test_only_the_first_ten_signatures_are_considered() -> None:
    wrong = ["v1,AAAA"]

    assert accepts(signatures=" ".join([*wrong * 9, SIGNATURE]))
    assert not accepts(signatures=" ".join([*wrong * 10, SIGNATURE]))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "whsec_\N{SNOWMAN}"])
def test_a_secret_that_is_none_signs_nothing(secret: str) -> None:
    with pytest.raises(ValueError):
        signing.sign([secret], message_id="m", timestamp=1, body=b"")


def test_no_secret_signs_nothing() -> None:
    with pytest.raises(ValueError):
        signing.sign([], message_id="m", timestamp=1, body=b"")


def test_new_secrets_hold_256_random_bits() -> None:
    drawn = {signing.new_secret() for _ in range(100)}

    assert len(drawn) == 100
    assert all(len(base64.b64decode(one.removeprefix("whsec_"))) == 32 for one in drawn)


@pytest.mark.parametrize(
    ("secret", "is_one"),
    [
        (SECRET, True),
        ("whsec_" + base64.b64encode(b"x" * 24).decode(), True),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), False),
        (SECRET.removeprefix("whsec_"), False),
        (SECRET.upper(), False),
        (SECRET + " ", False),
        ("whsec_abcd", False),
        ("whsec_%%%", False),
        ("whsec_", False),
        ("hello world", False),
        ("", False),
    ],
)
def test_a_secret_has_its_prefix_and_at_least_24_bytes(secret: str, is_one: bool) -> None:
    assert signing.is_secret(secret) is is_one
    assert signing.is_secret(signing.new_secret())
