import ast
import json
import pickle
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.constants import BotCommandLimit

from bot.error_codes import Code as Bot
from bot.i18n.catalog import DEFAULT, LOCALES, catalog_for, languages
from bot.settings import Settings
from bot.telegram.command_menus import menus
from corpus.error_codes import Code as Corpus
from corpus.errors import (
    ErrorCode,
    IndexUnavailable,
    QuotebotError,
    Reason,
    UnreadableSource,
    placeholders,
)
from index.error_codes import Code as Index
from tests.source import ROOT, python_files

CODES = {"corpus": Corpus, "index": Index, "bot": Bot}
ALL_CODES = [code for codes in CODES.values() for code in codes]
CATALOGUES = {path.stem: json.loads(path.read_text("utf-8")) for path in LOCALES.glob("*.json")}
ENGLISH = CATALOGUES["en"]
PLACEHOLDER = re.compile(r"\{([a-z_0-9]+)\}")
HOSTILE = [
    *(
        "{1} {2} {question} %s %(name)d {",
        "a.*(b)+[c]\\d$^|?",
        "one\nline\r\x00",
        "\u202etxt.exe\u200f",
    ),
    *(": " * 100, "the file is empty", "is a link", ""),
]
FOREIGN = st.text(st.sampled_from("{}%\\^$*+?|\n\x00\u202eж語🎉"), max_size=20)  # in no reason


def flat(catalogue: dict[str, object]) -> dict[str, str]:
    found = {}
    for name, value in catalogue.items():
        if name == "errors":
            continue  # test_every_code_is_translated_with_its_parameters
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


@pytest.mark.parametrize("code", sorted(CATALOGUES))
def test_every_month_has_a_name_of_its_own(code: str) -> None:
    days = [catalog_for(code).day(date(2016, month, 27)) for month in range(1, 13)]
    assert len(set(days)) == 12
    for day in days:
        assert re.search(r"[^\W\d_]{3,}", day), "a month in words"
        assert day.startswith("27")
        assert day.endswith("2016")


@pytest.mark.parametrize("code", sorted(CATALOGUES))
def test_what_telegram_limits_is_short_enough(code: str) -> None:
    t = catalog_for(code)
    for name, description in t.commands(admin=True):
        assert re.fullmatch("[a-z_]{1,32}", name)
        assert len(description) <= BotCommandLimit.MAX_DESCRIPTION
    for name in ("inline_nothing", "inline_closed", "inline_trouble"):
        assert len(t(name)) <= 64
    assert len(t("start")) < 4_096


def test_every_name_in_the_code_is_in_the_catalogue() -> None:
    names = set(flat(ENGLISH))
    for path in python_files("bot"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = ast.unparse(node.func)
                if called.split(".")[-1] in ("t", "_t"):
                    assert node.args[0].value in names, (path, node.lineno)


def test_every_message_is_said_somewhere() -> None:
    program = "".join(path.read_text("utf-8") for path in python_files("bot"))
    for name in ENGLISH:
        assert re.search(f"[\"']{name}[\"']", program) or name.startswith("why_"), name


def test_a_language_is_found_by_its_code() -> None:
    assert catalog_for("ru-RU").language == "ru"
    assert catalog_for("RU").language == "ru"
    assert catalog_for("tlh").language == "en"
    assert catalog_for(None).language == "en"
    assert catalog_for("../en").language == "en"


@pytest.mark.parametrize("code", sorted(CATALOGUES))
def test_every_code_is_translated_with_its_parameters(code: str) -> None:
    for room, codes in CODES.items():
        translations = CATALOGUES[code].get("errors", {}).get(room, {})
        if code == DEFAULT:
            assert not translations, "the English text of a code stands beside it in the program"
            continue
        assert translations.keys() == {each.name for each in codes}
        for each in codes:
            assert placeholders(translations[each.name]) == placeholders(each.value), each.name


@pytest.mark.parametrize("code", sorted(CATALOGUES))
def test_every_step_of_a_build_is_translated(code: str) -> None:
    builder = (ROOT / "index" / "indexing" / "builder.py").read_text("utf-8")
    steps = {
        node.args[0].value
        for node in ast.walk(ast.parse(builder))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "report"
        if isinstance(node.args[0], ast.Constant)
    }
    assert {"Reading", "Embedding", "Indexing", "Checking"} < steps
    assert steps == CATALOGUES[code]["steps"].keys()
    if code == DEFAULT:
        assert all(name == text for name, text in CATALOGUES[code]["steps"].items())


def test_a_code_has_one_meaning() -> None:
    names = [code.name for codes in CODES.values() for code in codes]
    assert len(names) == len(set(names))
    for codes in CODES.values():
        assert len(codes) == len(codes.__members__), "two codes with the same text are one"


@pytest.mark.parametrize("room", ["corpus", "index", "bot"])
def test_every_code_is_used(room: str) -> None:
    program = "".join(path.read_text("utf-8") for path in python_files(room))
    for code in CODES[room]:
        assert re.search(rf"\bCode\.{code.name}\b", program), f"nothing raises {code.name}"


def test_a_reason_is_said_in_the_language_of_the_person() -> None:
    russian = catalog_for("ru")
    assert russian.reason(Corpus.EMPTY_FILE()) == "файл пуст"
    assert russian.reason(Corpus.PDF_TOO_LONG(pages=12)) == "страниц больше 12: разделите"
    error = UnreadableSource("a.docx", Corpus.MEMBER_MISSING(name="'a.xml'"))
    assert catalog_for("de").reason(error) == "a.docx: 'a.xml' fehlt"
    assert catalog_for("es").reason(QuotebotError(Corpus.MEMBER_ENCRYPTED())) == "está cifrado"
    damaged = Index.GENERATION_DAMAGED(name="g1", file="x.npy")
    assert russian.reason(damaged) == "поколение g1 повреждено (x.npy): запустите `quotebot build`"
    assert russian.step("Checking") == "проверка"


def test_a_reason_in_a_reason_is_translated_too() -> None:
    russian = catalog_for("ru")
    fetched = russian.reason(Corpus.NOT_FETCHED(problem=Corpus.NO_SUCH_SERVER()))
    assert fetched == "не скачивается: нет сервера с таким именем"
    kind = Corpus.NOT_A_TEXT_FILE(kind=Corpus.PDF_DOCUMENT())
    assert russian.reason(kind) == "не текстовый файл, а документ PDF"


def test_the_name_of_a_place_is_no_reason() -> None:
    error = UnreadableSource("the file is empty", Corpus.NO_TEXT())
    assert catalog_for("ru").reason(error) == "the file is empty: в нём нет текста"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_in_a_reason_is_data(name: str) -> None:
    russian = catalog_for("ru")
    assert russian.reason(Corpus.MEMBER_IS_LINK(name=repr(name))) == f"{name!r} — ссылка"
    assert russian.reason(Corpus.MEMBER_TOO_LARGE(name=f"'{name}'", mib=9)) == (
        f"'{name}' распаковывается в 9 МиБ: ZIP-бомба?"
    )


@pytest.mark.parametrize("text", ["", "?", "Timed out", "[Errno 28] No space left", "{1}"])
def test_what_has_no_translation_stays_as_it_is(text: str) -> None:
    assert catalog_for("ru").reason(OSError(text)) == text
    assert catalog_for("ru").step(text) == text


@given(st.data(), st.sampled_from(sorted(CATALOGUES)), st.sampled_from(ALL_CODES))
def test_any_values_are_put_into_the_translation(
    data: st.DataObject, language: str, code: ErrorCode
) -> None:
    values = {name: data.draw(FOREIGN) for name in sorted(placeholders(code.value))}
    room = type(code).__module__.partition(".")[0]
    template = code.value
    if language != DEFAULT:
        template = CATALOGUES[language]["errors"][room][code.name]

    def filled(template: str) -> str:
        return PLACEHOLDER.sub(lambda found: values[found[1]], template)

    reason = code(**values)
    assert catalog_for(language).reason(reason) == filled(template)
    assert str(reason) == filled(code.value)
    assert Reason.from_dict(json.loads(json.dumps(reason.to_dict()))) == reason


def test_a_code_takes_the_parameters_of_its_text() -> None:
    with pytest.raises(TypeError, match=r"PDF_TOO_LONG takes \['pages'\]"):
        Corpus.PDF_TOO_LONG(mib=3)


def test_an_error_survives_the_way_to_another_process() -> None:
    errors = (
        UnreadableSource("a.pdf", Corpus.PDF_TOO_LONG(pages=3)),
        IndexUnavailable(Index.NO_INDEX()),
    )
    for error in errors:
        again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
        assert (type(again), str(again), again.reason) == (type(error), str(error), error.reason)


def test_values_are_data() -> None:
    said = catalog_for("en")("search_heading", question="{count} {0} %s {question}")
    assert "“{count} {0} %s {question}”" in said


def test_dates_follow_the_language_not_the_server() -> None:
    day = date(2016, 7, 27)
    assert catalog_for("en").when(day, None) == "27 July 2016"
    assert catalog_for("ru").when(None, day) == "обновлено 27 июля 2016"
    assert catalog_for("de").day(day) == "27. Juli 2016"
    assert catalog_for("es").day(day) == "27 de julio de 2016"


def test_menus_for_every_scope_and_language() -> None:
    found = list(menus(Settings(admin_ids=(99,))))
    assert len(found) == 3 * (1 + len(languages()))
    for scope, _, commands in found:
        names = [name for name, _ in commands]
        assert ("reindex" in names) == (scope.type == "chat")
        assert "ask" in names
