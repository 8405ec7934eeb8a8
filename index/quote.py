"""Which span of a paragraph to point at."""

import numpy as np
from numpy.typing import NDArray

from index.answer import Quote
from index.generation import Generation

__all__ = ["MAX_QUOTE", "quote"]

MAX_QUOTE = 420
"""Characters of a quote of two sentences; one long sentence is cut down to about this."""


def quote(generation: Generation, paragraph: int, sentence: int) -> Quote:
    """The sentence, with the one before it when it leans on that.

    `sentence` is an id in the generation, one of the paragraph's.
    """
    text = generation.text(paragraph)
    spans: NDArray[np.int32] = generation.layout.span
    start, end = (int(x) for x in spans[sentence])
    first = generation.sentence_range(paragraph).start
    if sentence > first and generation.leans(sentence):
        earlier = int(spans[sentence - 1][0])
        if end - earlier <= MAX_QUOTE:
            start = earlier
    return Quote(start, end, text[start:end])
