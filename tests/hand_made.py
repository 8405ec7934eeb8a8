"""Questions and candidates of a few words each, for tests of the ranking without an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from index.article_text import ArticleInfo
from index.search.candidates import NOT_A_HEADING, Candidates, CorpusStatistics, EncodedQuery
from index.search.term_matching import LexicalQuery, TokenRuns

_NUMBERS: dict[str, int] = {}


def number_of(word: str) -> int:
    """The number of a word, the same in every question and candidate."""
    return _NUMBERS.setdefault(word, len(_NUMBERS))


def numbers_of(text: str) -> list[int]:
    return [number_of(word) for word in text.lower().split()]


def a_query(
    idf: Mapping[str, float], text: str = "", *, language: str = "en", **flags: bool
) -> EncodedQuery:
    """A question of these words in this order, with their weights."""
    return EncodedQuery(
        text, language, np.zeros(2, np.float32), {language: some_terms(idf, **flags)}
    )


def some_terms(idf: Mapping[str, float], **flags: bool) -> LexicalQuery:
    return LexicalQuery(
        words=tuple(idf),
        terms=np.array([number_of(word) for word in idf]),
        idf=np.array(list(idf.values()), dtype=np.float32),
        sequence=np.arange(len(idf)),
        **flags,
    )


@dataclass(frozen=True)
class Given:
    """A candidate as a test writes it: its sentences, the text around it, and its cosines.

    `before` are the sentences just before it in its article, `lead` are the article's first ones.
    """

    sentences: Sequence[str]
    title: str = ""
    before: Sequence[str] = ()
    lead: Sequence[str] = ()
    cosine: float = 0.0
    sentence_cosines: Sequence[float] = ()
    plain_cosines: Sequence[float] = ()
    answer_types: Sequence[int] = ()
    trust: float = 1.0
    introduces: int = NOT_A_HEADING
    language: str = "en"

    @property
    def text(self) -> str:
        return " ".join(self.sentences)

    def padded(self, values: Sequence[float]) -> list[float]:
        return [*values, *[0.0] * (len(self.sentences) - len(values))]

    def spans(self) -> list[tuple[int, int]]:
        ends = np.cumsum([len(sentence) + 1 for sentence in self.sentences])
        return [
            (int(end) - len(s) - 1, int(end) - 1)
            for s, end in zip(self.sentences, ends, strict=True)
        ]


def some_candidates(
    *given: Given, paragraphs: int = 1_000, mean_length: float = 5.0, mean_sentence: float = 5.0
) -> Candidates:
    languages = tuple(dict.fromkeys(one.language for one in given))
    every = [sentence for one in given for sentence in one.sentences]
    context = [s for one in given for s in (*one.before, *one.sentences)]

    def floats(rows: list[list[float]]) -> np.ndarray:
        return np.array([value for row in rows for value in row], dtype=np.float32)

    return Candidates(
        articles=[_article(f"a{place}", one) for place, one in enumerate(given)],
        numbers=np.zeros(len(given), dtype=np.int32),
        pages=np.zeros(len(given), dtype=np.int32),
        languages=languages,
        language=np.array([languages.index(one.language) for one in given]),
        trust=np.array([one.trust for one in given], dtype=np.float32),
        introduces=np.array([one.introduces for one in given]),
        start=np.cumsum([0, *(len(one.sentences) for one in given)]),
        spans=np.array([span for one in given for span in one.spans()]).reshape(len(every), 2),
        answer_types=floats([one.padded(one.answer_types) for one in given]).astype(np.uint16),
        paragraph_cosines=np.array([one.cosine for one in given], dtype=np.float32),
        sentence_cosines=floats([one.padded(one.sentence_cosines) for one in given]),
        plain_cosines=floats([one.padded(one.plain_cosines) for one in given]),
        context=TokenRuns.of(map(numbers_of, context)),
        context_start=np.cumsum([0, *(len(o.before) + len(o.sentences) for o in given)]),
        titles=TokenRuns.of(numbers_of(one.title) for one in given),
        leads=TokenRuns.of(numbers_of(" ".join(one.lead)) for one in given),
        corpus=CorpusStatistics(
            paragraphs, np.full(len(languages), mean_length, np.float32), mean_sentence
        ),
        text_of=lambda place: given[place].text,
    )


def _article(article_id: str, given: Given) -> ArticleInfo:
    return ArticleInfo(article_id, given.title, None, "", date(2020, 1, 1), None, given.language, 1)
