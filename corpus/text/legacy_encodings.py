"""Decodes text in a legacy encoding such as cp1251, when nothing states which it is.

charset-normalizer knows many encodings but errs on short texts. So Cyrillic encodings are first
recognised by the letters of Russian words, and Latin ones with accents by the language. A "page" is
such an encoding (code page).
"""

import re

from corpus.text.language import detect_language

__all__ = ["decode_legacy"]

_SAMPLE = 100_000  # bytes that are examined
_READS_AS_RUSSIAN = 0.75  # from this `_russian_share` on

_CYRILLIC_PAGES = ("cp1251", "koi8_r", "cp866", "mac_cyrillic", "iso8859_5")
_CYRILLIC_WORD = re.compile(r"[А-Яа-яЁёІіЇїЄєҐґЎў]+")
_RARE = frozenset("щцфэъёґўїє")
# How frequent the letters of Russian prose, and і, are: in per mille.
_FREQUENCY = {
    "о": 110, "е": 85, "а": 80, "и": 74, "н": 67, "т": 63, "с": 55, "р": 47, "в": 45, "л": 44,
    "к": 35, "м": 32, "д": 30, "п": 28, "у": 26, "я": 20, "і": 20, "ы": 19, "ь": 17, "г": 17,
    "з": 16, "б": 16, "ч": 14, "й": 12, "х": 10, "ж": 9, "ш": 7, "ю": 6, "ц": 5, "щ": 4, "э": 3,
    "ф": 3, "ъ": 1,
}  # fmt: skip
_CENTRAL_EUROPEAN = {"pl", "cs", "sk", "hu", "sl", "hr", "bs", "ro"}
_OTHER_PAGES = [
    "cp1253", "cp1255", "cp1256", "cp874", "gb18030", "big5", "shift_jis", "cp932", "euc_jp",
    "euc_kr", "cp949",
]  # fmt: skip


def decode_legacy(data: bytes) -> str | None:
    """Decode bytes that are text but not UTF-8; None when no known encoding fits."""
    sample = data[:_SAMPLE]
    finders = (_cyrillic_page, _latin_page, _japanese_page, _guess)
    page = next((page for page in (find(sample) for find in finders) if page), None)
    decoded = (_try(data, candidate) for candidate in (page, "cp1252", "latin_1") if candidate)
    return next((text for text in decoded if text is not None and _is_sane(text)), None)


def _cyrillic_page(sample: bytes) -> str | None:
    """The Cyrillic encoding in which the bytes are Russian words, if there is one."""
    texts = {page: sample.decode(page, "ignore") for page in _CYRILLIC_PAGES}
    russian = [page for page in texts if _russian_share(texts[page]) >= _READS_AS_RUSSIAN]
    return max(russian, key=lambda page: _likelihood(texts[page]), default=None)


def _russian_share(text: str) -> float:
    """Share of the non-ASCII letters that are common letters in well-formed Cyrillic words."""
    foreign = sum(1 for character in text if character > "\x7f" and character.isalpha())
    good = 0
    for word in _CYRILLIC_WORD.findall(text):
        shaped = word.islower() or word.istitle() or word.isupper()
        if shaped and (len(word) > 1 or word in "авикосуяАВИКОСУЯіІ"):
            good += sum(1 for letter in word.lower() if letter not in _RARE)
    # Single Cyrillic letters in Latin words are accented letters of another language.
    mixed = len(re.findall(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]", text))
    return (good - mixed) / foreign if foreign else 0.0


def _likelihood(text: str) -> float:
    """Mean frequency of the letters of Cyrillic words, over all characters that are not ASCII.

    A wrong page may turn small letters into capitals, so words in capitals count less.
    """
    total = 0.0
    for word in _CYRILLIC_WORD.findall(text):
        weight = 0.7 if word.isupper() and len(word) > 1 else 1.0
        total += weight * sum(_FREQUENCY.get(letter, 0) for letter in word.lower())
    return total / max(1, sum(1 for character in text if character > "\x7f"))


def _latin_page(sample: bytes) -> str | None:
    """The encoding of a text with accented Latin letters: most bytes beyond ASCII stand alone."""
    high = len(re.findall(rb"[\x80-\xff]", sample))
    lonely = len(re.findall(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])", sample))
    if lonely * 2 < high:
        return None
    pages = [page for page in ("cp1250", "iso8859_2") if _is_sane(sample.decode(page, "replace"))]
    for page in sorted(pages, key=lambda page: _broken_words(sample.decode(page))):
        if detect_language(sample.decode(page)) in _CENTRAL_EUROPEAN:
            return page
    return "cp1252" if _is_sane(sample.decode("cp1252", "replace")) else "latin_1"


def _japanese_page(sample: bytes) -> str | None:
    """The Japanese encoding in which a fifth or more of the text is hiragana."""
    for page in ("cp932", "euc_jp"):
        text = sample.decode(page, "ignore")
        foreign = sum(1 for character in text if character > "\x7f")
        if len(re.findall(r"[\u3041-\u3093]", text)) * 5 > foreign:
            return page
    return None


def _broken_words(text: str) -> int:
    """How many words have a sign inside them that words do not have."""
    return len(re.findall(r"[^\W\d_][^\w\s.,;:!?’'\"»”)…–—-]+[^\W\d_]", text))


def _guess(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes  # lazy: most files are UTF-8

    best = from_bytes(sample, cp_isolation=_OTHER_PAGES).best()
    return best.encoding if best else None


def _try(data: bytes, page: str) -> str | None:
    try:
        return data.decode(page)
    except UnicodeDecodeError:
        return None


def _is_sane(text: str) -> bool:
    return not re.search("[\x80-\x9f\ufffd]", text)
