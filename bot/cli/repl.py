"""The bot in a terminal: the same answers, for people and for pipes."""

from collections.abc import Callable, Iterable
from pathlib import Path

from rich.text import Text

from bot.chat.session import Conversation
from bot.cli.answer_output import print_answer, print_passage, terminal_catalog
from bot.cli.console import say, stdout
from bot.i18n.catalog import Catalog
from bot.telegram.context.services import AnswerEngine
from bot.text import one_line, shortened, snippet
from corpus.errors import QuotebotError
from index.answer import Filters, Passage
from index.storage.article_lookup import ArticleText

__all__ = ["Chat", "answer_lines", "chat_loop"]

_PASSAGES = 5
_HISTORY = 1_000  # lines
_LISTED = 20


def answer_lines(
    engine: AnswerEngine,
    lines: Iterable[str],
    passages: int,
    *,
    as_json: bool,
    follow: bool = False,
    filters: Filters | None = None,
) -> None:
    """Answer one question a line, taking up newer generations on the way; blank lines are passed.

    With `follow`, a question may lean on the one before. For people each answer is a block that
    ends with an empty line.
    """
    conversation = Conversation(engine, passages, filters)
    for line in lines:
        if not line.strip():
            continue
        if not follow:
            conversation.new()
        print_answer(conversation.ask(line.strip()), as_json=as_json)
        if not as_json:
            stdout().print()
        stdout().file.flush()


def chat_loop(engine: AnswerEngine, history: Path | None = None) -> None:
    """Chat until /quit, Ctrl-D or Ctrl-C; `history` keeps what was typed."""
    import readline

    if history is not None and history.exists():
        readline.read_history_file(history)
    chat = Chat(engine)
    say(chat.t("terminal_help"))
    while True:
        try:
            line = input("\n? ").strip()
        except (EOFError, KeyboardInterrupt):
            stdout().print()
            break
        if line in ("/quit", "/exit", "/q"):
            break
        if line:
            chat.hear(line)
    if history is not None:
        readline.set_history_length(_HISTORY)
        try:
            readline.write_history_file(history)
        except OSError as error:
            say(f"{history} could not be written ({error.strerror}): what was typed is not kept")


class Chat:
    """Hears a line, says what there is to say."""

    def __init__(self, engine: AnswerEngine) -> None:
        """A new conversation."""
        self.t = terminal_catalog()
        self._conversation = Conversation(engine, _PASSAGES)
        self._commands: dict[str, Callable[[str], None]] = {
            "/next": lambda _: self._passage(self._conversation.turn(1)),
            "/n": lambda _: self._passage(self._conversation.turn(1)),
            "/back": lambda _: self._passage(self._conversation.turn(-1)),
            "/b": lambda _: self._passage(self._conversation.turn(-1)),
            "/more": lambda _: self._passage(self._conversation.more()),
            "/m": lambda _: self._passage(self._conversation.more()),
            "/ask": self._ask,
            "/search": self._search,
            "/sources": lambda _: self._sources(""),
            "/article": self._article,
            "/new": self._new,
        }

    def hear(self, line: str) -> None:
        """A question, or a command with what stands behind it; a trouble takes one line."""
        try:
            self._hear(line)
        except QuotebotError as error:
            say(str(error))

    def _hear(self, line: str) -> None:
        if not line.startswith("/"):
            self._ask(line)
            return
        name, _, rest = line.partition(" ")
        command = self._commands.get(name.lower())
        if command is None:
            say(self.t("terminal_help"))
        else:
            command(rest.strip())

    def _ask(self, question: str) -> None:
        if any(character.isalnum() for character in question):
            print_answer(self._conversation.ask(question))
        else:
            say(self.t("ask_in_words"))

    def _new(self, _: str) -> None:
        self._conversation.new()
        say(self.t("new_done"))

    def _passage(self, passage: Passage | None) -> None:
        answer = self._conversation.answer
        if passage is None or answer is None:
            say(self.t("forgotten" if answer is None else "no_more"))
            return
        position = self.t.position(self._conversation.index, len(answer.passages))
        print_passage(passage, self.t, position)

    def _search(self, wanted: str) -> None:
        if not wanted:
            say(self.t("search_usage"))
            return
        answer = self._conversation.search(wanted)
        if not answer.passages:
            say(self.t("search_nothing", question=wanted))
        for number, passage in enumerate(answer.passages, 1):
            line = Text.assemble((f"{number:>2}. ", "dim"), (one_line(passage.title), "bold"))
            stdout().print(line, soft_wrap=True)
            said = shortened(one_line(snippet(passage.quote)), 160)
            stdout().print(Text(f"    {said}", style="dim"), soft_wrap=True)

    def _sources(self, wanted: str) -> None:
        articles = self._conversation.articles(wanted)
        say(self.t("terminal_sources", count=len(articles)))
        for info in articles[:_LISTED]:
            when = self.t.when(info.published, info.updated)
            line = Text.assemble((info.id, "dim"), "  ", one_line(info.title), "  ", (when, "dim"))
            stdout().print(line, soft_wrap=True)

    def _article(self, wanted: str) -> None:
        found = self._conversation.articles(wanted) if wanted else []
        if not found:
            say(self.t("article_none" if wanted else "article_usage"))
        elif len(found) > 1:
            self._sources(wanted)
        elif (article := self._conversation.article(found[0])) is not None:
            _print_article(article, self.t)


def _print_article(article: ArticleText, t: Catalog) -> None:
    stdout().print(Text(one_line(article.info.title), style="bold"))
    stdout().print(Text(t.when(article.info.published, article.info.updated), style="dim"))
    for number, text in article.paragraphs.items():
        label = t("paragraph", number=number + 1)
        stdout().print(Text.assemble("\n", (f"{label}  ", "dim"), text))
