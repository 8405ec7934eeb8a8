"""Makes batches of examples: windows of tokens, and the positions of the answers in them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.reading.token_windows import TEXT_TOKENS, Sequences, Text, pad, sequence, tokenize
from training.reader.data import Example, Passage

__all__ = ["Batch", "Featurizer", "epoch"]

_NO_TITLE = 0.3  # share of sequences without title, since some articles have none
_NO_MARK = 0.2  # share of questions without question mark, as people often write them
_POOL = 32  # batches that are sorted by length together

Window = tuple[NDArray[np.int64], int, int, tuple[int, int]]
"""Token ids, position after the question, number of the text's tokens, first and last position of
the answer."""


@dataclass(frozen=True, slots=True)
class Batch:
    """B sequences, and the positions of the answers.

    start  (B,) int64 position of the answer's first token; 0 if there is no answer
    end    (B,) int64 position of its last token; 0 if there is no answer
    """

    sequences: Sequences
    start: NDArray[np.int64]
    end: NDArray[np.int64]


class Featurizer:
    """Makes windows of examples; each text is tokenized only once."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """`tokenizer` must neither truncate nor pad."""
        self._tokenizer = tokenizer
        self._known: dict[str, Text] = {}

    def window(self, example: Example, passage: Passage, dice: random.Random) -> Window | None:
        """Make a random window of the passage; of the example's own, it includes the answer.

        None when the answer alone is longer than a window.
        """
        text = self._tokens(passage.text)
        span = _tokens_of(text, example.answers[0]) if passage is example.passage else None
        size = len(text.ids)
        low, high = 0, max(0, size - TEXT_TOKENS)
        if span:
            low, high = max(low, span[1] + 1 - TEXT_TOKENS), min(high, span[0])
        if low > high:
            return None
        first = dice.randint(low, high)
        last = min(size, first + TEXT_TOKENS)
        question = example.question
        if dice.random() < _NO_MARK:
            question = question.rstrip(" ?")
        title = "" if dice.random() < _NO_TITLE else passage.title
        ids, head = sequence(
            self._tokens(question).ids, self._tokens(title).ids, text.ids[first:last]
        )
        answer = (0, 0)
        if span:
            begin = len(ids) - 1 - (last - first)
            answer = begin + span[0] - first, begin + span[1] - first
        return ids, head, last - first, answer

    def _tokens(self, text: str) -> Text:
        if text not in self._known:
            self._known[text] = tokenize(self._tokenizer, text)
        return self._known[text]


def _tokens_of(text: Text, span: tuple[int, int]) -> tuple[int, int]:
    """First and last token that the code points [start, end) touch."""
    inside = np.flatnonzero((text.offsets[:, 1] > span[0]) & (text.offsets[:, 0] < span[1]))
    return int(inside[0]), int(inside[-1])


def epoch(
    examples: Sequence[Example], featurizer: Featurizer, size: int, negatives: int, seed: int
) -> list[Batch]:
    """Make the batches of `size` sequences for one epoch; the same seed gives the same batches.

    Each example is used with its own paragraph, and with `negatives` of its others.
    """
    dice = random.Random(seed)
    windows: list[Window] = []
    for example in examples:
        chosen = dice.sample(example.others, min(negatives, len(example.others)))
        made = (featurizer.window(example, p, dice) for p in (example.passage, *chosen))
        windows += (window for window in made if window)
    dice.shuffle(windows)
    batches = list(_by_length(windows, size))
    dice.shuffle(batches)
    return [_batch(batch) for batch in batches]


def _by_length(windows: list[Window], size: int) -> Iterator[list[Window]]:
    """Batches of windows of similar length, so that there is little padding."""
    for pool in range(0, len(windows), size * _POOL):
        ordered = sorted(windows[pool : pool + size * _POOL], key=lambda window: len(window[0]))
        yield from (ordered[i : i + size] for i in range(0, len(ordered), size))


def _batch(windows: Sequence[Window]) -> Batch:
    rows = [(ids, head) for ids, head, _, _ in windows]
    answers = np.array([answer for _, _, _, answer in windows], dtype=np.int64)
    return Batch(pad(rows, [length for _, _, length, _ in windows]), answers[:, 0], answers[:, 1])
