"""What every store of generations must do."""

import multiprocessing
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from corpus import Article
from corpus.errors import BuildInProgress, IndexUnavailable
from index.answer import Filters
from index.article_text import article_hash
from index.engine.engine import Engine
from index.error_codes import Code
from index.indexing.builder import build_generation
from index.search.candidates import (
    CONTEXT_SENTENCES,
    LEAD_SENTENCES,
    NOT_A_HEADING,
    Candidates,
    EncodedQuery,
)
from index.search.term_matching import count, ranges
from index.storage.ports import GenerationStore, IndexReader
from tests.backends import BACKENDS
from tests.fake_index import FakeEmbedder, an_article

FOX = an_article(
    "Fox", "The red fox sleeps in the barn. It wakes at noon.", "A farmer feeds the fox.",
    published=date(2021, 5, 5), source="/news/fox.txt",
)  # fmt: skip
LAKE = an_article("Lake", "The quiet lake froze in January.", updated=date(2022, 1, 9))
MOST = an_article("Мост", "Красный мост построили в 1907 году.", language="ru")
POOL = an_article(
    "Handbook of the pool",
    "Opening hours of the swimming pool",
    "The doors open at seven in the morning on weekdays. At nine on Saturdays. In August they "
    "stay shut. Nobody is let in late.",
    "Dogs stay outside.",
)
LIBRARY = (FOX, LAKE, MOST, POOL)


class Backend:
    """A store, and a way to build in it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.store = self.another()

    def another(self) -> GenerationStore:
        """The same store, opened again, as another process does."""
        return BACKENDS[self.name](self.folder).generations

    def build(self, *articles: Article, revision: str = "1") -> str:
        return build_generation(
            articles,
            revision,
            FakeEmbedder(),
            self.store,
            BACKENDS[self.name](self.folder).open_caches,
            self.folder,
        )

    def reader(self, *articles: Article) -> IndexReader:
        return self.store.open(self.build(*articles))


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return Backend(request.param, tmp_path)


@pytest.fixture(scope="module", params=BACKENDS)
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> IndexReader:
    return Backend(request.param, tmp_path_factory.mktemp("library")).reader(*LIBRARY)


def encoded(reader: IndexReader, question: str) -> EncodedQuery:
    vector = FakeEmbedder().embed_query(question)
    return EncodedQuery(question, "en", vector, reader.encode_query(question))


def found(
    reader: IndexReader, question: str, filters: Filters | None = None, k: int = 30
) -> Candidates:
    candidates = reader.candidates(encoded(reader, question), k, filters)
    assert candidates is not None
    return candidates


def keys(candidates: Candidates) -> list[tuple[str, int]]:
    return [
        (article.id, int(number))
        for article, number in zip(candidates.articles, candidates.numbers, strict=True)
    ]


# The store


def test_an_empty_store_has_nothing(backend: Backend) -> None:
    store = backend.store
    assert store.current_name() is None
    assert list(store.names()) == []
    assert list(store.damage()) == []
    with pytest.raises(IndexUnavailable) as error:
        store.require_any()
    assert error.value.reason == Code.NOTHING_BUILT()
    with pytest.raises(IndexUnavailable):
        store.open_current()
    with pytest.raises(IndexUnavailable) as error:
        store.rollback()
    assert error.value.reason == Code.NO_EARLIER_GENERATION()


def test_what_is_published_is_current_for_everybody(backend: Backend) -> None:
    name = backend.build(FOX, revision="7")
    for store in (backend.store, backend.another()):
        assert store.current_name() == name
        assert list(store.names()) == [name]
        reader, problem = store.open_current()
        assert (reader.name, problem) == (name, None)
        manifest = store.manifest(name)
        assert manifest == reader.manifest
        assert (manifest.articles, manifest.paragraphs, manifest.sentences) == (1, 2, 3)
        assert (manifest.library_revision, manifest.fingerprint) == ("7", "fake-1")
        assert list(store.damage()) == []
        store.require_any()


def test_what_is_not_there_cannot_be_opened(backend: Backend) -> None:
    backend.build(FOX)
    with pytest.raises(IndexUnavailable):
        backend.store.open("20200101T000000Z-000-00000000")
    with pytest.raises(IndexUnavailable):
        backend.store.manifest("20200101T000000Z-000-00000000")


@pytest.mark.parametrize("verify", [True, False])
def test_a_generation_is_opened_with_or_without_a_check(backend: Backend, verify: bool) -> None:
    name = backend.build(FOX)
    assert backend.store.open(name, verify=verify).name == name


def test_readers_see_nothing_before_it_is_published(backend: Backend) -> None:
    first = backend.build(FOX)
    with backend.store.building():
        assert backend.another().current_name() == first
        assert list(backend.another().names()) == [first]
    assert backend.store.current_name() == first
    assert list(backend.store.damage()) == []


def test_an_error_while_building_changes_nothing(backend: Backend) -> None:
    first = backend.build(FOX)
    with pytest.raises(ZeroDivisionError), backend.store.building():
        raise ZeroDivisionError
    assert backend.store.current_name() == first
    assert backend.build(FOX, LAKE) == backend.store.current_name()


def test_only_one_builds_at_a_time(backend: Backend) -> None:
    with backend.store.building():
        with pytest.raises(BuildInProgress) as error, backend.another().building():
            pass
        assert error.value.reason.code is Code.BUILD_IN_PROGRESS  # type: ignore[union-attr]
        assert f"{multiprocessing.current_process().pid}" in str(error.value)
        with pytest.raises(BuildInProgress):
            backend.another().rollback()
    backend.build(FOX)


def test_rollback_returns_to_the_one_before(backend: Backend) -> None:
    first, second = backend.build(FOX), backend.build(FOX, LAKE)
    assert backend.store.current_name() == second
    assert backend.store.rollback() == first
    assert backend.another().current_name() == first
    with pytest.raises(IndexUnavailable):
        backend.store.rollback()


def test_a_removed_article_is_not_returned_to(backend: Backend) -> None:
    backend.build(FOX, LAKE)
    second = backend.build(FOX)
    with pytest.raises(IndexUnavailable):
        backend.store.rollback()
    assert list(backend.store.names()) == [second]


def test_names_are_in_the_order_of_building(backend: Backend) -> None:
    names = [backend.build(FOX) for _ in range(2)]
    assert list(backend.store.names()) == names


def test_a_reader_keeps_its_generation_while_others_are_published(backend: Backend) -> None:
    reader = backend.reader(FOX, LAKE)
    for article in (FOX, POOL, MOST):
        backend.build(article)
    assert [info.title for info in reader.articles()] == ["Fox", "Lake"]
    candidates = found(reader, "where does the red fox sleep")
    assert [candidates.text_of(place) for place in range(len(candidates))] == [
        *(paragraph.text for paragraph in FOX.paragraphs),
        *(paragraph.text for paragraph in LAKE.paragraphs),
    ]
    lake = reader.article("lake")
    assert lake is not None
    assert list(lake.paragraphs.values()) == ["The quiet lake froze in January."]


def test_an_engine_answers_from_it(backend: Backend) -> None:
    engine = Engine(backend.store, FakeEmbedder())
    with pytest.raises(IndexUnavailable):
        engine.refresh()
    name = backend.build(*LIBRARY)
    assert engine.refresh()
    assert engine.generation == name
    assert not engine.refresh()
    assert engine.ask("where does the red fox sleep").passages[0].title == "Fox"
    backend.build(LAKE, revision="2")
    assert engine.refresh()
    assert [info.id for info in engine.articles()] == ["lake"]


# Its readers


def test_articles_come_in_their_order_and_in_parts(library: IndexReader) -> None:
    titles = [article.title for article in LIBRARY]
    assert [info.title for info in library.articles()] == titles
    assert [info.title for info in library.articles(limit=2)] == titles[:2]
    assert [info.title for info in library.articles(limit=2, offset=1)] == titles[1:3]
    assert [info.title for info in library.articles(offset=3)] == titles[3:]
    assert list(library.articles(offset=9)) == []
    dated = Filters(after=date(2021, 1, 1))
    assert [info.title for info in library.articles(dated)] == ["Fox", "Lake"]
    assert [info.title for info in library.articles(dated, limit=1, offset=1)] == ["Lake"]


def test_an_article_is_found_by_its_id_and_by_its_hash(library: IndexReader) -> None:
    for article in LIBRARY:
        for text in (
            library.article(article.id),
            library.article_by_hash(article_hash(article.id)),
        ):
            assert text is not None
            info = text.info
            assert (info.id, info.title, info.source) == (article.id, article.title, article.source)
            assert (info.published, info.updated) == (article.published, article.updated)
            assert list(text.paragraphs.values()) == [p.text for p in article.paragraphs]
    assert library.article("nowhere") is None
    assert library.article("") is None
    assert library.article_by_hash("0" * 16) is None


def test_a_question_without_words_has_no_terms(library: IndexReader) -> None:
    assert not library.encode_query("?! …")
    assert set(library.encode_query("fox")) <= {"en", "ru"}


def test_the_rarer_a_term_the_more_it_weighs(library: IndexReader) -> None:
    weights = library.encode_query("the fox of Xanadu at the lake")["en"].weights
    assert weights["xanadu"] >= weights["lake"] > weights["fox"] > weights["the"] > 0


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (None, {"fox", "lake", "мост", "handbook-of-the-pool"}),
        (Filters(language="ru"), {"мост"}),
        (Filters(source="news/"), {"fox"}),
        (Filters(article="lake"), {"lake"}),
        (Filters(after=date(2022, 1, 1)), {"lake"}),
        (Filters(before=date(2021, 12, 31)), {"fox"}),
        (Filters(after=date(2021, 5, 5), before=date(2021, 5, 5)), {"fox"}),
    ],
)
def test_filters_lose_no_candidate_that_passes(
    library: IndexReader, filters: Filters | None, left: set[str]
) -> None:
    """With `k` above the number of paragraphs, everything that passes is a candidate."""
    for question in ("the fox and the lake", "мост", "zzz"):
        candidates = found(library, question, filters)
        assert {article.id for article in candidates.articles} == left
        assert len(keys(candidates)) == sum(
            article.paragraphs for article in library.articles(filters)
        )


def test_filters_that_leave_few_find_them_however_far_they_are(backend: Backend) -> None:
    many = [an_article(f"Fox {n}", f"The red fox number {n} sleeps.") for n in range(200)]
    reader = backend.reader(*many, LAKE)
    candidates = found(reader, "where does the red fox sleep", Filters(article="lake"), k=5)
    assert keys(candidates) == [("lake", 0)]
    unfiltered = found(reader, "where does the red fox sleep", k=5)
    assert ("lake", 0) not in keys(unfiltered)


def test_nothing_to_search_gives_no_candidates(backend: Backend, library: IndexReader) -> None:
    query = encoded(library, "fox")
    assert library.candidates(query, 30, Filters(language="fr")) is None
    assert library.candidates(query, 30, Filters(article="nowhere")) is None
    assert backend.reader().candidates(query, 30) is None


def test_candidates_are_whole(library: IndexReader) -> None:
    """Every array has its size, every span and term is what the text says."""
    question = "the red fox, the quiet lake and the pool"
    query = encoded(library, question)
    candidates = found(library, question)
    count_of = len(candidates)
    assert len(set(keys(candidates))) == count_of
    for values in (
        candidates.numbers, candidates.pages, candidates.language, candidates.trust,
        candidates.introduces, candidates.paragraph_cosines, candidates.titles, candidates.leads,
    ):  # fmt: skip
        assert len(values) == count_of
    sentences = int(candidates.start[-1])
    for values in (
        candidates.spans, candidates.answer_types, candidates.sentence_cosines,
        candidates.plain_cosines,
    ):  # fmt: skip
        assert len(values) == sentences
    assert len(candidates.context) == candidates.context_start[-1]
    assert candidates.corpus.paragraphs == library.manifest.paragraphs
    texts = {
        (article.id, number): paragraph.text
        for article in LIBRARY
        for number, paragraph in enumerate(article.paragraphs)
    }
    for place, key in enumerate(keys(candidates)):
        text = candidates.text_of(place)
        assert text == texts[key]
        rows = candidates.rows(place)
        assert len(rows) >= 1
        assert all(text[slice(*candidates.span(row))].strip() for row in rows)
        assert "".join(text.split()) == "".join(
            "".join(text[slice(*candidates.span(row))].split()) for row in rows
        )
        assert candidates.page_of(place) is None
        assert candidates.language_of(place) == ("ru" if key[0] == "мост" else "en")
    terms = query.terms["en"]
    place = keys(candidates).index(("fox", 0))
    held = count(terms, candidates.terms_of_paragraphs())[place] > 0
    assert dict(zip(terms.words, held.tolist(), strict=True))["fox"]
    assert not dict(zip(terms.words, held.tolist(), strict=True))["lake"]


def test_cosines_rank_what_says_the_same_first(library: IndexReader) -> None:
    candidates = found(library, "The quiet lake froze in January.")
    lake = keys(candidates).index(("lake", 0))
    assert candidates.paragraph_cosines.argmax() == lake
    assert candidates.plain_cosines.argmax() == candidates.rows(lake).start


def test_a_heading_brings_what_it_introduces(library: IndexReader) -> None:
    candidates = found(library, "opening hours of the swimming pool", k=1)
    places = keys(candidates)
    heading = places.index(("handbook-of-the-pool", 0))
    assert places[candidates.introduces[heading]] == ("handbook-of-the-pool", 1)
    others = np.delete(candidates.introduces, heading)
    assert (others == NOT_A_HEADING).all()


def test_the_context_is_what_stands_before_in_the_article(library: IndexReader) -> None:
    candidates = found(library, "dogs stay outside at the swimming pool; the lake")
    sizes = np.diff(candidates.context_start) - np.diff(candidates.start)
    before = dict(zip(keys(candidates), sizes.tolist(), strict=True))
    assert before["handbook-of-the-pool", 0] == 0
    assert before["handbook-of-the-pool", 1] == 1
    assert before["handbook-of-the-pool", 2] == CONTEXT_SENTENCES
    assert before["fox", 0] == before["lake", 0] == 0
    assert before["fox", 1] == 2
    ends = candidates.context_start[1:]
    own = candidates.context.select(ranges(ends - np.diff(candidates.start), ends))
    assert len(own) == candidates.start[-1]
    assert own.tokens.tolist() == candidates.terms_of_paragraphs().tokens.tolist()
    places = keys(candidates)
    last, first = places.index(("handbook-of-the-pool", 2)), places.index(("fox", 0))
    opening = found(library, "opening hours of the swimming pool")
    heading = keys(opening).index(("handbook-of-the-pool", 0))
    hours = library.encode_query("opening hours seven Saturdays August")["en"]
    lead = count(hours, candidates.leads)[last] > 0
    said = dict(zip(hours.words, lead.tolist(), strict=True))
    assert LEAD_SENTENCES == 3
    assert [said[word] for word in hours.words] == [True, True, True, True, False]
    assert count(hours, opening.leads)[heading].sum() == 2
    assert count(hours, candidates.leads)[first].sum() == 0


def test_titles_are_those_of_the_articles(library: IndexReader) -> None:
    candidates = found(library, "fox lake")
    terms = library.encode_query("fox lake")["en"]
    held = count(terms, candidates.titles)
    for key, row in zip(keys(candidates), held.tolist(), strict=True):
        assert row == [float(key[0] == "fox"), float(key[0] == "lake")]
