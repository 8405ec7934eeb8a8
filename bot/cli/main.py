"""The command line. Each command parses, calls one thing in a room, and prints what came back.

Nothing heavy is imported here: `quotebot --help` answers at once.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.library_commands import commands
from corpus.errors import IndexUnavailable, QuotebotError

if TYPE_CHECKING:
    from bot.settings import Settings
    from index.embedding.base import Embedder
    from index.engine.engine import Engine

__all__ = ["cli", "main"]

MAX_PASSAGES = 50
DATE = click.DateTime(formats=["%Y-%m-%d"])


class Context:
    """What every command shares: the settings, and the folder that everything is kept in."""

    def __init__(self, data: Path | None) -> None:
        self._data = data

    @property
    def settings(self) -> "Settings":
        """The checked settings. Raises SettingsError."""
        from bot.settings import load_settings

        return load_settings()

    @property
    def data(self) -> Path:
        """Where everything is kept."""
        return self._data or self.settings.quotebot_data

    @property
    def library(self) -> Path:
        """The file of the library."""
        return self.data / "library.db"

    def embedder(self) -> "Embedder":
        """The model that the settings name, or its export. Raises ModelUnavailable."""
        from bot.cli.console import waiting
        from index.embedding.model_sources import BUNDLED
        from index.engine.load_embedder import load_embedder

        name = self.settings.embedding_model or BUNDLED
        with waiting(f"Loading the model {name}"):
            return load_embedder(name, self.data)

    def engine(self) -> "Engine":
        """An engine with the current generation. Raises IndexUnavailable when there is none."""
        from bot.cli.console import say, waiting
        from bot.operations.engine_factory import engine_of, reader_of
        from index.storage.generation_store import EmbeddedStore

        EmbeddedStore(self.data).require_any()  # before the model is loaded for nothing
        embedder = self.embedder()
        with waiting("Loading what else answers"):
            engine = engine_of(self.settings, self.data, embedder, reader_of(self.settings))
        engine.refresh()
        if engine.problem:
            say(f"{engine.problem}; answering from {engine.generation}")
        return engine


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where everything is kept (default: QUOTEBOT_DATA, or ./data).",
)
@click.version_option(package_name="quotebot")
@click.pass_context
def cli(click_context: click.Context, data: Path | None) -> None:
    """Answers about your articles, word for word, in Telegram and in the terminal."""
    click_context.obj = Context(data)


@cli.command()
@click.pass_obj
def build(context: Context) -> None:
    """Build a new generation of the index; a running bot takes it up by itself."""
    _build(context, unless_current=False)


@cli.command()
@click.pass_obj
def rollback(context: Context) -> None:
    """Go back to the generation before the current one."""
    from index.storage.generation_store import EmbeddedStore

    click.echo(f"now answering from {EmbeddedStore(context.data).rollback()}")


@cli.command()
@click.option("--verify", is_flag=True, help="Compare every checksum of every generation.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def status(context: Context, verify: bool, as_json: bool) -> None:
    """Show the library, the current generation, the model and sizes."""
    from bot.operations.status import collect_status, print_status

    found = collect_status(context.data, context.library, verify=verify)
    if context.settings.reader == "off":
        found["reader"] = "off (READER)"
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        print_status(found)
    if verify and found["damaged"]:
        raise QuotebotError(f"damaged: {', '.join(found['damaged'])}; run `quotebot build`")


@cli.command()
@click.argument("question")
@click.option("-k", "passages", type=click.IntRange(1, MAX_PASSAGES), default=5, show_default=True,
              help="How many passages.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a question.")
@click.option("--source", metavar="TEXT", help="Only articles with this in their source or URL.")
@click.option("--language", metavar="CODE", help="Only articles in this language, such as ru.")
@click.option("--after", type=DATE, metavar="DATE", help="Only articles of this day or later.")
@click.option("--before", type=DATE, metavar="DATE", help="Only articles of this day or earlier.")
@click.pass_obj
def ask(
    context: Context,
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
    question = encodable(question)  # an argument that isn't UTF-8
    filters = Filters(
        source, language, after.date() if after else None, before.date() if before else None
    )
    engine = context.engine()
    if question == "-":
        from bot.cli.repl import answer_lines

        answer_lines(engine, _lines(), passages, as_json=as_json, filters=filters)
    else:
        from bot.cli.answer_output import print_answer

        print_answer(engine.ask(question, k=passages, filters=filters), as_json=as_json)


@cli.command()
@click.pass_obj
def chat(context: Context) -> None:
    """Chat in the terminal; with stdin not a terminal, one question a line."""
    _chat(context)


@cli.command()
@click.pass_obj
def bot(context: Context) -> None:
    """Serve Telegram until stopped."""
    _serve(context)


@cli.command("eval")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option("--baseline", is_flag=True, help="Run the naive bot and BM25 alone beside it.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Draw so many questions.")
@click.option("--seed", type=int, default=0, show_default=True, help="For the draws.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write one self-contained HTML page there.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@click.pass_obj
def evaluate(
    context: Context,
    files: tuple[Path, ...],
    baseline: bool,
    limit: int | None,
    seed: int,
    report: Path | None,
    as_json: bool,
) -> None:
    """Measure quality on SQuAD-format JSON files or BEIR folders."""
    from bot.cli.eval_command import evaluate_all, print_evaluations
    from bot.operations.engine_factory import reader_of
    from index.evaluation.datasets import Collection, read_collection
    from index.evaluation.results import Evaluation

    collections = [read_collection(file) for file in files]
    found: list[tuple[Collection, list[Evaluation]]] = []

    def each(collection: Collection, results: list[Evaluation]) -> None:
        print_evaluations(collection, results, as_json=as_json)
        found.append((collection, results))

    evaluate_all(
        collections, context.embedder(), context.data,
        baseline=baseline, limit=limit, seed=seed, reader=reader_of(context.settings), each=each,
    )  # fmt: skip
    if report:
        from bot.cli.eval_report import write_report

        click.echo(f"report: {write_report(report, found)}", err=True)


@cli.command()
@click.pass_obj
def doctor(context: Context) -> None:
    """Check settings, model, index, token and clock, and say what to fix."""
    from bot.operations.diagnostics import examine, print_findings

    findings = examine(context.settings, context.data, context.library)
    print_findings(findings)
    if any(finding.is_bad for finding in findings):
        raise QuotebotError("not everything is in order")


@cli.command()
@click.pass_obj
def start(context: Context) -> None:
    """Do what `make run` does: the bot if there is a token, else a chat.

    With an empty library, the sample articles are added first.
    """
    from bot.cli.console import say
    from bot.operations.import_sources import SAMPLE, import_sources
    from corpus import Library
    from index.storage.generation_store import EmbeddedStore

    with Library.open(context.library) as library:
        empty = len(library) == 0
    if empty and EmbeddedStore(context.data).current_name() is None:
        say("No articles yet: adding the sample articles")
        import_sources(context.library, [str(SAMPLE)])
    _build(context, unless_current=True)
    if context.settings.telegram_bot_token is None:
        _chat(context)
    else:
        _serve(context)


def _build(context: Context, *, unless_current: bool) -> None:
    from bot.operations.build import build_index

    build_index(context.data, context.library, context.embedder, unless_current=unless_current)


def _chat(context: Context) -> None:
    from bot.cli.repl import answer_lines, chat_loop

    engine = context.engine()
    if sys.stdin.isatty():
        chat_loop(engine, context.data / "chat_history")
    else:
        answer_lines(engine, _lines(), 5, as_json=False, follow=True)


def _serve(context: Context) -> None:
    from bot.cli.console import waiting
    from bot.log_setup import set_up_logging
    from bot.processes.answer_pool import AnswerPool
    from bot.processes.tuning import prepare_bot_process
    from bot.telegram.server import end_process, run_bot

    settings = context.settings
    if settings.telegram_bot_token is None:
        raise QuotebotError("TELEGRAM_BOT_TOKEN is not set: get a token from @BotFather")
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    settings = settings.model_copy(update={"quotebot_data": context.data})
    prepare_bot_process()
    with closing(AnswerPool(context.data)) as engine:
        with waiting("Loading the models"), suppress(IndexUnavailable):  # it may yet come
            engine.refresh()
        run_bot(settings, engine, engine.count)
    end_process(0)


def _lines() -> Iterator[str]:
    """Questions from stdin, as they come; bytes that aren't UTF-8 don't stop it."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", errors="replace").strip("\r\n\ufeff ")


for _command in commands(lambda context: _build(context, unless_current=True)):
    cli.add_command(_command)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Turn every failure into one line on stderr and the right exit code."""
    try:
        yield
    except click.ClickException as error:
        click.echo(f"quotebot: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("quotebot: stopped", err=True)
        sys.exit(130)
    except QuotebotError as error:
        click.echo(f"quotebot: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # a bug of ours; still one line, the rest on request
        if os.environ.get("LOG_LEVEL", "").upper() == "DEBUG":
            raise
        where = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        click.echo(f"quotebot: unexpected {where} (LOG_LEVEL=DEBUG shows where)", err=True)
        sys.exit(1)


def main(run: Callable[..., object] = cli) -> None:
    """Entry point of the console script."""
    with _one_line_errors():
        result = run(standalone_mode=False)
        if isinstance(result, int):  # what click gives for --help and --version
            sys.exit(result)
