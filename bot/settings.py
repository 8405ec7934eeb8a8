"""Every setting of quotebot: one table, read from the environment or `.env`, checked once.

A variable of the environment overrides the same line of `.env`; an empty value means "not set".
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.error_codes import Code
from corpus.errors import Reason, SettingsError

__all__ = ["Settings", "load_settings"]

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+", re.ASCII)
_LISTEN = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[^\s:/]*):\d{1,5}", re.ASCII)
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
_TELEGRAM = "https://api.telegram.org"

_Ids = Annotated[tuple[int, ...], NoDecode]  # NoDecode: split at commas, not read as JSON


class _InvalidValue(ValueError):
    """What a validator raises: a ValueError, as pydantic requires, that carries our reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Settings(BaseSettings):
    """What an admin can set; the names in capitals are the variables of the environment."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # it may be a secret with a typo
        validate_default=False,
    )

    telegram_bot_token: SecretStr | None = None
    telegram_base_url: str = f"{_TELEGRAM}/bot"
    telegram_base_file_url: str = ""
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    webhook_listen: str = "127.0.0.1:8443"
    admin_ids: _Ids = ()
    allowed_ids: _Ids = ()
    quotebot_data: Path = Path("data")
    embedding_model: str | None = None
    reranker_model: str | None = None
    reader: Literal["auto", "off"] = "auto"
    answer_threshold: float = Field(default=0.5, ge=0, le=1)
    database_url: SecretStr | None = None
    public_url: str | None = None
    web_listen: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"
    health_listen: str | None = None
    log_questions: bool = True

    @field_validator("database_url", "public_url", "web_listen", mode="before")
    @classmethod
    def _not_available(cls, value: object) -> object:
        """Refuse a setting that has no effect yet: an admin who sets it would rely on it."""
        raise _InvalidValue(Code.SETTING_NOT_AVAILABLE())

    @field_validator("telegram_bot_token")
    @classmethod
    def _token_form(cls, value: SecretStr) -> SecretStr:
        token = value.get_secret_value().strip()
        if not _TOKEN.fullmatch(token):
            raise _InvalidValue(Code.TOKEN_MALFORMED())
        return SecretStr(token)

    @field_validator("webhook_secret")
    @classmethod
    def _secret_form(cls, value: SecretStr) -> SecretStr:
        if not _WEBHOOK_SECRET.fullmatch(value.get_secret_value()):
            raise _InvalidValue(Code.WEBHOOK_SECRET_MALFORMED())
        return value

    @field_validator("telegram_base_url", "telegram_base_file_url")
    @classmethod
    def _bot_api_url(cls, value: str) -> str:
        value = value.strip().rstrip("/")
        if not _is_web_url(value) or not (value.endswith("/bot") or "{token}" in value):
            raise _InvalidValue(Code.BOT_API_URL_MALFORMED())
        return value

    @field_validator("webhook_url")
    @classmethod
    def _web_url(cls, value: str) -> str:
        if not _is_web_url(value.strip()):
            raise _InvalidValue(Code.WEB_URL_MALFORMED())
        return value.strip()

    @field_validator("webhook_listen", "health_listen")
    @classmethod
    def _listen(cls, value: str) -> str:
        if not _LISTEN.fullmatch(value.strip()) or int(value.rpartition(":")[2]) > 65535:
            raise _InvalidValue(Code.LISTEN_MALFORMED())
        return value.strip()

    @field_validator("admin_ids", "allowed_ids", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(int(part) for part in value.replace(",", " ").split())
        except ValueError:
            raise _InvalidValue(Code.IDS_MALFORMED()) from None

    @field_validator("log_level", "log_format", "reader", mode="before")
    @classmethod
    def _any_case(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        return value.strip().upper() if info.field_name == "log_level" else value.strip().lower()

    @model_validator(mode="before")
    @classmethod
    def _files_beside_base(cls, data: dict[str, object]) -> dict[str, object]:
        """Derive the address of files: a local Bot API server serves them at the same host."""
        base = str(data.get("telegram_base_url") or f"{_TELEGRAM}/bot").strip().rstrip("/")
        if not data.get("telegram_base_file_url") and base.endswith("/bot"):
            return {**data, "telegram_base_file_url": f"{base.removesuffix('/bot')}/file/bot"}
        return data

    def secrets(self) -> tuple[str, ...]:
        """Every secret value that is set, so that a log can leave them out."""
        found = (self.telegram_bot_token, self.webhook_secret)
        return tuple(secret.get_secret_value() for secret in found if secret is not None)


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read and check the settings; a relative `env_file` is looked for in the current folder.

    Raises:
        SettingsError: one line that names the variable and what to do, never a secret's value.
    """
    source: dict[str, Any] = {"_env_file": env_file, "_env_file_encoding": "utf-8-sig"}
    try:
        return Settings(**source)
    except ValidationError as error:
        reason = _reason(error)
    except UnicodeDecodeError:
        reason = Code.ENV_FILE_NOT_UTF8(file=env_file)
    except OSError as error:
        reason = Code.ENV_FILE_UNREADABLE(file=env_file, reason=error.strerror)
    raise SettingsError(reason)  # outside `except`: its cause would carry the raw values


def _reason(error: ValidationError) -> Reason:
    """What is wrong with the first setting that was refused, and how many others were."""
    found = error.errors(include_input=False, include_url=False)
    name = str(found[0]["loc"][0]).upper() if found[0]["loc"] else "settings"
    problem = _problem(found[0])
    if len(found) > 1:
        return Code.SETTINGS_INVALID(name=name, problem=problem, count=len(found) - 1)
    return Code.SETTING_INVALID(name=name, problem=problem)


def _problem(found: ErrorDetails) -> Reason | str:
    """Our own reason, or pydantic's words with the setting's name as their subject."""
    cause = found.get("ctx", {}).get("error")
    if isinstance(cause, _InvalidValue):
        return cause.reason
    text = found["msg"].replace("Input should be", "must be")
    return f"{text[0].lower()}{text[1:]}"


def _is_web_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  # raises when the port is no number
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", value)
    )
