"""Reads lines that state a date, an author or a title, and nothing else."""

import re
from dataclasses import dataclass
from datetime import date

from corpus.text.dates import AMBIGUOUS, parse_date

__all__ = ["MetaLine", "read_meta_line"]

LONGEST = 160  # characters


@dataclass(slots=True)
class MetaLine:
    """What one line states; a field that it does not state is empty or None."""

    title: str = ""
    author: str | None = None
    published: date | None = None
    updated: date | None = None

    @property
    def is_update_only(self) -> bool:
        """Whether the line states when the article was updated, and nothing more."""
        return self.updated is not None and not (self.published or self.author or self.title)


_PUBLISHED_EN = (
    "(?:first |originally )?published|posted|date published|publication date|date|issued"
)
_UPDATED_EN = "(?:last |latest )?(?:updated?|modified|revised|edited|change[sd]?)"
_PUBLISHED = (
    "дата публикации|опубликовано|дата|размещено|опубліковано|veröffentlicht(?: am)?|datum|"
    "erschienen(?: am)?|publié(?: le)?|date de publication|publicado(?: el| em)?|fecha|"
    "pubblicato(?: il)?|data|gepubliceerd(?: op)?"
)
_UPDATED = (
    "обновлено|дата обновления|последнее (?:обновление|изменение)|изменено|оновлено|"
    "(?:zuletzt )?aktualisiert(?: am)?|stand|letzte (?:änderung|aktualisierung)|"
    "(?:mis(?:e)? à jour|modifié|dernière mise à jour)(?: le)?|"
    "(?:última )?(?:actualización|actualizado)(?: el| em)?|(?:ultimo )?aggiornamento|"
    "aggiornato(?: il)?|(?:laatst )?bijgewerkt(?: op)?"
)
_LABELLED = re.compile(
    rf"(?:(?P<published_en>{_PUBLISHED_EN})|(?P<updated_en>{_UPDATED_EN})|"
    rf"(?P<published>{_PUBLISHED})|(?P<updated>{_UPDATED}))"
    rf"(?:\s*[:—–-]\s*|\s+(?:on |at |в )?)(?P<rest>.+)",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?:title|headline|заголовок|titel|titre|título)\s*:\s*(\S.*)", re.IGNORECASE)
_AUTHOR = re.compile(
    r"(?:authors?|written by|reported by|words by|story by|автор(?:ы|а)?|текст|autor(?:in)?|auteur)"
    r"\s*:\s*(?P<name>\S.{0,100})",
    re.IGNORECASE,
)
_NAME = r"(?:[^\W\d_a-zа-яё][\w.’'-]*\.?)"
_LINK = r"(?:,?\s+(?:and|und|et|y|e|и|de|del|la|von|van|der|den|di|da|for|the|of|&)\s+|,?\s+)"
_BYLINE = re.compile(rf"(?:[Bb]y|BY|Von|Par|Por)\s+(?P<name>{_NAME}(?:{_LINK}{_NAME}){{1,9}})")
_SEPARATORS = re.compile(r"\s+[|•·/]\s*|\s*[|•·]\s+|\s+[—–]\s+")
_ASIDE = re.compile(
    r"\d{1,3}[- ]?min(?:ute)?s?(?:\.| read)?|\d{1,2}[:.]\d{2}(?:\s*[ap]\.?m\.?)?(?:\s*[A-Z]{2,4})?|"
    r"(?:время чтения:?\s*)?\d+\s*мин(?:ут[аы]?)?\.?(?: чтения)?",
    re.IGNORECASE,
)
_BEFORE_UPDATED = re.compile(rf"[\s,;(–-]+(?=(?:{_UPDATED_EN}|{_UPDATED})\b)", re.IGNORECASE)
_EDGES = " \t\u00a0.•·|*_–—-"


def read_meta_line(line: str, *, after_headline: bool) -> MetaLine | None:
    """Read a line that states dates, an author or a title; return None for any other line.

    "By Jane Doe" alone counts only `after_headline` or beside a date: at the top of a text it may
    be the headline itself.
    """
    line = line.strip()
    if not line or len(line) > LONGEST:
        return None
    title = _TITLE.fullmatch(line)
    if title:
        return MetaLine(title=title.group(1).strip())
    whole = MetaLine()
    if _read_part(line, whole):
        return None if _is_bare_byline(whole) and not (after_headline or ":" in line) else whole
    whole = MetaLine()
    dated = 0
    parts = _split(line)
    for part in parts:
        if not _read_part(part, whole) and not _ASIDE.fullmatch(part):
            return None
        dated += bool(whole.published or whole.updated)
    return whole if len(parts) > 1 and (dated or whole.author) else None


def _split(line: str) -> list[str]:
    parts = [part for part in _SEPARATORS.split(line) if part.strip(_EDGES)]
    # "Published March 3, 2021, Updated March 4, 2021"
    return [piece.strip(" ,;") for part in parts for piece in _BEFORE_UPDATED.split(part) if piece]


def _is_bare_byline(meta: MetaLine) -> bool:
    return meta.author is not None and not (meta.published or meta.updated)


def _read_part(part: str, into: MetaLine) -> bool:
    part = part.strip(_EDGES).removesuffix(")")
    author = _AUTHOR.fullmatch(part) or _BYLINE.fullmatch(part)
    if author and not into.author:
        into.author = author["name"].strip()
        return True
    labelled = _LABELLED.fullmatch(part)
    kind = _kind(labelled) if labelled else ""
    # English labels come with American dates; the others with day first.
    month_first = kind.endswith("_en") if labelled else None
    found = parse_date(labelled["rest"] if labelled else part, month_first)
    if found is None:
        return False
    if found is not AMBIGUOUS:
        _store(found, into, updated=kind.startswith("updated"))
    return True


def _kind(labelled: re.Match[str]) -> str:
    kinds = ("published_en", "updated_en", "published", "updated")
    return next(kind for kind in kinds if labelled[kind])


def _store(found: date, into: MetaLine, *, updated: bool) -> None:
    if updated:
        into.updated = into.updated or found
    else:
        into.published = into.published or found
