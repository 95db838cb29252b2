"""A new reference code for an escalation that has none, or whose code must not count any more."""

from datetime import datetime
from uuid import UUID

from bridge import codes
from bridge.db import Act
from bridge.queries import promises as queries
from bridge.services.issuing import CODE_PLACE
from bridge.settings import Settings
from bridge.vault import Vault

_DRAWS = 5


def new_code(
    act: Act, escalation_id: UUID, *, now: datetime, settings: Settings, vault: Vault
) -> tuple[str, bytes]:
    """Draw and store a code; returns it with its HMAC, which the caller puts into the record.

    A code that the escalation had before stays known and is answered with `replaced`.
    """
    for _ in range(_DRAWS):
        code = codes.draw()
        code_hmac = codes.hmac_of(code, settings.code_pepper.encode())
        cipher = vault.seal(code.encode(), place=CODE_PLACE) if settings.code_redisplay else None
        hint = codes.hint(code)
        if queries.add_code(
            act, hmac=code_hmac, escalation_id=escalation_id, cipher=cipher, hint=hint, now=now
        ):
            return code, code_hmac
    raise AssertionError(f"{_DRAWS} codes of 55 random bits were all taken")
