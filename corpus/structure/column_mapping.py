"""Maps columns of a table, or keys of a record, to the fields of an article."""

from collections.abc import Iterable, Mapping
from datetime import date

from corpus.structure.draft import Draft, article_id
from corpus.text.dates import parse_date, parse_iso_date
from corpus.text.paragraphs import normalise, paragraphs_of, split_blocks

__all__ = ["draft_of", "map_columns"]

_KNOWN = {
    "title": "title headline heading subject name заголовок название тема titel titre título",
    "text": "text body content article articletext fulltext full_text content_text content_html "
            "description story post message paragraphs текст содержание статья inhalt texte texto",
    "url": "url link href permalink canonical external_url ссылка адрес lien enlace",
    "author": "author authors byline creator writer by from автор autor auteur",
    "published": "published date published_at publishedat pubdate publication_date date_published "
                 "datepublished publish_date created created_at timestamp дата datum fecha data",
    "updated": "updated updated_at modified date_modified lastmod last_modified обновлено",
    "language": "language lang locale язык sprache langue idioma",
    "id": "id guid uuid key slug",
}  # fmt: skip


def map_columns(names: Iterable[str], by_admin: Mapping[str, str]) -> dict[str, str]:
    """Return field → column, as the admin says, else by the names of the columns."""
    given = [name for name in names if name]
    folded = {name.strip().lower().replace(" ", "_").replace("-", "_"): name for name in given}
    mapped = {field: column for field, column in by_admin.items() if column in given}
    for field, known in _KNOWN.items():
        column = next((folded[name] for name in known.split() if name in folded), None)
        if column is not None and column not in mapped.values():
            mapped.setdefault(field, column)
    return mapped


def draft_of(values: Mapping[str, str], source: str) -> Draft:
    """Make the draft of a row; `values` has the text of each field.

    The id of a row need only be unique in its `source`: the article's id is made of both.
    """
    text = values.get("text", "")
    published, updated = _date(values.get("published")), _date(values.get("updated"))
    url = values.get("url", "").strip()
    return Draft(
        paragraphs_of(split_blocks(normalise(text))),
        title=" ".join(values.get("title", "").split()),
        id=article_id(f"{source}#{values['id'].strip()}") if values.get("id", "").strip() else None,
        url=url if url.startswith(("http://", "https://")) and url.isprintable() else None,
        author=" ".join(values.get("author", "").split()) or None,
        published=published,
        updated=updated if updated != published else None,
        language=values.get("language", "").strip().lower()[:2] or None,
    )


def _date(text: str | None) -> date | None:
    found = parse_iso_date(text or "") or parse_date(text or "")
    return found if isinstance(found, date) else None
