"""A visit to one place (a file, a page), and what is remembered of it for the next one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from corpus.article import Article
from corpus.errors import UnreadableSource
from corpus.outcome import Hints, Pointer
from corpus.web.fetcher import PAUSE

__all__ = ["READING", "PlaceResult", "ReadOptions", "Recall", "Stamp", "nothing_known"]

READING = 1  # raise it when readers give other text: a sync then reads everything again


@dataclass(frozen=True, slots=True)
class Stamp:
    """How a place was when it was read: whatever helps to see that it is still the same.

    `mark` is a file's time and size or a page's hash, `changed` what a sitemap said of it.
    """

    etag: str | None = None
    modified: str | None = None
    mark: str | None = None
    changed: str | None = None


Recall = Callable[[str], Stamp | None]  # a place → its stamp at the last visit


def nothing_known(place: str) -> Stamp | None:
    """The memory of someone who has been nowhere."""
    return None


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """What one place gave.

    `root` is the source, as remembered, through which it was reached. `rolling`: a list that
    forgets, such as a feed; what is no longer in it has not vanished. `gone`: the place said so.
    """

    root: str
    place: str
    articles: tuple[Article, ...] = ()
    errors: tuple[UnreadableSource, ...] = ()
    stamp: Stamp | None = None
    unchanged: bool = False
    rolling: bool = False
    gone: bool = False
    pointers: tuple[Pointer, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read, told by an admin. `pause` is in seconds."""

    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    allow_private: bool = False
    most_pages: int = 1000
    pause: float = PAUSE

    def hints(self) -> Hints:
        """What readers are told."""
        return Hints(encoding=self.encoding, columns=dict(self.columns))
