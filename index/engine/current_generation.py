"""The current generation, and what there is in it to look at without asking."""

from pathlib import Path
from threading import Lock

from corpus.errors import IndexUnavailable
from index.storage.article_lookup import ArticleText, article_text
from index.storage.generation import ArticleInfo, Generation
from index.storage.generation_store import GenerationStore

__all__ = ["CurrentGeneration"]


class CurrentGeneration:
    """Holds a generation until there is a newer one. Safe to use from several threads."""

    def __init__(self, data: Path) -> None:
        """Look at the generations under `data`; call `refresh` to take up the current one."""
        self._store = GenerationStore(data)
        self._swap = Lock()
        self._seen: str | None = None
        self._generation: Generation | None = None
        self.problem: str | None = None

    @property
    def generation(self) -> str | None:
        """Name of the generation in use."""
        return self._generation.name if self._generation else None

    def refresh(self) -> bool:
        """Take up a newer generation; whether there was one.

        Cheap when there is none. Raises IndexUnavailable when there is nothing to answer from; a
        generation already in use goes on answering.
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

    def use(self, generation: Generation) -> None:
        """Use this generation from now on."""
        self._generation = generation

    def current(self) -> Generation:
        """The generation in use. Raises IndexUnavailable when there is none."""
        if self._generation is None:
            raise IndexUnavailable("there is no index yet: run `quotebot build`")
        return self._generation

    def articles(self) -> list[ArticleInfo]:
        """Every article of the generation in use. Raises IndexUnavailable when there is none."""
        return self.current().articles

    def article(self, article_id: str) -> ArticleText | None:
        """One article with its paragraphs, or None. Raises IndexUnavailable."""
        return article_text(self.current(), article_id)
