"""Rules that decide which proposed sentence boundaries are kept.

Every rule examines only a few characters around the boundary, so that the time stays linear.
"""

import re
from collections.abc import Iterator

from corpus.text.abbreviations import BEFORE_ANYTHING, BEFORE_NUMBERS, STARTERS, UNLESS_STARTER

__all__ = ["certain_starts", "joins", "protected_spans", "shift_past_closers"]

REACH = 48  # characters that are examined on each side of a boundary
LONGEST_ASIDE = 300  # characters of a parenthesis that is never cut
LONGEST_QUOTATION = 80  # characters of a quotation that is never cut

_CLOSERS = re.compile(r"[»”’」』）)\]}…]+(?![^\W_])|[»”」』）)\]}]+")
_LAST_WORD = re.compile(r"([^\W\d_](?:[\w.-]*[^\W_])?|№)\s?\.\s*$")
_INITIAL = re.compile(r"(?:^|[\s«“„\"'(—–°-]|[^\W\d_]\.)([^\W\d_])\.\s*$")
_WORD_BEFORE_INITIAL = re.compile(r"(\S+)\s+\S+\.\s*$")
_PAIR = re.compile(r"(?<!\w)([^\W\d_]{1,3})\.\s?([^\W\d_]{1,2})\.\s*$")
_FIRST_WORD = re.compile(r"\s*[«“„\"'(\[¿¡]*\s*([^\W_]+)")
_DASH_THEN_LOWER = re.compile(r"\s*[—–-]+\s*[^\W\d_]")
_ENUMERATOR = re.compile(r"\s*[(§]*\s*(?:\d{1,3}|[IVXLC]{1,6}|[^\W\d_])(?:\.\d{1,3})*\s*[.)]+\s*")
_ORDINAL = re.compile(r"(?<![\w.,])\d{1,2}\.\s*$")
_CLOCK = re.compile(r"\b[ap]\.\s?m\.\s*$", re.IGNORECASE)
_AFTER_CLOCK = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[A-Z]{2,4}|(?:Eastern|Pacific|Central|Moscow|"
    r"London|Greenwich)|January|February|March|April|May|June|July|August|September|October|"
    r"November|December)\b"
)
_SPOKEN = re.compile(r"[?!,…][”\"»’']+\s*$")
_SAYS = re.compile(
    r"\s*(?:[A-Z][\w’'-]+\s+){1,3}(?:said|says|asked|shouted|replied|added|cried|told|wrote|"
    r"answered|exclaimed|whispered|recalled|explained|laughed|joked|wondered)\b"
)
_CERTAIN = re.compile(r"(?<=\w)[.!?]+[»”’\")]*(\s+)[«“„]?(" + "|".join(sorted(STARTERS)) + r")\b")
# "?!" is never inside a name, and the C of "20 °C." is never an initial.
_CERTAIN_SIGNS = re.compile(r"(?:[?!]{2}|°[CF]\.)(\s+)[«“„]?[A-ZÀ-ÞА-ЯЁ]")
_OPENING = {"(": ")", "[": "]", "“": "”", "«": "»", "„": "“", "（": "）"}


def shift_past_closers(text: str, cut: int) -> int:
    """Move a boundary that is before closing quotes or brackets to the end of these."""
    found = _CLOSERS.match(text, cut)
    return found.end() if found else cut


def certain_starts(text: str) -> Iterator[int]:
    """Give boundaries that libraries miss: after a full stop and before one of STARTERS."""
    for pattern in (_CERTAIN, _CERTAIN_SIGNS):
        yield from (found.start(1) for found in pattern.finditer(text))


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Find short parentheses and quotations, which are not cut.

    Returns the positions of the opening and the closing mark of each; they do not overlap.
    """
    spans: list[tuple[int, int]] = []
    open_at, closer = -1, ""
    for position, character in enumerate(text):
        limit = LONGEST_ASIDE if closer in {")", "]", "）"} else LONGEST_QUOTATION
        if closer and position - open_at > limit:
            closer = ""
        if not closer and character in _OPENING:
            open_at, closer = position, _OPENING[character]
        elif character == closer:
            spans.append((open_at, position))
            closer = ""
    return spans


def joins(text: str, start: int, cut: int, language: str | None) -> bool:
    """Whether the boundary at `cut` is inside the sentence that begins at `start`."""
    left = text[max(start, cut - REACH) : cut]
    right = text[cut : cut + REACH].lstrip()
    if _joined_by_what_follows(left, right):
        return True
    if cut - start < REACH and _ENUMERATOR.fullmatch(text, start, cut):
        return True
    if not left.rstrip().endswith("."):
        return False
    if left.endswith(".") and not text[cut].isspace():
        return True  # "J.-C.", "3.5", "example.com"
    return _joined_by_abbreviation(left, right, language) or _joined_by_initial(left, right)


def _joined_by_what_follows(left: str, right: str) -> bool:
    first = _FIRST_WORD.match(right)
    if not re.search(r"\w", right):
        return True  # only punctuation is left
    if not re.search(r"\w", left):
        return True  # only punctuation so far
    if first and first.group(1)[0].islower():
        return True
    dash = _DASH_THEN_LOWER.match(right)
    if dash and dash.group()[-1].islower():
        return True
    return bool(_SPOKEN.search(left) and _SAYS.match(right))


def _joined_by_abbreviation(left: str, right: str, language: str | None) -> bool:
    code = language or "en"
    first = _FIRST_WORD.match(right)
    following = first.group(1) if first else ""
    words = _last_words(left)
    if words & BEFORE_ANYTHING.get(code, frozenset()):
        return True
    number = following[:1].isdigit() or bool(re.fullmatch(r"[IVXLC]+", following))
    if number and words & BEFORE_NUMBERS:
        return True
    if words & UNLESS_STARTER and following not in STARTERS:
        return True
    if _CLOCK.search(left):
        return bool(_AFTER_CLOCK.match(right))
    return code == "de" and bool(_ORDINAL.search(left)) and following not in STARTERS


def _last_words(left: str) -> frozenset[str]:
    """The abbreviation before the boundary, in lower case: "Dr. " → {"dr"}.

    Two parts with a space ("т. е.") are also given as one word.
    """
    found = _LAST_WORD.search(left)
    words = {found.group(1).lower()} if found else set()
    pair = _PAIR.search(left)
    if pair:
        words.add(f"{pair.group(1)}.{pair.group(2)}".lower())
    return frozenset(words)


def _joined_by_initial(left: str, right: str) -> bool:
    """Whether the full stop is of an initial: "J. Smith", "А. С. Пушкин".

    Not in "vitamin C. It" and "than I. Then".
    """
    found = _INITIAL.search(left)
    first = _FIRST_WORD.match(right)
    if not found or not first or not found.group(1).isupper():
        return False
    before = _WORD_BEFORE_INITIAL.search(left)
    if "°" in found.group() or (before and before.group(1)[-1].isdigit()):
        return False  # "minus 20 C. Some"
    if found.group(1) == "I" and before and before.group(1)[-1].islower():
        return False
    return first.group(1)[0].isupper() and first.group(1) not in STARTERS
