"""What the channels' exceptions have in common: one word that says why."""


class Reasoned(Exception):
    """Something did not happen. `reason` is one word that a log may show."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
