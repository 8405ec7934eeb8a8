"""The bot in a terminal: the same answers, for people and for pipes."""

from collections.abc import Iterable
from dataclasses import asdict

from rich.padding import Padding
from rich.text import Text

from bot import words
from bot.console import out, print_json, say
from index.answer import Answer, Passage
from index.engine import Engine

__all__ = ["answer_lines", "chat_loop", "print_answer"]

_HELP = "Write a question. /next shows the next passage, /quit ends."
_PASSAGES = 5


def print_answer(answer: Answer, *, as_json: bool = False) -> None:
    """An answer on stdout: for people, or as one JSON object."""
    if as_json:
        print_json(as_plain(answer))
        return
    if not answer.passages:
        out.print(words.NOTHING_NEAR, soft_wrap=True)
    elif not answer.answered:
        out.print(words.NO_ANSWER, soft_wrap=True)
    for passage in answer.passages[:1]:
        _print_passage(passage)


def as_plain(answer: Answer) -> dict[str, object]:
    """An answer as the command line's JSON has it."""
    passages = []
    for passage in answer.passages:
        plain = asdict(passage)
        plain.pop("source")
        passages.append(plain)
    return {
        "question": answer.question,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "passages": passages,
    }


def answer_lines(engine: Engine, lines: Iterable[str], passages: int, *, as_json: bool) -> None:
    """Answer one question a line, taking up newer generations on the way; blank lines are passed.

    For people each answer is a block that ends with an empty line.
    """
    for line in lines:
        if not line.strip():
            continue
        engine.refresh()
        print_answer(engine.ask(line.strip(), k=passages), as_json=as_json)
        if not as_json:
            out.print()
        out.file.flush()


def chat_loop(engine: Engine) -> None:
    """Chat until /quit, Ctrl-D or Ctrl-C."""
    import readline  # noqa: F401  # line editing and history for input()

    say(_HELP)
    passages: tuple[Passage, ...] = ()
    while True:
        try:
            line = input("\n? ").strip()
        except (EOFError, KeyboardInterrupt):
            out.print()
            return
        if line in ("/quit", "/exit", "/q"):
            return
        if line in ("/next", "/n"):
            passages = passages[1:]
            if passages:
                _print_passage(passages[0])
            else:
                say(words.GONE)
        elif line.startswith("/"):
            say(_HELP)
        elif line:
            engine.refresh()
            answer = engine.ask(line, k=_PASSAGES)
            passages = answer.passages
            print_answer(answer)


def _print_passage(passage: Passage) -> None:
    """Title, date and place, then the paragraph with the quote marked in it.

    In a pipe the quote comes alone on a line first: there is no bold to mark it with.
    """
    wrap = out.is_terminal
    quote = passage.quote
    when = words.when(passage.published, passage.updated)
    place = " · ".join(part for part in (when, f"¶ {passage.paragraph + 1}") if part)
    if not wrap:
        out.print(Text(f"“{' '.join(quote.text.split())}”"), soft_wrap=True)
    out.print(Text.assemble((passage.title or words.UNTITLED, "bold"), "  ", (place, "dim")), soft_wrap=not wrap)
    out.print(Text(passage.url or passage.source, style="dim"), soft_wrap=True)
    text = Text.assemble(
        (passage.text[: quote.start], "dim"),
        (quote.text, "bold"),
        (passage.text[quote.end :], "dim"),
    )
    out.print(Padding(text, (0, 0, 0, 2)) if wrap else text, soft_wrap=not wrap)
