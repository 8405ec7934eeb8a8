import io
import json
import logging

from bot.log_setup import exception_site, redact, set_up_logging
from tests.fakes import TOKEN

_log = logging.getLogger("bot.test")


def _log_into(level: str = "INFO", form: str = "text") -> io.StringIO:
    stream = io.StringIO()
    set_up_logging(level, form, ["short:tok", "pass word"], stream)
    return stream


def _boom() -> None:
    raise ValueError(f"the question was private {TOKEN}")


def test_whatever_looks_like_a_token_is_blotted_out() -> None:
    url = f"https://api.telegram.org/bot{TOKEN}/getMe"
    assert redact(url) == "https://api.telegram.org/bot[secret]/getMe"
    assert redact(url.replace(":AA", "%3AAA")) == "https://api.telegram.org/bot[secret]/getMe"
    assert redact("at 12:30 in room 7:short") == "at 12:30 in room 7:short"


def test_known_secrets_are_blotted_out_in_any_form() -> None:
    assert redact("x pass word, pass%20word x", ["pass word"]) == "x [secret], [secret] x"
    assert redact("a cat", ["a"]) == "a cat"  # too short to blot out


def test_a_line_holds_time_level_and_message_without_secrets() -> None:
    stream = _log_into()
    _log.info("sent to %s with\nshort:tok", TOKEN)
    line = stream.getvalue()
    assert line.endswith(" INFO bot.test: sent to [secret] with ⏎ [secret]\n")


def test_an_exception_takes_one_line_that_tells_nothing_private() -> None:
    stream = _log_into()
    try:
        _boom()
    except ValueError:
        _log.exception("failed")
    line = stream.getvalue()
    assert line.count("\n") == 1
    assert "failed: ValueError in _boom (" in line
    assert "private" not in line


def test_the_traceback_is_there_at_debug_level_without_the_message() -> None:
    stream = _log_into("DEBUG", "json")
    try:
        _boom()
    except ValueError as error:
        _log.debug("failed", exc_info=error)
    line = json.loads(stream.getvalue())
    assert line["level"] == "DEBUG"
    assert "Traceback" not in line["message"]
    assert "_boom()" in line["error"]
    assert line["error"].endswith("ValueError")
    assert TOKEN not in stream.getvalue()


def test_loud_libraries_are_kept_quiet_and_discreet() -> None:
    stream = _log_into("DEBUG")
    logging.getLogger("httpx").info("POST https://api.telegram.org/bot%s/getMe", TOKEN)
    logging.getLogger("telegram.ext.Application").debug("Processing update %s", "private")
    logging.getLogger("telegram.Bot").critical("Received data was %r", "private")
    assert stream.getvalue().endswith("CRITICAL telegram.Bot: Received data was …\n")
    assert stream.getvalue().count("\n") == 1


def test_setting_up_again_replaces_what_was() -> None:
    first = _log_into()
    second = _log_into()
    _log.info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


def test_an_exception_that_was_never_raised_has_no_site() -> None:
    assert exception_site(ValueError("private")) == "ValueError"
