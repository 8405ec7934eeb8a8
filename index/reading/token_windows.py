"""Makes the token sequences that the reader reads, and turns its logits into spans of the text.

A sequence is `[CLS] question [SEP] title : text [SEP]`; of a long text, it has only a window. The
answer is a span of the text or, as in SQuAD 2.0 (Rajpurkar et al. 2018), `[CLS]` for "not here".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

__all__ = [
    "TEXT_TOKENS",
    "Sequences",
    "Text",
    "Window",
    "best_spans",
    "open_tokenizer",
    "pad",
    "sequence",
    "tokenize",
    "window",
]

TEXT_TOKENS = 64
"""Tokens of the text in one sequence: two or three sentences."""
_LONGEST_SENTENCE = 1_000  # characters that are tokenized: more than fit into a window
_QUESTION_TOKENS = 48
_TITLE_TOKENS = 16
_LONGEST_ANSWER = 24  # tokens
_PAD, _CLS, _SEP, _COLON = 0, 101, 102, 1024  # of BERT's uncased vocabulary

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Text:
    """The N tokens of a text.

    ids      (N,) int64
    offsets  (N, 2) int64 start and end of each token, in code points of the text
    """

    ids: Ids
    offsets: Ids


@dataclass(frozen=True, slots=True)
class Window:
    """Some sentences of a text, one after the other.

    text    the tokens of these sentences, with offsets in the whole text
    bounds  (S, 2) int64 for each of the text's S sentences, its first token in the window and the
            token after its last; both are 0 for a sentence that is not in the window
    """

    text: Text
    bounds: Ids


@dataclass(frozen=True, slots=True)
class Sequences:
    """B padded sequences of at most T tokens.

    ids    (B, T) int64
    kinds  (B, T) int64 0 for the question, 1 for the passage
    mask   (B, T) int64 1 for a token, 0 for padding
    text   (B, 2) int64 position of the text's first token in each sequence, and that after its last
    """

    ids: Ids
    kinds: Ids
    mask: Ids
    text: Ids


def open_tokenizer(path: Path) -> Tokenizer:
    """Open a `tokenizer.json`, without truncation and padding.

    "[SEP]" and the like in a text are ordinary words. Raises an exception of the library.
    """
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def tokenize(tokenizer: Tokenizer, text: str) -> Text:
    """Split a text into tokens, without special ones such as [CLS]."""
    whole = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates can't be encoded
    encoded = tokenizer.encode(whole, add_special_tokens=False)
    offsets = np.array(encoded.offsets, dtype=np.int64).reshape(-1, 2)
    return Text(np.array(encoded.ids, dtype=np.int64), offsets)


def window(
    tokenizer: Tokenizer,
    text: str,
    sentences: Sequence[tuple[int, int]],
    order: Sequence[int],
    room: int,
) -> Window:
    """Choose whole sentences of at most `room` tokens, in the order of the text.

    They are the first ones of `order` that fit. The first is always chosen, and truncated if it
    alone is too long.
    """
    parts = {order[0]: _cut(_part(tokenizer, text, sentences[order[0]]), room)}
    used = len(parts[order[0]].ids)
    for place in order[1:]:
        part = _part(tokenizer, text, sentences[place])
        if used + len(part.ids) > room:
            break
        parts[place] = part
        used += len(part.ids)
    chosen = sorted(parts)
    bounds = np.zeros((len(sentences), 2), dtype=np.int64)
    ends = np.cumsum([len(parts[place].ids) for place in chosen])
    bounds[chosen, 1] = ends
    bounds[chosen[1:], 0] = ends[:-1]
    whole = Text(
        np.concatenate([parts[place].ids for place in chosen]),
        np.concatenate([parts[place].offsets for place in chosen]),
    )
    return Window(whole, bounds)


def _part(tokenizer: Tokenizer, text: str, span: tuple[int, int]) -> Text:
    start, end = span
    part = tokenize(tokenizer, text[start : min(end, start + _LONGEST_SENTENCE)])
    return Text(part.ids, part.offsets + start)


def _cut(text: Text, room: int) -> Text:
    return Text(text.ids[:room], text.offsets[:room])


def sequence(question: Ids, title: Ids, text: Ids) -> tuple[Ids, int]:
    """Return one sequence of token ids, and the position in it after the question.

    A long question and a long title are truncated; the text is not.
    """
    head = [_CLS, *question[:_QUESTION_TOKENS], _SEP]
    titled = [*title[:_TITLE_TOKENS], _COLON] if len(title) else []
    return np.array([*head, *titled, *text, _SEP], dtype=np.int64), len(head)


def pad(rows: Sequence[tuple[Ids, int]], lengths: Sequence[int]) -> Sequences:
    """Make a batch of results of `sequence`; `lengths` has the number of the text's tokens."""
    width = max(len(ids) for ids, _ in rows)
    ids = np.full((len(rows), width), _PAD, dtype=np.int64)
    kinds = np.zeros_like(ids)
    mask = np.zeros_like(ids)
    text = np.zeros((len(rows), 2), dtype=np.int64)
    for i, ((row, head), length) in enumerate(zip(rows, lengths, strict=True)):
        ids[i, : len(row)] = row
        kinds[i, head : len(row)] = 1
        mask[i, : len(row)] = 1
        text[i] = len(row) - 1 - length, len(row) - 1
    return Sequences(ids, kinds, mask, text)


def best_spans(start: Floats, end: Floats, bounds: Ids) -> tuple[Floats, Ids]:
    """Find the likeliest answer inside each of S parts of a text of N tokens.

    `start` and `end` are logits (N + 1,): the first of "not here", then of each token. `bounds`
    (S, 2) has the first token of each part and the token after its last. Returns the scores (S,),
    which are log-odds of the answer against "not here", and the spans (S, 2): first and last token
    of each answer. An empty part has a score of -inf.
    """
    nothing = start[0] + end[0]
    start, end = start[1:], end[1:]
    scores = np.full(len(bounds), -np.inf, dtype=np.float32)
    spans = np.zeros((len(bounds), 2), dtype=np.int64)
    for i, (first, last) in enumerate(bounds):
        if first >= last:
            continue
        pairs = start[first:last, None] + end[None, first:last]
        size = last - first
        ahead = np.arange(size)[None, :] - np.arange(size)[:, None]
        pairs = np.where((ahead >= 0) & (ahead < _LONGEST_ANSWER), pairs, -np.inf)
        place = int(pairs.argmax())
        scores[i] = pairs.flat[place] - nothing
        spans[i] = first + place // size, first + place % size
    return scores, spans
