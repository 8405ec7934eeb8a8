"""The program of a process that answers questions from one generation (see
`bot.processes.answer_pool`).

It reads questions from stdin and writes answers to stdout, pickled, until there are no more.
"""

import gc
import os
import pickle
import signal
import sys
from pathlib import Path
from typing import IO

from bot.log_setup import exception_site, set_up_logging
from bot.operations.engine_factory import engine_of, reader_of
from bot.processes.answer_pool import Question
from bot.settings import load_settings
from corpus.errors import QuotebotError
from index.answer import Answer
from index.embedding.model_sources import BUNDLED
from index.engine.engine import Engine
from index.engine.load_embedder import load_embedder
from index.storage.generation_store import EmbeddedStore

__all__ = ["main"]

READING_BUDGET = 0.05  # seconds: in a chat with many, nobody waits longer for a marked answer


def main(data: Path, name: str) -> None:
    """Say that all is ready, or what is not; then answer."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the bot ends its processes
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else may get between them
    try:
        engine = _ready(data, name)
    except QuotebotError as error:
        _say(answers, error)
        return
    _say(answers, None)
    while True:
        try:
            question = pickle.load(sys.stdin.buffer)  # noqa: S301  # the bot says it
        except EOFError:
            return
        _say(answers, _answer(engine, question))


def _ready(data: Path, name: str) -> Engine:
    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    embedder = load_embedder(settings.embedding_model or BUNDLED, data)
    reader = reader_of(settings, READING_BUDGET)
    engine = engine_of(settings, data, embedder, reader)
    generation = EmbeddedStore(data).open(name)
    engine.use(generation)
    if reader is not None and any(map(reader.reads, generation.manifest.trust)):
        reader.load()  # now, while nobody waits
    gc.collect()
    gc.freeze()  # what was loaded stays: no need to look through it again and again
    return engine


def _answer(engine: Engine, asked: Question) -> Answer | QuotebotError:
    try:
        return engine.ask(asked.text, k=asked.k, filters=asked.filters, crowded=asked.crowded)
    except QuotebotError as error:
        return error
    except Exception as error:  # noqa: BLE001  # whatever it is, the next question may do better
        return QuotebotError(exception_site(error))


def _say(answers: IO[bytes], what: object) -> None:
    pickle.dump(what, answers)
    answers.flush()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2])
    except BrokenPipeError:  # the bot has gone
        os._exit(0)
