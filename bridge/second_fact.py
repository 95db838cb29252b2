"""What a customer says beside the code: normalised, then kept only as an HMAC. Pure.

The escalation's id goes into the HMAC, so that equal facts of two customers do not look equal.
"""

import hmac
import re
import unicodedata
from hashlib import sha256
from uuid import UUID

from bridge.errors import InvalidInput
from bridge.promises import SecondFact

WRONG_UNTIL_FROZEN = 3
DIGITS = re.compile(r"[0-9]{2,6}")


def normalise(kind: SecondFact, text: str) -> str:
    """The fact as it is compared: digits without separators, or letters without case and spaces.

    Raises InvalidInput when nothing comparable is left; never repeats the text.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(sign for sign in plain if sign.isalnum())
    if kind in {SecondFact.PHONE_DIGITS, SecondFact.ORDER_DIGITS} and not DIGITS.fullmatch(plain):
        raise InvalidInput("give two to six digits", fields={"second_fact": ["give two to six digits"]})
    if not plain or len(plain) > 40:
        raise InvalidInput("give a short word", fields={"second_fact": ["give a short word"]})
    return plain[0] if kind is SecondFact.NAME_INITIAL else plain


def digest(kind: SecondFact, text: str, *, escalation_id: UUID, pepper: str) -> bytes:
    """HMAC-SHA256 of the normalised fact."""
    said = f"{escalation_id}:{kind}:{normalise(kind, text)}"
    return hmac.new(pepper.encode(), said.encode(), sha256).digest()


def matches(kind: SecondFact, text: str, *, escalation_id: UUID, pepper: str, expected: bytes) -> bool:
    """Whether the customer said the right thing; what cannot be compared is wrong, not an error."""
    try:
        said = digest(kind, text, escalation_id=escalation_id, pepper=pepper)
    except InvalidInput:
        return False
    return hmac.compare_digest(said, expected)
