"""The command line: `quotebot` and its commands, and how an error ends the program.

Each command parses its arguments, calls one function of another module, and prints the result. No
large library is imported before a command runs, so that `quotebot --help` answers at once.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.cli.ask_commands import ask, chat
from bot.cli.context import CliContext
from bot.cli.eval_command import evaluate
from bot.cli.index_commands import build, doctor, rollback, status
from bot.cli.library_commands import add, export, list_articles, remove, show, sync
from bot.cli.serve_command import bot, start
from corpus.errors import QuotebotError

__all__ = ["cli", "main"]

_STOPPED = 130  # the exit code of a program that Ctrl-C stopped


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
    click_context.obj = CliContext(data)


for _command in (
    *(add, sync, list_articles, show, remove, export),
    *(build, rollback, status, doctor),
    *(ask, chat, bot, start, evaluate),
):
    cli.add_command(_command)


def main(run: Callable[..., object] = cli) -> None:
    """Entry point of the console script."""
    with _one_line_errors():
        result = run(standalone_mode=False)
        if isinstance(result, int):  # what click returns for --help and --version
            sys.exit(result)


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
        sys.exit(_STOPPED)
    except QuotebotError as error:
        click.echo(f"quotebot: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # the program that reads our output has ended, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # a bug: one line too, and a traceback only with LOG_LEVEL=DEBUG
        if os.environ.get("LOG_LEVEL", "").upper() == "DEBUG":
            raise
        first_line = (str(error).splitlines() or [""])[0]
        summary = f"{type(error).__name__}: {first_line}"
        click.echo(f"quotebot: unexpected {summary} (LOG_LEVEL=DEBUG shows where)", err=True)
        sys.exit(1)
