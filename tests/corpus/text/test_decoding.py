import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import UnreadableSource
from corpus.text.decoding import decode

RUSSIAN = "Совет одобрил ремонт моста\n\nГородской совет собрался в понедельник. Мост закрыт.\n"
UKRAINIAN = "Рада схвалила ремонт\n\nМіська рада зібралася в понеділок, її очолює Іван.\n"
ENGLISH = "Bridge “Plan” Approved\n\nThe mayor’s plan — costing £5 million — was approved.\n"
FRENCH = "Le pont fermé\n\nLe conseil s’est réuni à l’hôtel de ville. Ça coûte 5 €.\n"
POLISH = "Rada przyjęła plan\n\nWczoraj rada zatwierdziła remont mostu. Będzie kosztował dużo.\n"
GREEK = "Το συμβούλιο ενέκρινε τη γέφυρα\n\nΤο συμβούλιο συνεδρίασε τη Δευτέρα.\n"
CHINESE = "市议会批准修桥\n\n市议会星期一开会讨论大桥。费用为五百万元。市长说很高兴。\n"
NOISE = random.Random(1).randbytes(5000)  # noqa: S311 - the same every time
JAPANESE = "市議会が橋を承認\n\n市議会は月曜日に会合を開き、橋について話し合った。\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp866"),
        (RUSSIAN, "utf-8-sig"),
        (RUSSIAN, "utf-16"),
        (RUSSIAN, "utf-16-le"),
        (RUSSIAN, "utf-16-be"),
        (RUSSIAN, "utf-32"),
        ("Привет, мир", "cp1251"),
        ("ПРИВЕТ ИЗ МОСКВЫ", "cp1251"),
        ("Кто такой John Smith? He is мэр города.", "cp1251"),
        (UKRAINIAN, "cp1251"),
        (ENGLISH, "cp1252"),
        (ENGLISH, "utf-16-le"),
        ("£5 – fine", "cp1252"),
        ("Niño", "cp1252"),
        (FRENCH, "cp1252"),
        ("café crème", "latin-1"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (GREEK, "cp1253"),
        (CHINESE, "gb18030"),
        (CHINESE, "utf-16-le"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
    ],
)
def test_a_file_is_read_whatever_it_was_saved_as(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "f") == text


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1))
def test_utf8_is_never_taken_for_anything_else(text: str) -> None:
    data = text.encode()
    try:
        decoded = decode(data, "f")
    except UnreadableSource:
        # Only for files that are blank or full of controls (or begin like some other format).
        assert not text.strip("\ufeff \t\r\n\f\v\u00a0") or any(
            c < " " or c == "\x7f" for c in text
        )
    else:
        assert decoded == text.removeprefix("\ufeff")


@given(st.binary())
def test_any_bytes_give_text_or_a_named_error(data: bytes) -> None:
    with contextlib.suppress(UnreadableSource):
        assert isinstance(decode(data, "f"), str)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "white space"),
        (b" \r\n\t ", "white space"),
        (b"%PDF-1.7 ...", "not a text file but a PDF"),
        (b"PK\x03\x04....", "not a text file but a ZIP"),
        (b"text\x00with a nul", "not a text file"),
        (b"\x01\x02\x03 text", "not a text file"),
        (NOISE, "not a text file"),
        ("Длинный русский текст".encode() + b"\xff\n", "damaged UTF-8 in line 1"),
        (b"\xff\xfea", "damaged"),
    ],
)
def test_what_is_not_text_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=f"^f: .*{reason}"):
        decode(data, "f")
