"""The chat in a terminal, and answers to lines of stdin."""

from collections.abc import Callable, Iterable
from pathlib import Path

from rich.text import Text

from bot.chat.command_table import COMMANDS
from bot.chat.ports import AnswerEngine
from bot.chat.session import Conversation
from bot.cli.answer_output import print_answer, print_passage, terminal_catalog
from bot.cli.console import say, stdout
from bot.i18n.catalog import Catalog
from bot.text import one_line, shortened, snippet
from corpus.errors import QuotebotError
from index.answer import Filters, Passage
from index.article_text import ArticleText

__all__ = ["Chat", "answer_lines", "chat_loop"]

_HISTORY = 1_000  # lines
_LISTED = 20  # articles
_QUOTE_ROOM = 160  # characters of a quote in a list


def answer_lines(
    engine: AnswerEngine,
    lines: Iterable[str],
    passages: int,
    *,
    as_json: bool,
    follow: bool = False,
    filters: Filters | None = None,
) -> None:
    """Answer one question a line, each from the newest generation; blank lines are skipped.

    With `follow`, a question may be a follow-up to the one before. Unless `as_json`, an empty line
    ends each answer.
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
    """Chat until /quit, Ctrl-D or Ctrl-C; what is typed is kept in the file `history`."""
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
            chat.reply_to(line)
    if history is not None:
        readline.set_history_length(_HISTORY)
        try:
            readline.write_history_file(history)
        except OSError as error:
            say(f"{history} could not be written ({error.strerror}): what was typed is not kept")


class Chat:
    """One conversation: takes a line that was typed, prints the reply."""

    def __init__(self, engine: AnswerEngine) -> None:
        """A new conversation."""
        self.t = terminal_catalog()
        self._conversation = Conversation(engine)
        self._commands: dict[str, Callable[[str], None]] = {
            "/next": lambda _: self._passage(self._conversation.turn(1)),
            "/n": lambda _: self._passage(self._conversation.turn(1)),
            "/back": lambda _: self._passage(self._conversation.turn(-1)),
            "/b": lambda _: self._passage(self._conversation.turn(-1)),
            "/more": lambda _: self._passage(self._conversation.more()),
            "/m": lambda _: self._passage(self._conversation.more()),
        }
        for command in COMMANDS:
            if command.terminal is not None:
                self._commands[f"/{command.name}"] = getattr(self, command.terminal)

    def reply_to(self, line: str) -> None:
        """Reply to a question or a command; an error is printed in one line."""
        try:
            self._run(line)
        except QuotebotError as error:
            say(str(error))

    def _run(self, line: str) -> None:
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

    def _search(self, words: str) -> None:
        if not words:
            say(self.t("search_usage"))
            return
        answer = self._conversation.search(words)
        if not answer.passages:
            say(self.t("search_nothing", question=words))
        console = stdout()
        for number, passage in enumerate(answer.passages, 1):
            line = Text.assemble((f"{number:>2}. ", "dim"), (one_line(passage.title), "bold"))
            console.print(line, soft_wrap=True)
            quote = shortened(one_line(snippet(passage.quote)), _QUOTE_ROOM)
            console.print(Text(f"    {quote}", style="dim"), soft_wrap=True)

    def _all_sources(self, _: str) -> None:
        self._sources("")

    def _sources(self, words: str) -> None:
        articles = self._conversation.articles(words)
        say(self.t("terminal_sources", count=len(articles)))
        console = stdout()
        for info in articles[:_LISTED]:
            when = self.t.when(info.published, info.updated)
            line = Text.assemble((info.id, "dim"), "  ", one_line(info.title), "  ", (when, "dim"))
            console.print(line, soft_wrap=True)

    def _article(self, words: str) -> None:
        found = self._conversation.articles(words) if words else []
        if not found:
            say(self.t("article_none" if words else "article_usage"))
        elif len(found) > 1:
            self._sources(words)
        elif (article := self._conversation.article(found[0])) is not None:
            _print_article(article, self.t)


def _print_article(article: ArticleText, t: Catalog) -> None:
    console = stdout()
    console.print(Text(one_line(article.info.title), style="bold"))
    console.print(Text(t.when(article.info.published, article.info.updated), style="dim"))
    for number, text in article.paragraphs.items():
        label = t("paragraph", number=number + 1)
        console.print(Text.assemble("\n", (f"{label}  ", "dim"), text))
