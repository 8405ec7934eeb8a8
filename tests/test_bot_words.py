import ast
import json
import re
from datetime import date
from pathlib import Path

import pytest
from telegram.constants import BotCommandLimit

from bot.menus import menus
from bot.settings import Settings
from bot.words import LOCALES, languages, words_in

CATALOGUES = {path.stem: json.loads(path.read_text("utf-8")) for path in LOCALES.glob("*.json")}
ENGLISH = CATALOGUES["en"]
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def flat(catalogue: dict[str, object]) -> dict[str, str]:
    found = {}
    for name, value in catalogue.items():
        if isinstance(value, dict):
            found.update({f"{name}.{key}": text for key, text in value.items()})
        elif isinstance(value, str):
            found[name] = value
    return found


def test_there_are_english_and_russian_words() -> None:
    assert {"en", "ru"} <= set(languages())


@pytest.mark.parametrize("code", sorted(CATALOGUES))
def test_a_catalogue_is_complete(code: str) -> None:
    ours, english = flat(CATALOGUES[code]), flat(ENGLISH)
    assert ours.keys() == english.keys()
    for name, text in ours.items():
        assert text.strip() == text != ""
        assert sorted(set(PLACEHOLDER.findall(text))) == sorted(
            set(PLACEHOLDER.findall(english[name]))
        ), name
    assert len(CATALOGUES[code]["months"]) == 12


@pytest.mark.parametrize("code", sorted(CATALOGUES))
def test_what_telegram_limits_is_short_enough(code: str) -> None:
    words = words_in(code)
    for name, description in words.commands(admin=True):
        assert re.fullmatch("[a-z_]{1,32}", name)
        assert len(description) <= BotCommandLimit.MAX_DESCRIPTION
    for name in ("inline_nothing", "inline_closed", "inline_trouble"):
        assert len(words(name)) <= 64
    assert len(words("start")) < 4_096


def test_every_name_in_the_code_is_in_the_catalogue() -> None:
    names = set(flat(ENGLISH))
    for path in Path("bot").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = ast.unparse(node.func)
                if called.split(".")[-1] in ("words", "_words") and "words" in called:
                    assert node.args[0].value in names, (path, node.lineno)


def test_every_message_is_said_somewhere() -> None:
    program = "".join(path.read_text("utf-8") for path in Path("bot").glob("*.py"))
    for name in ENGLISH:
        assert re.search(f"[\"']{name}[\"']", program) or name.startswith("why_"), name


def test_a_language_is_found_by_its_code() -> None:
    assert words_in("ru-RU").language == "ru"
    assert words_in("RU").language == "ru"
    assert words_in("tlh").language == "en"
    assert words_in(None).language == "en"
    assert words_in("../en").language == "en"


def test_values_are_data() -> None:
    said = words_in("en")("search_heading", question="{count} {0} %s {question}")
    assert "“{count} {0} %s {question}”" in said


def test_dates_follow_the_language_not_the_server() -> None:
    day = date(2016, 7, 27)
    assert words_in("en").when(day, None) == "27 July 2016"
    assert words_in("ru").when(None, day) == "обновлено 27 июля 2016"
    assert words_in("de").day(day) == "27. Juli 2016"
    assert words_in("es").day(day) == "27 de julio de 2016"


def test_menus_for_every_scope_and_language() -> None:
    found = list(menus(Settings(admin_ids=(99,))))
    assert len(found) == 3 * (1 + len(languages()))
    for scope, _, commands in found:
        names = [name for name, _ in commands]
        assert ("reindex" in names) == (scope.type == "chat")
        assert "ask" in names
