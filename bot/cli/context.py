"""What every command is given: the settings, the data folder, and the engine on request."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.backend import Backend, backend_for

if TYPE_CHECKING:
    from bot.settings import Settings
    from index.embedding.base import Embedder
    from index.engine.engine import Engine

__all__ = ["CliContext"]


class CliContext:
    """Settings and stores of one run of the command line; each is read when it is first needed."""

    def __init__(self, data: Path | None = None) -> None:
        """`data` is the folder that --data names; without it the settings say which."""
        self._data = data

    @cached_property
    def settings(self) -> "Settings":
        """The checked settings, loaded once. Raises SettingsError."""
        from bot.settings import load_settings  # pydantic takes long to load

        return load_settings()

    @cached_property
    def backend(self) -> Backend:
        """Where everything is kept. Raises SettingsError unless --data was given."""
        return backend_for(self._data or self.settings.quotebot_data)

    @property
    def model_name(self) -> str:
        """The embedding model that the settings name, or the bundled one."""
        from index.embedding.model_sources import BUNDLED  # numpy takes long to load

        return self.settings.embedding_model or BUNDLED

    def embedder(self) -> "Embedder":
        """The embedding model, or its export. Raises ModelUnavailable."""
        from bot.cli.console import waiting
        from index.engine.load_embedder import embedder_for

        with waiting(f"Loading the model {self.model_name}"):
            backend = self.backend
            return embedder_for(self.model_name, backend.generations, backend.paths.exports)

    def engine(self) -> "Engine":
        """An engine with the current generation.

        Raises IndexUnavailable when there is none, ModelUnavailable when a model can't be loaded.
        """
        from bot.cli.console import say, waiting
        from bot.operations.engine_factory import engine_of, reader_of

        store = self.backend.generations
        store.require_any()  # before the model is loaded in vain
        embedder = self.embedder()
        with waiting("Loading the other models"):
            engine = engine_of(self.settings, store, embedder, reader_of(self.settings))
        engine.refresh()
        if engine.problem:
            say(f"{engine.problem}; answering from {engine.generation}")
        return engine
