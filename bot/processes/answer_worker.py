"""The program of a process that answers questions from one generation.

`bot.processes.answer_pool` starts it, with the data folder and the name of the generation as
arguments; `bot.processes.protocol` says what they send each other.
"""

import os
import signal
import sys
from pathlib import Path

from bot.backend import backend_for
from bot.error_codes import Code
from bot.log_setup import exception_site, set_up_logging
from bot.operations.engine_factory import engine_of, reader_of
from bot.processes.protocol import Question, receive, send
from bot.processes.tuning import freeze_loaded_objects
from bot.settings import load_settings
from corpus.errors import QuotebotError
from index.answer import Answer
from index.embedding.model_sources import BUNDLED
from index.engine.engine import Engine
from index.engine.load_embedder import embedder_for

__all__ = ["main"]

_READING_BUDGET = 0.05  # seconds that the reader model may add to an answer of the bot


def main(data: Path, name: str) -> None:
    """Load the engine, send None or the error, then answer questions until stdin is closed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the bot ends its processes
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes to stderr, not between the answers
    try:
        engine = _load_engine(data, name)
    except QuotebotError as error:
        send(answers, error)
        return
    send(answers, None)
    while True:
        try:
            question = receive(sys.stdin.buffer)
        except EOFError:
            return
        if isinstance(question, Question):
            send(answers, _answer(engine, question))


def _load_engine(data: Path, generation_name: str) -> Engine:
    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    backend = backend_for(data)
    store = backend.generations
    name = settings.embedding_model or BUNDLED
    embedder = embedder_for(name, store, backend.paths.exports)
    reader = reader_of(settings, _READING_BUDGET)
    engine = engine_of(settings, store, embedder, reader)
    # The bot compared the checksums before it started this process.
    generation = store.open(generation_name, verify=False)
    engine.use(generation)
    if reader is not None and any(map(reader.reads, generation.manifest.trust)):
        reader.load()  # now, so that the first question does not wait for it
    freeze_loaded_objects()
    return engine


def _answer(engine: Engine, question: Question) -> Answer | QuotebotError:
    try:
        return engine.ask(
            question.text, k=question.k, filters=question.filters, crowded=question.crowded
        )
    except QuotebotError as error:
        return error
    except Exception as error:  # noqa: BLE001  # a bug: the next question may still be answered
        return QuotebotError(Code.ANSWER_FAILED(site=exception_site(error)))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2])
    except BrokenPipeError:  # the bot has ended
        os._exit(0)
