"""What a library remembers beside its articles: where they come from and what happened to them."""

from collections.abc import Iterable

from corpus.library import history as journal
from corpus.library.history import Event, Source
from corpus.library.store import Store
from corpus.place_result import Stamp

__all__ = ["Memory"]


class Memory(Store):
    """Sources, visits and history."""

    def history(self, article_id: str) -> list[Event]:
        """What happened to an article, oldest first, also when it is here no more."""
        with self._errors():
            return journal.history_of(self._connection, article_id)

    def sources(self) -> list[Source]:
        """The remembered sources, in the order in which they came."""
        with self._errors():
            return journal.sources_of(self._connection)

    def remember(self, name: str, columns: dict[str, str], encoding: str | None) -> None:
        """Keep a source, with how it is read, for a sync."""
        with self._writing():
            journal.remember(self._connection, name, columns, encoding)

    def forget(self, name: str) -> bool:
        """Visit a source no more; its articles stay. Whether it was known."""
        with self._writing():
            return journal.forget(self._connection, name)

    def recall(self, place: str) -> Stamp | None:
        """How a file or page was when it was read last."""
        with self._errors():
            return journal.recall(self._connection, place)

    def record_visit(self, root: str, place: str, stamp: Stamp) -> None:
        """Keep how a file or page is, for the next visit."""
        with self._writing():
            journal.record_visit(self._connection, root, place, stamp)

    def record_source(self, name: str, problem: str | None) -> None:
        """Keep that a source was visited, and what went wrong."""
        with self._writing():
            self._connection.execute(
                "UPDATE sources SET visited_at = ?, problem = ? WHERE name = ?",
                (journal.now(), problem, name),
            )

    def places_of(self, root: str) -> set[str]:
        """Where the articles of a source are, but for those that have vanished."""
        with self._errors():
            return journal.places_of(self._connection, root)

    def was_removed(self, article_id: str) -> bool:
        """Whether an admin removed an article, so that a sync must not bring it back."""
        with self._errors():
            return journal.was_removed(self._connection, article_id)

    def vanish(self, place: str, keep: Iterable[str] = ()) -> list[str]:
        """Mark the articles of a place, but for the ids to `keep`, as gone from their source.

        They stay until someone removes them. Returns the ids.
        """
        kept = set(keep)
        with self._writing():
            rows = self._connection.execute(
                "SELECT id FROM articles WHERE place = ? AND vanished_at IS NULL", (place,)
            ).fetchall()
            gone = [str(row[0]) for row in rows if row[0] not in kept]
            for article_id in gone:
                journal.note(self._connection, article_id, "vanished")
                self._connection.execute(
                    "UPDATE articles SET vanished_at = ? WHERE id = ?",
                    (journal.now(), article_id),
                )
            if gone and not kept:
                self._connection.execute("DELETE FROM visits WHERE place = ?", (place,))
        return gone
