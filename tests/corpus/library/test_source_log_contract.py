"""What holds for every `SourceLog`; `tests/backends.py` names the backends."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.library.entry import Origin
from corpus.library.ports import IngestStore
from corpus.place_result import Stamp
from tests.corpus.library.articles import ARTICLE, other
from tests.corpus.library.conftest import Backend

STORE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@STORE
@given(st.dictionaries(TEXT, TEXT), st.none() | TEXT, TEXT)
def test_a_source_is_remembered_as_it_is(
    backend: Backend, columns: dict[str, str], encoding: str | None, name: str
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with backend.scratch() as library:
        library.remember_source(name, columns, encoding)
        (source,) = library.sources()
    assert (source.name, source.columns, source.encoding) == (name, columns, encoding)
    assert (source.visited_at, source.problem, source.articles) == (None, None, 0)
    assert before <= source.added_at <= datetime.now(UTC)


def test_sources_last_in_their_order(backend: Backend) -> None:
    with backend.open() as library:
        for name in ("/c", "/a", "/b"):
            library.remember_source(name, {}, None)
        library.remember_source("/c", {"text": "Body"}, "koi8-r")
    with backend.open() as library:
        assert [source.name for source in library.sources()] == ["/c", "/a", "/b"]
        first = library.sources()[0]
        assert (first.columns, first.encoding) == ({"text": "Body"}, "koi8-r")


def test_a_source_knows_how_many_articles_came_through_it(library: IngestStore) -> None:
    library.remember_source("/news", {}, None)
    library.add(ARTICLE, Origin("/news", "/news/a"))
    library.add(other(1), Origin("/news", "/news/b"))
    library.add(other(2))
    assert [source.articles for source in library.sources()] == [2]


def test_the_visit_of_a_source_is_recorded_with_its_problem(library: IngestStore) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    library.remember_source("/news", {}, None)
    library.record_source_visit("/news", "/news/a: the file is empty")
    (source,) = library.sources()
    assert source.problem == "/news/a: the file is empty"
    assert source.visited_at is not None
    assert before <= source.visited_at <= datetime.now(UTC)
    library.record_source_visit("/news", None)
    assert library.sources()[0].problem is None
    library.record_source_visit("/unknown", "gone")
    assert len(library.sources()) == 1


@STORE
@given(TEXT, st.builds(Stamp, *[st.none() | TEXT] * 4))
def test_a_visit_is_recorded_as_it_is(backend: Backend, place: str, stamp: Stamp) -> None:
    with backend.scratch() as library:
        assert library.last_visit(place) is None
        library.record_visit("/news", place, Stamp(mark="before"))
        library.record_visit("/news", place, stamp)
        assert library.last_visit(place) == stamp


def test_forgetting_a_source_keeps_its_articles(library: IngestStore) -> None:
    for name in ("/news", "/other"):
        library.remember_source(name, {}, None)
        library.record_visit(name, f"{name}/a", Stamp(mark="1"))
    library.add(ARTICLE, Origin("/news", "/news/a"))
    assert library.forget_source("/news")
    assert not library.forget_source("/news")
    assert [source.name for source in library.sources()] == ["/other"]
    assert library.last_visit("/news/a") is None
    assert library.last_visit("/other/a") is not None
    assert library.get("abc") == ARTICLE
    assert library.places_of("/news") == {"/news/a"}
