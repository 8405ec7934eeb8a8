"""Which span of a paragraph to point at."""

import regex

from index.answer import Quote
from index.generation import Generation

__all__ = ["LONGEST", "clause_window", "quote"]

LONGEST = 420
"""Characters of a quote: two sentences must fit together, one that doesn't is shown in part."""

_CLAUSE_END = regex.compile(r"[,;:—–、，；：](?=\s|\p{Han}|\p{Hiragana}|\p{Katakana})|\s(?=[—–])")


def quote(generation: Generation, paragraph: int, sentence: int) -> Quote:
    """The sentence, with the one before it when it leans on that.

    `sentence` is an id in the generation, one of the paragraph's. A sentence of more than LONGEST
    characters is cut to whole clauses.
    """
    text = generation.text(paragraph)
    spans = generation.layout.span
    start, end = (int(x) for x in spans[sentence])
    if end - start > LONGEST:
        start, end = clause_window(text, start, end)
    elif sentence > generation.sentence_range(paragraph).start and generation.leans(sentence):
        earlier = int(spans[sentence - 1][0])
        if end - earlier <= LONGEST:
            start = earlier
    return Quote(start, end, text[start:end])


def clause_window(text: str, start: int, end: int, wanted: int | None = None) -> tuple[int, int]:
    """At most LONGEST characters of text[start:end], from one clause's start to another's end.

    The window holds the place `wanted` (default: the start), with as much before it as after.
    Without clauses it is cut at white space, and without that anywhere.
    """
    wanted = start if wanted is None else wanted
    half = LONGEST // 2
    low = max(start, min(wanted - half, end - LONGEST))
    high = min(end, low + LONGEST)
    bounds = [m.end() for m in _CLAUSE_END.finditer(text, low, high)]
    spaces = [m.end() for m in regex.finditer(r"\s", text, pos=low, endpos=high)]
    if low > start:
        low = next((b for b in (*bounds, *spaces) if b <= wanted), low)
    if high < end:
        high = next(
            (b for b in (*reversed(bounds), *reversed(spaces)) if b > max(wanted, low)), high
        )
    while low < high and text[low].isspace():
        low += 1
    while high > low and text[high - 1].isspace():
        high -= 1
    return low, high
