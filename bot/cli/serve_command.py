"""The commands that serve: `bot` in Telegram, and `start`, which `make run` calls."""

from contextlib import closing, suppress

import click

from bot.cli.ask_commands import run_chat
from bot.cli.context import CliContext
from bot.cli.index_commands import rebuild
from bot.error_codes import Code
from corpus.errors import IndexUnavailable, SettingsError

__all__ = ["bot", "start"]


@click.command()
@click.pass_obj
def bot(context: CliContext) -> None:
    """Serve Telegram until stopped."""
    _serve(context)


@click.command()
@click.pass_obj
def start(context: CliContext) -> None:
    """Do what `make run` does: the bot if there is a token, else a chat.

    With an empty library, the sample articles are added first.
    """
    from bot.cli.console import progress, say
    from bot.operations.import_sources import SAMPLE, import_sources

    backend = context.backend
    with backend.open_library() as library:
        is_empty = len(library) == 0
    if is_empty and backend.generations.current_name() is None:
        say("No articles yet: adding the sample articles")
        with progress("Reading") as report:
            import_sources(backend, [str(SAMPLE)], progress=report)
    rebuild(context)
    if context.settings.telegram_bot_token is None:
        run_chat(context)
    else:
        _serve(context)


def _serve(context: CliContext) -> None:
    from bot.cli.console import waiting
    from bot.log_setup import set_up_logging
    from bot.processes.answer_pool import AnswerPool
    from bot.processes.tuning import prepare_bot_process
    from bot.telegram.server import end_process, run_bot

    settings = context.settings
    if settings.telegram_bot_token is None:
        raise SettingsError(Code.NO_TOKEN())
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    backend = context.backend
    # --data overrides QUOTEBOT_DATA.
    settings = settings.model_copy(update={"quotebot_data": backend.paths.root})
    prepare_bot_process()
    with closing(AnswerPool(backend)) as engine:
        # The bot also starts without an index: one may be built while it runs.
        with waiting("Loading the models"), suppress(IndexUnavailable):
            engine.refresh()
        run_bot(settings, engine, engine.count)
    end_process(0)
