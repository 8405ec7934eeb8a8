"""The generation from which a process answers, and its articles."""

from collections.abc import Sequence
from threading import Lock

from corpus.errors import IndexUnavailable, Reason
from index.article_text import ArticleInfo, ArticleText
from index.error_codes import Code
from index.storage.ports import GenerationStore, IndexReader

__all__ = ["CurrentGeneration"]


class CurrentGeneration:
    """Keeps a generation open until there is a newer one. Several threads may use it.

    `problem` says why the current generation of the store could not be opened; an older one is in
    use then.
    """

    def __init__(self, store: GenerationStore) -> None:
        """Use the generations of `store`; call `refresh` to open the current one."""
        self._store = store
        self._swap = Lock()
        self._seen: str | None = None
        self._generation: IndexReader | None = None
        self.problem: Reason | None = None

    @property
    def generation(self) -> str | None:
        """Name of the generation in use; None before the first `refresh`."""
        return self._generation.name if self._generation else None

    def refresh(self) -> bool:
        """Switch to a newer generation; return whether there was one.

        Cheap when there is none. Raises IndexUnavailable when no generation can be opened; one that
        is in use stays in use.
        """
        with self._swap:
            current = self._store.current_name()
            if self._generation is not None and current == self._seen:
                return False
            generation, self.problem = self._store.open_current()
            self._seen = current
            if self._generation is not None and generation.name == self._generation.name:
                return False
            self.use(generation)
            return True

    def use(self, generation: IndexReader) -> None:
        """Use this generation from now on."""
        self._generation = generation

    def current(self) -> IndexReader:
        """Return the generation in use. Raises IndexUnavailable when there is none."""
        if self._generation is None:
            raise IndexUnavailable(Code.NO_INDEX())
        return self._generation

    def articles(self, *, limit: int | None = None, offset: int = 0) -> Sequence[ArticleInfo]:
        """Return articles of the generation in use. Raises IndexUnavailable when there is none."""
        return self.current().articles(limit=limit, offset=offset)

    def article(self, article_id: str) -> ArticleText | None:
        """Return the article with this id, or None. Raises IndexUnavailable."""
        return self.current().article(article_id)

    def article_by_hash(self, digest: str) -> ArticleText | None:
        """Return the article whose id has this `article_hash`, or None. Raises IndexUnavailable."""
        return self.current().article_by_hash(digest)
