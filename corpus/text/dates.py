"""Reads dates as people write them in articles.

In numeric dates with full stops, the day comes first ("27.07.2016"). In dates with slashes, the
month comes first after an English label ("Last Updated: 07/12/2016"), and the day first after a
label in another language. A date that has only one reading ("27/07/2016", "07/27/2016") needs no
label. Other dates with slashes stay unknown, since a wrong date is worse than none.
"""

import re
from datetime import date
from enum import Enum
from typing import Final

__all__ = ["AMBIGUOUS", "Ambiguous", "parse_date", "parse_iso_date"]


class Ambiguous(Enum):
    """The type of AMBIGUOUS."""

    DATE = "a numeric date that could be either of two days"


AMBIGUOUS: Final = Ambiguous.DATE

_MONTHS = """
january jan januar januari janvier janv enero ene gennaio gen janeiro января январь янв січня січень
february feb februar februari février févr fév febrero febbraio fevereiro fev февраля февраль фев
 лютого лютий
march mar märz maart mars marzo março марта март мар березня березень
april apr avril avr abril abr aprile апреля апрель апр квітня квітень
may mai mei mayo maggio mag maio мая май травня травень
june jun juni juin junio giugno giu junho июня июнь июн червня червень
july jul juli juillet juil julio luglio lug julho июля июль июл липня липень
august aug augustus août agosto ago августа август авг серпня серпень
september sep sept septembre septiembre settembre setembro set сентября сентябрь сен сент вересня
 вересень
october oct oktober okt octobre octubre ottobre ott outubro out октября октябрь окт жовтня жовтень
november nov novembre noviembre novembro ноября ноябрь ноя нояб листопада листопад
december dec dezember dez décembre déc diciembre dic dicembre dezembro декабря декабрь дек грудня
 грудень
"""
_MONTH = {
    name: number
    for number, line in enumerate(_MONTHS.strip().replace("\n ", " ").split("\n"), start=1)
    for name in line.split()
}
_NAME = r"(?P<month>[^\W\d_]{3,})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|[.ºª°])?"
_YEAR = r"(?P<year>\d{4})"
_TAIL = (
    r"(?:\s*(?:г\.?|года|р\.|року))?"
    r"(?:(?:T|,?\s*(?:at|в|о|um|à|a las|alle|as|às|,|-|–|—)?\s*)"
    r"\d{1,2}(?:[:.h]\d{2}){1,2}(?:\.\d+)?(?:\s*Uhr)?"
    r"(?:\s*[ap]\.?\s?m\.?)?(?:\s*(?:[A-Z]{1,5}|МСК|мск|\(?(?:UTC|GMT)?\s*[+-]\d{1,2}:?\d{0,2}\)?))?)?"
    r"\.?"
)
_WEEKDAY = (
    r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?|"
    r"понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс|"
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"lunes|martes|miércoles|jueves|viernes|sábado|domingo)\.?,?\s+(?:(?:den|le|el)\s+)?"
)
_FORMS = [
    re.compile(rf"(?:{_WEEKDAY})?(?:le |el |den |the )?{form}{_TAIL}", re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})(?P<separator>[-/.])(?P<month>\d{1,2})(?P=separator)(?P<day>\d{1,2})",
        rf"{_DAY}\s*(?:de\s+|of\s+)?{_NAME},?\s+(?:de\s+|del\s+)?{_YEAR}",
        rf"{_NAME}\s+{_DAY},?\s+{_YEAR}",
        rf"{_DAY}-{_NAME}-{_YEAR}",
        r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]",
    )
]
_NUMERIC = re.compile(
    rf"(?:{_WEEKDAY})?(?P<first>\d{{1,2}})(?P<separator>[./-])(?P<second>\d{{1,2}})(?P=separator)"
    rf"{_YEAR}{_TAIL}",
    re.IGNORECASE,
)
_LONGEST = 80
_DIGIT = re.compile(r"\d")


def parse_date(text: str, month_first: bool | None = None) -> date | Ambiguous | None:
    """Read a text that is a date and nothing else, except a weekday and a time of day.

    `month_first` says how a date with slashes is read. Returns None when the text is not a date,
    and AMBIGUOUS for a date with slashes that has two readings while `month_first` is None.
    """
    text = text.strip()
    if not 8 <= len(text) <= _LONGEST or not _DIGIT.search(text):
        return None
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            month = found["month"].lower()
            number = int(month) if month.isdecimal() else _MONTH.get(month, 0)
            return _make(int(found["year"]), number, int(found["day"]))
    found = _NUMERIC.fullmatch(text)
    return _numeric(found, month_first) if found else None


def parse_iso_date(text: str) -> date | None:
    """Read an ISO 8601 date, or the date of a date and time; None for other texts."""
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}.{0,30})?", text.strip(), re.ASCII)
    if not found:
        return None
    try:
        return date.fromisoformat(found.group(1))
    except ValueError:
        return None


def _numeric(found: re.Match[str], month_first: bool | None) -> date | Ambiguous | None:
    first, second, year = int(found["first"]), int(found["second"]), int(found["year"])
    readings = {_make(year, second, first), _make(year, first, second)} - {None}
    if len(readings) < 2:
        return readings.pop() if readings else None
    if found["separator"] != "/":
        return _make(year, second, first)
    if month_first is None:
        return AMBIGUOUS
    return _make(year, first, second) if month_first else _make(year, second, first)


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1400 <= year <= 2200 else None
    except ValueError:
        return None
