"""Plain text files."""

from collections.abc import Iterator

from corpus.article import Article
from corpus.reader_output import NO_HINTS, Hints
from corpus.structure.article_head import split_head
from corpus.structure.draft import Draft, to_article
from corpus.text.decoding import decode
from corpus.text.paragraphs import normalise, paragraphs_of, split_blocks

__all__ = ["accepts", "read"]


def accepts(head: bytes, named: bool) -> bool:
    """Whether the file has the suffix; `find_reader` also takes this reader when no other fits."""
    return named


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article]:
    """Read one article; raises UnreadableSource when there is no text in the file."""
    head, blocks = split_head(split_blocks(normalise(decode(data, source, hints.encoding))))
    yield to_article(
        Draft(
            paragraphs_of(blocks),
            title=head.title,
            author=head.author,
            published=head.published,
            updated=head.updated,
        ),
        source,
    )
