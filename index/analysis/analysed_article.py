"""Splits an article into sentences and terms: the form in which it is indexed.

The result depends on the article's language, title and text, on the modules in `CODE`, and on the
libraries that they use. `analysis_key` covers all of these, so that the cache of results
(`index.storage.analysis_cache`) never returns a result of older code.
"""

import hashlib
import inspect
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from corpus import Article, sentence_spans
from corpus.text import abbreviations, sentence_rules, sentences
from index.analysis import answer_types, term_hashes, tokenizer
from index.analysis.answer_types import AnswerType, is_heading, types_in
from index.analysis.term_hashes import Terms, terms_of
from index.arrays import Keys, keys_of

__all__ = [
    "CODE",
    "AnalysedArticle",
    "analyse_article",
    "analysis_key",
    "language_of",
    "texts_to_embed",
]

_TITLE = 200  # most characters of the title that are put before a text to embed
CODE: tuple[ModuleType, ...] = (
    *(sentences, sentence_rules, abbreviations),
    *(tokenizer, answer_types, term_hashes, sys.modules[__name__]),
)
"""The modules on which the result depends; their source is part of the key."""
_LIBRARIES = ("PyStemmer", "razdel", "regex", "sentencex")


@dataclass(frozen=True, slots=True)
class AnalysedArticle:
    """The S sentences of an article, in those P paragraphs that have sentences.

    key     `analysis_key` of the article
    number  (P,) int32 0-based position of each paragraph in the article
    terms   the terms of title and paragraphs
    span    (S, 2) int32 start and end of each sentence in its paragraph, in code points
    types   (S,) uint16 `AnswerType` flags of each sentence
    texts   (P + 2 * S,) keys of `texts_to_embed`
    """

    key: bytes
    number: NDArray[np.int32]
    terms: Terms
    span: NDArray[np.int32]
    types: NDArray[np.uint16]
    texts: Keys


def language_of(article: Article) -> str:
    """Return the language in which an article is analysed: an ISO 639-1 code, or `und`."""
    return (article.language or "und").split("-")[0].lower()


def analyse_article(article: Article) -> AnalysedArticle:
    """Split an article into sentences and terms."""
    language = language_of(article)
    cut = [(p.text, sentence_spans(p.text, language)) for p in article.paragraphs]
    numbers = [number for number, (_, spans) in enumerate(cut) if spans]
    sentences = [[cut[n][0][start:end] for start, end in cut[n][1]] for n in numbers]
    spans = [span for n in numbers for span in cut[n][1]]
    flags = [types_in(sentence, language) for found in sentences for sentence in found]
    first = 0
    for place, found in enumerate(sentences[:-1]):
        if len(found) == 1 and is_heading(found[0], cut[numbers[place + 1]][0]):
            flags[first] |= AnswerType.HEADING
        first += len(found)
    return AnalysedArticle(
        analysis_key(article),
        np.array(numbers, dtype=np.int32),
        terms_of(language, article.title, sentences),
        np.array(spans, dtype=np.int32).reshape(-1, 2),
        np.array([int(flag) for flag in flags], dtype=np.uint16),
        keys_of(_texts(article.title, [cut[n][0] for n in numbers], sentences)),
    )


def texts_to_embed(article: Article, analysed: AnalysedArticle) -> list[str]:
    """Return the P + 2 S texts to embed of an article.

    These are the paragraphs with the title before them, the sentences with the title, and the
    sentences alone. News names its subject in the headline and writes "he" afterwards: with the
    title, the right paragraph is the nearest for .81 of the questions, without it for .55
    (docs/decisions/0002-titles.md).
    """
    paragraphs = [article.paragraphs[number].text for number in analysed.number.tolist()]
    spans = iter(analysed.span.tolist())
    sentences = [
        [text[start:end] for start, end in islice(spans, size)]
        for text, size in zip(paragraphs, analysed.terms.paragraphs.tolist(), strict=True)
    ]
    return _texts(article.title, paragraphs, sentences)


def _texts(title: str, paragraphs: Iterable[str], sentences: Iterable[Iterable[str]]) -> list[str]:
    before = f"{title[:_TITLE]}. " if title.strip() else ""
    plain = [sentence for found in sentences for sentence in found]
    return [*(before + text for text in paragraphs), *(before + text for text in plain), *plain]


def analysis_key(article: Article) -> bytes:
    """Return 16 bytes that differ whenever the analysis of an article may differ."""
    texts = (language_of(article), article.title, *(p.text for p in article.paragraphs))
    digest = hashlib.blake2b(_version(), digest_size=16)
    digest.update(np.array([len(text) for text in texts], dtype="<i8").tobytes())
    digest.update("".join(texts).encode())
    return digest.digest()


@cache
def _version() -> bytes:
    """16 bytes for the code and the versions of libraries. Raises OSError without source code."""
    from importlib.metadata import version  # only a build needs it; loading takes 10 ms

    digest = hashlib.blake2b(digest_size=16)
    for module in CODE:
        digest.update(inspect.getsource(module).encode())
    digest.update(repr([version(library) for library in _LIBRARIES]).encode())
    return digest.digest()
