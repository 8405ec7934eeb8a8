"""A conversation without Telegram: the same answers, follow-ups and paging, kept in memory."""

from collections.abc import Sequence

from bot.chat.passage_ref import PassageRef, find_place
from bot.telegram.context.services import PASSAGES, AnswerEngine
from bot.telegram.handlers.browse_articles import newest_first
from bot.telegram.views.passage_message import around
from index.answer import Answer, Filters, Passage
from index.article_text import ArticleInfo, ArticleText
from index.engine.follow_up import Context, answer_in_context

__all__ = ["Conversation"]

_FOUND = 10


class Conversation:
    """What was asked last, and which of its passages is in sight."""

    def __init__(
        self, engine: AnswerEngine, passages: int = PASSAGES, filters: Filters | None = None
    ) -> None:
        """`passages` are had for each question, from articles that pass the `filters`."""
        self._engine = engine
        self._count = passages
        self._filters = filters
        self.new()

    def new(self) -> None:
        """Forget what was talked about."""
        self._context: Context | None = None
        self._answer: Answer | None = None
        self._index = self._around = 0

    @property
    def answer(self) -> Answer | None:
        """The last answer."""
        return self._answer

    @property
    def index(self) -> int:
        """Which of its passages is in sight, from 0."""
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
        self._answer, self._index, self._around = answer, 0, 0
        return answer

    def search(self, wanted: str) -> Answer:
        """The passages about something; `turn` then pages through them."""
        self._engine.refresh()
        self._answer = self._engine.ask(wanted, k=_FOUND)
        self._index, self._around = -1, 0
        return self._answer

    def turn(self, step: int) -> Passage | None:
        """The next (1) or previous (-1) passage; None when there is no such."""
        passages = self._answer.passages if self._answer else ()
        if not 0 <= self._index + step < len(passages):
            return None
        self._index, self._around = self._index + step, 0
        return self._in_sight()

    def more(self) -> Passage | None:
        """The passage in sight with one more paragraph before and after it."""
        passage = self._in_sight()
        if passage is None:
            return None
        article = self._engine.article(passage.article_id)
        here = find_place(article, PassageRef.of(passage))
        if article is None or here is None:
            return None
        self._around += 1
        return around(article, here, self._around)

    def articles(self, wanted: str = "") -> list[ArticleInfo]:
        """Articles with all those words in the title, newest first."""
        words = wanted.casefold().split()
        return [
            info
            for info in newest_first(self._engine.articles())
            if all(word in info.title.casefold() for word in words) or info.id == wanted
        ]

    def article(self, info: ArticleInfo) -> ArticleText | None:
        """An article's text."""
        return self._engine.article(info.id)

    def _in_sight(self) -> Passage | None:
        passages: Sequence[Passage] = self._answer.passages if self._answer else ()
        if not 0 <= self._index < len(passages):
            return None
        passage = passages[self._index]
        if self._answer is not None and self._answer.question:
            self._context = Context.of(self._answer.question, passage)
        return passage
