"""What the rules raise. Each class has a stable `code`; the message is for people and may change.

Statuses are not decided here: `api/errors.py` maps each code to one, and a test
fails when a class has none. Expected refusals at the counter are returned as
verdicts, not raised, so that the refused attempt is stored.
"""

from collections.abc import Mapping
from typing import ClassVar


class BridgeError(Exception):
    """Base of everything this package raises on purpose.

    `details` is shown to the caller as it is, so it never holds more than the role may know.
    """

    code: ClassVar[str] = "bridge_error"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = details


class SettingsError(BridgeError):
    """A setting is missing, weak or malformed; the process must not start."""

    code = "settings_error"


class StartupError(BridgeError):
    """A server of ours cannot start; the message is the one sentence the operator needs."""

    code = "startup_error"


class NotSignedIn(BridgeError):
    """Nobody is calling, or the key or session is wrong, expired or revoked."""

    code = "not_signed_in"


class SessionLocked(NotSignedIn):
    """The session at a store was left alone; a PIN or password opens it again."""

    code = "session_locked"


class NotPermitted(BridgeError):
    """The caller is known and may not do this, here."""

    code = "not_permitted"


class NotFound(BridgeError):
    """There is no such record in the caller's scope."""

    code = "not_found"


class Gone(BridgeError):
    """It was there, and is not any more."""

    code = "gone"


class IllegalAction(BridgeError):
    """The record's status does not allow the action; `allowed` lists what it does."""

    code = "illegal_action"


class ClaimTaken(BridgeError):
    """Somebody else holds the claim; `holder` is their display name."""

    code = "claim_taken"


class Conflict(BridgeError):
    """The change clashes with what is stored (a duplicate, a lost race)."""

    code = "conflict"


class NeverOpens(BridgeError):
    """By its calendar the place does not open within a year, so nothing can become due there."""

    code = "never_opens"


class InvalidInput(BridgeError):
    """A field's value breaks a rule that the schema cannot see; `fields` maps name to messages."""

    code = "invalid_input"


class PromiseRefused(BridgeError):
    """No right covers this promise, and no approval could; `reasons` lists every failed check."""

    code = "promise_refused"


class FourEyes(BridgeError):
    """The author of a promise tried to approve it, or the approver's own right does not cover it."""

    code = "four_eyes"


class PreconditionRequired(BridgeError):
    """The record changed or no version was given; send If-Match with the ETag you read."""

    code = "precondition_required"


class VersionMismatch(BridgeError):
    """Somebody changed the record since it was read."""

    code = "version_mismatch"


class MalformedRequest(BridgeError):
    """The bytes cannot be read as what they claim to be."""

    code = "malformed_request"


class IdempotencyKeyMissing(BridgeError):
    """A request that creates or decides came without an Idempotency-Key."""

    code = "idempotency_key_missing"


class IdempotencyKeyReused(BridgeError):
    """The key was used before with another payload."""

    code = "idempotency_key_reused"


class TooManyRequests(BridgeError):
    """A budget is used up; `retry_after_seconds` says when to try again."""

    code = "too_many_requests"


class UnsafeAddress(BridgeError):
    """A URL points, or resolves, to an address that we never call."""

    code = "unsafe_address"


class DatabaseUnavailable(BridgeError):
    """The database does not answer; nothing was changed. Safe to repeat with the same key."""

    code = "database_unavailable"
