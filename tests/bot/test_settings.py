from pathlib import Path

import pytest

from bot.settings import Settings, load_settings
from corpus.errors import SettingsError
from tests.fakes import TOKEN
from tests.source import ROOT


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_nothing_set_means_defaults(env_file: Path) -> None:
    settings = load_settings(env_file)
    assert settings.telegram_bot_token is None
    assert settings.telegram_base_url == "https://api.telegram.org/bot"
    assert settings.telegram_base_file_url == "https://api.telegram.org/file/bot"
    assert settings.quotebot_data == Path("data")
    assert settings.admin_ids == ()
    assert settings.secrets() == ()


def test_the_environment_beats_the_file(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("LOG_LEVEL=error\nLOG_FORMAT=JSON\nSOMETHING_ELSE=1\nADMIN_IDS=1, 2,3\n")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    settings = load_settings(env_file)
    assert (settings.log_level, settings.log_format) == ("DEBUG", "json")
    assert settings.admin_ids == (1, 2, 3)


def test_a_server_of_ones_own_serves_its_files_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BASE_URL", "http://localhost:8081/bot/")
    settings = load_settings(None)
    assert settings.telegram_base_url == "http://localhost:8081/bot"
    assert settings.telegram_base_file_url == "http://localhost:8081/file/bot"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_BOT_TOKEN", "s3cret without colon"),
        ("TELEGRAM_BASE_URL", "http://host:8081"),
        ("TELEGRAM_BASE_FILE_URL", "somewhere"),
        ("WEBHOOK_URL", "bot.example.org"),
        ("WEBHOOK_SECRET", "s3cret with spaces"),
        ("WEBHOOK_LISTEN", "8443"),
        ("WEB_LISTEN", "localhost:8080"),
        ("HEALTH_LISTEN", "a b:1"),
        ("HEALTH_LISTEN", "localhost:99999"),
        ("DATABASE_URL", "postgresql://me:s3cret@db/quotes"),
        ("ADMIN_IDS", "1,ann"),
        ("ALLOWED_IDS", "@ann"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("PUBLIC_URL", "https://quotes.example.org"),
        ("WEBHOOK_URL", "http://"),
    ],
)
def test_nonsense_is_named_in_one_line(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings(None)
    message = str(caught.value)
    assert message.startswith(name)
    assert "\n" not in message
    assert "s3cret" not in message
    assert caught.value.__context__ is None  # it would carry the value into a traceback


@pytest.mark.parametrize("name", ["DATABASE_URL", "PUBLIC_URL", "WEB_LISTEN"])
def test_a_setting_that_does_nothing_yet_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "https://s3cret.example.org")
    with pytest.raises(SettingsError, match=f"^{name} is not available in this version: remove it"):
        load_settings(None)
    monkeypatch.setenv(name, "")
    load_settings(None)


def test_a_file_that_is_no_text_is_named(env_file: Path) -> None:
    env_file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings(env_file)


def test_secrets_are_known_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", f" {TOKEN} ")
    monkeypatch.setenv("WEBHOOK_SECRET", "pass-word")
    settings = load_settings(None)
    assert settings.secrets() == (TOKEN, "pass-word")
    for secret in settings.secrets():
        assert secret not in repr(settings) + str(settings) + settings.model_dump_json()


def test_the_example_explains_exactly_the_settings() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    names = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert names == [name.upper() for name in Settings.model_fields]
    for name in names:
        assert lines[lines.index(f"{name}=") - 1].startswith("# ")
