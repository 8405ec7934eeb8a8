"""What every command is given."""

from pathlib import Path

import pytest

from bot.cli.context import CliContext
from bot.data_paths import DataPaths
from bot.settings import Settings, load_settings
from corpus.errors import IndexUnavailable, SettingsError
from index.embedding.sentence_transformer import BUNDLED


def test_settings_are_loaded_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    loaded: list[Settings] = []

    def load() -> Settings:
        loaded.append(load_settings(None))
        return loaded[-1]

    monkeypatch.setattr("bot.settings.load_settings", load)
    monkeypatch.setenv("QUOTEBOT_DATA", str(tmp_path))
    context = CliContext()
    assert context.settings is context.settings
    assert context.backend.paths == DataPaths(tmp_path)
    assert context.model_name == BUNDLED
    assert len(loaded) == 1


def test_a_given_folder_needs_no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUOTEBOT_DATA", str(tmp_path / "other"))
    monkeypatch.setenv("LOG_LEVEL", "loud")
    assert CliContext(tmp_path).backend.paths.library == tmp_path / "library.db"
    with pytest.raises(SettingsError, match="LOG_LEVEL"):
        _ = CliContext().backend


def test_no_model_is_loaded_without_an_index(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(CliContext, "embedder", lambda self: pytest.fail("the model was loaded"))
    with pytest.raises(IndexUnavailable):
        CliContext(tmp_path).engine()
