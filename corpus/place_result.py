"""The result of reading one place (a file, a web page), and how a change of it is noticed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from corpus.article import Article
from corpus.errors import UnreadableSource
from corpus.reader_output import Hints, Pointer, ReaderOutput

__all__ = [
    "PAUSE", "READERS_VERSION", "LastVisit", "PlaceResult", "ReadOptions", "Stamp",
    "group_output", "never_visited",
]  # fmt: skip

# Raise it when a reader gives another text than before: the next sync then reads everything again.
READERS_VERSION = 1
PAUSE = 1.0  # seconds between two requests to a host, unless an admin asks for another


@dataclass(frozen=True, slots=True)
class Stamp:
    """The state of a place when it was read. A place with an equal stamp has not changed since.

    etag      the server's header ETag
    modified  the server's header Last-Modified
    mark      time and size of a file, or the hash of a page; with READERS_VERSION
    changed   the time of the last change, as the sitemap or feed states it
    """

    etag: str | None = None
    modified: str | None = None
    mark: str | None = None
    changed: str | None = None


LastVisit = Callable[[str], Stamp | None]
"""Called with a place; gives its stamp at the last visit, None when it was never visited."""


def never_visited(place: str) -> Stamp | None:
    """A `LastVisit` without any visit, so that every place is read."""
    return None


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """The result of reading one place.

    source_name  name of the source in which the place was found (see `corpus.source_name`)
    articles     the articles that were read
    errors       why the place, or parts of it, could not be read
    stamp        the stamp to record for the next visit, if any
    unchanged    whether the place was not read because its stamp is that of the last visit
    rolling      whether it belongs to a list that drops old entries, such as a feed: an article
                 that is no longer in the list has not vanished
    gone         whether the file or page no longer exists
    pointers     where a list (a feed, a sitemap) says that articles are
    """

    source_name: str
    place: str
    articles: tuple[Article, ...] = ()
    errors: tuple[UnreadableSource, ...] = ()
    stamp: Stamp | None = None
    unchanged: bool = False
    rolling: bool = False
    gone: bool = False
    pointers: tuple[Pointer, ...] = field(default=(), repr=False)


def group_output(
    source_name: str,
    place: str,
    output: Iterable[ReaderOutput],
    stamp: Stamp | None,
    *,
    rolling: bool = False,
) -> PlaceResult:
    """Make the result of a place from the output of its reader, sorted by kind."""
    output = list(output)
    articles = tuple(one for one in output if isinstance(one, Article))
    errors = tuple(one for one in output if isinstance(one, UnreadableSource))
    pointers = tuple(one for one in output if isinstance(one, Pointer))
    return PlaceResult(
        source_name, place, articles, errors, stamp, rolling=rolling, pointers=pointers
    )


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How an admin wants sources to be read.

    encoding       of the files; None: it is detected
    columns        field of an article → column of a table, or key of a record
    allow_private  whether private addresses may be fetched
    most_pages     how many pages of one list are read at most
    pause          seconds between two requests to a host
    """

    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    allow_private: bool = False
    most_pages: int = 1000
    pause: float = PAUSE

    def hints(self) -> Hints:
        """Return the options that readers need."""
        return Hints(encoding=self.encoding, columns=dict(self.columns))
