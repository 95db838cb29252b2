"""What staff read in notices, by language: data only; `bridge/notice_wording.py` puts it together.

en: written by us. es, fr: NEED A NATIVE REVIEWER before they go to real staff.
"""

from collections.abc import Mapping
from typing import Final

from bridge.notice_words import english, french, spanish
from bridge.notice_words.form import Words

WORDS: Final[Mapping[str, Words]] = {"en": english.WORDS, "es": spanish.WORDS, "fr": french.WORDS}
