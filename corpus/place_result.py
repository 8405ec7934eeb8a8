"""What one place (a file, a web page) gave, and how it is recognised at the next visit."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from corpus.article import Article
from corpus.errors import UnreadableSource
from corpus.reader_output import Hints, Pointer, ReaderOutput

__all__ = [
    "PAUSE", "READERS_VERSION", "LastVisit", "PlaceResult", "ReadOptions", "Stamp",
    "group_output", "never_visited",
]  # fmt: skip

READERS_VERSION = 1  # raise it when readers give other text: a sync then reads everything again
PAUSE = 1.0  # seconds between two requests to a host, unless an admin asks for another


@dataclass(frozen=True, slots=True)
class Stamp:
    """How a place was when it was read: equal stamps mean that it has not changed since.

    `etag` and `modified` are a server's headers, `mark` is a file's time and size or the hash of a
    page, `changed` the time of the last change that a sitemap gives for it.
    """

    etag: str | None = None
    modified: str | None = None
    mark: str | None = None
    changed: str | None = None


LastVisit = Callable[[str], Stamp | None]  # a place → its stamp at the last visit


def never_visited(place: str) -> Stamp | None:
    """A `LastVisit` that knows no place, so that all are read."""
    return None


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """What one place gave.

    `source_name` is the source through which it was reached, as it is remembered. `unchanged`: it
    was not read, since its stamp is that of the last visit. `rolling`: a list that drops old
    entries, such as a feed, so that what is no longer in it has not vanished. `gone`: the file or
    page exists no more.
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
    """The result of a place from what its reader gave, by kind."""
    output = list(output)
    articles = tuple(one for one in output if isinstance(one, Article))
    errors = tuple(one for one in output if isinstance(one, UnreadableSource))
    pointers = tuple(one for one in output if isinstance(one, Pointer))
    return PlaceResult(
        source_name, place, articles, errors, stamp, rolling=rolling, pointers=pointers
    )


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read, as an admin asks for it.

    `encoding` is that of the files, `columns` maps an article's field to a column or key,
    `most_pages` limits the pages of one list, `pause` is in seconds.
    """

    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    allow_private: bool = False
    most_pages: int = 1000
    pause: float = PAUSE

    def hints(self) -> Hints:
        """The part of it that readers need."""
        return Hints(encoding=self.encoding, columns=dict(self.columns))
