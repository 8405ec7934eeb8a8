"""The engine needs nothing of an index but the protocols: here, a reader that is made by hand."""

from collections.abc import Mapping, Sequence

import pytest

from corpus.errors import IndexUnavailable
from index.answer import Filters
from index.article_text import ArticleInfo, ArticleText
from index.engine.engine import Engine
from index.search.candidates import Candidates, EncodedQuery
from index.search.score_scale import DenseScale
from index.search.term_matching import LexicalQuery
from index.storage.manifest import Manifest
from tests.fake_index import FakeEmbedder, FakeReader
from tests.hand_made import Given, some_candidates, some_terms

FOX = Given(["The red fox sleeps in the barn.", "It wakes at noon."], title="Fox", cosine=0.9)
COPY = Given(["The red fox sleeps in the barn.", "It wakes at noon!"], title="Herald")
LAKE = Given(["The quiet lake froze."], title="Lake")


class HandMade:
    """A reader, and the store that it is in."""

    name = "hand-made"

    def __init__(self, *given: Given, fingerprint: str = "fake-1") -> None:
        self.given = given
        self.manifest = Manifest(
            "", "fake", fingerprint, 64, "1", len(given), len(given), 0, DenseScale(0, 1), {}
        )
        self.asked: list[tuple[EncodedQuery, int, Filters | None]] = []

    def encode_query(self, question: str) -> Mapping[str, LexicalQuery]:
        words = question.lower().split()
        return {"en": some_terms(dict.fromkeys(words, 1.0))} if words else {}

    def candidates(
        self, query: EncodedQuery, k: int, filters: Filters | None = None
    ) -> Candidates | None:
        self.asked.append((query, k, filters))
        return some_candidates(*self.given) if self.given else None

    def articles(
        self, filters: Filters | None = None, *, limit: int | None = None, offset: int = 0
    ) -> Sequence[ArticleInfo]:
        return []

    def article(self, article_id: str) -> ArticleText | None:
        return None

    article_by_hash = article

    def current_name(self) -> str:
        return self.name

    def open_current(self) -> tuple["HandMade", None]:
        return self, None


def engine_of(index: HandMade, **options: object) -> Engine:
    engine = Engine(index, FakeEmbedder(), **options)  # type: ignore[arg-type]
    engine.refresh()
    return engine


def test_the_best_candidate_is_quoted_and_its_copy_named() -> None:
    first, second = engine_of(HandMade(LAKE, FOX, COPY)).ask("where sleeps the red fox").passages
    assert first.quote.text == "The red fox sleeps in the barn."
    assert first.text == FOX.text
    assert {first.title, first.also_in[0].title} == {"Fox", "Herald"}
    assert second.title == "Lake"


def test_the_answer_that_the_model_reads_is_inside_the_quote() -> None:
    engine = engine_of(HandMade(LAKE, FOX), reader=FakeReader("barn"))
    passage = engine.ask("where sleeps the red fox").passages[0]
    assert passage.answer is not None
    assert passage.answer.text == "barn"


def test_the_index_gets_the_question_its_vector_and_the_filters() -> None:
    reader, filters = HandMade(FOX), Filters(language="en")
    engine_of(reader).ask("red fox", filters=filters)
    (query, k, passed), = reader.asked  # fmt: skip
    assert (query.text, passed) == ("red fox", filters)
    assert (query.vector == FakeEmbedder().embed_query("red fox")).all()
    assert list(query.terms) == ["en"]
    assert k >= 30


def test_without_words_or_candidates_there_is_no_passage() -> None:
    reader = HandMade(FOX)
    assert engine_of(reader).ask("").passages == ()
    assert reader.asked == []
    assert engine_of(HandMade()).ask("red fox").passages == ()


def test_an_index_of_another_model_is_refused() -> None:
    with pytest.raises(IndexUnavailable, match="EMBEDDING_MODEL"):
        engine_of(HandMade(FOX, fingerprint="other"))
