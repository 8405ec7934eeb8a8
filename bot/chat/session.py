"""A conversation without Telegram: the same answers, follow-ups and paging, kept in memory."""

from collections.abc import Sequence

from bot.chat.article_list import find_articles, newest_first
from bot.chat.passage_ref import PassageRef, find_passage, with_surroundings
from bot.chat.ports import AnswerEngine
from bot.chat.records import DEFAULT_PASSAGES
from index.answer import Answer, Filters, Passage
from index.article_text import ArticleInfo, ArticleText
from index.engine.follow_up import Context, answer_in_context

__all__ = ["Conversation"]

_MOST_FOUND = 10  # passages


class Conversation:
    """The last question, its answer, and which passage of it is shown."""

    def __init__(
        self, engine: AnswerEngine, passages: int = DEFAULT_PASSAGES, filters: Filters | None = None
    ) -> None:
        """Each question gets up to `passages` passages from articles that pass the `filters`."""
        self._engine = engine
        self._count = passages
        self._filters = filters
        self.new()

    def new(self) -> None:
        """Forget the last question and its answer."""
        self._context: Context | None = None
        self._answer: Answer | None = None
        self._index = self._surroundings = 0

    @property
    def answer(self) -> Answer | None:
        """The last answer."""
        return self._answer

    @property
    def index(self) -> int:
        """Position of the passage that is shown, from 0; -1 after `search`, which shows none."""
        return self._index

    def ask(self, question: str) -> Answer:
        """Answer a question, which may follow up on the one before. Raises IndexUnavailable."""
        self._engine.refresh()
        answer = answer_in_context(
            lambda text, count, only: self._engine.ask(
                text, k=count, filters=self._filters if only is None else only
            ),
            question,
            self._context,
            self._count,
        )
        if answer.answered:
            self._context = Context.of(question, answer.passages[0])
        self._answer, self._index, self._surroundings = answer, 0, 0
        return answer

    def search(self, wanted: str) -> Answer:
        """The passages about something; `turn` then pages through them. Raises IndexUnavailable."""
        self._engine.refresh()
        self._answer = self._engine.ask(wanted, k=_MOST_FOUND)
        self._index, self._surroundings = -1, 0
        return self._answer

    def turn(self, step: int) -> Passage | None:
        """The next (1) or previous (-1) passage; None when there is none."""
        passages = self._answer.passages if self._answer else ()
        if not 0 <= self._index + step < len(passages):
            return None
        self._index, self._surroundings = self._index + step, 0
        return self._shown()

    def more(self) -> Passage | None:
        """The shown passage with one more paragraph before and after it than at the last call.

        None when no passage is shown, or its text has changed. Raises IndexUnavailable.
        """
        passage = self._shown()
        if passage is None:
            return None
        article = self._engine.article(passage.article_id)
        here = find_passage(article, PassageRef.of(passage))
        if article is None or here is None:
            return None
        self._surroundings += 1
        return with_surroundings(article, here, self._surroundings)

    def articles(self, wanted: str = "") -> list[ArticleInfo]:
        """Articles with that id, or with all those words in the title, newest first.

        Raises IndexUnavailable.
        """
        return find_articles(newest_first(self._engine.articles()), wanted)

    def article(self, info: ArticleInfo) -> ArticleText | None:
        """An article's text; None when it has left the index. Raises IndexUnavailable."""
        return self._engine.article(info.id)

    def _shown(self) -> Passage | None:
        passages: Sequence[Passage] = self._answer.passages if self._answer else ()
        if not 0 <= self._index < len(passages):
            return None
        passage = passages[self._index]
        if self._answer is not None and self._answer.question:
            self._context = Context.of(self._answer.question, passage)
        return passage
