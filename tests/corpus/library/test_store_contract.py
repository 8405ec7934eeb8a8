"""What holds for every `ArticleStore`; `tests/backends.py` names the backends."""

import dataclasses
import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus import Article, ArticleNotFound, Entry, LibraryError, Paragraph
from corpus.error_codes import Code
from corpus.errors import ErrorCode
from corpus.library.entry import Origin
from corpus.library.entry_filter import ArticleFilter, Sort
from corpus.library.ports import ArticleStore, IngestStore
from corpus.place_result import Stamp
from corpus.source_name import source_name
from tests.corpus.library.articles import ARTICLE, add_all, other
from tests.corpus.library.conftest import Backend

# Each example opens a library of its own.
STORE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAME = st.sampled_from(["", "a", "A", "ä", "Ä", "ß", "SS", "b%_", "İ", "é\x00f", "中"])
DAY = st.dates(date(2021, 1, 1), date(2021, 1, 4))


def whole_articles(texts: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[Article]:
    return st.builds(
        Article,
        id=st.text(st.characters(categories=["L", "N"]), min_size=1),
        title=texts,
        paragraphs=st.lists(
            st.builds(Paragraph, texts, st.none() | st.integers(1, 9)), min_size=1, max_size=3
        ).map(tuple),
        source=texts,
        url=st.none() | texts,
        author=st.none() | texts,
        published=st.none() | st.dates(),
        updated=st.none() | st.dates(),
        language=st.none() | st.sampled_from(["en", "de"]),
        stripped=st.lists(texts, max_size=2).map(tuple),
    )


def ids(found: Iterable[Article | Entry]) -> list[str]:
    return [one.id for one in found]


def code(error: pytest.ExceptionInfo[ArticleNotFound]) -> ErrorCode:
    assert not isinstance(error.value.reason, str)
    return error.value.reason.code


# Adding


def test_what_goes_in_comes_out_after_closing(backend: Backend) -> None:
    with backend.open() as library:
        assert library.add(ARTICLE) == "added"
    with backend.open() as library:
        assert library.get("abc123") == ARTICLE
        assert list(library.articles()) == [ARTICLE]
        assert len(library) == 1


@STORE
@given(whole_articles())
def test_any_text_is_stored_verbatim(backend: Backend, article: Article) -> None:
    with backend.scratch() as library:
        assert library.add(article) == "added"
        again = library.get(article.id)
        assert again == article
        assert again.stripped == article.stripped
        assert library.add(article) == "unchanged"


@STORE
@given(st.lists(TEXT, min_size=1), TEXT, TEXT)
def test_any_paragraphs_are_stored_verbatim(
    backend: Backend, texts: list[str], title: str, source: str
) -> None:
    article = Article("x", title, tuple(map(Paragraph, texts)), source)
    with backend.scratch() as library:
        library.add(article)
        assert library.get("x") == article
        assert library.add(article) == "unchanged"


def test_the_same_again_changes_nothing(library: ArticleStore) -> None:
    library.add(ARTICLE)
    revision, entries = library.revision, library.find()
    assert library.add(ARTICLE) == "unchanged"
    assert add_all(library, [ARTICLE, ARTICLE]) == ["unchanged", "unchanged"]
    assert (library.revision, library.find()) == (revision, entries)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"paragraphs": (Paragraph("One."),)},
        {"paragraphs": (Paragraph("One. “Two.”\nThree\nfour."),)},
        {"url": None},
        {"published": None},
        {"updated": date(2021, 5, 6)},
        {"language": "de"},
        {"author": "John Roe"},
        {"source": "/elsewhere"},
    ],
)
def test_any_change_is_seen(library: ArticleStore, change: dict[str, object]) -> None:
    changed = dataclasses.replace(ARTICLE, **change)  # type: ignore[arg-type]
    library.add(ARTICLE)
    revision = library.revision
    assert library.add(changed) == "changed"
    assert library.get("abc123") == changed
    assert library.revision != revision
    assert len(library) == 1


def test_half_a_surrogate_pair_is_refused(library: ArticleStore) -> None:
    with pytest.raises(LibraryError, match="surrogate"):
        library.add(dataclasses.replace(ARTICLE, title="\ud800"))
    assert len(library) == 0


def test_two_libraries_never_share_a_revision(backend: Backend) -> None:
    with backend.open() as one, backend.scratch() as two:
        assert one.revision != two.revision


# Getting


def test_order_is_that_of_first_coming_and_survives_changes(library: ArticleStore) -> None:
    add_all(library, map(other, range(250, 0, -1)))
    library.add(dataclasses.replace(other(250), title="Changed"))
    assert ids(library.articles()) == [f"n{n}" for n in range(250, 0, -1)]


def test_entries_tell_what_a_listing_needs(library: ArticleStore) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    library.add(ARTICLE)
    library.add(dataclasses.replace(ARTICLE, title="Changed"))
    (entry,) = library.find()
    assert (entry.id, entry.title, entry.paragraphs) == ("abc123", "Changed", 2)
    assert (entry.published, entry.updated) == (ARTICLE.published, ARTICLE.updated)
    assert (entry.source, entry.url, entry.language) == (ARTICLE.source, ARTICLE.url, "en")
    assert (entry.author, entry.source_name, entry.copy_of) == ("Jane Doe", None, None)
    assert before <= entry.first_seen <= entry.changed_at <= datetime.now(UTC)
    assert library.entry("abc") == entry


def test_articles_are_found_by_a_beginning_of_their_id(library: ArticleStore) -> None:
    add_all(library, [ARTICLE, other(1), other(12), dataclasses.replace(ARTICLE, id="%_'")])
    assert library.get("abc").id == "abc123"
    assert library.get("n1").id == "n1", "a whole id wins over a beginning"
    assert library.get("%").id == "%_'"
    with pytest.raises(ArticleNotFound, match=r"several .*'n': n1, n12") as several:
        library.get("n")
    assert code(several) is Code.SEVERAL_ARTICLES
    for missing in ("", "zzz", "ABC", "_"):
        with pytest.raises(ArticleNotFound, match="no article") as none:
            library.get(missing)
        assert code(none) is Code.NO_SUCH_ARTICLE


@pytest.mark.parametrize("method", ["get", "entry", "near_copies"])
def test_every_way_to_an_article_takes_a_beginning(library: ArticleStore, method: str) -> None:
    library.add(ARTICLE)
    getattr(library, method)("abc")
    with pytest.raises(ArticleNotFound):
        getattr(library, method)("zzz")


def test_reading_goes_on_while_articles_are_removed(library: ArticleStore) -> None:
    add_all(library, map(other, range(250)))
    found = []
    for article in library.articles():
        found.append(article.id)
        if len(found) == 150:
            library.remove([f"n{number}" for number in range(200, 250)])
    assert found[:200] == [f"n{number}" for number in range(200)]


# Finding


def accepts(entry: Entry, place: str, where: ArticleFilter) -> bool:
    """What `find` must do, for one article."""
    if where.source is not None:
        places = f"{entry.source}\n{entry.url or ''}\n{entry.source_name or ''}".casefold()
        known = entry.source_name == source_name(where.source)
        if where.source.casefold() not in places and not known:
            return False
    if where.title is not None and where.title.casefold() not in entry.title.casefold():
        return False
    if where.language is not None and entry.language != where.language.lower():
        return False
    if where.since is not None and (entry.published or date.min) < where.since:
        return False
    if where.until is not None and (entry.published or date.max) > where.until:
        return False
    if where.ids is not None and entry.id not in where.ids:
        return False
    if where.source_name is not None and entry.source_name != where.source_name:
        return False
    if where.place is not None and place != where.place:
        return False
    return not (where.vanished and entry.vanished_at is None) and not (
        where.copies and entry.copy_of is None
    )


def in_order(entries: list[Entry], sort: Sort, *, reverse: bool) -> list[Entry]:
    """What `find` must do, for entries in the order in which they were added."""
    if sort == "added":
        return entries[::-1] if reverse else entries

    def value(entry: Entry) -> object:
        return getattr(entry, "changed_at" if sort == "changed" else sort)

    def key(entry: Entry) -> tuple[str, int]:
        found = value(entry)
        return ("", found) if isinstance(found, int) else (str(found).casefold(), 0)

    known = [entry for entry in entries if value(entry) is not None]
    known.sort(key=key, reverse=reverse)
    return known + [entry for entry in entries if value(entry) is None]


@st.composite
def libraries(draw: st.DrawFn) -> list[tuple[Article, Origin, bool]]:
    """Articles with their origins, and whether their place has vanished."""
    found = []
    vanished = draw(st.sets(st.sampled_from(["/p", "/q", "/r"])))
    for number in range(draw(st.integers(0, 6))):
        paragraphs = draw(st.sampled_from(["same text", "b", "c"]))
        article = Article(
            f"i{number}",
            draw(NAME),
            (Paragraph(paragraphs),) * draw(st.integers(1, 2)),
            draw(NAME),
            url=draw(st.none() | NAME),
            published=draw(st.none() | DAY),
            language=draw(st.none() | st.sampled_from(["en", "de", "zh"])),
        )
        place = draw(st.sampled_from(["/p", "/q", "/r"]))
        found.append((article, Origin(draw(NAME), place), place in vanished))
    return found


FILTERS = st.builds(
    ArticleFilter,
    source=st.none() | NAME,
    title=st.none() | NAME,
    language=st.none() | st.sampled_from(["en", "DE", ""]),
    since=st.none() | DAY,
    until=st.none() | DAY,
    vanished=st.booleans(),
    copies=st.booleans(),
    ids=st.none() | st.sets(st.sampled_from(["i0", "i1", "i2", "'"])),
    source_name=st.none() | NAME,
    place=st.none() | st.just("/p"),
) | st.builds(ArticleFilter, source=st.none() | NAME)
SORTS = st.sampled_from(
    ["added", "changed", "published", "title", "source", "language", "paragraphs"]
)


@settings(STORE, max_examples=300)
@given(libraries(), FILTERS, SORTS, st.booleans(), st.none() | st.integers(0, 3), st.integers(0, 3))
def test_what_fits_is_found_in_order(
    backend: Backend,
    articles: list[tuple[Article, Origin, bool]],
    where: ArticleFilter,
    sort: Sort,
    reverse: bool,
    limit: int | None,
    offset: int,
) -> None:
    with backend.scratch() as library:
        for article, origin, _ in articles:
            library.add(article, origin)
        for place in {origin.place for _, origin, vanished in articles if vanished}:
            library.mark_vanished(place)
        places = {article.id: origin.place for article, origin, _ in articles}
        entries = library.find()
        assert ids(entries) == [article.id for article, _, _ in articles]
        fits = [entry for entry in entries if accepts(entry, places[entry.id], where)]
        wanted = in_order(fits, sort, reverse=reverse)
        assert library.find(where, sort, reverse=reverse) == wanted
        end = None if limit is None else offset + limit
        found = library.find(where, sort, reverse=reverse, limit=limit, offset=offset)
        assert found == wanted[offset:end]


def test_an_article_is_found_by_a_part_of_where_it_is_from(library: ArticleStore) -> None:
    library.add(ARTICLE, Origin("/News", "/News/bridge.txt"))
    for source in ("BRIDGE", "ex.org/A", "/news", "/News/."):
        assert ids(library.find(ArticleFilter(source=source))) == ["abc123"], source
    assert library.find(ArticleFilter(source="txt\nhttps://nowhere")) == []


def test_many_ids_may_be_asked_for(library: ArticleStore) -> None:
    library.add(ARTICLE)
    many = {f"no{number}" for number in range(40_000)} | {"abc123"}
    assert ids(library.find(ArticleFilter(ids=many))) == ["abc123"]
    assert library.find(ArticleFilter(ids=())) == []


# Removing, history


def test_removing_is_all_or_nothing(library: ArticleStore) -> None:
    add_all(library, [ARTICLE, other(1)])
    revision = library.revision
    with pytest.raises(ArticleNotFound):
        library.remove(["abc", "zzz"])
    assert (len(library), library.revision) == (2, revision)
    assert ids(library.remove(["abc", "abc123"])) == ["abc123"]
    assert ids(library.articles()) == ["n1"]
    assert library.revision != revision


def test_what_is_removed_for_good_is_known_until_it_is_added_again(library: ArticleStore) -> None:
    add_all(library, [ARTICLE, other(1)])
    assert not library.was_removed("abc123")
    library.remove(["abc123"])
    library.remove(["n1"], for_good=False)
    assert library.was_removed("abc123")
    assert not library.was_removed("n1")
    assert library.add(ARTICLE) == "added"
    assert not library.was_removed("abc123")


def test_history_tells_what_happened_also_after_the_end(library: ArticleStore) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    library.add(ARTICLE, Origin("/news", "/news/bridge.txt"))
    library.add(dataclasses.replace(ARTICLE, title="Changed", source="/moved"))
    library.mark_vanished("/news/bridge.txt")
    library.add(dataclasses.replace(ARTICLE, title="Changed", source="/moved"))
    library.remove(["abc123"])
    events = library.history("abc123")
    assert [event.what for event in events] == ["added", "changed", "vanished", "back", "removed"]
    assert [event.title for event in events] == ["The Bridge", *["Changed"] * 4]
    assert [event.source for event in events] == ["/news/bridge.txt", *["/moved"] * 4]
    times = [event.at for event in events]
    assert before <= times[0] <= times[-1] <= datetime.now(UTC)
    assert times == sorted(times)
    assert library.history("nothing") == []


# Vanishing


def test_what_vanishes_is_kept_and_marked(library: IngestStore) -> None:
    place = Origin("/news", "/news/a.jsonl")
    for number in range(3):
        library.add(other(number), place)
    library.record_visit("/news", "/news/a.jsonl", Stamp(mark="1"))
    revision = library.revision
    assert library.places_of("/news") == {"/news/a.jsonl"}

    gone = library.mark_vanished("/news/a.jsonl", keep=["n0", "n1"])
    assert ids(gone) == ["n2"]
    assert gone[0].vanished_at is not None
    assert library.mark_vanished("/news/a.jsonl", keep=["n0", "n1"]) == [], "it is marked already"
    assert library.last_visit("/news/a.jsonl") is not None
    assert ids(library.find(ArticleFilter(vanished=True))) == ["n2"]
    assert library.places_of("/news") == {"/news/a.jsonl"}

    assert ids(library.mark_vanished("/news/a.jsonl")) == ["n0", "n1"]
    assert library.last_visit("/news/a.jsonl") is None, "it is to be read when it comes back"
    assert library.places_of("/news") == set()
    assert len(library) == len(list(library.articles())) == 3
    assert library.revision == revision, "an index of it is still up to date"


def test_what_comes_back_is_marked_no_more(library: ArticleStore) -> None:
    library.add(ARTICLE, Origin("/news", "/news/a"))
    library.mark_vanished("/news/a")
    assert library.add(ARTICLE) == "unchanged"
    (entry,) = library.find()
    assert (entry.vanished_at, entry.source_name) == (None, "/news")
    assert library.places_of("/news") == {"/news/a"}


def test_an_origin_follows_the_article(library: ArticleStore) -> None:
    library.add(ARTICLE)
    assert library.places_of("/news") == set()
    for origin in (Origin("/news", "/news/a"), Origin("/other", "/other/b")):
        assert library.add(ARTICLE, origin) == "unchanged"
        assert library.places_of(origin.source_name) == {origin.place}
        assert ids(library.find(ArticleFilter(place=origin.place))) == ["abc123"]
    assert library.places_of("/news") == set()
    assert library.add(ARTICLE) == "unchanged"
    assert library.add(dataclasses.replace(ARTICLE, title="Changed")) == "changed"
    assert library.places_of("/other") == {"/other/b"}, "one without an origin keeps it"


def test_removing_forgets_the_visit_of_its_place(library: IngestStore) -> None:
    library.add(ARTICLE, Origin("/news", "/news/a"))
    library.record_visit("/news", "/news/a", Stamp(mark="1"))
    library.record_visit("/news", "/news/b", Stamp(mark="1"))
    library.remove(["abc"])
    assert library.last_visit("/news/a") is None
    assert library.last_visit("/news/b") is not None


# Transactions, threads


def test_a_failing_transaction_leaves_nothing(library: IngestStore) -> None:
    def fail_half_way() -> None:
        with library.transaction():
            library.add(ARTICLE, Origin("/news", "/news/a"))
            library.remember_source("/news", {}, None)
            library.record_visit("/news", "/news/a", Stamp(mark="1"))
            raise RuntimeError

    revision = library.revision
    with pytest.raises(RuntimeError):
        fail_half_way()
    assert (len(library), library.revision, library.sources()) == (0, revision, [])
    assert library.last_visit("/news/a") is None
    assert library.history("abc123") == []
    assert library.add(ARTICLE) == "added"


def test_a_transaction_in_another_is_a_part_of_it(library: ArticleStore) -> None:
    def fail_after_an_inner_one() -> None:
        with library.transaction():
            with library.transaction():
                library.add(ARTICLE)
            assert len(library) == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_an_inner_one()
    assert len(library) == 0


def test_a_transaction_that_removes_is_undone_whole(library: ArticleStore) -> None:
    def remove_and_fail() -> None:
        with library.transaction():
            library.remove(["abc"])
            library.mark_vanished("/news/b")
            raise RuntimeError

    library.add(ARTICLE)
    library.add(other(1), Origin("/news", "/news/b"))
    with pytest.raises(RuntimeError):
        remove_and_fail()
    assert library.get("abc") == ARTICLE
    assert not library.was_removed("abc123")
    assert library.find(ArticleFilter(vanished=True)) == []


def test_others_see_a_transaction_when_it_ends(backend: Backend) -> None:
    with backend.open() as writer, backend.open() as reader:
        writer.add(ARTICLE)
        revision = reader.revision
        with writer.transaction():
            writer.add(other(1))
            assert ids(reader.articles()) == ["abc123"]
            assert reader.revision == revision
        assert len(reader) == 2
        assert reader.revision == writer.revision != revision


def test_threads_share_one_library(library: ArticleStore) -> None:
    def work(worker: int) -> None:
        for number in range(20):
            library.add(other(worker * 100 + number))
            assert len(list(library.articles())) > 0

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(library) == 80
