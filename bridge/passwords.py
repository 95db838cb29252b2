"""How long a password is: length is the only rule (OWASP ASVS 5.0, 6.2). Pure vocabulary."""

from typing import Final

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
