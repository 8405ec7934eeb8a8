"""Reads what a page states about itself: title, author, dates, canonical address, language.

The sources are JSON-LD, meta tags, microdata and a dated line below the headline. Nothing is
guessed from the text: a wrong date is worse than none.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from corpus.html.blocks import Block, fold
from corpus.html.parse import Tree
from corpus.structure.byline import read_meta_line
from corpus.text.dates import parse_iso_date

__all__ = ["Metadata", "read_metadata"]

LONGEST_TITLE = 300  # characters
LONGEST_AUTHOR = 120
LONGEST_DATA = 1_000_000  # characters of JSON-LD; longer data describes no article
NEAR_HEADLINE = 12  # blocks after the headline that may state author and date

_ARTICLE = re.compile(r"Article|Posting|Report|Review|Recipe|HowTo|WebPage|CreativeWork|QAPage")
_SITE_AFTER = re.compile(r"\s+[|·•»–—:-]{1,2}\s+")
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished",
    "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created", "dc.date",
    "dcterms.date", "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date",
    "publish_date", "article.published", "cxenseparse:recs:publishtime", "date", "citation_date",
    "citation_publication_date", "bt:pubdate", "ptime", "originalpublicationdate",
    "rnews:datepublished",
)  # fmt: skip
_UPDATED = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified",
    "dcterms.modified", "dc.date.modified", "last-modified", "article.updated", "moddate",
)  # fmt: skip
_AUTHORS = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator",
    "dcterms.creator", "citation_author", "byl", "og:article:author", "article:author_name",
)  # fmt: skip
_BY = re.compile(r"^\s*(?:by|von|par|por|di|от|автор|text|written by)\b\s*:?\s*", re.IGNORECASE)
_ITEMS = etree.XPath("//*[@itemprop]")
_PUBLISHING = re.compile("publish|entry-date")
_CODE = re.compile(r"([a-z]{2})(?:[-_].*)?", re.IGNORECASE)


@dataclass(slots=True)
class Metadata:
    """What a page states; None (or "" for the title) where it states nothing."""

    title: str = ""
    author: str | None = None
    published: date | None = None
    updated: date | None = None
    url: str | None = None
    language: str | None = None


def read_metadata(tree: Tree, blocks: Sequence[Block], address: str | None = None) -> Metadata:
    """Read what a page states about itself; `address` is the URL that it was fetched from."""
    meta = _meta_tags(tree)
    data = _article_data(tree)
    found = Metadata(
        title=_title(tree, meta, data, blocks),
        author=_author(meta, data),
        published=_first_date([data.get("datePublished")], meta, _PUBLISHED),
        updated=_first_date([data.get("dateModified")], meta, _UPDATED),
        url=_canonical(tree, meta, address),
        language=_language(tree, meta),
    )
    items = _ITEMS(tree)
    found.published = found.published or _microdata_date(items, "datePublished")
    found.published = found.published or _date_of_time_element(tree)
    found.updated = found.updated or _microdata_date(items, "dateModified")
    _read_near_headline(found, blocks)
    if found.updated and (found.updated == found.published or found.published is None):
        found.published, found.updated = found.published or found.updated, None
    return found


def _meta_tags(tree: Tree) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = (element.get("content") or "").strip()
        name = element.get("property") or element.get("name") or element.get("itemprop")
        if content and name:
            tags.setdefault(name.strip().lower(), []).append(content)
    return tags


def _article_data(tree: Tree) -> dict[str, Any]:
    """The JSON-LD object of the article: the object with the most of the wanted keys."""
    best: dict[str, Any] = {}
    wanted = ("headline", "datePublished", "author", "dateModified")
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "") or not script.text:
            continue
        if len(script.text) > LONGEST_DATA:
            continue
        try:
            value = json.loads(script.text.strip().removesuffix(";"), strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _json_ld_objects(value):
            kind = thing.get("@type")
            named = " ".join(map(str, kind)) if isinstance(kind, list) else str(kind)
            score = sum(key in thing for key in wanted)
            if _ARTICLE.search(named) and score > sum(key in best for key in wanted):
                best = thing
    return best


def _json_ld_objects(value: object) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, dict):
            yield value
            waiting += [value[key] for key in ("@graph", "mainEntity") if key in value]


def _title(
    tree: Tree, meta: dict[str, list[str]], data: dict[str, Any], blocks: Sequence[Block]
) -> str:
    """The headline that the page shows, if it fits a stated title; else the stated title."""
    element = tree.find(".//head/title")
    whole = _clean("".join(element.itertext())) if element is not None else ""
    stated = [_clean(text) for text in meta.get("og:title", [])[:1]]
    headline = data.get("headline")
    if isinstance(headline, str):
        stated.append(_clean(headline))
    stated += [_clean(text) for text in meta.get("twitter:title", [])[:1]]
    stated = [text for text in [*stated, whole] if text]
    keys = [fold(text) for text in stated]
    for level in (1, 2):
        for block in blocks:
            key = fold(block.text) if block.level == level else ""
            if len(key) > 3 and any(_is_headline(key, one) for one in keys):
                return " ".join(block.text.split())[:LONGEST_TITLE]
    headings = [block for block in blocks if block.level == 1 and fold(block.text)]
    if len(headings) == 1 and not stated[:-1]:
        return " ".join(headings[0].text.split())[:LONGEST_TITLE]
    return _without_site_name(stated[0], meta)[:LONGEST_TITLE] if stated else ""


def _is_headline(key: str, stated: str) -> bool:
    """Whether a stated title begins with this heading, or mostly consists of it.

    Sites append their name to stated titles.
    """
    return stated.startswith(key) or (key in stated and len(key) * 5 >= len(stated) * 3)


def _without_site_name(title: str, meta: dict[str, list[str]]) -> str:
    parts = _SITE_AFTER.split(title)
    sites = {fold(text) for text in meta.get("og:site_name", [])}
    if len(parts) > 1 and (fold(parts[-1]) in sites or len(parts[-1]) * 2 < len(parts[0])):
        return title[: title.rindex(parts[-1])].rstrip(" |·•»–—:-")
    return title


def _author(meta: dict[str, list[str]], data: dict[str, Any]) -> str | None:
    names = [_BY.sub("", name) for name in _author_names(data.get("author"))]
    if not names:
        names = next((meta[key] for key in _AUTHORS if key in meta), [])
        names = [_BY.sub("", _clean(name)) for name in names]
    sites = {fold(text) for text in meta.get("og:site_name", [])}
    names = [name for name in dict.fromkeys(names) if name and fold(name) not in sites]
    good = [name for name in names if "://" not in name and not name.startswith(("@", "/"))]
    joined = ", ".join(good)
    return joined if joined and len(joined) <= LONGEST_AUTHOR else None


def _author_names(value: object) -> list[str]:
    if isinstance(value, str):
        return [_clean(value)]
    if isinstance(value, list):
        return [name for one in value for name in _author_names(one)]
    return _author_names(value.get("name")) if isinstance(value, dict) else []


def _first_date(
    stated: list[object], meta: dict[str, list[str]], names: Sequence[str]
) -> date | None:
    texts = [text for text in stated if isinstance(text, str)]
    texts += [text for name in names for text in meta.get(name, [])]
    return next((found for found in map(_date, texts) if found), None)


def _date(text: str) -> date | None:
    text = text.strip()
    if re.match(r"\d{8}(?!\d)", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    found = parse_iso_date(text[:10].replace("/", "-")) or parse_iso_date(text)
    if found is None:
        line = read_meta_line(text, after_headline=True)
        found = line.published if line else None
    return found if found and 1990 <= found.year <= date.today().year + 1 else None


def _microdata_date(items: Sequence[Tree], name: str) -> date | None:
    for element in items:
        text = element.get("datetime") or element.get("content") or element.text or ""
        if name in element.get("itemprop") and (found := _date(text)):
            return found
    return None


def _date_of_time_element(tree: Tree) -> date | None:
    for element in tree.iter("time"):
        stated = element.get("pubdate") is not None
        stated = stated or _PUBLISHING.search(element.get("class") or "") is not None
        if stated and (found := _date(element.get("datetime") or element.text or "")):
            return found
    return None


def _read_near_headline(found: Metadata, blocks: Sequence[Block]) -> None:
    """Read a line such as "By Jane Doe | 4 May 2021" right after the headline."""
    if found.author and found.published and found.updated:
        return
    key = fold(found.title)
    start = next((at for at, block in enumerate(blocks) if key and fold(block.text) == key), None)
    if start is None:
        return
    for block in blocks[start + 1 : start + 1 + NEAR_HEADLINE]:
        line = read_meta_line(block.text, after_headline=True) if len(block.text) < 150 else None
        if line is not None:
            found.author = found.author or line.author
            found.published = found.published or line.published
            found.updated = found.updated or line.updated


def _canonical(tree: Tree, meta: dict[str, list[str]], address: str | None) -> str | None:
    links = [
        element.get("href") or ""
        for element in tree.iter("link")
        if "canonical" in (element.get("rel") or "").lower().split()
    ]
    base = address or next(iter(meta.get("og:url", [])), "")
    for link in [*links, *meta.get("og:url", [])]:
        try:
            whole = str(urljoin(base, link.strip()))
            parts = urlsplit(whole)
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.netloc and whole.isprintable():
            return whole
    return address


def _language(tree: Tree, meta: dict[str, list[str]]) -> str | None:
    stated = [tree.get("lang"), tree.get("xml:lang"), *meta.get("content-language", []),
              *meta.get("og:locale", [])]  # fmt: skip
    codes = (_CODE.fullmatch(text.strip()) for text in stated if text)
    return next((str(code.group(1)).lower() for code in codes if code), None)


def _clean(text: str) -> str:
    return " ".join(text.replace("\u00ad", "").split())
