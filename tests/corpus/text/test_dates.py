from datetime import date

import pytest

from corpus.text.dates import AMBIGUOUS, parse_date, parse_iso_date


@pytest.mark.parametrize(
    "text",
    [
        "2021-05-04",
        "2021/05/04",
        "2021-05-04T10:30:00Z",
        "4 May 2021",
        "4th of May, 2021",
        "May 4, 2021",
        "May 4th 2021, 10:30 a.m. EST",
        "Tuesday, 4 May 2021 10:30",
        "Tue, May 4, 2021 at 10:30 GMT",
        "4 мая 2021",
        "4 мая 2021 г.",
        "4 мая 2021 года, 10:30",
        "Вторник, 4 мая 2021, 10:30 МСК",
        "4 травня 2021 року",
        "4. Mai 2021, 10:30 Uhr",
        "Dienstag, den 4. Mai 2021",
        "le 4 mai 2021 à 10h30",
        "4 de mayo de 2021",
        "4 maggio 2021",
        "04.05.2021",
        "04.05.2021 10:30",
        "2021年5月4日",
    ],
)
def test_dates_as_people_write_them(text: str) -> None:
    assert parse_date(text) == date(2021, 5, 4)


@pytest.mark.parametrize(
    ("text", "month_first", "expected"),
    [
        ("07/27/2016", None, date(2016, 7, 27)),
        ("27/07/2016", None, date(2016, 7, 27)),
        ("27/07/2016", True, date(2016, 7, 27)),
        ("07/12/2016", True, date(2016, 7, 12)),
        ("07/12/2016", False, date(2016, 12, 7)),
        ("07/12/2016", None, AMBIGUOUS),
        ("07/07/2016", None, date(2016, 7, 7)),
        ("07.12.2016", None, date(2016, 12, 7)),
    ],
)
def test_numeric_dates(text: str, month_first: bool | None, expected: date | str) -> None:
    assert parse_date(text, month_first) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1987",
        "May 2021",
        "31 февраля 2021",
        "13/13/2021",
        "On 4 May 2021",
        "4 Mayhem 2021",
        "4 May 2021 was a Tuesday",
        "0000-00-00",
        "9999999-01-01",
        "4 May 2021 " * 9,
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_iso_dates() -> None:
    assert parse_iso_date("2021-05-04") == date(2021, 5, 4)
    assert parse_iso_date("2021-05-04T10:30:00+03:00") == date(2021, 5, 4)
    assert parse_iso_date("2021-05-04 10:30") == date(2021, 5, 4)
    for wrong in ("2021-13-01", "May 4", "2021", "", "20210504", "٢٠٢١-٠٥-٠٤"):
        assert parse_iso_date(wrong) is None
