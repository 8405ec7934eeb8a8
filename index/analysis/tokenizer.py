"""Splits text into terms, the words that lexical search counts.

A term is a word in lower case, stemmed, without accents. Scripts without spaces between words
(Chinese, Japanese, Thai, Lao, Khmer, Burmese) give characters and overlapping pairs of characters.
"""

import threading
import unicodedata
from collections.abc import Callable
from functools import lru_cache

import regex
import Stemmer

__all__ = ["analyse", "stemmer_name"]

# ISO 639-1 → Snowball algorithm (https://snowballstem.org/algorithms/).
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german",
    "el": "greek", "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian",
    "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTER = rf"[\p{{L}}--[{_UNSPACED}]]"
_TOKEN = regex.compile(
    r"(?P<number>\d+(?:[.,]\d+)*)"
    rf"|(?P<unspaced>[{_UNSPACED}ー々]+)"
    rf"|(?P<word>{_LETTER}[{_LETTER}\p{{M}}\u200c\u200d]*(?:'{_LETTER}+)*)",
    regex.VERSION1,
)
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "＇": "'", "`": "'"})
_THOUSANDS = regex.compile(r"(?<=\d),(?=\d{3}(?!\d))")

_local = threading.local()  # a Stemmer object must not be shared between threads


def stemmer_name(language: str | None) -> str | None:
    """Return the name of the Snowball stemmer for an ISO 639-1 code; None if there is none."""
    name = _STEMMERS.get(language or "")
    return name if name in Stemmer.algorithms() else None


def analyse(text: str, language: str | None) -> list[str]:
    """Return the terms of a text in `language` (ISO 639-1), in order; for None without stemming."""
    terms: list[str] = []
    stem = _stemmer(language)
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)):
        token = match.group().casefold()
        if match.lastgroup == "number":
            terms.append(_THOUSANDS.sub("", token))
        elif match.lastgroup == "unspaced":
            terms.extend(_ngrams(token))
        else:
            terms.append(_fold(stem(token)))
    return terms


def _ngrams(run: str) -> list[str]:
    """Single characters and overlapping pairs: most words have two characters, some have one."""
    return [*run, *(run[i : i + 2] for i in range(len(run) - 1))]


def _stemmer(language: str | None) -> Callable[[str], str]:
    stemmers: dict[str | None, Callable[[str], str]] = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        name = stemmer_name(language)
        stemmers[language] = Stemmer.Stemmer(name).stemWord if name else str
    return stemmers[language]


@lru_cache(maxsize=65_536)
def _fold(word: str) -> str:
    """A word without accents, so that `Malaga` finds `Málaga` and `елка` finds `ёлка`."""
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
