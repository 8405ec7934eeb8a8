"""The commands that answer: `ask` and `chat`."""

import sys
from collections.abc import Iterator
from datetime import datetime

import click

from bot.cli.context import CliContext

__all__ = ["ask", "chat", "run_chat"]

_MOST_PASSAGES = 50
_PASSAGES = 5
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.argument("question")
@click.option("-k", "passages", type=click.IntRange(1, _MOST_PASSAGES), default=_PASSAGES,
              show_default=True, help="How many passages.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a question.")
@click.option("--source", metavar="TEXT", help="Only articles with this in their source or URL.")
@click.option("--language", metavar="CODE", help="Only articles in this language, such as ru.")
@click.option("--after", type=_DAY, metavar="DATE", help="Only articles of this day or later.")
@click.option("--before", type=_DAY, metavar="DATE", help="Only articles of this day or earlier.")
@click.pass_obj
def ask(
    context: CliContext,
    question: str,
    passages: int,
    as_json: bool,
    source: str | None,
    language: str | None,
    after: datetime | None,
    before: datetime | None,
) -> None:
    """Answer QUESTION; "-" reads one question a line from stdin."""
    from bot.text import encodable
    from index.answer import Filters

    if not question.strip():
        raise click.UsageError("the question is empty")
    question = encodable(question)  # the argument may not be UTF-8
    filters = Filters(
        source, language, after.date() if after else None, before.date() if before else None
    )
    engine = context.engine()
    if question == "-":
        from bot.cli.repl import answer_lines

        answer_lines(engine, _lines_of_stdin(), passages, as_json=as_json, filters=filters)
    else:
        from bot.cli.answer_output import print_answer

        print_answer(engine.ask(question, k=passages, filters=filters), as_json=as_json)


@click.command()
@click.pass_obj
def chat(context: CliContext) -> None:
    """Chat in the terminal; with stdin not a terminal, one question a line."""
    run_chat(context)


def run_chat(context: CliContext) -> None:
    """Chat until the person ends it, or answer each line of stdin. Raises QuotebotError."""
    from bot.cli.repl import answer_lines, chat_loop

    engine = context.engine()
    if sys.stdin.isatty():
        chat_loop(engine, context.backend.paths.chat_history)
    else:
        answer_lines(engine, _lines_of_stdin(), _PASSAGES, as_json=False, follow=True)


def _lines_of_stdin() -> Iterator[str]:
    """Questions from stdin, as they arrive; bytes that aren't UTF-8 are replaced."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", errors="replace").strip("\r\n\ufeff ")
